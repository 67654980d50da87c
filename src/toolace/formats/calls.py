"""Calls in the ToolACE/BFCL notation, `[f(a=1), Name With Spaces(b="x")]`: print and parse, literals only.

Model output is untrusted: the parser reads values token by token and never evaluates anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from toolace.records import Call, Json

MAX_DEPTH = 32
MAX_CHARS = 1_000_000

_PLAIN_NAME = re.compile(r"[^\W\d][\w.:/-]*(?: [\w.:/-]+)*")
_PLAIN_KEY = re.compile(r"[^\W\d][\w.:/-]*")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z]+")
_STRINGS = {
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL),
}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": ""}
_WORDS: dict[str, Json] = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}


class CallSyntaxError(ValueError):
    """The text is not a list of calls."""


def render(calls: Sequence[Call]) -> str:
    """Print calls; `parse` gives the same calls back for any JSON values."""
    return "[" + ", ".join(_render_call(call) for call in calls) + "]"


def parse(text: str) -> list[Call]:
    """Read `[f(a=1), g(b=[2, "x"])]`, with or without the outer brackets.

    Raises:
        CallSyntaxError: at the first character that fits nothing, positional arguments included.
    """
    text = text.strip()
    if len(text) > MAX_CHARS:
        raise CallSyntaxError(f"longer than {MAX_CHARS} characters")
    return _Reader(text).calls()


def _render_call(call: Call) -> str:
    name = call.name if _PLAIN_NAME.fullmatch(call.name) else json.dumps(call.name, ensure_ascii=False)
    return f"{name}({', '.join(f'{_render_key(k)}={render_value(v)}' for k, v in call.arguments.items())})"


def _render_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def render_value(value: Json) -> str:
    """Print one argument value as a Python literal."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {render_value(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(render_value, value)) + "]"
    return repr(value)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)


class _Reader:
    """A cursor over the text; each method reads one thing at the cursor and moves behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def calls(self) -> list[Call]:
        bracket = self.take("[")
        calls: list[Call] = []
        while not (bracket and self.take("]")):
            calls.append(self.call())
            if not self.take(","):
                if bracket:
                    self.expect("]")
                break
        self.space()
        if self.at < len(self.text):
            raise self.error("the end")
        if not bracket and not calls:
            raise self.error("a call")
        return calls

    def call(self) -> Call:
        name = self.name()
        arguments: dict[str, Json] = {}
        while not self.take(")"):
            key = self.key()
            self.expect("=")
            arguments[key] = self.value(0)
            if not self.take(","):
                self.expect(")")
                break
        return Call(name, arguments)

    def name(self) -> str:
        """The name up to the parenthesis that opens the arguments; names may hold parentheses themselves."""
        self.space()
        if self.peek() in ("'", '"'):
            name = self.string()
            self.expect("(")
            return name
        opening = self.text.find("(", self.at)
        while opening >= 0 and not self.opens_arguments(opening):
            opening = self.text.find("(", opening + 1)
        if opening < 0:
            raise self.error("a call")
        name = self.text[self.at : opening].strip()
        if not name or any(mark in name for mark in "=\n\"'"):
            raise self.error("a function name")
        self.at = opening + 1
        return name

    def opens_arguments(self, opening: int) -> bool:
        rest = self.text[opening + 1 : opening + 201].lstrip()
        return bool(re.match(r"""\)\s*(?:[\],]|$)|[^\W\d][\w.:/-]*\s*=|["']""", rest))

    def key(self) -> str:
        self.space()
        if self.peek() in ("'", '"'):
            return self.string()
        match = _PLAIN_KEY.match(self.text, self.at)
        if not match:
            raise self.error("an argument name")
        self.at = match.end()
        return match[0]

    def value(self, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise CallSyntaxError(f"values nest deeper than {MAX_DEPTH}")
        self.space()
        mark = self.peek()
        if mark in ("'", '"'):
            return self.string()
        if mark == "[":
            return self.items("[", "]", depth)
        if mark == "(":
            return self.items("(", ")", depth)
        if mark == "{":
            return self.object(depth)
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return self.number(number[0])
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        raise self.error("a literal value")

    def number(self, token: str) -> int | float:
        try:
            return float(token) if re.search(r"[.eE]", token) else int(token)
        except ValueError as error:
            raise self.error("a number") from error

    def items(self, opening: str, closing: str, depth: int) -> list[Json]:
        self.expect(opening)
        items: list[Json] = []
        while not self.take(closing):
            items.append(self.value(depth + 1))
            if not self.take(","):
                self.expect(closing)
                break
        return items

    def object(self, depth: int) -> dict[str, Json]:
        self.expect("{")
        members: dict[str, Json] = {}
        while not self.take("}"):
            self.space()
            if self.peek() not in ("'", '"'):
                raise self.error("a quoted key")
            key = self.string()
            self.expect(":")
            members[key] = self.value(depth + 1)
            if not self.take(","):
                self.expect("}")
                break
        return members

    def string(self) -> str:
        match = _STRINGS[self.peek()].match(self.text, self.at)
        if not match:
            raise self.error("a closing quote")
        self.at = match.end()
        return _ESCAPE.sub(_unescape, match[1]) if "\\" in match[1] else match[1]

    def space(self) -> None:
        if match := _SPACE.match(self.text, self.at):
            self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, mark: str) -> bool:
        self.space()
        if self.peek() != mark:
            return False
        self.at += 1
        return True

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise self.error(repr(mark))

    def error(self, wanted: str) -> CallSyntaxError:
        return CallSyntaxError(f"expected {wanted} at character {self.at}: {self.text[self.at : self.at + 30]!r}")
