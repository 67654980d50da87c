"""LLaMA-Factory's ShareGPT: `conversations` of human, gpt, function_call and observation turns, `system` and `tools`.

Human and observation turns alternate with gpt and function_call turns, or LLaMA-Factory skips the sample. Calls are
JSON; its chat templates turn them into each model's own format.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from toolace.formats.chat import content_of, results_of, tools_as_json, turns_of
from toolace.formats.openai import parse
from toolace.records import Call, Dialog, Message

__all__ = ["parse", "render", "sample"]


def render(calls: Sequence[Call]) -> str:
    """Print one object with `name` and `arguments`, or a list of them."""
    objects = [{"name": call.name, "arguments": call.arguments} for call in calls]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False)


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`conversations`, `system` and `tools` (JSON string)."""
    return {
        "conversations": [_turn(turn, thoughts) for turn in turns_of(dialog.messages)],
        "system": "\n".join(message.content for message in dialog.messages if message.role == "system"),
        "tools": tools_as_json(dialog.tools),
    }


def _turn(turn: Sequence[Message], thoughts: bool) -> dict[str, str]:
    first = turn[0]
    if first.role == "tool":
        return {"from": "observation", "value": results_of(turn)}
    speaker = "human" if first.role == "user" else "function_call" if first.calls else "gpt"
    return {"from": speaker, "value": content_of(first, render, thoughts)}
