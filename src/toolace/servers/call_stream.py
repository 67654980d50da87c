"""Splits an answer, while it grows, into words and calls: what OpenAI's streaming wants to know of every piece."""

from __future__ import annotations

import re
from typing import NamedTuple

from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call

_BEGINS_LIKE_CALLS = re.compile(r"\s*(?:\[[^\]\n(]{0,120}(?:\(.*)?)?", re.DOTALL)


class Piece(NamedTuple):
    """What is new: words, and calls that are complete."""

    words: str
    calls: list[Call]


class CallStream:
    """Feed it the whole text so far, again and again, and at last with `ended`."""

    def __init__(self, may_call: bool = True) -> None:
        self.may_call = may_call
        self.sent = 0
        self.calls = 0

    def feed(self, text: str, ended: bool = False) -> Piece:
        """Give the words or calls that the last texts did not hold; a text that begins like calls is held back."""
        if self.may_call and not self.sent and _BEGINS_LIKE_CALLS.fullmatch(text):
            calls = _complete(text)
            new, self.calls = calls[self.calls :], max(self.calls, len(calls))
            if new or self.calls or not ended:
                return Piece("", new)
        words, self.sent = text[self.sent :], len(text)
        return Piece(words, [])


def _complete(text: str) -> list[Call]:
    """The calls at the beginning of a text that are complete."""
    for whole in (text, f"{text.rstrip().removesuffix(',')}]"):
        try:
            return parse(whole)
        except CallSyntaxError:
            continue
    return []
