"""Rules on the characters and the script of what is said (ToolACE Table 4: invalid characters, mixed languages)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from toolace.records import Dialog, Json

NAME_LETTERS = 6
"""So many letters in a row of another script may be a name where no spaces stand between words, …"""
NAME_WORDS = 3
"""… and so many words where they do."""

# Controls but tab and line feed, surrogates, private use, byte order mark, directional overrides, replacements.
_INVALID = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufeff\u202a-\u202e\u2066-\u2069\ufff9-\uffff]"
)
_UNRENDERED = re.compile(
    r"\{[A-Za-z_][\w.]*\}|\{\{|\$\{|\{%|%\(\w+\)s|<\|\w+\|>|\[/?INST\]|<</?SYS>>|</?(?:tool_call|s|think)>"
)
_NOT_LATIN = re.compile(
    "[\u0370-\u1dff\u2c00-\ud7ff\uf900-\ufaff\uff00-\uffdc\U00010000-\U0001efff\U00020000-\U0010ffff]"
)
_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」|『[^』]*』|‘[^’]*’|`[^`]*`|(?<!\w)'[^']*'(?!\w)"
)
_SCRIPTS = {name: name for name in ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL")}
_SCRIPTS |= {
    "CJK": "HAN",
    "HIRAGANA": "HAN",
    "KATAKANA": "HAN",
    "HANGUL": "HANGUL",
    "THAI": "THAI",
    "FULLWIDTH": "LATIN",
}
_WITHOUT_SPACES = ("HAN", "HANGUL", "THAI")
_LETTERS = re.compile(r"[^\W\d_]+")


def characters_valid(dialog: Dialog) -> str | None:
    """No control, replacement or half characters, neither in what is said nor in arguments."""
    for number, message in enumerate(dialog.messages):
        for text in (message.content, message.thought, *strings_of([call.arguments for call in message.calls])):
            if found := _INVALID.search(text):
                return f"turn {number} holds U+{ord(found[0]):04X}"
    return None


def templates_rendered(dialog: Dialog) -> str | None:
    """No slot and no mark of a template is left in what is said, unless an argument's value holds the same."""
    for number, message in enumerate(dialog.messages):
        for text in (message.content, message.thought) if message.role != "tool" else ():
            for found in _UNRENDERED.finditer(text):
                if not any(found[0] in value for value in _values(dialog)):
                    return f"turn {number} holds {found[0]}"
    return None


def one_script(dialog: Dialog) -> str | None:
    """User and assistant write in one script; names, loan words, quotations and argument values may be in others."""
    spoken = [
        (number, text)
        for number, message in enumerate(dialog.messages)
        for text in (message.content, message.thought)
        if text and message.role in ("user", "assistant")
    ]
    if not any(_NOT_LATIN.search(text) for _, text in spoken):
        return None
    values = sorted((value for value in _values(dialog) if _NOT_LATIN.search(value)), key=len, reverse=True)
    runs = [(number, *run) for number, text in spoken for run in _runs(_bare(text, values))]
    letters = Counter[str]()
    for _, script, words in runs:
        letters[script] += sum(map(len, words)) if script != "MIXED" else 0
    main = letters.most_common(1)[0][0] if letters else ""
    for number, script, words in runs:
        if script == main:
            continue
        if script == "MIXED" or (
            sum(map(len, words)) > NAME_LETTERS if script in _WITHOUT_SPACES else len(words) > NAME_WORDS
        ):
            return f"turn {number} is partly in another script: {' '.join(words)[:40]}"
    return None


def strings_of(value: Json) -> Iterator[str]:
    """All strings inside a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def _values(dialog: Dialog) -> Iterator[str]:
    return strings_of([call.arguments for message in dialog.messages for call in message.calls])


def _bare(text: str, values: list[str]) -> str:
    """The text without quotations and without what the calls quote from it."""
    text = _QUOTED.sub(" ", text)
    for value in values:
        text = text.replace(value, " ")
    return text


def _runs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give the runs of words in one script. MIXED is a word in which letters of two alphabets look alike."""
    words = [part for word in _LETTERS.findall(text) for part in _parts(word)]
    for script, run in groupby(words, key=lambda part: part[0]):
        if script:
            yield script, [word for _, word in run]


def _parts(word: str) -> list[tuple[str, str]]:
    """Split a word where its script changes, since Chinese and Japanese set no spaces around foreign words."""
    scripts = {_script(letter) for letter in word}
    if {"LATIN", "CYRILLIC"} <= scripts:
        return [("MIXED", word)]
    return [(script, "".join(letters)) for script, letters in groupby(word, key=_script)]


@lru_cache(maxsize=20_000)
def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0], "")
