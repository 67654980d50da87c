"""Plausible strings of a kind: templates of `parameters.yaml`, and names and addresses that Faker made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from toolace.dialogs.senses import data

_PART = re.compile(r"\{(\w+)(?:\*(\d+))?\}|(\{\{|\}\})")
_LETTERS = {"a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "f": "0123456789abcdef"}
_SLOT = re.compile(r"(?<![a-z])(?:my|test|example|sample)-[a-z0-9-]+")
_REGION = re.compile(r"\b(?:us|europe|eu|asia|ap)-[a-z]+-?\d\b")
_LONG_NUMBER = re.compile(r"(?<![\w.-])\d{4,18}(?![\w.-])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]{4,}")


@cache
def _faked(kind: str) -> list[str]:
    """Four hundred values of a kind, the same in every process."""
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(kind)
    makers: dict[str, Callable[[], str]] = {
        "city": fake.city,
        "country": fake.country,
        "person": lambda: f"{fake.first_name()} {fake.last_name()}",
        "first_name": fake.first_name,
        "last_name": fake.last_name,
        "company": fake.company,
        "street_address": fake.street_address,
        "email": fake.email,
        "phone": lambda: fake.numerify("+1-###-###-####"),
        "username": fake.user_name,
    }
    return [makers[kind]() for _ in range(400)]


def value_of(kind: str, rng: Random) -> str:
    """Make up a string of a kind; of unknown kinds it is a slug such as "blue-archive"."""
    if kind == "city" and rng.random() < 0.8:
        kind = "big_city"
    templates = data()["values"].get(kind)
    if templates is None:
        known = kind in ("city", "country", "person", "first_name", "last_name", "company", "street_address")
        if known or kind in ("email", "phone", "username"):
            return rng.choice(_faked(kind))
        templates = data()["values"]["slug"]
    return _filled(rng.choice(templates), rng)


def _filled(template: str, rng: Random) -> str:
    if "{" not in template:
        return template

    def part(match: re.Match[str]) -> str:
        if match[3]:
            return match[3][0]
        if match[2] is None:
            return value_of(match[1], rng)
        length = int(match[2])
        if match[1] == "9":
            return str(rng.randrange(10 ** (length - 1), 10**length))
        return "".join(rng.choices(_LETTERS[match[1]], k=length))

    return _PART.sub(part, template)


def again(sample: str, rng: Random) -> str:
    """Make another value like an example: other names, numbers and regions in the same places."""
    if _UUID.fullmatch(sample):
        return value_of("uuid", rng)
    if _CODE.fullmatch(sample):
        return "".join(_like(char, rng) for char in sample)
    varied = _SLOT.sub(lambda _: _filled("{adjective}-{noun}", rng), sample)
    varied = _LONG_NUMBER.sub(lambda m: _filled(f"{{9*{len(m[0])}}}", rng), varied)
    return _REGION.sub(lambda _: value_of("region", rng), varied)


def _like(char: str, rng: Random) -> str:
    if char.isdigit():
        return rng.choice("123456789") if char != "0" else char
    return char
