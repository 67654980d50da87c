"""OpenAI's chat messages: `tool_calls` with ids and arguments as JSON text, and a `tool` message for each result.

Objects instead of JSON text would not survive Hugging Face's `datasets`, which reads 0.6 in them as 0.6000000000000001.
Where a chat template prints arguments with `tojson`, train on its text form (`hermes`, `llama3`) instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from toolace.formats.calls import CallSyntaxError
from toolace.formats.chat import tools_as_json
from toolace.formats.json_calls import calls_of, read_value
from toolace.formats.thoughts import with_thought, without_thought
from toolace.records import Call, Dialog, Message


def render(calls: Sequence[Call]) -> str:
    """Print the list `tool_calls` as JSON."""
    return json.dumps([_tool_call(call, number) for number, call in enumerate(calls)], ensure_ascii=False)


def parse(text: str) -> list[Call]:
    """Read a list `tool_calls` written as JSON.

    Raises:
        CallSyntaxError: the text is anything else.
    """
    value, end = read_value(text := without_thought(text), 0)
    if end < len(text):
        raise CallSyntaxError(f"expected the end at character {end}: {text[end : end + 30]!r}")
    return calls_of(value)


def sample(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """`messages` as OpenAI's interface takes them, and `tools` (JSON string)."""
    asked, answered = count(), count()
    messages = [_message(message, thoughts, asked, answered) for message in dialog.messages]
    return {"messages": messages, "tools": tools_as_json(dialog.tools)}


def _message(message: Message, thoughts: bool, asked: Iterator[int], answered: Iterator[int]) -> dict[str, Any]:
    """Turn one message; `asked` and `answered` number the calls and the results of its dialog."""
    content = with_thought(message.thought if thoughts else "", message.content)
    turn: dict[str, Any] = {"role": message.role, "content": content}
    if message.calls:
        turn["tool_calls"] = [_tool_call(call, next(asked)) for call in message.calls]
    if message.role == "tool":
        turn["tool_call_id"] = _id(next(answered))
    return turn


def _tool_call(call: Call, number: int) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {"id": _id(number), "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _id(number: int) -> str:
    return f"call{number:05}"  # nine letters and digits: Mistral's template insists on that
