"""Chains of APIs in which a later call takes a value from an earlier result, found by the names and shapes of both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from toolace.dialogs.cast import Cast
from toolace.dialogs.results import is_schema
from toolace.dialogs.speech import singular, words_of
from toolace.dialogs.tool_role import verb_of
from toolace.records import Api, Json

TRIES = 8
_ID_WORDS = {"id", "identifier", "number", "code", "name", "key", "title", "docket", "reference"}
_BARE = {("id",), ("name",), ("number",), ("code",), ("title",), ("symbol",)}
_GENERIC = {"item", "result", "entry", "data", "list", "value", "resource", "response"}
_NEW = {"create", "insert", "add", "list", "search", "find", "query", "browse"}
_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number"}


class Leaf(NamedTuple):
    """A value in a result: its path (0 stands for any item of a list), what contains it, its key, type and example."""

    path: tuple[str, ...]
    container: str
    key: tuple[str, ...]
    kind: str
    example: Json


class Hop(NamedTuple):
    """A parameter that can be taken from an earlier result; `also` are further ones, taken from the same item."""

    leaf: Leaf
    parameter: str
    also: tuple[tuple[Leaf, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """All parameters that come from the result."""
        return [self.parameter, *(name for _, name in self.also)]


class Step(NamedTuple):
    """An API of a chain, and from which earlier step it takes what (None: from none)."""

    api: Api
    source: int = 0
    hop: Hop | None = None


def draw_chain(cast: Cast, share: float, length: int, rng: Random) -> list[Step] | None:
    """Draw a chain of two up to `length` APIs of one service; None where none of those tried has such a pair."""
    everyday = rng.random() < share or not cast.resources
    for _ in range(TRIES):
        if everyday:
            domain = rng.choice(cast.everyday).domain
            apis = cast.neighbours[domain]
        else:
            apis = [cast.documents[index] for index in rng.choice(cast.resources)]
        if chain := _walk(apis, length, rng):
            return chain
    return None


def hops(first: Api, second: Api) -> Iterator[Hop]:
    """Find the values in results of `first` that required parameters of `second` stand for."""
    if (not second.asks and verb_of(second) in _NEW) or {"create", "put"} & {verb_of(second)}:
        return  # what is made or looked for anew is not what was found
    leaves = _leaves_of(first)
    required = set(second.parameters.get("required", []))
    for name, field in second.parameters.get("properties", {}).items():
        for leaf in leaves:
            if name in required and _means(leaf, name, field, first, second):
                same = [one for one in leaves if one.container == leaf.container and one != leaf and len(leaf.path) > 1]
                also = tuple((one, words) for one in same if (words := _namesake(one, second)) and words != name)
                yield Hop(leaf, name, also)


def _walk(apis: Sequence[Api], length: int, rng: Random) -> list[Step] | None:
    """Go from an API to one that can use its result, and on, never twice to the same."""
    pairs: dict[int, list[tuple[int, Hop]]] = defaultdict(list)
    for i, j, hop in _pairs(tuple(api.name for api in apis), _Apis(apis)):
        pairs[i].append((j, hop))
    if not pairs:
        return None
    at = [rng.choice(sorted(pairs))]
    steps = [Step(apis[at[0]])]
    while len(steps) < length:
        gone = verb_of(steps[-1].api) in {"delete", "remove", "cancel"}
        open_ = [(s, j, hop) for s, i in enumerate(at) for j, hop in pairs.get(i, []) if j not in at]
        if gone or not open_:
            break
        source, target, hop = rng.choice(open_)
        at.append(target)
        steps.append(Step(apis[target], source, hop))
    return steps if len(steps) > 1 else None


class _Apis(tuple[Api, ...]):
    """APIs that compare by nothing, so that their names alone decide what is cached."""

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Apis)


@lru_cache(maxsize=2000)
def _pairs(names: tuple[str, ...], apis: _Apis) -> list[tuple[int, int, Hop]]:
    return [
        (i, j, hop)
        for i, first in enumerate(apis)
        for j, second in enumerate(apis)
        if i != j
        for hop in list(hops(first, second))[:1]
    ]


def _leaves_of(api: Api) -> list[Leaf]:
    if verb_of(api) in {"delete", "remove"}:
        return []
    if is_schema(api.returns):
        return list(_schema_leaves(api.returns, (), ""))
    return list(_example_leaves(api.returns, (), ""))


def _example_leaves(value: Json, path: tuple[str, ...], container: str) -> Iterator[Leaf]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict) and not path:
            yield from _example_leaves(inner[0], (key, "0"), singular(" ".join(words_of(key))))
        elif type(inner) in _TYPES:
            yield Leaf((*path, key), container, tuple(words_of(key)), _TYPES[type(inner)], inner)


def _schema_leaves(schema: dict[str, Any], path: tuple[str, ...], container: str) -> Iterator[Leaf]:
    properties = schema.get("properties", {})
    if "error" in properties and "done" in properties:
        return  # a long-running operation, whose name is not that of the thing
    for key, field in properties.items():
        items = field.get("items") if isinstance(field, dict) else None
        if field.get("type") == "array" and isinstance(items, dict) and items.get("properties") and not path:
            yield from _schema_leaves(items, (key, "0"), singular(" ".join(words_of(key))))
        elif field.get("type") in ("string", "integer") and "enum" not in field:
            yield Leaf((*path, key), container, tuple(words_of(key)), field["type"], None)


def _means(leaf: Leaf, name: str, field: dict[str, Any], first: Api, second: Api) -> bool:
    """Whether a value of a result is what a parameter asks for."""
    if (
        field.get("type") != leaf.kind
        or "enum" in field
        or (not first.asks and not {*leaf.key} & {"id", "name", "key"})
    ):
        return False
    if {"display", "project", "parent", "title"} & {*leaf.key}:
        return False
    parameter = tuple(words_of(name))
    container = () if leaf.container in _GENERIC else tuple(leaf.container.split())
    full = leaf.key if leaf.key[: len(container)] == container else container + leaf.key
    specific = len(full) > 1 and (leaf.kind != "string" or bool({*full} & _ID_WORDS) or not container)
    if full == parameter and specific:
        return True
    if leaf.kind == "string" and leaf.key in _BARE and container and parameter == container:
        return True
    stem, wanted = (tuple(w for w in words if w not in _ID_WORDS) for words in (full, parameter))
    if leaf.kind == "string" and stem and stem == wanted and parameter[-1] in _ID_WORDS and leaf.key != ("title",):
        return not ({*full} & {"name", "title"}) ^ ({*parameter} & {"name", "title"})
    if leaf.key == parameter and (leaf.key in _BARE or container):
        about = {singular(word) for word in words_of(second.name)}
        if container and set(container) <= about:
            return leaf.kind == "string" and not _is_date(leaf)
        return not first.asks and leaf.key in _BARE and _same_thing(first, second)
    return isinstance(leaf.example, str) and _shape(leaf.example) in _shapes(field)


def _same_thing(first: Api, second: Api) -> bool:
    """Whether a documents' API gives one thing, or a list of them, and another takes one by the same bare name."""
    one, other = ({singular(w) for w in words_of(api.name.rsplit(".", 1)[0])} for api in (first, second))
    return one == other and "parent" not in second.parameters.get("properties", {})


def _namesake(leaf: Leaf, api: Api) -> str | None:
    """Give the required parameter with the very name of a value, where the types agree."""
    for name in api.parameters.get("required", []):
        field = api.parameters["properties"].get(name, {})
        if tuple(words_of(name)) == leaf.key and field.get("type") == leaf.kind and "enum" not in field:
            return str(name)
    return None


def _is_date(leaf: Leaf) -> bool:
    return leaf.key[-1] in ("date", "time", "day", "score", "status", "price")


def _shape(text: str) -> str:
    """Give the shape of an identifier, with 9 for its digits: `ht-204` has that of `ht-318`; none without both."""
    return re.sub(r"\d+", "9", text) if re.search(r"\d", text) and re.search(r"[A-Za-z]", text) else ""


def _shapes(field: dict[str, Any]) -> set[str]:
    values = field.get("x-values")
    return {_shape(v) for v in values if isinstance(v, str)} - {""} if isinstance(values, list) else set()
