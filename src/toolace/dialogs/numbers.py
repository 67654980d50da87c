"""Numbers in the words of a user: units, percentages, money, number words."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from toolace.dialogs.language import Voice, Words
from toolace.dialogs.speech import words_of

_TO_TWELVE = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = tuple(_TO_TWELVE.split())
"""The English number words that every reader of a dialog knows; more are in the language's file."""


def say_number(
    schema: dict[str, Any], value: float, name: str, kind: str, voice: Voice, *, plain: bool, units: bool
) -> str:
    """Say a number. `units`: with its unit, which its description or name tells."""
    if kind == "fraction" and plain and 0 < value < 1 and voice.chance(0.7):
        percent = round(value * 100, 6)
        return voice.pick(voice.words["percent"], n=f"{percent:g}")
    if kind in ("latitude", "longitude", "epoch", "year", "id", "port") or (value != value // 1 * 1 and not units):
        return _decimal(value, voice, plain=plain and kind not in ("latitude", "longitude"))
    if units:
        description = schema.get("description", "")
        if money := _money(description, voice):
            return voice.pick(money, n=_grouped(value, voice) if plain else value)
        if unit := unit_of(description, name, voice.words):
            return _with_unit(value, unit, voice)
    return _decimal(value, voice, plain=plain) if value % 1 else _whole(int(value), voice, plain=plain)


def _decimal(value: float, voice: Voice, *, plain: bool) -> str:
    special = voice.words["numbers"]["special"].get(value)
    return str(special) if special and plain and voice.chance(0.3) else str(value)


def _whole(value: int, voice: Voice, *, plain: bool) -> str:
    words = voice.words["numbers"]
    if plain and 1 < value <= 99 and voice.chance(0.22 if value <= 12 else 0.06):
        return number_words(value, voice.words)
    if plain and value >= 1_000_000 and value % 100_000 == 0 and voice.chance(0.5):
        return str(words["million"].format(n=f"{value / 1_000_000:g}"))
    return _grouped(value, voice) if plain else str(value)


def _grouped(value: float, voice: Voice) -> str:
    return (
        f"{value:,}"
        if (value >= 10_000 and voice.chance(0.4)) or (value >= 1_000 and voice.chance(0.15))
        else str(value)
    )


def number_words(value: int, words: Words) -> str:
    """Write out a number below a hundred."""
    small, tens = words["numbers"]["small"], words["numbers"]["tens"]
    if value < len(small):
        return str(small[value])
    rest = value % 10
    return str(tens[value // 10 - 2]) + (words["numbers"]["hyphen"] + small[rest] if rest else "")


def _with_unit(value: float, unit: dict[str, Any], voice: Voice) -> str:
    if unit["glued"] and voice.chance(0.4):
        return f"{value}{voice.rng.choice(unit['glued'])}"
    number = (
        number_words(int(value), voice.words) if 1 < value <= 12 and value % 1 == 0 and voice.chance(0.2) else value
    )
    return f"{number} {voice.rng.choice(unit['forms'])}"


def _money(description: str, voice: Voice) -> list[str]:
    index = _first(description.lower(), tuple(f"\\b(?:{m['in']})\\b" for m in voice.words["money"]))
    return list(voice.words["money"][index]["forms"]) if index >= 0 else []


def unit_of(description: str, name: str, words: Words) -> dict[str, Any] | None:
    """Find the unit of a number."""
    units: list[dict[str, Any]] = words["units"]
    index = _first(description.lower(), tuple(f"(?<!\\w)(?:{u['in']})(?!\\w)" for u in units))
    if index < 0:
        index = _first(" ".join(words_of(name)[1:]), tuple(f"(?<!\\w)(?:{u['suffix']})$" for u in units))
    return units[index] if index >= 0 else None


@lru_cache(maxsize=50_000)
def _first(text: str, patterns: tuple[str, ...]) -> int:
    """The pattern that matches furthest left, or -1."""
    found = [(match.start(), -match.end(), i) for i, p in enumerate(patterns) if (match := _regex(p).search(text))]
    return min(found)[2] if found else -1


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
