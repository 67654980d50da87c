"""JSON calls in Markdown code fences, the form that general chat models fall into when they are asked for JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from toolace.formats.calls import CallSyntaxError
from toolace.formats.chat import messages_of, tools_as_json
from toolace.formats.json_calls import calls_of, read_value
from toolace.formats.thoughts import without_thought
from toolace.records import Call, Dialog

_FENCE = "```"
_OPEN = re.compile(r"```(?:json)?\s*+(?=[\[{])")


def render(calls: Sequence[Call]) -> str:
    """Print one fence with a list of calls."""
    objects = [{"name": call.name, "arguments": call.arguments} for call in calls]
    return f"{_FENCE}json\n{json.dumps(objects, ensure_ascii=False)}\n{_FENCE}"


def parse(text: str) -> list[Call]:
    """Read the calls in all JSON fences; words may stand around them.

    Raises:
        CallSyntaxError: there is no fence with JSON, or one that holds something else than calls.
    """
    text = without_thought(text)
    calls: list[Call] = []
    opening = _OPEN.search(text)
    if not opening:
        raise CallSyntaxError("there is no JSON in a code fence")
    while opening:
        value, at = read_value(text, opening.end())
        if not text.startswith(_FENCE, at):
            raise CallSyntaxError(f"expected {_FENCE} at character {at}")
        calls += calls_of(value)
        opening = _OPEN.search(text, at + len(_FENCE))
    return calls


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`messages` (role and content) and `tools` (JSON string)."""
    return {"messages": messages_of(dialog.messages, render, thoughts), "tools": tools_as_json(dialog.tools)}
