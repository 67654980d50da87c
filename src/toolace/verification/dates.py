"""The days and times of day that an English text states, relative ones counted from a reference day."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from toolace.verification.numbers import numbers

_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name} | {
    name.lower(): i for i, name in enumerate(calendar.month_abbr) if name
}
_MONTHS["sept"] = 9
_WEEKDAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)} | {
    name.lower(): i for i, name in enumerate(calendar.day_abbr)
}
_WEEKDAYS |= {"tues": 1, "thur": 3, "thurs": 3}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
_WEEKDAY = "(?P<weekday>" + "|".join(sorted(_WEEKDAYS, key=len, reverse=True)) + r")\b"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)(?!\d)")
_NUMERIC = re.compile(r"(?<![\d/.-])(?P<a>\d\d?)[-/.](?P<b>\d\d?)[-/.](?P<year>\d{4}|\d\d)(?![\d/-])")
_SPOKEN = (
    re.compile(rf"\b{_MONTH}\s*(?:the\s+)?{_DAY}(?:,?\s*(?:of\s+)?{_YEAR})?"),
    re.compile(rf"\b{_DAY}(?:\s+(?:day\s+)?of)?[\s-]+{_MONTH}(?:,?[\s-]+(?:of\s+)?{_YEAR})?"),
)
_MONTH_OF_YEAR = re.compile(
    rf"\b{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?|(?<![\d-])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)(?![\d-])"
)
_SHIFTS = {
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "right now": 0,
    "now": 0,
}
_SHIFTS |= {"tomorrow": 1, "yesterday": -1, "last night": -1, "day after tomorrow": 2, "day before yesterday": -2}
_SHIFTED = re.compile(r"\b(?:" + "|".join(sorted(_SHIFTS, key=len, reverse=True)) + r")\b")
_COUNTED = re.compile(
    r"\b(?P<count>\w+(?:[ -]\w+)?)\s+(?P<unit>day|week|fortnight|month|year)s?(?:'s?)?"
    r"(?:\s+(?P<way>ago|back|before|earlier))?"
)
_AROUND = re.compile(
    rf"\b(?:(?P<which>this|next|last|coming|past|previous|following)\s+)?{_WEEKDAY}"
    rf"(?!,?\s+(?:the\s+)?(?:\d|{_MONTH.replace('?P<month>', '?:')}))"
)
_DAY_OF_MONTH = re.compile(
    rf"\bthe (?P<day>\d{{1,2}})(?:st|nd|rd|th)\b(?!\s+(?:of|{_MONTH.replace('?P<month>', '?:')}))"
)
_WEEKDAY_OF_WEEK = re.compile(rf"\b{_WEEKDAY}\s+(?:of\s+)?(?P<which>next|last|this)\s+week\b")
_PERIOD = re.compile(r"\b(?P<which>this|next|last|coming|past|previous|the)\s+(?P<unit>week|weekend|month|year)\b")
_TIME = re.compile(
    r"(?<![\d:.-])(?P<at>\b(?:at|by|from|to|until|till|around|and|before|after)\s)?(?P<hour>\d{1,2})(?!\d)(?:[:.h](?P<minute>\d\d)(?!\d))?"
    r"(?::\d\d(?:\.\d+)?)?\s?(?P<half>[ap]\.?\s?m\b|o'?clock)?"
)
_CLOCK = re.compile(
    r"\b(?P<how>half past|quarter past|quarter after|quarter to|quarter of|\w+ past|\w+ to)\s+(?P<hour>\w+)"
)
_HOUR_WORD = re.compile(
    r"\b(?P<hour>[a-z]+)(?:\s(?P<minute>fifteen|thirty|forty-five))?\s(?P<half>o'?clock|[ap]\.?\s?m\b|in the)"
)
_NAMED_TIMES = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0), "noontime": (12, 0)}
_WEEK = timedelta(days=7)


@lru_cache(maxsize=256)
def days(text: str, today: date | None) -> set[date]:
    """Give every day that `text` may name; days without a year fall near `today`, relative ones need it."""
    lower = text.lower()
    found = {*_absolute(lower)}
    for month, day in _yearless(lower):
        years = [today.year - 1, today.year, today.year + 1] if today else range(1990, 2040)
        found |= {one for year in years if (one := _date(year, month, day))}
    return found | {*_relative(lower, today)} if today else found


def first_day(text: str) -> date | None:
    """The first day that `text` states with its year."""
    return next(_absolute(text.lower()), None)


@lru_cache(maxsize=256)
def months(text: str, today: date | None) -> set[tuple[int, int]]:
    """Give every (year, month) that `text` may name."""
    found: set[tuple[int, int]] = set()
    for match in _MONTH_OF_YEAR.finditer(text.lower()):
        if match["y"]:
            found.add((int(match["y"]), int(match["m"])))
            continue
        month = _MONTHS[match["month"]]
        years = [int(match["year"])] if match["year"] else [today.year + i for i in (-1, 0, 1)] if today else []
        found |= {(year, month) for year in years}
    return found | {(day.year, day.month) for day in days(text, today)}


@lru_cache(maxsize=256)
def times(text: str) -> set[tuple[int, int]]:
    """Give every (hour, minute) that `text` may name; without am or pm, an hour up to twelve is both."""
    lower = text.lower()
    found = {time for word, time in _NAMED_TIMES.items() if word in lower}
    for match in _TIME.finditer(lower):
        if match["minute"] or match["half"] or match["at"] or match[0] == lower:
            found |= _time(int(match["hour"]), int(match["minute"] or 0), match["half"] or "")
    for match in _HOUR_WORD.finditer(lower):
        for hour in numbers(match["hour"]):
            minute = {"fifteen": 15, "thirty": 30, "forty-five": 45}.get(match["minute"] or "", 0)
            found |= _time(int(hour), minute, match["half"])
    for match in _CLOCK.finditer(lower):
        found |= _clock(match)
    return found


def _absolute(lower: str) -> Iterator[date]:
    for match in _ISO.finditer(lower):
        if day := _date(int(match["year"]), int(match["month"]), int(match["day"])):
            yield day
    for pattern in _SPOKEN:
        for match in pattern.finditer(lower):
            if match["year"] and (day := _date(int(match["year"]), _MONTHS[match["month"]], int(match["day"]))):
                yield day
    for match in _NUMERIC.finditer(lower):
        year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
        for month, number in ((match["a"], match["b"]), (match["b"], match["a"])):
            if day := _date(year, int(month), int(number)):
                yield day


def _yearless(lower: str) -> Iterator[tuple[int, int]]:
    for pattern in _SPOKEN:
        for match in pattern.finditer(lower):
            if not match["year"]:
                yield _MONTHS[match["month"]], int(match["day"])


def _relative(lower: str, today: date) -> Iterator[date]:
    for match in _SHIFTED.finditer(lower):
        yield today + timedelta(days=_SHIFTS[match[0]])
    for match in _COUNTED.finditer(lower):
        sign = -1 if match["way"] else 1
        for count in numbers(match["count"]) | ({1.0} if match["count"].split()[-1] in ("a", "an", "one") else set()):
            if count == int(count) and 0 < count < 1000:
                yield from _moved(today, sign * int(count), match["unit"])
    for match in _AROUND.finditer(lower):
        ahead = (_WEEKDAYS[match["weekday"]] - today.weekday()) % 7
        # "next Friday" is this week's Friday to some, the one after it to others; "on Friday" may lie behind us.
        shifts = {"last": (-7, -14), "past": (-7,), "previous": (-7,), "next": (0, 7, 14), "following": (0, 7, 14)}
        yield from (today + timedelta(days=ahead + shift) for shift in shifts.get(match["which"], (0, 7, -7)))
    for match in _WEEKDAY_OF_WEEK.finditer(lower):
        weeks = {"next": 1, "last": -1}.get(match["which"], 0)
        yield today + timedelta(days=_WEEKDAYS[match["weekday"]] - today.weekday()) + weeks * _WEEK
    for match in _DAY_OF_MONTH.finditer(lower):
        for first in (today.replace(day=1), *_moved(today.replace(day=1), 1, "month")):
            if day := _date(first.year, first.month, int(match["day"])):
                yield day
    for match in _PERIOD.finditer(lower):
        yield from _period(today, match["which"], match["unit"])


def _moved(today: date, count: int, unit: str) -> Iterator[date]:
    if unit in ("day", "week", "fortnight"):
        yield today + timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit])
        return
    month = today.year * 12 + today.month - 1 + count * (12 if unit == "year" else 1)
    if 12 <= month < 12 * 9999:
        last = calendar.monthrange(month // 12, month % 12 + 1)[1]
        yield date(month // 12, month % 12 + 1, min(today.day, last))


def _period(today: date, which: str, unit: str) -> Iterator[date]:
    """The days with which a week, weekend, month or year begins and ends."""
    step = {"next": 1, "coming": 1, "last": -1, "past": -1, "previous": -1}.get(which, 0)
    if unit in ("week", "weekend"):
        monday = today - timedelta(days=today.weekday()) + step * _WEEK
        yield from (monday + timedelta(days=i) for i in ((5, 6, 4, -2, -1) if unit == "weekend" else (0, 4, 5, 6, -1)))
        yield today + step * _WEEK
        return
    for moved in _moved(today.replace(day=1), step, unit):
        first = moved.replace(month=1) if unit == "year" else moved
        months_on = 12 if unit == "year" else 1
        yield first
        yield from (day - timedelta(days=1) for day in _moved(first, months_on, "month"))


def _date(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year or 1, month)[1] else None


def _time(hour: int, minute: int, half: str) -> set[tuple[int, int]]:
    if hour > 24 or minute > 59:
        return set()
    if half.startswith("p"):
        return {(hour % 12 + 12, minute)}
    if half.startswith("a"):
        return {(hour % 12, minute)}
    return {(hour % 24, minute), ((hour + 12) % 24, minute)} if hour <= 12 else {(hour % 24, minute)}


def _clock(match: re.Match[str]) -> set[tuple[int, int]]:
    """Read "half past two" and "ten to four"."""
    word, way = match["how"].split()[0], match["how"].split()[-1]
    minutes = {"half": {30.0}, "quarter": {15.0}}.get(word) or numbers(word)
    found: set[tuple[int, int]] = set()
    for hour in numbers(match["hour"]):
        for minute in minutes:
            if hour == int(hour) and 0 < hour <= 12 and minute == int(minute) and 0 < minute < 60:
                before = way in ("to", "of")
                found |= _time(int(hour) - before or 12, int(60 - minute if before else minute), "")
    return found
