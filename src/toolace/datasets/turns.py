"""Conversations of `from`/`value` turns, which ToolACE, APIGen-MT, Hermes and ToolBench share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toolace.datasets.reading import results
from toolace.errors import ToolaceError
from toolace.records import Call, Message

_ROLES = {"human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "tool", "function": "tool"}


def messages(turns: Any, read_answer: Callable[[str, str], Message]) -> list[Message]:
    """Read the turns but the system's; `read_answer(from, value)` reads one of the assistant.

    Raises:
        ToolaceError: a turn has no text, or an unknown speaker.
    """
    if not isinstance(turns, list):
        raise ToolaceError("conversations is no list")
    found: list[Message] = []
    asked: list[Call] = []
    for turn in turns:
        if not isinstance(turn, dict) or not isinstance(text := turn.get("value"), str):
            raise ToolaceError("a turn has no value")
        speaker = str(turn.get("from"))
        role = _ROLES.get(speaker, speaker)
        if role == "assistant":
            found.append(read_answer(speaker, text))
            asked = found[-1].calls
        elif role == "tool":
            found += results(text, asked)
        elif role == "user":
            found.append(Message("user", text))
        elif role != "system":
            raise ToolaceError(f"a turn is from {speaker!r}")
    return found


def system(turns: Any) -> str:
    """Give the text of the system turn, or nothing."""
    found = [turn for turn in turns if isinstance(turn, dict) and turn.get("from") == "system"]
    return str(found[0].get("value", "")) if found else ""
