"""What a parameter wants, told from its name and its description by the rules of `parameters.yaml`."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from toolace.dialogs.language import read
from toolace.dialogs.speech import words_of

Schema = dict[str, Any]

_FORMATS = {
    "date": "date",
    "date-time": "datetime",
    "time": "clock",
    "email": "email",
    "uri": "url",
    "uuid": "uuid",
    "ipv4": "ip",
    "ipv6": "ipv6",
    "hostname": "hostname",
}
# No space after the opening quote and none before the closing one: a quoted value, not text between two of them.
_QUOTED = re.compile(r"[\"'`‘“]([\w./:@+-][\w ./:@+-]{0,28}[\w*]|\w)[\"'`’”](?!\w)")
_SAMPLE = re.compile(
    r"(?i)(?:\be\.?g\.?,?|\bfor example,?|\bsuch as|\bexamples?:|\bex:)\s*"
    r"[\"'`‘“]?([\w@#+][\w./:@#+_-]{1,38}\w)[\"'`’”]?(?=[,;.)\s]|$)"
)


class Sense(NamedTuple):
    """The kind of a parameter, and for numbers the rule with its usual range."""

    kind: str
    rule: dict[str, Any]


@cache
def data() -> dict[str, Any]:
    """Read the rules and the values."""
    return dict(read(Path(__file__).parent / "parameters.yaml"))


def sense(schema: Schema, name: str) -> Sense:
    """Tell the kind of a parameter: one of `parameters.yaml`, or enum, boolean, number, list, object."""
    if "enum" in schema:
        return Sense("enum", {})
    kind = schema.get("type", "string")
    if kind in ("boolean", "object"):
        return Sense(kind, {})
    if kind == "array":
        return sense(schema.get("items") or {}, name)
    if kind in ("integer", "number"):
        return _by_rules("numbers", name, schema.get("description", ""), "number")
    named = schema.get("x-values") or _FORMATS.get(schema.get("format", ""))
    if isinstance(named, str):
        return Sense("id" if named == "order_id" else named, {})
    return _by_rules("strings", name, schema.get("description", ""), "slug")


@lru_cache(maxsize=50_000)
def _by_rules(group: str, name: str, description: str, otherwise: str) -> Sense:
    words = " ".join(words_of(name))
    for rule, by_name, by_description in _compiled(group):
        if (by_name is None or by_name.search(words)) and (
            by_description is None or by_description.search(description)
        ):
            return Sense(rule["kind"], rule)
    return Sense(otherwise, {})


@cache
def _compiled(group: str) -> list[tuple[dict[str, Any], re.Pattern[str] | None, re.Pattern[str] | None]]:
    return [
        (rule, *(re.compile(rule[key]) if key in rule else None for key in ("name", "description")))
        for rule in data()[group]
    ]


@lru_cache(maxsize=50_000)
def named_in(description: str) -> tuple[str, ...]:
    """The values that a description names in quotes (two at least) or after "e.g."."""
    quoted = tuple(dict.fromkeys(_QUOTED.findall(description)))
    if len(quoted) > 1:
        return quoted
    sample = _SAMPLE.search(description)
    return (sample[1],) if sample and not sample[1].islower() else ()
