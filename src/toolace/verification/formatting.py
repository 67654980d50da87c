"""The rule on what the system prompt asks of the assistant's form (ToolACE Table 4: data sample consistency)."""

from __future__ import annotations

import re

import msgspec

from toolace.records import Dialog, Message

_COUNT = (
    r"(?:at most|no more than|up to|fewer than|less than|under|within|maximum of)\s+(?P<count>\d+|one|two|three)\s+"
)
_LENGTH = re.compile(_COUNT + r"(?P<unit>word|sentence)s?\b", re.IGNORECASE)
_JSON = re.compile(r"\b(?:answer|reply|respond|speak)\b[^.\n]*\b(?:in|as|with)\s+(?:valid\s+)?JSON\b", re.IGNORECASE)
_ONE_CALL = re.compile(
    r"\b(?:one|a single)\s+(?:function|tool|API|call)(?:\s+call)?\s+(?:at a time|per turn)\b", re.IGNORECASE
)
_MARKUP = re.compile(r"<tool_call>|<function=|\[TOOL_CALLS\]|\"arguments\"\s*:")
_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")
_WORD_COUNTS = {"one": 1, "two": 2, "three": 3}


def format_obeyed(dialog: Dialog) -> str | None:
    """Calls are not written out in text; where the system prompt says so, answers are JSON, brief or single calls."""
    system = dialog.messages[0].content if dialog.messages and dialog.messages[0].role == "system" else ""
    openings = [f"{tool.name}(" for tool in dialog.tools]
    for number, message in enumerate(dialog.messages):
        if message.role == "assistant" and (fault := _fault(message, system, openings)):
            return f"turn {number} {fault}"
    return None


def _fault(message: Message, system: str, openings: list[str]) -> str | None:
    text = message.content
    if text and (_MARKUP.search(text) or any(opening in text for opening in openings)):
        return "writes a call as text"
    if not system:
        return None
    if len(message.calls) > 1 and _ONE_CALL.search(system):
        return f"makes {len(message.calls)} calls, not one at a time"
    if text and _JSON.search(system) and not _is_json(text):
        return "is not JSON"
    if text and (asked := _LENGTH.search(system)):
        count = _WORD_COUNTS.get(asked["count"].lower()) or int(asked["count"])
        length = len(text.split()) if asked["unit"].lower() == "word" else len(_SENTENCE_END.findall(text))
        if length > count:
            return f"has {length} {asked['unit']}s, more than {count}"
    return None


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
