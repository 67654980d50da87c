"""Hermes (Nous Research, Qwen 2.5 and 3): each call is JSON between `<tool_call>` tags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from toolace.formats.calls import CallSyntaxError
from toolace.formats.chat import messages_of, tools_as_json
from toolace.formats.json_calls import calls_of, read_value
from toolace.formats.thoughts import without_thought
from toolace.records import Call, Dialog

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"


def render(calls: Sequence[Call]) -> str:
    """Print one block for each call."""
    return "\n".join(f"{_OPEN}\n{_json(call)}\n{_CLOSE}" for call in calls)


def parse(text: str) -> list[Call]:
    """Read all blocks; words may stand around them.

    Raises:
        CallSyntaxError: there is no block, or one that holds no call.
    """
    text = without_thought(text)
    calls: list[Call] = []
    at = 0
    while (start := text.find(_OPEN, at)) >= 0:
        value, at = read_value(text, start + len(_OPEN))
        if not text.startswith(_CLOSE, at):
            raise CallSyntaxError(f"expected {_CLOSE} at character {at}")
        calls += calls_of(value)
    if not calls:
        raise CallSyntaxError(f"there is no {_OPEN}")
    return calls


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`messages` (role and content; a chat template wraps the results) and `tools` (JSON string)."""
    return {"messages": messages_of(dialog.messages, render, thoughts), "tools": tools_as_json(dialog.tools)}


def _json(call: Call) -> str:
    return json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
