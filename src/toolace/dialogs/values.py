"""Typed, plausible argument values, each with the words in which a user would say it.

A schema says what to draw: `enum`, the annotations `x-values` (a kind of `parameters.yaml`, or literals) and `x-say`
({value: wordings}), its examples, its numeric bounds, or else the parameter's name and description (`senses.py`).
"""

from __future__ import annotations

import math
import re
from datetime import date
from random import Random

from toolace.dialogs import dates
from toolace.dialogs.language import Voice, load
from toolace.dialogs.pools import again, value_of
from toolace.dialogs.saying import NUMBER_WORDS, STANDALONE, Place, speak
from toolace.dialogs.senses import Schema, named_in, sense
from toolace.records import Json

__all__ = ["NUMBER_WORDS", "Schema", "draw", "say"]

_ITEMS = 5
_DEPTH = 6
_PLACEHOLDER = re.compile(
    r"[{}<>]|^(?:string|str|\.+|null|none|n/a|text|value|example|xxx+|an? .*(?:value|string))$", re.IGNORECASE
)
_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number"}
_GENERIC = {"id", "name", "value", "type", "code", "number", "key"}


def draw(schema: Schema, name: str, rng: Random, today: date | None = None, *, past: bool = False) -> Json:
    """Draw a value that fits `schema`; days lie near `today`, and before it where the user speaks of the `past`."""
    return _draw(schema, name, Voice(rng, {}, today, past), 0)


def say(
    schema: Schema,
    value: Json,
    rng: Random,
    *,
    name: str = "",
    plain: bool = True,
    today: date | None = None,
    language: str = "en",
) -> str:
    """Say a value as a user might, with its unit.

    Args:
        schema: of the value; its description tells the unit.
        name: of the parameter: a switch is said in its words.
        plain: it stands between spaces, so that words fit as well as digits.
        today: allows "tomorrow".
    """
    place = STANDALONE if plain else Place(plain=False)
    return speak(schema, value, name, Voice(rng, load(language), today), place)


def _draw(schema: Schema, name: str, voice: Voice, depth: int) -> Json:
    if "enum" in schema:
        return voice.rng.choice(schema["enum"])
    if isinstance(schema.get("x-values"), list):
        return voice.rng.choice(schema["x-values"])
    kind = schema.get("type", "string")
    if kind == "boolean":
        return voice.chance(0.7)
    if kind == "array":
        return _array(schema, name, voice, depth)
    if kind == "object":
        return _object(schema, name, voice, depth)
    if (samples := _samples(schema)) and voice.chance(0.75):
        sample = voice.rng.choice(samples)
        return again(sample, voice.rng) if kind == "string" else sample
    if kind == "integer":
        return _integer(schema, name, voice)
    return _number(schema, name, voice) if kind == "number" else _string(schema, name, voice)


def _samples(schema: Schema) -> list[Json]:
    """The examples that are values, not marks for them, and lie in the bounds. Those of a format are drawn anew."""
    if "format" in schema:
        return []
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return [
        sample
        for sample in schema.get("examples", ())
        if (not _PLACEHOLDER.search(sample) if isinstance(sample, str) else low <= sample <= high)
    ]


def _bounds(schema: Schema, name: str, voice: Voice) -> tuple[float, float, float | None]:
    """The lowest and highest sensible value, and a usual one where there are such."""
    rule = sense(schema, name).rule
    low, high = rule.get("range", (1, 100))
    if usual := rule.get("values"):
        low, high = usual[0], usual[-1]
    minimum, maximum = schema.get("minimum"), schema.get("maximum")
    if minimum is not None and maximum is not None and maximum - minimum <= 1_000 and not usual:
        low, high = minimum, maximum
    if minimum is not None:
        low = max(low, minimum)
    if maximum is not None:
        high = min(high, maximum)
    if low > high:  # what is usual lies outside of what is allowed
        low = minimum if minimum is not None else (maximum or 0) - 100
        high = maximum if maximum is not None else low + 100
    fitting = [value for value in usual or () if low <= value <= high]
    return low, high, voice.rng.choice(fitting) if fitting and voice.chance(0.8) else None


