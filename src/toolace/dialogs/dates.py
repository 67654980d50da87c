"""Days and times of day: drawn, and said as people do."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Literal

from toolace.dialogs.language import Voice

KINDS = ("date", "datetime", "clock", "time", "year_month")

Relative = Literal["no", "noun", "adverb"]
"""Whether "tomorrow" may stand for a day, or even "in two weeks", which needs more room."""

_FIRST_DAY = date(2023, 1, 1)
_BIRTH = re.compile(r"birth|dob")
_OVER = re.compile(r"incident|accident|purchase|issued|hired|signed|injury|occur|happened|_past", re.IGNORECASE)
_PAST = re.compile(r"since|from|start|after|created|updated|modified|begin|histor|last", re.IGNORECASE)
_AHEAD = [0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 14, 16, 18, 21, 25, 28, 33, 45, 60, 90, 180]
_RELATED = 200
"""Days further away than that are said with their year."""


def draw(kind: str, name: str, voice: Voice) -> str:
    """Draw a day (YYYY-MM-DD), a time of day (HH:MM), a moment (ISO 8601) or a month (YYYY-MM)."""
    if kind == "time":
        return _time(voice)
    if kind == "clock":
        return f"{_time(voice)}:00Z"  # JSON Schema's format demands seconds and a zone
    day = _day(name, voice).isoformat()
    return {"date": day, "datetime": f"{day}T{_time(voice)}:00Z", "year_month": day[:7]}[kind]


def _day(name: str, voice: Voice) -> date:
    if _BIRTH.search(name.lower()):
        return date(1950, 1, 1) + timedelta(days=voice.rng.randrange(20_000))
    if voice.today is None or voice.chance(0.1):
        return _FIRST_DAY + timedelta(days=voice.rng.randrange(1400))
    back = voice.past or bool(_OVER.search(name)) or (voice.chance(0.3) and bool(_PAST.search(name)))
    return voice.today + timedelta(days=voice.rng.choice(_AHEAD) * (-1 if back else 1))


def _time(voice: Voice) -> str:
    return f"{voice.rng.randrange(6, 23):02}:{voice.rng.choice(['00', '00', '15', '30', '30', '45', '05', '20'])}"


def say_date(value: str, voice: Voice, relative: Relative) -> str:
    """Say a day; relative to `voice.today` only where nobody could take it for another one."""
    day, words = date.fromisoformat(value), voice.words["dates"]
    if voice.today is not None and voice.chance(0.8):
        phrases = _relative(day, voice.today, voice, relative) if relative != "no" else []
        if phrases and voice.chance(0.75):
            return voice.pick(phrases, **_parts(day, voice))
        if 0 <= (day - voice.today).days < _RELATED and day.year == voice.today.year:
            return voice.pick(words["soon"], **_parts(day, voice))
    if day.day > 12 and voice.chance(0.06):
        return str(words["american"].format(**_parts(day, voice)))
    return voice.pick(words["absolute"], **_parts(day, voice))


def _parts(day: date, voice: Voice) -> dict[str, Any]:
    words = voice.words["dates"]
    month = words["months"][day.month - 1]
    ordinal = voice.words["numbers"]["ordinal"]
    return {
        "iso": day.isoformat(),
        "d": day.day,
        "m": day.month,
        "mm": f"{day.month:02}",
        "y": day.year,
        "month": month,
        "mon": month[:3],
        "ord": ordinal.get(day.day, ordinal["other"]).format(n=day.day),
        "weekday": words["weekdays"][day.weekday()],
    }


def _relative(day: date, today: date, voice: Voice, relative: Relative) -> list[str]:
    """The templates that mean this day and no other one."""
    words, ahead = voice.words["dates"], (day - today).days
    week = (day - timedelta(days=day.weekday()) - today + timedelta(days=today.weekday())).days // 7
    found = list(words["near"].get(ahead, ()))
    if 2 < ahead < 7 and week == 0:
        found += words["this_week"]
    if 2 < ahead <= 7 and week == 1:  # "next Friday" is the coming one as well as that of next week
        found += words["next_week"][:1]
    if week == 1 and ahead > 2:
        found += words["next_week"][1:]
    if week == -1 and ahead < -2:
        found += words["last_week"] if ahead >= -7 else words["last_week"][1:]
    if ahead > 2 and (day.year, day.month) == (today.year, today.month):
        found += words["this_month"]
    if relative == "adverb":
        found += _distances(ahead, voice)
    return found


def _distances(ahead: int, voice: Voice) -> list[str]:
    words, far = voice.words["dates"], abs(ahead)
    days, weeks = ("days_ahead", "weeks_ahead") if ahead > 0 else ("days_ago", "weeks_ago")
    found = [t.replace("{n}", _count(far, voice)) for t in words[days]] if 2 < far <= 14 else []
    if ahead and far % 7 == 0 and far <= 42:
        templates = words[weeks].get(far // 7, words[weeks]["other"])
        found += [t.replace("{n}", _count(far // 7, voice)) for t in templates]
    return found


def _count(number: int, voice: Voice) -> str:
    return str(voice.words["numbers"]["small"][number]) if number <= 12 and voice.chance(0.7) else str(number)


def say_time(value: str, voice: Voice, *, wordy: bool) -> str:
    """Say a time of day, HH:MM. `wordy`: "half past three in the afternoon" fits too."""
    hour, minute = int(value[:2]), int(value[3:5])
    words = voice.words["times"]
    if voice.chance(0.3):
        return value[:5]
    if wordy and minute == 0 and hour in (0, 12) and voice.chance(0.6):
        return str(voice.rng.choice(words["noon"] if hour else words["midnight"]))
    templates = words["hour"] if minute == 0 else words["other"]
    named = {15: "quarter", 30: "half", 45: "quarter_to"}.get(minute)
    if wordy and named and voice.chance(0.4):
        templates = words[named]
    elif not wordy and minute == 0:
        templates = templates[:-1]
    part = words["parts"][0 if hour < 12 else 1 if hour < 18 else 2]
    clock = {"h": (hour - 1) % 12 + 1, "next": hour % 12 + 1, "mm": f"{minute:02}"}
    return voice.pick(templates, half=words["halves"][hour >= 12], part=part, **clock)


def say_datetime(value: str, voice: Voice, relative: Relative) -> str:
    """Say a moment, such as 2024-05-03T15:30:00Z; as it is where it is written in another way."""
    if voice.chance(0.25) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", value):
        return value
    day, time = (
        say_date(value[:10], voice, "noun" if relative != "no" else "no"),
        say_time(value[11:], voice, wordy=False),
    )
    return voice.pick(voice.words["dates"]["at"], date=day, time=time) + str(voice.words["dates"]["utc"])


def say_month(value: str, voice: Voice) -> str:
    """Say a month, YYYY-MM."""
    return voice.pick(voice.words["dates"]["month_of"], **_parts(date.fromisoformat(f"{value}-01"), voice))
