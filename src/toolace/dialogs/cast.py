"""The cast of a dialog: the APIs to draw from, and the tools that one dialog offers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, overload

import msgspec

from toolace.config import DialogsConfig
from toolace.dialogs.speech import words_of
from toolace.dialogs.wording import needs
from toolace.records import Api, Tool

SIMILAR = 0.5
"""Tools whose descriptions share so many of their words do the same: offering both would leave no right answer."""
_STOP = {
    *("a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or", "is", "are", "as"),
    *("its", "their", "this", "that", "given", "one", "all"),
}


class Lines(Sequence[Api]):
    """APIs as the lines of a pool file, read when they are used: a pool may be far larger than what a dialog needs."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.lines = lines

    def __len__(self) -> int:
        """The number of APIs."""
        return len(self.lines)

    @overload
    def __getitem__(self, index: int) -> Api: ...
    @overload
    def __getitem__(self, index: slice) -> Lines: ...
    def __getitem__(self, index: int | slice) -> Api | Lines:
        """Read one line, or select several."""
        if isinstance(index, slice):
            return Lines(self.lines[index])
        return msgspec.json.decode(self.lines[index], type=Api)


class Cast:
    """The everyday APIs (with phrasings), those of real documents, and who is whose neighbour."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        everyday: list[Api] = []
        documents: list[bytes] = []
        self.domains: dict[str, list[int]] = defaultdict(list)
        self.groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for line in lines:
            api = msgspec.json.decode(line, type=Api)
            if api.asks:
                everyday.append(api)
                continue
            self.domains[api.domain].append(len(documents))
            self.groups[api.provider, api.service, api.functionality].append(len(documents))
            documents.append(line)
        self.documents = Lines(documents)
        self.everyday: Sequence[Api] = everyday or self.documents
        self.neighbours: dict[str, list[Api]] = defaultdict(list)
        for api in everyday:
            self.neighbours[api.domain].append(api)

    @cached_property
    def resources(self) -> list[list[int]]:
        """Groups of documents' APIs that are about the same thing, such as create, get, list and delete of a job."""
        return [group for group in self.groups.values() if 2 <= len(group) <= 40]

    def draw(self, share: float, rng: Random) -> Api:
        """Draw an API; `share` is that of the everyday ones."""
        return rng.choice(self.everyday if rng.random() < share or not self.documents else self.documents)

    def sibling(self, api: Api, rng: Random) -> Api | None:
        """Draw another API of the same domain."""
        if api.asks:
            return rng.choice(self.neighbours[api.domain])
        domain = self.domains.get(api.domain)
        return self.documents[rng.choice(domain)] if domain else None


@cache
def read_cast(pool: Path) -> Cast:
    """Read the pool file once per process."""
    return Cast(pool.read_bytes().splitlines())


class Scene(NamedTuple):
    """What a kind is given: whom to draw from, and dice for the tools (shared by neighbours) and for all else."""

    cast: Cast
    dialogs: DialogsConfig
    tools: Random
    rng: Random
    today: date | None

    def draw(self) -> Api:
        """Draw an API that somebody could ask for."""
        return self.cast.draw(self.dialogs.everyday_share, self.tools)


class Offer(NamedTuple):
    """The tools of a dialog, and among them those that it is about."""

    targets: list[Api]
    tools: list[Api]


def offer(
    scene: Scene, targets: Sequence[Api] = (), keep: Sequence[Collection[str]] = (), others: int | None = None
) -> Offer:
    """Draw the tools of a dialog around its targets (else around one drawn here), each varied anew.

    `keep` names, for each target, parameters that it must not lose; `others` is the number of distractors, of which
    half are of the first target's domain.
    """
    rng, cast = scene.tools, scene.cast
    targets = list(targets) or [scene.draw()]
    drawn = list(targets)
    count = rng.choice([0, 0, *range(scene.dialogs.candidates)]) if others is None else others
    for _ in range(count * 2):
        other = (cast.sibling(targets[0], rng) if rng.random() < 0.6 else None) or scene.draw()
        if len(drawn) < len(targets) + count and not any(same(other, one) for one in drawn):
            drawn.append(other)
    kept = [*keep, *[()] * (len(drawn) - len(keep))]
    varied = _named_apart([_vary(api, names, rng) for api, names in zip(drawn, kept, strict=True)], drawn)
    if rng.random() < scene.dialogs.masked:
        varied = [msgspec.structs.replace(api, name=f"func_{n}") for n, api in _numbered(varied, rng)]
    tools = list(varied)
    rng.shuffle(tools)
    return Offer(varied[: len(targets)], tools)


def show(api: Api) -> Tool:
    """What an assistant sees of an API."""
    return Tool(api.name, api.description, _public(api.parameters))


def rename(name: str, rng: Random) -> str:
    """Say a function's name in another style, so that a model reads names instead of knowing them.

    No word stands alone, nor alone after a dot: `distance` is too many functions' name, those of benchmarks too.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_.]+", " ", name).lower().split()
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_]+", " ", name.split(".")[-1]).lower().split()
    style = rng.random()
    if style < 0.35:
        return name
    if style < 0.65:
        return "_".join(words)
    if style < 0.75:
        return words[0] + "".join(w.capitalize() for w in words[1:])
    if style < 0.9 and len(words) > 2:
        return f"{words[0]}.{'_'.join(words[1:])}"
    return "_".join(last if len(last) > 1 else words)


def _numbered(apis: Sequence[Api], rng: Random) -> Iterator[tuple[int, Api]]:
    return zip(rng.sample(range(1, len(apis) + 1), len(apis)), apis, strict=True)


def _named_apart(varied: list[Api], originals: Sequence[Api]) -> list[Api]:
    if len({api.name for api in varied}) == len(varied):
        return varied
    return [msgspec.structs.replace(v, name=o.name) for v, o in zip(varied, originals, strict=True)]


def same(one: Api, other: Api) -> bool:
    """Say whether two APIs do the same, as far as names and descriptions tell."""
    if one.name == other.name:
        return True
    a, b = _content(one.description), _content(other.description)
    return len(a & b) >= SIMILAR * len(a | b)


@lru_cache(maxsize=50_000)
def _content(description: str) -> set[str]:
    return {word.rstrip("s") for word in words_of(description[:200])} - _STOP


def _vary(api: Api, keep: Collection[str], rng: Random) -> Api:
    """The same API without some optional parameters, and under a name in another style where phrasings stand for it."""
    properties, required = api.parameters.get("properties", {}), api.parameters.get("required", [])
    share = 0.3 if len(properties) < 6 else 0.7
    kept = {
        name: field for name, field in properties.items() if name in required or name in keep or rng.random() > share
    }
    asks = [one for one in api.asks if needs(one) <= set(kept)]
    if api.asks and not asks:
        kept, asks = properties, api.asks
    schema = {"type": "object", "properties": kept, "required": required}
    name = rename(api.name, rng) if api.asks else api.name
    return msgspec.structs.replace(api, name=name, parameters=schema, asks=asks)


def _public(schema: dict[str, Any]) -> dict[str, Any]:
    """Strip from a schema what only the scripted roles may see."""
    public: dict[str, Any] = {}
    for key, value in schema.items():
        if key.startswith("x-") or key == "examples":
            continue
        if key == "properties" and isinstance(value, dict):
            public[key] = {name: _public(field) for name, field in value.items()}
        elif key == "items" and isinstance(value, dict):
            public[key] = _public(value)
        else:
            public[key] = value
    return public
