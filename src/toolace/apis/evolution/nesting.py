"""Parameters that belong together, as one object: an indicator of evolution (ToolACE §2.1)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from toolace.apis.descriptions import words
from toolace.apis.evolution.acts import act, plural, singular, spoken, styled, transport
from toolace.apis.evolution.changes import (
    DESCRIPTION,
    SINGLE,
    Change,
    Path,
    depth_of,
    properties_of,
    required_in,
    requiring,
)
from toolace.apis.normalise import DEPTH, Schema
from toolace.records import Api

_BELONG: list[tuple[str, str, str]] = [
    (r"lat|latitude|lon|lng|long|longitude", "coordinates", "Geographic position"),
    (r"(?:start|end)(?: (?:date|time|day|year))?|(?:from|to) (?:date|time|day)|since|until|date (?:from|to)", "period",
     "Span of time"),
    (r"check in|check out|nights|arrival date|departure date", "stay", "The stay"),
    (r"width|height|length|depth", "dimensions", "Dimensions"),
    (r"(?:street|city|state|province|zip|zip code|postal code|country|country code|address|line1|line2)(?: address)?",
     "address", "Address"),
    (r"page|page size|per page|limit|offset|page number|max results|page index", "paging", "Which results to return"),
    (r"(?:sort|order)(?: by| order| field| direction)?|direction", "sorting", "How the results are sorted"),
    (r"(?:first|last|full) name|given name|family name|surname|e ?mail(?: address)?|phone(?: number)?|mobile",
     "contact", "The person"),
    (r"amount|currency|price", "price", "Amount of money"),
    (r"owner|repo", "repository", "The repository"),
]  # fmt: skip
"""Words of the names that belong together, name of their group, what it is."""
_UNTELLING = words(
    "is has include with max min num show new get set no filter use the for only enable allow can should also related "
    "old name type number id ids monthly annual yearly daily weekly hourly total average initial final current main "
    "first last other extra full short long"
)
_BOUNDARY = {"start", "end", "from", "to", "min", "max", "since", "until", "first", "last", "earliest", "latest"}
_REST = {"create": ("details", "Further details"), "update": ("settings", "Further settings")}
_BULK = (
    "create",
    "add",
    "insert",
    "book",
    "register",
    "order",
    "buy",
    "reserve",
    "schedule",
    "send",
    "upload",
    "invite",
)


class Group(NamedTuple):
    """Parameters that could become one: `members` maps their names to those inside the group."""

    label: str
    name: str
    text: str
    members: dict[str, str]


def nestings(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    """Yields the groups of parameters of one object that could become one parameter."""
    names = {name: spoken(name) for name in properties_of(node) if not transport(name)}
    groups = [*_shared(names), *_rest(api, node, names)]
    for pattern, title, text in _BELONG:
        members = {name: name for name, called in names.items() if _belongs(pattern, called)}
        groups.append(Group("known", title, text, members))
    for group in groups:
        called = styled(group.name, node["properties"])
        if len(group.members) > 1 and (called not in node["properties"] or called in group.members):
            yield from _nested(path, node, group._replace(name=called))
    thing = plural(act(api).thing)
    flagged = any(field.get("type") == "boolean" for field in properties_of(node).values())
    if not path and thing and not flagged and len(node["properties"]) in range(2, 7) and act(api).verb in _BULK:
        yield from _nested(
            path, node, Group("bulk", styled(thing, names), "", {name: name for name in node["properties"]})
        )


@lru_cache(maxsize=50_000)
def _belongs(pattern: str, name: str) -> bool:
    return bool(re.fullmatch(pattern, name))


def _shared(names: dict[str, str]) -> Iterator[Group]:
    """Yields the parameters whose names share their first or their last word, with what is left of the names."""
    heads: dict[str, dict[str, str]] = defaultdict(dict)
    tails: dict[str, dict[str, str]] = defaultdict(dict)
    for name, called in names.items():
        first, _, rest = called.partition(" ")
        front, _, last = called.rpartition(" ")
        if (
            rest[:1].isalpha()
            and not re.search(r"\d", rest)
            and first.isalpha()
            and len(first) > 2
            and first not in _UNTELLING
        ):
            heads[first][name] = styled(rest, names)
        if (
            front[:1].isalpha()
            and not re.search(r"\d", front)
            and last.isalpha()
            and len(last) > 2
            and last not in _UNTELLING
        ):
            tails[last][name] = styled(front, names)
    for first, members in heads.items():
        yield Group("prefix", first, f"Details of the {first}", members)
    for last, members in tails.items():
        span = {spoken(part) for part in members.values()} <= _BOUNDARY
        text = f"Range of the {last}" if span else plural(last).capitalize()
        yield Group("suffix", f"{last} range" if span else plural(last), text, members)


def _rest(api: Api, node: Schema, names: dict[str, str]) -> Iterator[Group]:
    """Yields optional parameters that have nothing else in common."""
    needed, kind = required_in(node), act(api).kind
    loose = [name for name in names if name not in needed and not depth_of(node["properties"][name])]
    word, text = _REST.get(kind, ("options", "Further options"))
    plain = [name for name in loose if node["properties"][name].get("type") != "boolean"]
    if kind == "list" and not any(SINGLE.fullmatch(names[name]) for name in plain):
        word, text, loose = "filters", "Narrows down the results", plain
    taken = {singular(spoken(name)) for name in node["properties"]}
    while singular(word) in taken:
        word = f"more {word}"
    for size in range(2, 1 + min(5, len(loose))):
        yield Group("optional", word, text, {name: name for name in loose[:size]})


def _nested(path: Path, node: Schema, group: Group) -> Iterator[Change]:
    label, name, text, members = group
    fields = {called: node["properties"][member] for member, called in members.items()}
    required = [called for member, called in members.items() if member in required_in(node)]
    schema: Schema = {"type": "object", "description": f"{text}."[:DESCRIPTION], "properties": fields}
    schema = requiring(schema, required)
    whole = bool(path) and len(members) == len(node["properties"])
    if whole or len(path) + 1 + depth_of(schema) > DEPTH or len(fields) < len(members):
        return
    if label != "bulk":
        yield Change(label, path, tuple(members), name, schema, bool(required))
    several = name if label == "bulk" else styled(plural(spoken(name)), node["properties"])
    if label in ("bulk", "prefix") and several not in node["properties"]:
        items = {key: value for key, value in schema.items() if key != "description"}
        told = f"One or more {spoken(several)}."[:DESCRIPTION]
        listed = {"type": "array", "description": told, "items": items, "minItems": 1}
        yield Change("list", path, tuple(members), several, listed, bool(required))
