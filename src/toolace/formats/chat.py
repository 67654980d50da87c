"""Dialogs as the chat messages and tool definitions that models, TRL and OpenAI-compatible servers take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolace.formats.calls import render
from toolace.records import Message, Tool


def messages_of(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Turn messages into role/content pairs; calls are written in the ToolACE notation."""
    return [{"role": m.role, "content": render(m.calls) if m.calls else m.content} for m in messages]


def tools_of(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Turn tools into OpenAI's function definitions."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]
