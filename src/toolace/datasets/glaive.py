"""glaiveai/glaive-function-calling-v2 (Apache-2.0): `system` with the tools, `chat` as one text.

Checked on one complete real row that is quoted publicly (factorial), and on parts of others.
"""

from __future__ import annotations

import re
from typing import Any

from toolace.datasets.reading import calls, dialog, field, parsed, results, tools
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError
from toolace.formats.json_calls import read_value
from toolace.records import Call, Dialog, Message, Tool

_TURN = re.compile(r"(?:^|\n|<\|endoftext\|>)\s*(USER|ASSISTANT|FUNCTION RESPONSE):")
_CALL = "<functioncall>"
_QUOTED = re.compile(r"""("arguments":\s*)'(.*)'(\s*})\s*\Z""", re.DOTALL)


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError."""
    pieces = _TURN.split(field(row, "chat"))[1:]
    found: list[Message] = []
    asked: list[Call] = []
    for speaker, piece in zip(pieces[::2], pieces[1::2], strict=True):
        text = piece.replace("<|endoftext|>", "").strip()
        if speaker == "ASSISTANT":
            found.append(_answer(text))
            asked = found[-1].calls
        else:
            found += [Message("user", text)] if speaker == "USER" else results(text, asked)
    return dialog("glaive", _tools(field(row, "system")), found)


def _answer(text: str) -> Message:
    if _CALL not in text:
        return Message("assistant", text)
    before, _, call = text.partition(_CALL)
    if before.strip():
        raise ToolaceError("an answer speaks and calls")
    # The arguments are JSON between single quotes, which no JSON reader takes.
    quoted = _QUOTED.sub(lambda found: found[1] + found[2].replace("\\'", "'") + found[3], call.strip())
    return Message("assistant", calls=calls(parsed(quoted)))


def _tools(system: str) -> list[Tool]:
    """Read the objects that follow one another behind the first brace."""
    found: list[Tool] = []
    at = system.find("{")
    while 0 <= at < len(system):
        try:
            one, at = read_value(system, at)
        except CallSyntaxError as error:
            raise ToolaceError(f"tools: {error}") from error
        found += tools(one)
    return found
