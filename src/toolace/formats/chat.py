"""Dialogs as the chat messages and tool definitions that models, TRL and OpenAI-compatible servers take."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from toolace.formats import calls
from toolace.formats.thoughts import with_thought
from toolace.records import Call, Message, Tool

Render = Callable[[Sequence[Call]], str]


def messages_of(
    messages: Sequence[Message], render: Render = calls.render, thoughts: bool = False
) -> list[dict[str, str]]:
    """Turn messages into role/content pairs, with calls as text.

    Each result stays a `tool` message of its own, since that is what clients of our server send.
    """
    return [{"role": message.role, "content": content_of(message, render, thoughts)} for message in messages]


def content_of(message: Message, render: Render, thoughts: bool) -> str:
    """Give the text of one message: its calls, or else its words, after its thought if `thoughts` are shown."""
    answer = render(message.calls) if message.calls else message.content
    return with_thought(message.thought, answer) if thoughts else answer


def turns_of(messages: Sequence[Message]) -> list[list[Message]]:
    """Group messages into turns: the results that follow one another are one turn; the system prompt is left out."""
    turns: list[list[Message]] = []
    for message in messages:
        if message.role == "tool" and turns and turns[-1][0].role == "tool":
            turns[-1].append(message)
        elif message.role != "system":
            turns.append([message])
    return turns


def results_of(turn: Sequence[Message]) -> str:
    """Write the results of a turn as ToolACE does (§7): a JSON list of `{name, results}`."""
    return json.dumps(
        [{"name": message.name, "results": _json(message.content)} for message in turn], ensure_ascii=False
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def tools_of(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Turn tools into OpenAI's function definitions."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]


def tools_as_json(tools: Sequence[Tool]) -> str:
    """Write tools as JSON text: as a struct, Arrow would fill the keys that one tool lacks with nulls."""
    return msgspec.json.encode(tools_of(tools)).decode()
