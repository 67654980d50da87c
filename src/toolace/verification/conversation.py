"""Rules on the turns of a dialog (ToolACE Table 4: dialog correctness, data sample consistency)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import msgspec

from toolace.records import Dialog, Json, Message

MAX_CHARS = {"system": 8_000, "user": 4_000, "assistant": 4_000, "tool": 20_000}
MAX_TURNS = 100
MAX_CALLS = 20
"""In one turn."""
LONGEST_LOOP = 20
"""Words."""
LONG_ANSWER = 20
"""An answer of so many words does not come again."""

_FOLLOWERS = {
    "": ("system", "user"),
    "system": ("user",),
    "user": ("assistant",),
    "assistant that calls": ("tool",),
    "assistant that speaks": ("user",),
    "tool": ("tool", "assistant"),
}
_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "」": "「"}
_BRACKETS = re.compile(r"[()\[\]{}（）【】「」]")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|“[^”]*”")
_FACE_OR_ITEM = re.compile(r"(?<!\S)[:;=]-?[()\[\]]|^\s*\w{1,2}\)", re.MULTILINE)
_ENDING = re.compile(r"(?:[.!?…:)\]}。！？）」”\"'`*]|[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?)\s*$")
_ITEM = re.compile(r"\s*(?:[-*•|]|\d+[.)]\s)")
_CUT = re.compile(r"(?:\b(?:the|an|and|or|my|your|our|their|of|because|which|whose)|[,;(\[{]| [-–])\s*[.…]*\s*$")
_LOOPED_LETTER = re.compile(r"([a-z])\1{15,}")
_SENTENCE = re.compile(r"[^.!?\n。！？]+")
_WORD = re.compile(r"\w+")


def turns_complete(dialog: Dialog) -> str | None:
    """Every turn has what its role needs: text, or calls, or the name and the result of a function."""
    if not dialog.messages or not dialog.id or not dialog.kind:
        return "no turns, no id or no kind"
    for number, message in enumerate(dialog.messages):
        fault = _fault(message)
        if fault:
            return f"turn {number} ({message.role}) {fault}"
    return None


def roles_in_order(dialog: Dialog) -> str | None:
    """The order is: system (or none), user, assistant, with a result for each call; the assistant has the last word."""
    before = ""
    for number, message in enumerate(dialog.messages):
        if message.role not in _FOLLOWERS[before]:
            return f"turn {number}: {message.role} after {before or 'nothing'}"
        before = message.role
        if before == "assistant":
            before += " that calls" if message.calls else " that speaks"
    return None if before.startswith("assistant") else f"it ends with {before or 'nothing'}"


def results_follow_calls(dialog: Dialog) -> str | None:
    """After calls come their results: as many, under the same names, each of them JSON."""
    due: list[str] = []
    last = len(dialog.messages) - 1
    for number, message in enumerate(dialog.messages):
        if message.role == "tool":
            if not due or message.name != due.pop(0):
                return f"turn {number}: a result of {message.name}, which is not what was called"
            if not _is_json(message.content):
                return f"turn {number}: the result of {message.name} is not JSON"
            continue
        if due:
            return f"turn {number}: no result of {due[0]}"
        due = [call.name for call in message.calls] if number < last else []
    return f"no result of {due[0]}" if due else None


def lengths_bounded(dialog: Dialog) -> str | None:
    """No turn, thought or row of calls is too long."""
    if len(dialog.messages) > MAX_TURNS:
        return f"{len(dialog.messages)} turns"
    for number, message in enumerate(dialog.messages):
        if max(len(message.content), len(message.thought)) > MAX_CHARS.get(message.role, 0):
            return f"turn {number} has {max(len(message.content), len(message.thought)):,} characters"
        if len(message.calls) > MAX_CALLS:
            return f"turn {number} calls {len(message.calls)} times"
    return None


def response_complete(dialog: Dialog) -> str | None:
    """What the assistant says is not cut off, and no user stops in the middle of a phrase."""
    for number, message in enumerate(dialog.messages):
        if message.role not in ("user", "assistant"):
            continue
        for text in (message.content, message.thought):
            if text and (_CUT.search(text) or (message.role == "assistant" and _unfinished(text))):
                return f"turn {number} is cut off: …{text[-30:]}"
    return None


def no_repetition(dialog: Dialog) -> str | None:
    """No words in a loop, no sentence or turn twice in a row, no call twice with the same result."""
    said: dict[str, list[str]] = {}
    for number, message in enumerate(dialog.messages):
        if len(message.calls) > 1 and len({msgspec.json.encode(call) for call in message.calls}) < len(message.calls):
            return f"turn {number} makes the same call twice"
        if message.role == "tool":
            said.pop("assistant", None)  # another result may be told in the same words
        if message.role not in ("user", "assistant"):
            continue
        for text in (message.content, message.thought):
            if text and (looped := _loop(text)):
                return f"turn {number} repeats: {looped}"
        words = _words(message.content)
        # Short answers come again: that of a value that is asked for again, or a refusal.
        if words and said.get(message.role) == words and (message.role == "user" or len(words) >= LONG_ANSWER):
            return f"turn {number} repeats the {message.role}'s turn before it"
        said[message.role] = words or said.get(message.role, [])
    return _same_step(dialog)


def _fault(message: Message) -> str | None:
    if message.role not in ("system", "user", "assistant", "tool"):
        return "has an unknown role"
    if message.calls and message.role != "assistant":
        return "calls"
    if message.calls and message.content:
        return "both calls and speaks"
    if not message.calls and not message.content.strip():
        return "is empty"
    if bool(message.name) != (message.role == "tool"):
        return "has a name" if message.name else "does not name its function"
    return "thinks" if message.thought and message.role != "assistant" else None


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    return True


def _unfinished(text: str) -> bool:
    return not (_ENDING.search(text) or _ends_as_list(text)) or not _balanced(text)


def _ends_as_list(text: str) -> bool:
    """Whether the last line is an item without a full stop, as the one before it is."""
    lines = text.rstrip().split("\n")
    return len(lines) > 1 and all(_ITEM.match(line) and not _ENDING.search(line) for line in lines[-2:])


def _balanced(text: str) -> bool:
    """Whether every bracket outside quotations has its partner; faces and items such as "a)" are none."""
    if not _BRACKETS.search(text):
        return True
    opened: list[str] = []
    for mark in _BRACKETS.findall(_FACE_OR_ITEM.sub(" ", _QUOTED.sub(" ", text))):
        if mark not in _PAIRS:
            opened.append(mark)
        elif not opened or opened.pop() != _PAIRS[mark]:
            return False
    return not opened


def _loop(text: str) -> str | None:
    """The words of a text that come four times in a row, or a sentence twice in a row; lists of numbers may."""
    words = _words(text)
    often = max(Counter(words).values(), default=0) > 3
    for size in range(1, min(LONGEST_LOOP, len(words) // 4) + 1) if often else ():
        same = 0
        for at in range(len(words) - size):
            same = same + 1 if words[at] == words[at + size] else 0
            if same == 3 * size and not all(word.isdigit() for word in words[at - size + 1 : at + 1]):
                return " ".join(words[at - size + 1 : at + 1])
    if match := _LOOPED_LETTER.search(text):
        return match[0]
    if len(words) < 12:
        return None
    sentences = [sentence for part in _SENTENCE.findall(text) if (sentence := " ".join(_words(part)))]
    return next((one for one, after in pairwise(sentences) if one == after and " " in one), None)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _same_step(dialog: Dialog) -> str | None:
    """Calls that the assistant makes again, without a word of the user, although their results were the same."""
    step: tuple[list[bytes], list[str]] = ([], [])
    before = step
    for message in dialog.messages:
        if message.role == "tool":
            step[1].append(message.content)
            continue
        if step[1] and step == before:
            return f"{step[0][0].decode()} is made again after the same result"
        before, step = step, ([msgspec.json.encode(call) for call in message.calls], [])
    return None


def json_of(text: str) -> Json:
    """Read a result that `results_follow_calls` has passed; None where it is not JSON."""
    return msgspec.json.decode(text) if _is_json(text) else None
