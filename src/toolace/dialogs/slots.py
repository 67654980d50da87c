"""Slots that stand for values while a model writes: it copies [city] where it would lose or change "15.1" or answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count

from toolace.dialogs.speech import words_of
from toolace.records import Said

_INDICES = re.compile(r"(?:\.\d+)+$")
_SLOT = re.compile(r"\[[A-Za-z][A-Za-z_' ]*\d*\]")


def slots(said: Sequence[Said], words: Iterable[str]) -> dict[str, str]:
    """Give each of the words a slot that is named after its argument, or [tool] if it is none's."""
    names = {one.text: "_".join(words_of(_INDICES.sub("", one.path).rpartition(".")[2])) for one in said}
    given: dict[str, str] = {}
    for text in words:
        free = (f"[{names.get(text, 'tool')}{number}]" for number in chain([""], count(2)))
        given.setdefault(text, next(slot for slot in free if slot not in given.values()))
    return given


def filled(given: dict[str, str], text: str) -> str:
    """Put the words back."""
    return replaced({slot: words for words, slot in given.items()}, text)


def left_in(text: str) -> str | None:
    """A slot that the model made up, and that nothing fills."""
    match = _SLOT.search(text)
    return match and match[0]


def replaced(given: dict[str, str], text: str) -> str:
    """Replace whole words by what is given for them, all at once, the longest first."""
    if not given:
        return text
    longest = sorted(given, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in longest)
    return re.sub(pattern, lambda match: given[match[0]], text)