def _integer(schema: Schema, name: str, voice: Voice) -> int:
    low, high, usual = _bounds(schema, name, voice)
    first, last = math.ceil(low), max(math.ceil(low), math.floor(high))
    step = int(schema.get("multipleOf", 0)) or sense(schema, name).rule.get("step", 0)
    if usual is not None and not step:
        return int(usual)
    step = step or (10 if last - first > 2_000 and voice.chance(0.4) and sense(schema, name).kind != "id" else 1)
    value = voice.rng.randint(first, last) // step * step
    return value if value >= first else min(value + step, last)


def _number(schema: Schema, name: str, voice: Voice) -> int | float:
    low, high, usual = _bounds(schema, name, voice)
    decimals = int(schema.get("x-decimals", sense(schema, name).rule.get("decimals", voice.rng.choice([0, 1, 1, 2]))))
    value = usual if usual is not None else round(voice.rng.uniform(low, high), decimals)
    if step := schema.get("multipleOf"):
        value = round(value / step) * step
    value = round(min(max(value, low), high), 6)
    value = min(max(value, low), high)  # rounding may have left the bounds
    return int(value) if value == int(value) else value


def _array(schema: Schema, name: str, voice: Voice, depth: int) -> list[Json]:
    items = schema.get("items") or {"type": "string"}
    samples = [s for s in schema.get("examples", ()) if {_TYPES.get(type(v)) for v in s} == {items.get("type")}]
    low = int(schema.get("minItems", 0))
    high = max(low, int(schema.get("maxItems", max(low, _ITEMS))))
    if samples and voice.chance(0.5) and low <= len(samples[0]) <= high and "enum" not in items:
        return list(samples[0])
    scalar = items.get("type") not in ("array", "object") or "enum" in items
    usual = voice.rng.choice([1, 2, 2, 3, 3, 4, 5]) if scalar else voice.rng.choice([1, 2, 2, 3])
    if items.get("type") in ("integer", "number") and "minItems" not in schema:
        usual = max(usual, 2)
    size = min(max(usual, low), high) if "minItems" not in schema else voice.rng.randint(low, min(high, low + _ITEMS))
    values: list[Json] = []
    for _ in range(size * 4):
        value = _draw(_described(items, schema), _singular(name), voice, depth + 1)
        repeats = items.get("type") in {"integer", "number", "array"} and not schema.get("uniqueItems")
        if len(values) < size and (repeats or value not in values):
            values.append(value)
    while len(values) < low:  # fewer different values than items: they may repeat, unless the schema says no
        values.append(_draw(items, name, voice, depth + 1))
    return values


def _described(items: Schema, schema: Schema) -> Schema:
    return items if "description" in items else {**items, "description": schema.get("description", "")}


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _object(schema: Schema, name: str, voice: Voice, depth: int) -> dict[str, Json]:
    fields, required = schema.get("properties", {}), schema.get("required", [])
    if not fields:
        return _free_form(schema, voice)
    kept = [key for key in fields if key in required or (depth < _DEPTH and voice.chance(0.3))]
    if not kept and depth < _DEPTH:
        kept = [voice.rng.choice(list(fields))]
    return {key: _draw(fields[key], f"{name}_{key}" if key in _GENERIC else key, voice, depth + 1) for key in kept}


def _free_form(schema: Schema, voice: Voice) -> dict[str, Json]:
    keys = voice.rng.sample(["env", "team", "owner", "purpose", "tier", "source"], voice.rng.choice([1, 1, 2]))
    return {key: value_of("noun" if key != "env" else "namespace", voice.rng) for key in keys}


def _string(schema: Schema, name: str, voice: Voice) -> str:
    kind = sense(schema, name).kind
    if kind in dates.KINDS:
        return dates.draw(kind, name, voice)
    if "format" not in schema and "x-values" not in schema:
        named = named_in(schema.get("description", ""))
        if named and voice.chance(0.85):
            return voice.rng.choice(named) if len(named) > 1 else again(named[0], voice.rng)
    return value_of(kind, voice.rng)
