"""The form of the published ToolACE rows (§7): `system` with the tools, `conversations` with calls in our notation."""

from __future__ import annotations

from typing import Any

import msgspec

from toolace.formats.calls import parse, render
from toolace.formats.chat import content_of, results_of, turns_of
from toolace.records import Dialog

__all__ = ["parse", "render", "sample"]

_SYSTEM = """You compose function calls. You are given a question and a set of possible functions.
Answer with one or more calls, in the format [func1(param1=value1, param2=value2), func2(param=value)] and nothing else.
If none of the functions can be used, point it out. If the question lacks a parameter that a function requires, point
that out too.
Here is a list of functions in JSON format that you can invoke:
"""


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`system`, and `conversations` of user, assistant and tool turns."""
    tools = msgspec.json.encode(dialog.tools).decode()
    own = [message.content for message in dialog.messages if message.role == "system"]
    conversations = [
        {
            "from": turn[0].role,
            "value": results_of(turn) if turn[0].role == "tool" else content_of(turn[0], render, thoughts),
        }
        for turn in turns_of(dialog.messages)
    ]
    return {"system": "\n".join([_SYSTEM + tools, *own]), "conversations": conversations}
