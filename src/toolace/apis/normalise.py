"""Schemas that a small model can learn from, out of real documents, and what the pool demands of an API.

Real API documents (ToolACE §2.1 gathers its seeds from such) are written for browsers and code generators. What is
kept here is what a person would say of an API: a name, a sentence or two, and a small JSON Schema.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs

from toolace.apis.descriptions import BRIEF, bookkeeping, deprecated, describe, output_only, words
from toolace.records import Api, Json

Schema = dict[str, Json]
Expand = Callable[[Schema], Schema]
"""Gives one node of the source's dialect as plain JSON Schema: references followed, parts merged, children as are."""

DEPTH = 4
ANSWER_DEPTH = 2
WIDTH = 12
PROPERTIES = 24
"""At most so many properties in one API, over all levels: deeper levels are left out first."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_ARGUMENT = re.compile(r"[^\W\d](?:-?\w){0,63}")
_TYPES = {"string", "integer", "number", "boolean", "array", "object"}
_FORMATS = ("date", "date-time", "time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname")
_BOUNDS = ("minimum", "maximum", "minItems", "maxItems")
_ENUM = 24
SCANNED = 1_000
"""Only so many properties of an object are looked at: documents are untrusted."""
_TELLING = re.compile(
    "name|title|summary|display_?name|description|text|query|q|start|end|location|email|type|status", re.IGNORECASE
)


def parameters(schema: Schema, expand: Expand, body: Schema | None = None) -> Schema:
    """Gives the small JSON Schema of a call's arguments; `body` is what parts of `schema` were expanded from."""
    return _deepen(schema, expand, frozenset(_refs(body or {})), requests=True)


def returns(schema: Schema, expand: Expand) -> Json:
    """Gives the small JSON Schema of an answer, or None when nothing is known of it."""
    shape = _deepen(schema, expand, frozenset(), requests=False)
    return shape if shape["type"] != "object" or shape.get("properties") else None


def _deepen(schema: Schema, expand: Expand, path: frozenset[str], requests: bool) -> Schema:
    """Adds levels as long as there are any and the whole stays within `PROPERTIES`."""
    best: Schema = {"type": "object", "properties": {}}
    for depth in range(1, (DEPTH if requests else ANSWER_DEPTH) + 1):
        shaper = _Shaper(expand, requests)
        shape = shaper.shape(schema, depth, path) or {}
        if depth > 1 and shaper.size > PROPERTIES:
            break
        best = best | shape if shape.get("type", "object") == "object" else shape
        if not shaper.cut:
            break
    return {key: value for key, value in best.items() if key != "description"}


@dataclass
class _Shaper:
    """Reduces a schema to the subset, and gives up beyond `PROPERTIES`.

    `size` counts the properties, `looked` those that were tried, `cut` tells whether any lay too deep.
    """

    expand: Expand
    requests: bool
    size: int = 0
    looked: int = 0
    cut: bool = False

    def shape(self, raw: Schema, depth: int, path: frozenset[str]) -> Schema | None:
        """Gives one node with `depth` levels, or None when nothing useful can be said; `path` holds the open refs."""
        if refs := _refs(raw):
            if not path.isdisjoint(refs):
                return None
            path = path.union(refs)
        node = self.expand(raw)
        kind = _type(node)
        shape: Schema = {"type": kind, "description": describe(node.get("description"), BRIEF)}
        if kind == "object" and isinstance(node.get("properties"), dict) and node["properties"]:
            inside = self.properties(node, depth, path)
            return shape | inside if inside else None
        if kind == "array":
            items = self.items(node.get("items"), depth, path)
            if items is None:
                return None
            shape["items"] = {key: value for key, value in items.items() if key != "description"}
        return shape | _constraints(node, kind) if kind else None

    def items(self, raw: Json, depth: int, path: frozenset[str]) -> Schema | None:
        """Gives the items of an array: an array costs a level only inside another one."""
        if not isinstance(raw, dict):
            return None
        if _type(self.expand(raw)) == "array":
            depth -= 1
        if depth < 0:
            self.cut = True
            return None
        return self.shape(raw, depth, path)

    def properties(self, node: Schema, depth: int, path: frozenset[str]) -> Schema:
        if depth < 1:
            self.cut = True
            return {}
        needed = node.get("required")
        names = needed[:SCANNED] if isinstance(needed, list) else []
        required = {name for name in names if isinstance(name, str)}
        kept = dict(islice(self.kept(node["properties"], required, depth - 1, path), WIDTH))
        return ({"properties": kept} if kept else {}) | (
            {"required": names} if (names := [name for name in kept if name in required]) else {}
        )

    def kept(
        self, properties: Schema, required: set[str], depth: int, path: frozenset[str]
    ) -> Iterator[tuple[str, Schema]]:
        """Yields the properties worth keeping: required ones first, then those whose names tell most."""
        first = islice(properties.items(), SCANNED)
        named = {name: raw for name, raw in first if isinstance(name, str) and isinstance(raw, dict)}
        for name in sorted(named, key=lambda name: _rank(name, required)):
            raw = named[name]
            self.looked += 1
            if self.size > PROPERTIES or self.looked > SCANNED:
                return
            if not _ARGUMENT.fullmatch(name) or deprecated(raw) or (bookkeeping(name) and name not in required):
                continue
            if self.requests and output_only(raw):
                continue
            shape = self.shape(raw, depth, path) or (self.stub(raw) if name in required else None)
            if shape is not None:
                shape["description"] = shape["description"] or " ".join(words(name)).capitalize() + "."
                self.size += 1
                yield name, shape

    def stub(self, raw: Schema) -> Schema:
        """Gives what is left of a required property that lies too deep."""
        node = self.expand(raw)
        shape = {"type": _type(node) or "string", "description": describe(node.get("description"), BRIEF)}
        return shape | ({"items": {"type": "object"}} if shape["type"] == "array" else {})


