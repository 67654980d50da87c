"""The numbers that an English text states: digits, words, fractions, percent, units."""

from __future__ import annotations

import re

_DIGITS = re.compile(
    r"(?<![\d.])(?<![A-Za-z_]{2})(?P<minus>[-−]?)[$€£¥]?(?P<whole>\d{1,3}(?:[,' ]\d{3})+(?!\d)|\d+|(?=\.\d))"
    r"(?P<part>\.\d+)?(?P<power>[eE][-+]?\d+)?(?:/(?P<below>\d+))?(?:[\s-]?(?P<unit>%|‰|[A-Za-z]+))?"
)
_SEPARATORS = re.compile(r"[,' ]")
_FRACTION = re.compile(
    r"\b(?:(?P<count>\w+)[ -])?(?P<part>hal(?:f|ves)|thirds?|quarters?|fifths?|tenths?)\b"
    r"(?: of)?(?: an?)?(?: (?P<unit>[a-z]+))?"
)
_ONE = re.compile(r"\b(?:an?|per|every|each|next|the|this|whole|coming|last|past) (?P<unit>[a-z]+)")
_WORD = re.compile(r"[a-z]+")
_UNITS = {
    word: float(i)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        "no once twice triple",
        "nobody single double thrice",
        "none solo both",
        "nothing alone couple",
        "never myself pair",
    )
    for i, word in enumerate(words.split())
}
_TENS = {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0}
_TENS |= {"eighty": 80.0, "ninety": 90.0}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SHORT_SCALES = {"k": 1e3, "grand": 1e3, "m": 1e6, "mio": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
_FACTORS: dict[str, tuple[float, ...]] = {
    "%": (0.01,),
    "percent": (0.01,),
    "pct": (0.01,),
    "per": (0.01,),  # per cent
    "‰": (0.001,),
    "h": (60, 3600),
    "hr": (60, 3600),
    "hour": (60, 3600),
    "min": (60, 1 / 60),
    "minute": (60, 1 / 60),
    "day": (1, 24, 1440, 86400),
    "fortnight": (2, 14),
    "week": (1, 7, 168),
    "month": (1, 30, 1 / 12),
    "quarter": (3,),
    "year": (1, 12, 52, 365),
    "decade": (10,),
    "century": (100,),
    "km": (1000,),
    "kilometer": (1000,),
    "kilometre": (1000,),
    "kg": (1000,),
    "kilo": (1000,),
    "liter": (1000,),
    "cm": (0.01,),
    "mm": (0.001,),
    "g": (0.001,),
    "mg": (0.001,),
    "meter": (100,),
    "cent": (0.01,),
    "gb": (1000, 1024),
}
"""What one of a unit comes to in another unit of the same kind."""


def numbers(text: str) -> set[float]:
    """Give every number that `text` may mean: "5%" is 5 and 0.05, "half an hour" 0.5 and 30, "150k" 150,000."""
    found: set[float] = set()
    for match in _DIGITS.finditer(text):
        found |= _digits(match)
    lower = text.lower()
    for match in _FRACTION.finditer(lower):
        share = _UNITS.get(match["count"] or "", 1.0) / _PARTS[match["part"].removesuffix("s").replace("halve", "half")]
        found |= _in_units(share, match["unit"] or "")
    for match in _ONE.finditer(lower):
        found |= _in_units(1.0, match["unit"]) - {1.0}
    return found | _worded(_WORD.findall(lower))


def _digits(match: re.Match[str]) -> set[float]:
    number = float(_SEPARATORS.sub("", match["whole"]) + (match["part"] or "") + (match["power"] or ""))
    found = _in_units(number, (match["unit"] or "").lower())
    if below := float(match["below"] or 0):
        found |= {number / below, below}
    if len(parts := _SEPARATORS.split(match["whole"])) > 1:
        found |= {float(part) for part in parts}  # perhaps a list without spaces
    return found | {-one for one in found} if match["minus"] else found


def _worded(words: list[str]) -> set[float]:
    """Read numbers in words. Each run of such words gives its parts, too, since "two four" may be two numbers."""
    found: set[float] = set()
    at = 0
    while at < len(words):
        value, end = _run(words, at)
        if end == at:
            at += 1
            continue
        found |= _in_units(value, words[end] if end < len(words) else "")
        found |= {-value} if at and words[at - 1] in ("minus", "negative") else set()
        found |= {number for word in words[at:end] if (number := _UNITS.get(word, _TENS.get(word))) is not None}
        at = end
    return found


def _run(words: list[str], at: int) -> tuple[float, int]:
    """Read the number words from `at` on: the number, and where it ends (at `at`: there is none)."""
    start, total, current = at, 0.0, 0.0
    while at < len(words):
        word = words[at]
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word, _TENS.get(word, 0.0))
        elif word in _SCALES:
            current = (current or 1.0) * _SCALES[word]
            if word not in ("hundred", "dozen"):
                total, current = total + current, 0.0
        elif word == "and" and at > start and words[at + 1 : at + 3] == ["a", "half"]:
            return total + current + 0.5, at + 3
        elif not (word == "and" and at > start and at + 1 < len(words) and words[at + 1] in (_UNITS | _TENS)):
            break
        at += 1
    return total + current, at


def _in_units(number: float, unit: str) -> set[float]:
    """The number as it is, and in other units or at the scale that `unit` names."""
    unit = unit if unit in _FACTORS else unit.removesuffix("s")
    scale = _SCALES.get(unit, _SHORT_SCALES.get(unit))
    found = {number, *(round(number * factor, 9) for factor in _FACTORS.get(unit, ()))}
    return found | {round(number * scale, 6)} if scale else found
