"""What all benchmarks have in common: a case, and what a model answers to it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from toolace.benchmarks.bfcl_decoding import UnreadableError, decode
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call, Message, Tool

T = TypeVar("T")


class Turn(msgspec.Struct, frozen=True):
    """A later turn of a conversation: what the user says, and tools that are new."""

    messages: list[Message]
    tools: list[Tool] = []


class Memory(msgspec.Struct, frozen=True):
    """What a model has to remember before it is asked: conversations of a scenario, in their order."""

    kind: str
    scenario: str
    conversations: list[list[Turn]]


class Case(msgspec.Struct, frozen=True):
    """One question, and the tools that are offered with it; in multi-turn categories the turns that follow.

    The text of a multi-turn answer is a JSON list: for each turn the texts of the steps.
    """

    id: str
    category: str
    messages: list[Message]
    tools: list[Tool]
    later: list[Turn] = []
    memory: Memory | None = None


class Answer(msgspec.Struct, frozen=True):
    """What a model answered to a case: its calls, or None where its text is not a list of calls.

    `text` is what it said, None where it called natively. `attempted`: for BFCL's decoder, which is laxer than ours in
    some things (`[f(a=Paris)]`) and stricter in others, the text is a list of calls.
    """

    case_id: str
    category: str
    calls: list[Call] | None
    attempted: bool = False
    text: str | None = None


def answer(case: Case, text: str, native: bool = False) -> Answer:
    """Decode a model's text; `native`: it is how we write down calls that came as `tool_calls`."""
    try:
        calls = parse(text)
    except CallSyntaxError:
        calls = None
    return Answer(case.id, case.category, calls, bool(calls) if native else _attempted(text), None if native else text)


def draw(rows: Iterable[T], category: str, count: int | None, seed: int) -> list[T]:
    """Give all rows (None), or so many of them, drawn at random by (seed, category), in their order.

    Raises:
        ToolaceError: a negative count.
    """
    if count is not None and count < 0:
        raise ToolaceError(f"evaluate.categories.{category} is {count}: give 0 or more cases, or null for all.")
    every = list(rows)
    if count is None or count >= len(every):
        return every
    return [every[index] for index in sorted(random.Random(f"{seed}:{category}").sample(range(len(every)), count))]


def _attempted(text: str) -> bool:
    try:
        return bool(decode(text))
    except UnreadableError:
        return False