def _refs(raw: Schema) -> list[str]:
    parts = raw["allOf"][:WIDTH] if isinstance(raw.get("allOf"), list) else []
    nodes = [part for part in (raw, *parts) if isinstance(part, dict)]
    return [part["$ref"] for part in nodes if isinstance(part.get("$ref"), str)]


def _type(node: Schema) -> str:
    kinds = node.get("type")
    for kind in kinds[:WIDTH] if isinstance(kinds, list) else [kinds]:
        if isinstance(kind, str) and kind in _TYPES:
            return kind
    if isinstance(node.get("properties"), dict):
        return "object"
    if isinstance(node.get("items"), dict):
        return "array"
    return "string" if isinstance(node.get("enum"), list) else ""


def _rank(name: str, required: set[str]) -> tuple[bool, bool, int]:
    return name not in required, not _TELLING.fullmatch(name), len(words(name))


def _constraints(node: Schema, kind: str) -> Schema:
    """Picks the constraints that hold for the type and drops those that a document got wrong."""
    found: Schema = {}
    values = node.get("enum")
    if isinstance(values, list) and len(values) <= _ENUM:
        choices = [value for value in values if _fits(value, kind) and not _placeholder(value)]
        if choices := [value for index, value in enumerate(choices) if value not in choices[:index]]:
            found["enum"] = choices
    default = node.get("default")
    if _fits(default, kind) and default != "" and default in found.get("enum", [default]):
        found["default"] = default
    if node.get("format") in _FORMATS and kind == "string":
        found["format"] = node["format"]
    for key in _BOUNDS[:2] if kind in {"integer", "number"} else _BOUNDS[2:] if kind == "array" else ():
        if _fits(node.get(key), "number") and (kind != "array" or (_fits(node[key], "integer") and node[key] >= 0)):
            found[key] = node[key]
    several = node.get("examples")
    given = several if isinstance(several, list) else [node.get("example")]
    if examples := [value for value in given[:3] if _fits(value, kind) and value != ""]:
        found["examples"] = examples
    return found


def _placeholder(value: Any) -> bool:
    return isinstance(value, str) and (not value or bool(re.search(r"(?i)unspecified$|^unknown_|_unknown$", value)))


def _fits(value: Any, kind: str) -> bool:
    """Says whether a value is a short JSON value of the type. Objects never are: nobody needs them as examples."""
    if kind == "array":
        return (
            isinstance(value, list)
            and 0 < len(value) <= 5
            and any(all(_fits(item, scalar) for item in value) for scalar in ("string", "number"))
        )
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    if kind == "string":
        return isinstance(value, str) and len(value) <= 100 and value.isprintable()
    if kind == "integer":
        return isinstance(value, int) and abs(value) < 2**63
    return kind == "number" and isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e300


def valid(api: Api) -> str | None:
    """Gives the reason why an API may not enter the pool, or None when it may."""
    if not _NAME.fullmatch(api.name):
        return "name is not 1 to 64 of A-Z a-z 0-9 _ . - after a letter"
    if len(api.description.strip()) < 10:
        return "description is shorter than 10 characters"
    schema = {key: value for key, value in api.parameters.items() if key != "$schema"}
    if schema.get("type") != "object":
        return "parameters are no JSON Schema of type object"
    try:
        jsonschema_rs.meta.validate(schema)
    except (jsonschema_rs.ValidationError, ValueError, TypeError):
        return "parameters are no valid JSON Schema"
    if not set(schema.get("required", [])) <= schema.get("properties", {}).keys():
        return "a required parameter is not among the properties"
    return None
