"""General chat, replayed to keep general ability: `messages` of role and content, without tools."""

from __future__ import annotations

from typing import Any

from toolace.datasets.reading import dialog, field
from toolace.errors import ToolaceError
from toolace.records import Dialog, Message


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError, also when a tool is used."""
    found = []
    for message in field(row, "messages", list):
        if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant"):
            raise ToolaceError("a message is from neither system, user nor assistant")
        found.append(Message(message["role"], field(message, "content")))
    return dialog("chat", [], found)
