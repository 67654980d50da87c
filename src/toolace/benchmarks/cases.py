"""What all benchmarks have in common: a case, and what a model answers to it."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call, Message, Tool

T = TypeVar("T")


class Case(msgspec.Struct, frozen=True):
    """One question, and the tools that are offered with it."""

    id: str
    category: str
    messages: list[Message]
    tools: list[Tool]


class Answer(msgspec.Struct, frozen=True):
    """What a model answered to a case: its calls, or None where its text is not a list of calls.

    `attempted`: the text has the shape of calls, though not of literal ones (`[f(a=Paris)]`, `[f("x")]`): for the
    official decoder it calls, which counts in the categories that only ask whether to call at all.
    """

    case_id: str
    category: str
    calls: list[Call] | None
    attempted: bool = False


def answer(case: Case, text: str) -> Answer:
    """Decode a model's text."""
    try:
        calls = parse(text)
    except CallSyntaxError:
        return Answer(case.id, case.category, None, _looks_like_calls(text))
    return Answer(case.id, case.category, calls, bool(calls))


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


def _looks_like_calls(text: str) -> bool:
    """Whether the official decoder would see calls; the text is read as Python syntax, never run."""
    text = text.strip("`\n ")
    text = text if text.startswith("[") and text.endswith("]") else f"[{text}]"
    try:
        body = ast.parse(text[:10_000], mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(body, ast.List) and bool(body.elts) and all(isinstance(e, ast.Call) for e in body.elts)
