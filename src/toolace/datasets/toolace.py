"""Team-ACE/ToolACE (Apache-2.0). Checked on 100 real rows, of a copy in which the calls had been turned into JSON.

The published rows write calls in our own notation; of those only the description (ToolACE §7) was seen.
"""

from __future__ import annotations

from typing import Any

from toolace.datasets import turns
from toolace.datasets.reading import calls, dialog, field, tools
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.formats.json_calls import read_value
from toolace.records import Dialog, Message


def read(row: dict[str, Any]) -> Dialog:
    """Read `system` (with the tools as a JSON list in it) and `conversations`; raises ToolaceError."""
    system = field(row, "system")
    if (start := system.find("[{")) < 0:
        raise ToolaceError("system holds no list of tools")
    try:
        listed, _ = read_value(system, start)
    except CallSyntaxError as error:
        raise ToolaceError(f"tools: {error}") from error
    return dialog("toolace", tools(listed), turns.messages(row.get("conversations"), _answer))


def _answer(speaker: str, text: str) -> Message:
    if speaker == "function_call":
        return Message("assistant", calls=calls(text))
    try:
        return Message("assistant", calls=parse(text))
    except CallSyntaxError:
        return Message("assistant", text)
