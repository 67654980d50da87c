"""Whether a dialog that models played is of the kind that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from toolace.records import Message
from toolace.verification.conversation import json_of
from toolace.verification.structure import leaves

WITHOUT_CALLS = {"irrelevant", "small_talk", "about_tools"}
_REFUSAL = re.compile(
    r"\b(?:none|cannot|can ?not|can['’]t|unable|not able|don['’]t have|do not have|no (?:tool|function)|"
    r"(?:isn['’]t|aren['’]t|not) (?:available|possible|supported|something)|sorry|unfortunately)\b",
    re.IGNORECASE,
)
_NO_TOOL = re.compile(
    r"\bnone of (?:my|the) tools\b|(?:\bno|(?:\bnot|n['’]t) (?:have|find)) (?:\w+ ){0,2}tools?\b", re.IGNORECASE
)
_MARKED = 2
"""A value of so many characters that stands in a result and in no turn of the user comes from the result."""


def fault_of_start(kind: str, action: str, calls: int) -> str | None:
    """Say why the assistant's first action shows already that the dialog is of another kind."""
    if kind in WITHOUT_CALLS and calls:
        return "it calls"
    if kind == "about_tools":
        return None if action == "answer" else "it does not answer"
    if kind == "missing_parameter":
        return None if action == "ask" else "it does not ask for what is missing"
    if kind == "parallel":
        return None if calls > 1 else f"{calls} calls in the first action"
    if kind in ("single", "error_recovery"):
        return None if calls == 1 else f"{calls} calls in the first action"
    return "it does not begin with a call" if kind in ("dependent", "long_context") and not calls else None


def fault_of_whole(kind: str, messages: Sequence[Message]) -> str | None:
    """Say why a dialog that began well is of another kind after all."""
    calls = sum(len(message.calls) for message in messages)
    users = sum(message.role == "user" for message in messages)
    if kind == "single" and calls != 1:
        return f"{calls} calls"
    if kind == "irrelevant":
        return None if _REFUSAL.search(messages[-1].content) else "the assistant does not decline"
    if kind == "dependent" and not _depends(messages):
        return "no call needs an earlier result"
    if kind == "multi_turn" and users < 2:
        return "only one turn of the user"
    if kind == "error_recovery" and not _failed(messages):
        return "no tool fails"
    if _disowns(messages):
        return "the assistant says that no tool can do it, after one did"
    if kind == "small_talk" and any(_NO_TOOL.search(m.content) for m in messages if m.role == "assistant"):
        return "the assistant looks for a tool to chat"
    return None if calls or kind in WITHOUT_CALLS else "no call"


def _depends(messages: Sequence[Message]) -> bool:
    told = found = ""
    for message in messages:
        values = (str(value) for call in message.calls for _, value in leaves(call.arguments))
        if any(len(value) >= _MARKED and value in found and value.lower() not in told for value in values):
            return True
        told += message.content.lower() if message.role == "user" else ""
        found += message.content if message.role == "tool" else ""
    return False


def _failed(messages: Sequence[Message]) -> bool:
    return any(is_error(message) for message in messages if message.role == "tool")


def _disowns(messages: Sequence[Message]) -> bool:
    """Whether the assistant declines right after a result: weak models take up the words of an example."""
    return any(
        before.role == "tool" and not is_error(before) and _NO_TOOL.search(after.content)
        for before, after in pairwise(messages)
        if after.role == "assistant"
    )


def is_error(result: Message) -> bool:
    """Whether a tool's result says that it failed."""
    told = json_of(result.content)
    return isinstance(told, dict) and "error" in told
