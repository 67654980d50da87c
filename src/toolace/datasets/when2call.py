"""nvidia/When2Call (CC-BY-4.0): `messages` and `tools` (JSON texts); of preferences the chosen response.

Checked on others' readers and tests of it only; no real row was seen.
"""

from __future__ import annotations

import re
from typing import Any

from toolace.datasets.reading import calls, dialog, field, tools
from toolace.errors import ToolaceError
from toolace.records import Dialog, Message

_CALLS = re.compile(r"\s*<TOOLCALL>(.*)</TOOLCALL>\s*", re.DOTALL)


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError."""
    chosen = [row["chosen_response"]] if "chosen_response" in row else []
    found = [_message(one) for one in [*field(row, "messages", list), *chosen]]
    return dialog("when2call", tools(row.get("tools")), found)


def _message(one: Any) -> Message:
    if not isinstance(one, dict) or one.get("role") not in ("system", "user", "assistant"):
        raise ToolaceError("a message is from neither system, user nor assistant")
    text = field(one, "content")
    if one["role"] == "assistant" and (match := _CALLS.fullmatch(text)):
        return Message("assistant", calls=calls(match[1]))
    return Message(one["role"], text)
