"""Calls in the ToolACE/BFCL notation, `[f(a=1), Name With Spaces(b="x")]`: print and parse, literals only.

The published rows (ToolACE §7) write names as they are, spaces, commas and parentheses included. We do too where that
reads back as the same name, and quote the others.

Model output is untrusted: the parser reads values token by token, in linear time, and never evaluates anything.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from toolace.formats.thoughts import without_thought
from toolace.records import Call, Json

MAX_DEPTH = 64
"""Lists and objects nest at most so deep."""
MAX_CHARS = 1_000_000
MAX_NAME = 256
"""Characters of a name that is not quoted."""

# Possessive quantifiers (`*+`): what they took is never given back, or hostile text would cost quadratic time.
_PLAIN_NAME = re.compile(r"[^\W\d][\w.:/-]*(?: [\w.:/-]+)*")
_PLAIN_KEY = re.compile(r"[^\W\d][\w.:/-]*+")
_ARGUMENTS = re.compile(r"""\(\s*+(?:\)\s*+(?:[\],]|\Z)|[^\W\d][\w.:/-]*+\s*+=|["'])""")
_SPACE = re.compile(r"\s*+")
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*+(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+(?![\w.])")
_WORD = re.compile(r"[A-Za-z]++")
_STRINGS = {
    '"': re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\]++|\\.)*+)'", re.DOTALL),
}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": ""}
_WORDS: dict[str, Json] = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}


class CallSyntaxError(ValueError):
    """The text is not a list of calls."""


def render(calls: Sequence[Call]) -> str:
    """Print calls; `parse` gives the same calls back for any names and any JSON values down to `MAX_DEPTH`."""
    return "[" + ", ".join(_render_call(call) for call in calls) + "]"


def parse(text: str) -> list[Call]:
    """Read `[f(a=1), g(b=[2, "x"])]`, perhaps after a thought.

    Without the outer brackets, names may hold no spaces: "You can use f(a=1)" is no call.

    Raises:
        CallSyntaxError: at the first character that fits nothing, positional and repeated arguments included.
    """
    text = without_thought(text).strip()
    if len(text) > MAX_CHARS:
        raise CallSyntaxError(f"longer than {MAX_CHARS} characters")
    if not _is_unicode(text):
        raise CallSyntaxError("not Unicode text: it holds half a surrogate pair")
    return _Reader(text).calls()


def _render_call(call: Call) -> str:
    arguments = ", ".join(f"{_render_key(key)}={render_value(value)}" for key, value in call.arguments.items())
    return f"{_render_name(call.name)}({arguments})"


def _render_name(name: str) -> str:
    if _PLAIN_NAME.fullmatch(name) and len(name) < MAX_NAME:
        return name
    try:
        if name.isprintable() and _Reader(f"{name}()").name() == name:
            return name
    except CallSyntaxError:
        pass
    return json.dumps(name, ensure_ascii=False)


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
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)


def _is_unicode(text: str) -> bool:
    """Say whether a text can be written as UTF-8, which half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
            if not bracket and len(calls[-1].name.split()) > 1:
                raise CallSyntaxError(f"a name with spaces outside of brackets: {calls[-1].name!r}")
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
            if key in arguments:
                raise CallSyntaxError(f"{name!r} gets {key!r} twice")
            self.expect("=")
            arguments[key] = self.value(0)
            if not self.take(","):
                self.expect(")")
                break
        return Call(name, arguments)

    def name(self) -> str:
        """The name up to the parenthesis that opens the arguments.

        A parenthesis behind a space belongs to the name, unless arguments follow: `Get Price (v2)(id=1)`.
        """
        self.space()
        if self.peek() in ("'", '"'):
            name = self.string()
            self.expect("(")
            return name
        limit = self.at + MAX_NAME
        opening = self.text.find("(", self.at, limit)
        while opening > 0 and self.text[opening - 1].isspace() and not _ARGUMENTS.match(self.text, opening):
            opening = self.text.find("(", opening + 1, limit)
        if opening < 0:
            raise self.error("a call")
        name = self.text[self.at : opening].strip()
        if not name or any(mark in name for mark in '=\n"[]{}'):
            raise self.error("a function name")
        self.at = opening + 1
        return name

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
            number = float(token) if re.search(r"[.eE]", token) else int(token)
        except ValueError as error:  # "1_", or more digits than Python converts
            raise self.error("a number") from error
        if isinstance(number, float) and not math.isfinite(number):
            raise CallSyntaxError(f"{token[:30]} is too large")
        return number

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
        if "\\" not in match[1]:
            return match[1]
        # JSON writes a character above U+FFFF as two escapes, which UTF-16 joins.
        joined = _ESCAPE.sub(_unescape, match[1]).encode("utf-16-le", "surrogatepass")
        try:
            return joined.decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise CallSyntaxError(f"half a surrogate pair in {match[0][:30]!r}") from error

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
