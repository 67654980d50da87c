"""Results that fit what an API returns: an example, of which everything that can change does, or a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from toolace.dialogs.speech import singular, words_of
from toolace.dialogs.values import draw
from toolace.records import Json

Known = dict[tuple[str, ...], Json]
"""Values that a result must agree with, by the words of their key: those of the call, and what was made earlier."""

MAX_DEPTH = 3
MAX_MEMBERS = 7
_JSON_TYPES = {"object", "array", "string", "integer", "number", "boolean"}
_NOISE = re.compile(r"token|etag|kind|self_?link|signature|cursor|^_|password|secret|error", re.IGNORECASE)
_TOLD_FIRST = re.compile(r"^(id|.*_?id|name|title|status|state|.*name|url|email|total|count|type)$", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_CLOCK = re.compile(r"\d\d:\d\d")
_IDENTIFIER = re.compile(r"(?=.*\d)[\w.@:/ -]+")
_FIXED = {"unit", "currency"}
_YEARS = {"year", "season", "founded"}
_MOST = {"stars": 5, "rating": 5, "percent": 99, "humidity": 100, "probability": 1, "accuracy": 1}
_ALIASES = {"home": "team"}
_IN_ORDER = [("departs", "arrives"), ("low", "high")]
_CHANGED = {"value", "time", "result"}
"""What a conversion returns under the name of what it was given."""
_COUNTS = {"limit", "count", "results", "n", "events", "questions"}
_ECHOED_BY_ITEMS = {("city",), ("location",), ("status",)}


def is_schema(returns: Json) -> bool:
    """Say whether `returns` is a JSON Schema; anything else is an example of a result."""
    return isinstance(returns, dict) and (
        returns.get("type") in _JSON_TYPES or (isinstance(returns.get("properties"), dict) and "description" in returns)
    )


def result_of(returns: Json, known: Known, rng: Random) -> Json:
    """Make a result like the example, or one that fits the schema, and that agrees with `known`."""
    if returns is None or returns == {}:
        return {"success": True}
    if is_schema(returns):
        return _from_schema(returns, "", known, rng, 0)
    return _vary(returns, (), known, rng, 0)


def _vary(value: Json, path: tuple[str, ...], known: Known, rng: Random, line: int) -> Json:
    key = path[-1] if path else ""
    if isinstance(value, dict):
        return _vary_members(value, path, known, rng)
    if isinstance(value, list):
        return _vary_items(value, path, known, rng)
    given = known.get(tuple(words_of(_ALIASES.get(key, key))))
    if given is not None and key not in _CHANGED and _same_type(given, value):
        return given
    if isinstance(value, bool):
        return value if value or rng.random() < 0.7 else True
    if isinstance(value, int | float):
        return _bounded(_vary_number(value, key, rng), key, known)
    return _vary_text(value, path, known, rng, line) if isinstance(value, str) else value


def _vary_members(value: dict[str, Json], path: tuple[str, ...], known: Known, rng: Random) -> dict[str, Json]:
    """Vary an object; where it is keyed by what the call lists, such as players, it is keyed by the call's ones."""
    line = rng.randrange(10_000)  # texts of one object come from one line of their groups: a book has its author
    listed = next((v for v in known.values() if isinstance(v, list) and v and all(isinstance(i, str) for i in v)), None)
    if path and listed and all(key[:1].isupper() for key in value):
        sample = next(iter(value.values()))
        return {name: _vary(sample, path, known, rng, line) for name in listed}
    made = {key: _vary(inner, (*path, key), known, rng, line) for key, inner in value.items()}
    lists = [v for v in made.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
    for name in ("total", "count"):
        if name in made and len(lists) == 1:
            made[name] = len(lists[0])
    for first, second in _IN_ORDER:
        if first in made and second in made and made[first] > made[second]:
            made[first], made[second] = made[second], made[first]
    return made


def _vary_items(value: list[Json], path: tuple[str, ...], known: Known, rng: Random) -> list[Json]:
    if not value:
        return []
    if all(isinstance(item, dict) for item in value):
        most = min([n for k, n in known.items() if k[-1] in _COUNTS and isinstance(n, int) and n > 0] or [4])
        size = min(rng.choice([1, 2, 2, 3, 3, 4]), most)
        echoes = {k: v for k, v in known.items() if k in _ECHOED_BY_ITEMS} if size > 1 else known
        items: list[Json] = []
        for _ in range(size * 3):
            item = _vary(rng.choice(value), path, echoes | _limits(known), rng, 0)
            if len(items) < size and all(_told(item) != _told(other) for other in items):
                items.append(item | {"rank": len(items) + 1} if "rank" in item else item)
        return items
    if isinstance(value[0], list):
        return [[_vary(item, path, {}, rng, 0) for item in inner] for inner in value]
    size = next((len(v) for v in known.values() if isinstance(v, list)), max(1, len(value) + rng.choice([-1, 0, 1])))
    drawn = [_vary(rng.choice(value), path, {}, rng, rng.randrange(10_000)) for _ in range(size)]
    drawn = list(dict.fromkeys(drawn)) if isinstance(value[0], str) else drawn
    return sorted(drawn) if isinstance(value[0], str) and _CLOCK.match(value[0]) else drawn


def _limits(known: Known) -> Known:
    return {k: v for k, v in known.items() if k and k[0] in ("max", "min") and isinstance(v, int | float)}


def _told(item: Json) -> Json:
    """What tells an item of a list from its neighbours: its first text, else all of it."""
    if not isinstance(item, dict):
        return item
    return next((v for v in item.values() if isinstance(v, str)), list(item.values()))


def _bounded(value: int | float, key: str, known: Known) -> int | float:
    """Respect limits that the call gives, such as a highest price."""
    words = tuple(words_of(key))
    value = min(value, _MOST.get(words[-1], value)) if words else value
    most, least = known.get(("max", *words)), known.get(("min", *words))
    if isinstance(most, int | float) and value > most:
        value = most if isinstance(value, int) else round(float(most), 2)
    if isinstance(least, int | float) and value < least:
        value = least
    return value


def _vary_number(value: int | float, key: str, rng: Random) -> int | float:
    if value == 0:
        return value
    if isinstance(value, int):
        if key in _YEARS:
            return value - rng.randrange(40)
        low, high = sorted((value // 2, value + abs(value) // 2 + 1))
        return rng.randint(max(low, 1) if value > 0 else low, high)
    decimals = len(repr(value).partition(".")[2])
    if abs(value) <= 1:
        return round(rng.uniform(0.3, 1) * (value if abs(value) < 0.5 else value / abs(value)), decimals) or value
    most = _MOST.get(words_of(key)[-1] if words_of(key) else "", 2 * value)
    return round(value * rng.uniform(0.6, min(1.6, max(most / value, 0.6))), decimals)


def _vary_text(value: str, path: tuple[str, ...], known: Known, rng: Random, line: int) -> str:
    if path and path[-1] in _FIXED:
        return value
    if alike := _alike().get(f"…{path[-1]}" if value == "…" and path else value):
        return alike[line % len(alike)]
    if _MONTH.fullmatch(value):
        return f"{value[:5]}{rng.randint(1, 12):02}"
    if _DATE.match(value):
        near = next((v for v in known.values() if isinstance(v, str) and _DATE.match(v)), value)
        return _vary_day(near, rng) + re.sub(r"\d\d:\d\d", lambda _: _clock(rng), value[10:])
    if _CLOCK.search(value):
        clocks = sorted(_clock(rng) for _ in _CLOCK.findall(value))
        return _CLOCK.sub(lambda _: clocks.pop(0), value)
    if _IDENTIFIER.fullmatch(value) and sum(c.isdigit() for c in value) > 1:
        return re.sub(r"\d", lambda match: str(rng.randint(1, 9)), value)
    return value


def _vary_day(text: str, rng: Random) -> str:
    try:
        return (date.fromisoformat(text[:10]) + timedelta(days=rng.randrange(9))).isoformat()
    except ValueError:
        return text[:10]


def _clock(rng: Random) -> str:
    return f"{rng.randrange(7, 22):02}:{rng.randrange(0, 60, 5):02}"


def _same_type(given: Json, example: Json) -> bool:
    number = isinstance(given, int | float) and isinstance(example, int | float)
    return type(given) is type(example) or (number and bool not in (type(given), type(example)))


def _from_schema(schema: dict[str, Any], key: str, known: Known, rng: Random, depth: int) -> Json:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        made = {name: _from_schema(field, name, known, rng, depth + 1) for name, field in _members(schema, rng, depth)}
        return {
            name: value
            for name, value in made.items()
            if value not in ({}, [], [{}]) or name in schema.get("required", [])
        }
    if kind == "array":
        items = schema.get("items") or {}
        low, high = int(schema.get("minItems", 0)), int(schema.get("maxItems", 3))
        inner = known if _is_flat(items) else {}
        size = min(max(low, rng.choice([1, 2, 2, 3])), max(high, low))
        listed = [_from_schema(items, singular(key), inner, rng, depth + 1) for _ in range(size)] if items else []
        return [item for item in listed if item != {}] if low == 0 else listed
    given = known.get(tuple(words_of(key)))
    if given is not None and not isinstance(given, dict | list) and _fits(given, schema):
        return given
    return draw(schema, key, rng)


def _members(schema: dict[str, Any], rng: Random, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the required fields of an object and the most telling others, in the schema's order."""
    fields = {k: f for k, f in schema.get("properties", {}).items() if isinstance(f, dict)}
    required = set(schema.get("required", []))
    free = [k for k, f in fields.items() if k not in required and not _NOISE.search(k) and (depth < 2 or _is_flat(f))]
    telling = [k for k in free if _TOLD_FIRST.match(k) or fields[k].get("type") == "array"]
    others = [k for k in free if k not in telling]
    room = max(0, (MAX_MEMBERS if depth < 2 else 3) - len(required))
    kept = required | set(telling[:room])
    kept |= set(rng.sample(others, min(len(others), max(0, min(3, room - len(telling))))))
    return ((k, f) for k, f in fields.items() if k in kept)


def _is_flat(schema: dict[str, Any]) -> bool:
    return schema.get("type") in {"string", "integer", "number", "boolean"}


def _fits(value: Json, schema: dict[str, Any]) -> bool:
    kinds = {str: ("string",), bool: ("boolean",), int: ("integer", "number"), float: ("number",)}
    if schema.get("type", "string") not in kinds.get(type(value), ()):
        return False
    return ("enum" not in schema or value in schema["enum"]) and not {"pattern", "minimum", "maximum"} & set(schema)


@cache
def _alike() -> dict[str, list[str]]:
    """For each text of an example: the texts that may stand in its place."""
    groups = yaml.safe_load(Path(__file__).with_name("results.yaml").read_text(encoding="utf-8"))
    return {text: [one for one in group if one[:1] != "…"] for group in reversed(groups) for text in group}
