"""NousResearch/hermes-function-calling-v1 (Apache-2.0): `<tools>`, `<tool_call>` and `<tool_response>` in the turns.

Checked on the description and on others' rows of the same notation; no row of its own was seen.
"""

from __future__ import annotations

import re
from typing import Any

from toolace.datasets import turns
from toolace.datasets.reading import calls, dialog, tools
from toolace.errors import ToolaceError
from toolace.records import Dialog, Message

_TOOLS = re.compile(r"<tools>(.*?)</tools>", re.DOTALL)
_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_RESULT = re.compile(r"<tool_response>(.*?)</tool_response>", re.DOTALL)


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError."""
    found = turns.messages(row.get("conversations"), _answer)
    listed = [text for text in _TOOLS.findall(turns.system(row["conversations"])) if "{" in text]
    if not (offered := row.get("tools") or (listed[0] if listed else "")):
        raise ToolaceError("there are no tools")
    return dialog("hermes", tools(offered), [one for message in found for one in _results(message)])


def _results(message: Message) -> list[Message]:
    if message.role != "tool" or not (parts := _RESULT.findall(message.content)):
        return [message]
    return [Message("tool", part.strip(), name=message.name) for part in parts]


def _answer(_: str, text: str) -> Message:
    if not (found := _CALL.findall(text)):
        return Message("assistant", text)
    return Message("assistant", calls=[call for one in found for call in calls(one.strip())])
