"""Speciation by a language model (ToolACE §2.1): a document gives one domain, its functionalities and their children.

A document is a service with its operations, in the groups that clustering finds; a document that the model does not
answer keeps the names of clustering.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from copy import deepcopy
from itertools import islice, zip_longest
from typing import Annotated, Any

import msgspec

from toolace.apis.speciation import context_tree
from toolace.apis.speciation.nouns import Phrase, split, stems
from toolace.llm.answers import schema_of
from toolace.llm.interface import Llm, Unanswered
from toolace.llm.prompts import prompt
from toolace.progress import say
from toolace.records import Api

GROUPS = 6
"""A model is shown the largest groups of operations of a service, so many; the others keep the names of clustering."""
LONGEST = 40
AREAS = (
    "Business", "Cloud computing", "Communication", "Data", "E-commerce", "Education", "Entertainment",
    "Everyday life", "Finance", "Food", "Government", "Health", "Home", "Knowledge", "Location", "Marketing",
    "Mathematics", "Media", "Science", "Security", "Social media", "Software development", "Sport", "Travel",
    "Weather", "Work",
)  # fmt: skip
"""The roots of the tree; a pool's own areas join them."""

Children = dict[tuple[str, str], list[str]]
"""The finer functionalities under a domain and functionality."""
Groups = dict[str, list[int]]
"""Functionality → places in the pool."""


class Functionality(msgspec.Struct, frozen=True):
    """What a group of operations is about, and what else a service could offer there."""

    name: str
    children: Annotated[list[str], msgspec.Meta(max_length=2)]


class Reading(msgspec.Struct, frozen=True):
    """What a model makes of a document."""

    area: str
    domain: str
    functionalities: list[Functionality]


async def speciate(apis: list[Api], llm: Llm) -> tuple[list[Api], Children]:
    """Give the APIs, in the same order, with their places in the context tree, and the finest level of the tree.

    A domain that is given stays as it is, and so do the area and the functionality that come with it.
    """
    placed = context_tree.speciate(apis)
    documents = _documents(apis, placed)
    areas = sorted({*AREAS, *(api.area for api in apis if api.domain and api.area)})
    readings = await asyncio.gather(*(_read(apis, groups, areas, llm) for groups in documents))
    say(f"apis: the model placed {len(readings) - readings.count(None)} of {len(documents)} documents")
    domains: dict[Phrase, str] = {}
    children: Children = {}
    for groups, reading in zip(documents, readings, strict=True):
        if reading:
            _place(apis, placed, groups, reading, domains, children)
    return _one_area_each(placed), children


def _documents(apis: list[Api], placed: list[Api]) -> list[Groups]:
    """Gives the groups of each service and, where it is given, each domain, the largest first."""
    services: dict[tuple[str, str, str], Groups] = defaultdict(lambda: defaultdict(list))
    for index, api in enumerate(apis):
        services[api.provider, api.service, api.domain][placed[index].functionality].append(index)
    return [dict(sorted(groups.items(), key=lambda group: -len(group[1]))) for groups in services.values()]


async def _read(apis: list[Api], groups: Groups, areas: list[str], llm: Llm) -> Reading | None:
    shown = {name: [apis[index] for index in members] for name, members in islice(groups.items(), GROUPS)}
    first = next(iter(shown.values()))[0]
    try:
        messages = prompt("speciation", service=first.service or first.domain, groups=shown, areas=areas)
        return await llm.ask("tss", messages, Reading, schema=_schema(areas, len(shown)), temperature=0.0)
    except Unanswered:
        return None


def _schema(areas: list[str], groups: int) -> dict[str, Any]:
    """Narrows the area to the known ones, and the functionalities to one for each group."""
    schema = deepcopy(schema_of(Reading))
    fields = schema["properties"]
    fields["area"] = {"enum": areas}
    fields["functionalities"] |= {"minItems": groups, "maxItems": groups}
    return schema


def _place(
    apis: list[Api], placed: list[Api], groups: Groups, reading: Reading, domains: dict[Phrase, str], children: Children
) -> None:
    """Puts the operations of a document where the reading says; groups that it leaves out join its domain."""
    told = _written_once(reading.domain, domains)
    for members, read in zip_longest(groups.values(), reading.functionalities[: len(groups)]):
        for index in members:
            api, old = apis[index], placed[index]
            domain = api.domain or told or old.domain
            area = old.area if api.domain and api.area else reading.area
            called = (api.functionality if api.domain else "") or short(read.name if read else "") or old.functionality
            placed[index] = msgspec.structs.replace(old, area=area, domain=domain, functionality=called)
        finer = children.setdefault((domain, called), [])
        finer += [one for one in _new(read.children if read else [], [apis[i] for i in members]) if one not in finer]


def _new(children: list[str], apis: list[Api]) -> list[str]:
    """Leaves out children that are long, or say what an operation does already."""
    known = {word for api in apis for word in stems(split(f"{api.name} {api.description}"))}
    plain = dict.fromkeys(short(child) for child in children if len(child) <= LONGEST)
    return [child for child in plain if not known.issuperset(stems(split(child)))]


def _written_once(domain: str, domains: dict[Phrase, str]) -> str:
    """Gives the name of a domain as it was first written: `Emails` and `email API` are one domain."""
    key = stems(split(domain))
    return domains.setdefault(key, short(domain)) if key else ""


def short(name: str) -> str:
    """Give a name in sentence case, of at most `LONGEST` characters."""
    plain = " ".join(name.split())[:LONGEST].strip(" .,:;-/")
    return plain[:1].upper() + plain[1:]


def _one_area_each(apis: list[Api]) -> list[Api]:
    """Gives every domain the area that most of its APIs have."""
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    for api in apis:
        areas[api.domain][api.area] += 1
    return [msgspec.structs.replace(api, area=areas[api.domain].most_common(1)[0][0]) for api in apis]
