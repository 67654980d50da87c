"""Typed, plausible argument values, each with the words in which a user would say it.

A schema says what to draw: `enum`, the annotations `x-values` (a kind below, or literals) and `x-say`
({value: wordings}), its numeric bounds, or else the parameter's name ("email", "start_date", …).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from toolace.records import Json

Schema = dict[str, Any]

NUMBER_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_FIRST_DAY = date(2023, 1, 1)
_LISTED = {
    "currency": "USD, EUR, GBP, JPY, CHF, CAD, AUD, INR, CNY, BRL, SEK, MXN, PLN, KRW",
    "language": "English, Spanish, French, German, Italian, Japanese, Korean, Arabic, Dutch, Hindi",
    "color": "red, blue, green, black, white, yellow, orange, purple, turquoise, grey, pink",
    "airport": "JFK, LAX, LHR, CDG, FRA, AMS, SIN, HND, SYD, DXB, ORD, MAD, ZRH, YYZ",
    "stock_symbol": "AAPL, MSFT, NVDA, AMZN, TSLA, NFLX, IBM, ORCL, INTC, KO, DIS, NKE, SAP",
    "product": "running shoes, wireless headphones, coffee maker, desk lamp, yoga mat, backpack, tent, bike helmet, "
    "mechanical keyboard, electric kettle, winter jacket, garden hose, rice cooker",
    "title": "Spring Sale, Team Offsite, Q3 Report, Photo Archive, Weekly Review, Launch Plan, Budget 2025, Backlog, "
    "Customer Survey, Design Notes, Road Map, Onboarding, Field Trip, Holiday Menu",
    "topic": "renewable energy, jazz history, machine learning, urban gardening, space travel, tax law, coral reefs, "
    "ancient Rome, marathon training, electric cars, remote work, street photography",
    "adjective": "blue, north, main, test, demo, prod, legacy, spring, fast, public, internal, old, shared, east, beta",
    "noun": "archive, catalog, orders, harbor, ledger, garden, studio, fleet, market, library, cluster, sensors, vault",
    "big_city": "Paris, London, Berlin, Tokyo, Madrid, Rome, Oslo, Vienna, Dublin, Lisbon, Prague, Athens, Cairo, "
    "Mumbai, Delhi, Sydney, Toronto, Chicago, Boston, Seattle, Austin, Denver, Miami, Lima, Bogota, Nairobi, Lagos, "
    "Seoul, Bangkok, Singapore, Zurich, Geneva, New York, Los Angeles, San Francisco, Cape Town, Hong Kong",
}
_BY_NAME = [
    (r"e?mail", "email"),
    (r"phone|mobile", "phone"),
    (r"url|uri|link|website", "url"),
    (r"currency", "currency"),
    (r"language|locale", "language"),
    (r"country|region", "country"),
    (r"city|location|place|destination|origin", "city"),
    (r"address|street", "street_address"),
    (r"datetime|timestamp", "datetime"),
    (r"date|day$", "date"),
    (r"time$", "time"),
    (r"color|colour", "color"),
    (r"company|organization|vendor|brand|customer", "company"),
    (r"user_?name|login|handle", "username"),
    (r"(^|_)(id|key|token|code|number|etag|sku)$|[a-z]Id$", "order_id"),
    (r"person|author|artist|full_?name|owner", "person"),
    (r"product|item", "product"),
    (r"display_?name|title|subject|label", "title"),
    (r"text|query|description|topic|message|reason|keyword", "topic"),
]


@cache
def _faked(kind: str) -> list[str]:
    """Four hundred values of a kind, the same in every process."""
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(kind)
    makers = {
        "city": fake.city,
        "country": fake.country,
        "person": fake.name,
        "first_name": fake.first_name,
        "company": fake.company,
        "street_address": fake.street_address,
        "email": fake.email,
        "phone": lambda: fake.numerify("+1-###-###-####"),
        "url": fake.url,
        "username": fake.user_name,
        "slug": lambda: fake.random_element(["{0}-{1}", "{0}_{1}", "{0}{2}", "{0}-{1}-{2}"]).format(
            fake.random_element(_listed("adjective")), fake.random_element(_listed("noun")), fake.random_int(1, 99)
        ),
        "order_id": lambda: fake.bothify(
            fake.random_element(["??-#####", "####-??", "?#?#?#", "########", "ord_???##"])
        ),
    }
    return [str(makers[kind]()).replace("\n", ", ") for _ in range(400)]


@cache
def _listed(kind: str) -> list[str]:
    return _LISTED[kind].split(", ")


def draw(schema: Schema, name: str, rng: Random) -> Json:
    """Draw a value that fits `schema`."""
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if isinstance(schema.get("x-values"), list):
        return rng.choice(schema["x-values"])
    kind = schema.get("type", "string")
    if kind == "integer":
        return _integer(schema, rng)
    if kind == "number":
        return _number(schema, rng)
    if kind == "boolean":
        return rng.random() < 0.7
    if kind == "array":
        return _array(schema, name, rng)
    if kind == "object":
        return _object(schema, rng)
    return _string(schema, name, rng)


def say(schema: Schema, value: Json, rng: Random, *, plain: bool = True) -> str:
    """Say a value as a user might. `plain`: it stands between spaces, so that words fit as well as digits."""
    wordings = schema.get("x-say", {}).get(str(value), [])
    if wordings and rng.random() < 0.75:
        return str(rng.choice(wordings))
    if isinstance(value, list):
        return _say_list(schema, value, rng)
    if isinstance(value, dict):
        return _say_object(schema, value, rng)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if plain and 1 < value <= 12 and rng.random() < 0.2:
            return NUMBER_WORDS[value]
        return f"{value:,}" if value >= 10_000 and rng.random() < 0.4 else str(value)
    if isinstance(value, str):
        return _say_string(schema, value, rng)
    return str(value)


def _integer(schema: Schema, rng: Random) -> int:
    low = int(schema.get("minimum", 1))
    high = int(schema.get("maximum", max(low + 100, 100)))
    step = int(schema.get("multipleOf", 0)) or (10 if high - low > 2_000 and rng.random() < 0.5 else 1)
    return min(max(low, rng.randint(low, max(low, high)) // step * step), max(low, high))


def _number(schema: Schema, rng: Random) -> int | float:
    low = float(schema.get("minimum", 0.5))
    high = float(schema.get("maximum", low + 100))
    decimals = int(schema.get("x-decimals", rng.choice([0, 1, 1, 2])))
    value = round(rng.uniform(low, high), decimals)
    if step := schema.get("multipleOf"):
        value = round(value / step) * step
    value = round(min(max(value, low), high), 6)
    return int(value) if value == int(value) else value


def _array(schema: Schema, name: str, rng: Random) -> list[Json]:
    items = schema.get("items") or {"type": "string"}
    low = int(schema.get("minItems", 1 if items.get("type") == "string" else 2))
    size = rng.randint(low, max(low, int(schema.get("maxItems", low + 2))))
    values: list[Json] = []
    for _ in range(size * 4):
        value = draw(items, name.removesuffix("s"), rng)
        repeats = items.get("type") in {"integer", "number"} and not schema.get("uniqueItems")
        if len(values) < size and (repeats or value not in values):
            values.append(value)
    return values


def _object(schema: Schema, rng: Random) -> dict[str, Json]:
    required = schema.get("required", [])
    return {
        key: draw(field, key, rng)
        for key, field in schema.get("properties", {}).items()
        if key in required or rng.random() < 0.3
    }


def _string(schema: Schema, name: str, rng: Random) -> str:
    kind = schema.get("x-values") or {"date": "date", "date-time": "datetime", "email": "email"}.get(
        schema.get("format", "")
    )
    if not kind:
        kind = next((k for pattern, k in _BY_NAME if re.search(pattern, name, re.IGNORECASE)), "slug")
    if kind in ("date", "datetime", "year_month"):
        day = (_FIRST_DAY + timedelta(days=rng.randrange(1400))).isoformat()
        return {"date": day, "datetime": f"{day}T{_time(rng)}:00Z", "year_month": day[:7]}[kind]
    if kind == "time":
        return _time(rng)
    if kind == "city" and rng.random() < 0.8:
        return rng.choice(_listed("big_city"))
    return rng.choice(_listed(kind) if kind in _LISTED else _faked(kind))


def _time(rng: Random) -> str:
    return f"{rng.randrange(6, 23):02}:{rng.choice(['00', '15', '30', '45', '05', '20'])}"


def _say_string(schema: Schema, value: str, rng: Random) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
        month = f"{day:%B}"
        return rng.choice([value, value, f"{month} {day.day}, {day.year}", f"{day.day} {month} {day.year}"])
    if re.fullmatch(r"\d\d:\d\d", value):
        hour, minute = int(value[:2]), value[3:]
        half = "am" if hour < 12 else "pm"
        return rng.choice(
            [value, f"{(hour - 1) % 12 + 1}:{minute} {half}" if minute != "00" else f"{(hour - 1) % 12 + 1} {half}"]
        )
    if "enum" in schema:
        return value.replace("_", " ").replace("-", " ") if value.islower() or rng.random() < 0.5 else value
    return value


def _say_list(schema: Schema, values: list[Json], rng: Random) -> str:
    items = schema.get("items") or {}
    if values and all(isinstance(v, list) for v in values):
        opening, closing = rng.choice([("(", ")"), ("[", "]")])
        said = [opening + ", ".join(map(str, v)) + closing for v in values]
    elif values and not isinstance(values[0], str | dict) and rng.random() < 0.35:
        return str(values)
    else:
        said = [say(items, v, rng, plain=False) for v in values]
    if len(said) < 2:
        return "".join(said)
    style = rng.random()
    if style < 0.65:
        return ", ".join(said[:-1]) + (", and " if style < 0.15 else " and ") + said[-1]
    return ", ".join(said)


def _say_object(schema: Schema, value: dict[str, Json], rng: Random) -> str:
    fields = schema.get("properties", {})
    words = {k: say(fields.get(k, {}), v, rng, plain=False) for k, v in value.items()}
    if "x-say-item" in schema:
        return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], ""), schema["x-say-item"]).strip()
    return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in words.items())
