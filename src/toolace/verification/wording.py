"""Whether words may mean a value: the same after normalising case, dates, times, numbers, units and abbreviations."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from toolace.records import Json
from toolace.verification.dates import days, months, times
from toolace.verification.numbers import numbers

SENTENCE = 5
"""A wording of so many words may imply a value without naming it ("how hard is the wind blowing" for include_wind)."""

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_PARTS = re.compile(r",\s*(?:and\s+)?|;\s*|\s+(?:and|or|plus|&)\s+")
_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Za-z])")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_LOOSE_DATE = re.compile(
    r"\d\d?[./-]\d\d?[./-]\d{4}|\d{4}/\d\d?/\d\d?"
    r"|(?:\w+day, )?\w{3,9}\.? \d{1,2}(?:\w\w)?,? \d{4}|\d{1,2}(?:\w\w)? \w{3,9} \d{4}"
)
_MONTH = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d\d)|(?P<m>\d\d)[-/](?P<y>\d{4})")
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d\d:\d\d)?|\d{1,2} ?[AaPp]\.?[Mm]\.?")
_CODE = re.compile(r"\S*(?:\d|[A-Z]\S*[A-Z])\S*|[a-z]{2,3}(?:[-_][A-Za-z]+)?")
_LONG_WORD = re.compile("[a-z]{4}")
_CODED = re.compile(r"\d|[A-Z]\S*[A-Z]")
_YES = {"yes", "true", "on", "yep", "sure", "y", "enabled"}
_NO = {"no", "false", "off", "nope", "n", "disabled", "without", "not"}


def plain(text: str) -> str:
    """The words and numbers alone, in lower case: "70kg" is two of them."""
    return " ".join(_TOKEN.findall(text.lower()))


def stands(words: str, text: str) -> bool:
    """Whether words stand in a text, whatever the case and the punctuation."""
    return f" {plain(words)} " in f" {plain(text)} " if plain(words) else words in text


def stems(text: str) -> set[str]:
    """The words of a text without their plural s."""
    words = _WORD.findall(_BORDER.sub(" ", text).lower().replace("_", " "))
    return {word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word for word in words}


def may_mean(text: str, value: Json, schema: dict[str, Any], today: date | None) -> bool:
    """Whether a user who says `text` may mean `value`, an argument of the given schema.

    Numbers, days and times must be what the text says; strings too, unless they are one of an enum or a code, which
    may have any name (metric: Celsius, NaCl: table salt). A whole sentence may imply a value that it does not name.
    """
    if text == str(value):
        return True
    if isinstance(value, list):
        items = schema.get("items")
        parts = [text, *_PARTS.split(text)]
        return all(
            any(may_mean(part, item, items if isinstance(items, dict) else {}, today) for part in parts)
            for item in value
        )
    if isinstance(value, dict):
        fields = schema.get("properties") or {}
        return all(may_mean(text, item, fields.get(key) or {}, today) for key, item in value.items())
    if isinstance(value, bool):
        return plain(text) not in (_NO if value else _YES)
    if value is None or isinstance(value, int | float):
        return value is not None and (_near(value, numbers(text)) or implies(text))
    return _string_may_mean(text, value, schema, today)


def implies(text: str) -> bool:
    """Whether a text is long enough to imply what it does not name."""
    return len(_WORD.findall(text)) >= SENTENCE


def states(text: str, value: str, today: date | None) -> bool | None:
    """Whether a text states a day, month or time of day; None where the value is none of these."""
    if not value[:1].isalnum() or len(value) > 40 or not any(map(str.isdigit, value)):
        return None
    if match := _DATE.fullmatch(value):
        on = match[1] in {day.isoformat() for day in days(text, today)}
        return on and (match[2] is None or (int(match[2]), int(match[3])) in times(text) | {(0, 0)})
    if match := _MONTH.fullmatch(value):
        return (int(match["year"] or match["y"]), int(match["month"] or match["m"])) in months(text, today)
    if _TIME.fullmatch(value):
        return bool(times(value) & times(text))
    if _LOOSE_DATE.fullmatch(value) and (meant := days(value, today)):
        return bool(meant & days(text, today))
    return None


def _near(value: float, said: set[float]) -> bool:
    return float(value) in said or any(abs(value - number) <= 1e-6 * max(1.0, abs(value)) for number in said)


def _string_may_mean(text: str, value: str, schema: dict[str, Any], today: date | None) -> bool:
    if plain(text) == plain(value) or _squeezed(text) == _squeezed(value) != "":
        return True
    choices = schema.get("enum")
    stated = states(text, value, today)
    if stated is not None:
        return stated or bool(choices)
    spoken, words = stems(text), stems(value)
    if words and len(words & spoken) * 2 >= len(words):
        return True
    if choices:
        others = [stems(other) for other in choices if isinstance(other, str) and other != value]
        return implies(text) or not any(other and other <= spoken for other in others)
    return _abbreviates(value, text) or _is_code(value, text)


def _abbreviates(value: str, text: str) -> bool:
    """Whether the letters of one stand in the other in order, from the first on (Texas: TX)."""
    short, long = sorted((_squeezed(value), _squeezed(text)), key=len)
    letters = iter(long)
    return 2 <= len(short) <= 5 and short[0] == long[0] and all(letter in letters for letter in short)


def _squeezed(text: str) -> str:
    return re.sub(r"\W|_", "", re.sub(r"^(?:the|an?) ", "", text.lower()))


def _is_code(value: str, text: str) -> bool:
    """Whether the value is a code (NaCl, GBP) that the text gives a name of plain words, digits being the same."""
    named = not _CODED.search(text) or set(re.findall(r"\d+", text)) == set(re.findall(r"\d+", value))
    coded = len(value) <= 12 and _CODE.fullmatch(value) and not _LONG_WORD.search(value)
    return bool(coded) and named and not text.isupper()
