"""The rule on values that nobody gave (ToolACE §2.3: hallucination)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from toolace.records import Dialog, Json, Message, Said
from toolace.verification.dates import first_day
from toolace.verification.numbers import numbers
from toolace.verification.plan import same
from toolace.verification.wording import implies, may_mean, plain, states, stems

_TODAY = re.compile(r"\b(?:today|current date|now)\b[^.!?\n]{0,20}?\bis\b(.{0,40})|\bdate:(.{0,40})", re.IGNORECASE)
_AUXILIARIES = {"is", "include", "with", "has", "use", "enable", "only", "show"}
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u3040-\ud7ff]")


def values_grounded(dialog: Dialog) -> str | None:
    """Every argument value was given: by the user, the system prompt or an earlier result.

    Where the plan says how a value was worded, those words stand in an earlier turn and may mean it. Where it names
    the result that a value comes from, `links_traced` looks there. Any other value stands in an earlier turn, after
    normalising dates, times, numbers and wording, in words that the plan gives no other meaning.
    """
    said = {one.path: one for one in dialog.plan.said}
    linked = {link.path: link.value for link in dialog.plan.links}
    schemas = {tool.name: tool.parameters for tool in dialog.tools}
    heard = _Heard("", "", None, said)
    index = 0
    for message in dialog.messages:
        if message.role != "assistant":
            heard = heard.and_then(message)
        for call in message.calls:
            for path, value, schema in _leaves(call.arguments, schemas.get(call.name) or {}, str(index)):
                if path in linked and same(linked[path], value):
                    continue
                if not heard.gives(path, value, schema):
                    return f"{path.partition('.')[2]}={value!r} is in no earlier turn"
            index += 1
    return None


class _Heard:
    """What users, system prompt and results have said so far; each reading of it is made when it is first needed."""

    def __init__(self, told: str, results: str, today: date | None, said: dict[str, Said]) -> None:
        self.told = told
        self.results = results
        self.today = today
        self.said = said

    def and_then(self, message: Message) -> _Heard:
        if message.role == "tool":
            return _Heard(self.told, f"{self.results}\n{message.content}", self.today, self.said)
        today = self.today or _today(message)
        return _Heard(f"{self.told}\n{message.content}", self.results, today, self.said)

    @cached_property
    def told_plain(self) -> str:
        return f" {plain(self.told)} "

    @cached_property
    def text(self) -> str:
        """What was said without the words that the plan gives to some argument."""
        worded = {one.text for one in self.said.values() if one.text and not implies(one.text)}
        given = "|".join(re.escape(words) for words in sorted(worded, key=len, reverse=True))
        told = re.sub(rf"(?<!\w)(?:{given})(?!\w)", " ", self.told) if given else self.told
        return f"{told}\n{self.results}"

    @cached_property
    def plain(self) -> str:
        return f" {plain(self.text)} "

    @cached_property
    def stems(self) -> set[str]:
        return stems(self.text)

    @cached_property
    def numbers(self) -> set[float]:
        return numbers(self.text)

    def gives(self, path: str, value: Json, schema: dict[str, Any]) -> bool:
        """Whether the value was worded as the plan says, or stands in what was said."""
        worded = self.said.get(path)
        if worded and same(worded.value, value):
            words = plain(worded.text)
            stands = f" {words} " in self.told_plain if words else worded.text in self.told
            return stands and may_mean(worded.text, value, schema, self.today)
        if isinstance(value, list):
            items = schema.get("items")
            items = items if isinstance(items, dict) else {}
            return bool(value) and all(self.gives(f"{path}.{i}", item, items) for i, item in enumerate(value))
        if isinstance(value, dict):
            fields = schema.get("properties") or {}
            return bool(value) and all(
                self.gives(f"{path}.{key}", item, fields.get(key) or {}) for key, item in value.items()
            )
        return self.states(path.rpartition(".")[2], value)

    def says(self, words: str) -> bool:
        return f" {plain(words)} " in self.plain if plain(words) else words in self.text

    def states(self, name: str, value: Json) -> bool:
        """Whether a value without a known wording stands in what was said."""
        if isinstance(value, bool) or value is None:
            return value is not None and self.decides(name, value)
        if isinstance(value, int | float):
            return float(value) in self.numbers or abs(float(value)) in self.numbers
        if self.says(value) and value:
            return True
        stated = states(self.text, value, self.today)
        if stated is not None:
            return stated
        if _WITHOUT_SPACES.search(value):
            return value.lower() in self.text.lower()
        words = stems(value)
        return len(words) > 0 and words <= self.stems

    def decides(self, name: str, value: bool) -> bool:
        """Whether what a switch is named after is spoken of: affirmed or denied."""
        named = {word[:6] for word in stems(name) - _AUXILIARIES} & {word[:6] for word in self.stems}
        denied = self.stems & {"no", "not", "without", "don", "t", "off", "false", "exclude", "skip", "non"}
        literal = self.stems & ({"yes", "true"} if value else {"no", "false"})
        return bool(literal or (named and (value or denied)))


def _leaves(value: Json, schema: dict[str, Any], path: str) -> Iterator[tuple[str, Json, dict[str, Any]]]:
    """Arguments with their paths and schemas; objects are walked, since the user words their members one by one."""
    fields = schema.get("properties") or {}
    for key, inner in value.items():
        field = fields.get(key) if isinstance(fields.get(key), dict) else {}
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, field or {}, f"{path}.{key}")
        else:
            yield f"{path}.{key}", inner, field or {}


def _today(message: Message) -> date | None:
    """The reference day: the first of the system prompt, or the one of which somebody says that it is today."""
    if message.role == "system":
        return first_day(message.content)
    if match := _TODAY.search(message.content):
        return first_day(match[1] or match[2] or "")
    return None
