"""ToolBench (Apache-2.0): `conversations` of Thought / Action / Action Input, the tools as a Python list in the system.

Checked on one real row quoted publicly (a DNS lookup, its function turns left out); `Finish` becomes the last answer.
"""

from __future__ import annotations

import re
from typing import Any

from toolace.datasets import turns
from toolace.datasets.reading import calls, dialog, parsed, tools
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Dialog, Message

_LIST = "access to the following APIs:"
_ANSWER = re.compile(r"\s*(?:Thought:(.*?))?\s*Action:\s*(\S+)\s*Action Input:(.*)", re.DOTALL)


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError, also for rows of the search (a "user" who shows earlier trials)."""
    found = turns.messages(row.get("conversations"), _answer)
    if any(one.role == "user" and one.content.startswith("This is not the first time") for one in found):
        raise ToolaceError("a turn is of the search, not of the user")
    _, marker, listed = turns.system(row["conversations"]).partition(_LIST)
    if not marker:
        raise ToolaceError("the system turn lists no APIs")
    try:
        offered = parse(f"[tools(list={listed.strip()})]")[0].arguments["list"]  # Python literals, never evaluated
    except CallSyntaxError as error:
        raise ToolaceError(f"tools: {error}") from error
    asked = [Message("user", one.content.strip().removesuffix("Begin!").strip()) for one in found if one.role == "user"]
    rest = iter(asked)
    spoken = [next(rest) if one.role == "user" else one for one in found]
    return dialog("toolbench", [tool for tool in tools(offered) if tool.name != "Finish"], spoken)


def _answer(_: str, text: str) -> Message:
    if not (match := _ANSWER.fullmatch(text)):
        raise ToolaceError("an answer has no Action and Action Input")
    thought, name, given = (match[1] or "").strip(), match[2], parsed(match[3].strip())
    if name != "Finish":
        return Message("assistant", calls=calls({"name": name, "arguments": given}), thought=thought)
    if not isinstance(given, dict) or not isinstance(final := given.get("final_answer"), str):
        raise ToolaceError("it gives up")
    return Message("assistant", final, thought=thought)
