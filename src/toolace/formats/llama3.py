"""Llama 3.1's JSON calls: `{"name": …, "parameters": {…}}`; several are a list, as LLaMA-Factory writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from toolace.formats.calls import CallSyntaxError
from toolace.formats.chat import messages_of, tools_as_json
from toolace.formats.json_calls import calls_of, read_value
from toolace.formats.thoughts import without_thought
from toolace.records import Call, Dialog

_PYTHON_TAG = "<|python_tag|>"


def render(calls: Sequence[Call]) -> str:
    """Print one object, or a list of them."""
    objects = [{"name": call.name, "parameters": call.arguments} for call in calls]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False)


def parse(text: str) -> list[Call]:
    """Read an object, a list, or objects one after another, perhaps with semicolons between them.

    Raises:
        CallSyntaxError: the text is anything else.
    """
    text = without_thought(text).strip().removeprefix(_PYTHON_TAG)
    calls: list[Call] = []
    at = 0
    while True:
        value, at = read_value(text, at)
        calls += calls_of(value)
        if at == len(text):
            return calls
        if text[at] not in ";{":
            raise CallSyntaxError(f"expected the end at character {at}: {text[at : at + 30]!r}")
        at += text[at] == ";"


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`messages` (role and content) and `tools` (JSON string)."""
    return {"messages": messages_of(dialog.messages, render, thoughts), "tools": tools_as_json(dialog.tools)}
