"""Values in the words of a user: a careful reader gets them back from the words and the schema."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from toolace.dialogs import dates
from toolace.dialogs.language import Voice
from toolace.dialogs.numbers import NUMBER_WORDS, say_number
from toolace.dialogs.senses import Schema, sense
from toolace.dialogs.speech import words_of
from toolace.records import Json

__all__ = ["NUMBER_WORDS", "STANDALONE", "Place", "speak"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_KEYED = ({"key", "value"}, {"Key", "Value"}, {"name", "value"}, {"Name", "Value"})
_POINT = ({"lat", "lng"}, {"lat", "lon"}, {"latitude", "longitude"}, {"x", "y"})


class Place(NamedTuple):
    """Where a value stands in a sentence.

    `plain`: between spaces, so that words fit as well as digits. `units`: nothing around it says the unit.
    `relative`: which relative dates fit. `loose`: no noun follows, so that several words fit.
    """

    plain: bool = True
    units: bool = False
    relative: dates.Relative = "no"
    loose: bool = False


STANDALONE = Place(units=True, relative="adverb", loose=True)
_INNER = Place(plain=False, units=True)


def speak(schema: Schema, value: Json, name: str, voice: Voice, place: Place) -> str:
    """Say a value."""
    wordings = schema.get("x-say", {}).get(str(value), [])
    if wordings and voice.chance(0.75):
        return str(voice.rng.choice(wordings))
    if isinstance(value, bool):
        return _switch(name, value, voice) if name else "yes" if value else "no"
    if isinstance(value, list):
        return _list(schema, value, name, voice)
    if isinstance(value, dict):
        return _object(schema, value, voice)
    if isinstance(value, int | float):
        kind = sense(schema, name).kind
        return say_number(schema, value, name, kind, voice, plain=place.plain, units=place.units)
    return _string(schema, value, name, voice, place) if isinstance(value, str) else str(value)


def _string(schema: Schema, value: str, name: str, voice: Voice, place: Place) -> str:
    if "enum" in schema:
        return _choice(tuple(map(str, schema["enum"])), value, voice)
    if _DATE.fullmatch(value):
        dated = "date" in sense(schema, name).kind or "x-values" in schema
        return dates.say_date(value, voice, place.relative) if dated else value
    if _TIME.fullmatch(value):
        return dates.say_time(value, voice, wordy=place.loose)
    if _MOMENT.fullmatch(value):
        return dates.say_datetime(value, voice, place.relative)
    kind = sense(schema, name).kind
    if kind == "year_month" and _MONTH.fullmatch(value):
        return dates.say_month(value, voice)
    named = voice.words["names"].get(kind, {}).get(value)
    return str(named) if named and place.loose and place.plain and voice.chance(0.4) else value


@lru_cache(maxsize=20_000)
def _plain_choices(choices: tuple[str, ...]) -> dict[str, str]:
    """Each choice in plain words, without what all of them begin with; as it is where two would be the same."""
    split = {choice: words_of(choice) for choice in choices}
    shared, shortest = 0, min(map(len, split.values()))
    while len(choices) > 1 and shared + 1 < shortest and len({words[shared] for words in split.values()}) == 1:
        shared += 1
    plain = {choice: " ".join(words[shared:]) or choice for choice, words in split.items()}
    return plain if len(set(plain.values())) == len(plain) else {choice: choice for choice in choices}


def _choice(choices: tuple[str, ...], value: str, voice: Voice) -> str:
    dice = voice.rng.random()
    synonyms = voice.words["synonyms"].get(value, ())
    if synonyms and dice < 0.5:
        return str(voice.rng.choice(synonyms))
    if dice < 0.75 and any(char.isalpha() for char in value):
        return _plain_choices(choices)[value]
    return value


@lru_cache(maxsize=20_000)
def _switch_rule(name: str, switches: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    words = " ".join(words_of(name))
    for index, pattern in enumerate(switches):
        if match := re.search(pattern, words):
            return index, (words, *match.groups())
    return -1, (words,)


def _switch(name: str, value: bool, voice: Voice) -> str:
    switches: list[dict[str, Any]] = voice.words["switches"]
    index, parts = _switch_rule(name, tuple(rule["name"] for rule in switches))
    return str(voice.rng.choice(switches[index]["wanted" if value else "unwanted"]).format(*parts))


def _list(schema: Schema, values: list[Json], name: str, voice: Voice) -> str:
    items = schema.get("items") or {}
    if values and all(isinstance(v, list) for v in values):
        opening, closing = voice.rng.choice([("(", ")"), ("[", "]")])
        if voice.chance(0.3):
            return str(values)
        said = [opening + ", ".join(map(str, v)) + closing for v in values]
    elif values and all(isinstance(v, int | float) for v in values):
        return _numbers(schema, items, values, name, voice)
    elif len(values) > 1 and all(isinstance(v, str) for v in values) and voice.chance(0.06):
        return "[" + ", ".join(f'"{v}"' for v in values) + "]"
    else:
        said = [speak(items, v, name if not isinstance(v, bool) else "", voice, _INNER) for v in values]
        if said == values and any(" " in word for word in said) and voice.chance(0.3):
            said = [f'"{word}"' for word in said]
    return _joined(said, voice)


def _numbers(schema: Schema, items: Schema, values: list[Json], name: str, voice: Voice) -> str:
    dice = voice.rng.random()
    if dice < 0.3:
        return str(values)
    if dice < 0.4 and len(values) in (2, 3) and schema.get("minItems") == schema.get("maxItems") is not None:
        return "(" + ", ".join(map(str, values)) + ")"
    if dice < 0.48:
        return " ".join(map(str, values))
    return _joined([str(v) for v in values], voice)


def _joined(said: list[str], voice: Voice) -> str:
    words = voice.words["lists"]
    if len(said) < 2:
        return "".join(said)
    separator = words["separator"] if not any("," in s for s in said) or voice.chance(0.5) else "; "
    if voice.chance(0.3):
        return str(separator.join(said))
    return str(separator.join(said[:-1]) + voice.rng.choice(words["last"]) + said[-1])


def _object(schema: Schema, value: dict[str, Json], voice: Voice) -> str:
    fields = schema.get("properties", {})
    place = Place(plain=False) if "x-say-item" in schema else _INNER
    words = {k: speak(fields.get(k, {}), v, k, voice, place) for k, v in value.items()}
    if "x-say-item" in schema:
        return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], ""), schema["x-say-item"]).strip()
    if not fields or set(value) in _KEYED:
        pairs = [list(words.values())] if fields else [[k, w] for k, w in words.items()]
        return ", ".join(voice.rng.choice([" = ", "=", ": "]).join(pair) for pair in pairs)
    if set(value) in _POINT:
        return f"({', '.join(words.values())})"
    return _joined([_member(k, fields.get(k, {}), words[k], value[k]) for k in value], voice)


def _member(key: str, schema: Schema, said: str, value: Json) -> str:
    """One member of an object, with its name where the value does not speak for itself."""
    plain = " ".join(words_of(key))
    if isinstance(value, bool) or sense(schema, key).kind in ("email", "url", "phone", "city", "person", "currency"):
        return said
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        return f"{plain} ({said})"
    return f"{plain} {said}"
