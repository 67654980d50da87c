"""Changes of an API's parameters, and the tree of parameters in which they are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from toolace.apis.evolution.acts import spoken, transport
from toolace.apis.evolution.borrowing import Extra
from toolace.apis.normalise import PROPERTIES, WIDTH, Schema
from toolace.records import Api

Path = tuple[str, ...]

DESCRIPTION = 300
"""No description grows beyond so many characters."""
SCALARS = ("string", "integer", "number", "boolean")


class Change(NamedTuple):
    """In the object at `path`, the property `name` takes the place of those in `gone`; `label` says what kind it is."""

    label: str
    path: Path
    gone: tuple[str, ...]
    name: str
    schema: Schema
    required: bool


Find = Callable[[Api, Path, Schema], Iterator[Change]]
"""Yields the changes that suit one object of an API's parameters."""
SINGLE = re.compile(
    r"(?:.* )?(?:sort|order|by|direction|query|q|search|limit|format|page|filter|fields?|expand|text|description|"
    r"\w*date|\w*time|unit|mode|scope|size|view|level|method|path|url|language|locale|zone|per|password|body|content|message|version|"
    r"since|until|from|to|ref|branch|sha|token|start|end|include|exclude|on|at|action|prefix|data|value|operator|cursor|"
    r"of|in|with|for|type|reference|notes|timeout)"
)
"""Names of parameters that have one value by nature."""


def applied(schema: Schema, change: Change) -> Schema:
    """Gives a copy in which the change is made."""
    node = next(node for path, node in objects_in(schema) if path == change.path)
    properties: Schema = {}
    for name, field in node["properties"].items():
        if name == change.gone[0]:
            properties[change.name] = change.schema
        elif name not in change.gone:
            properties[name] = field
    required = [name for name in required_in(node) if name not in change.gone] + [change.name] * change.required
    return put_at(schema, change.path, requiring(node | {"properties": properties}, required))


def objects_in(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yields every object that has properties, with the names that lead to it: lists are looked through."""
    while schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        schema = schema["items"]
    if schema.get("properties"):
        yield path, schema
        for name, field in schema["properties"].items():
            if isinstance(field, dict) and ("properties" in field or "items" in field):
                yield from objects_in(field, (*path, name))


def properties_of(node: Schema) -> Schema:
    """Gives the properties of an object, those that are schemas and not just true or false."""
    return {name: field for name, field in node.get("properties", {}).items() if isinstance(field, dict)}


def required_in(node: Schema) -> list[str]:
    """Names the properties that an object must have."""
    return list(node.get("required", []))


def requiring(node: Schema, required: list[str]) -> Schema:
    """Gives a copy of an object that must have other properties."""
    rest = {key: value for key, value in node.items() if key != "required"}
    return rest | {"required": required} if required else rest


def put_at(schema: Schema, path: Path, node: Schema) -> Schema:
    """Gives a copy of the schema with another object at `path`."""
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return schema | {"items": put_at(schema["items"], path, node)}
    if not path:
        return node
    fields = schema["properties"]
    return schema | {"properties": fields | {path[0]: put_at(fields[path[0]], path[1:], node)}}


def extended(schema: Schema, extras: Iterable[Extra]) -> Schema:
    """Gives a copy with more optional parameters."""
    return schema | {"properties": schema.get("properties", {}) | {extra.name: extra.schema for extra in extras}}


def size_of(schema: Schema) -> int:
    """Counts the properties at all levels."""
    return sum(len(node["properties"]) for _, node in objects_in(schema))


def depth_of(schema: Schema) -> int:
    """Counts the levels of properties."""
    return max((len(path) + 1 for path, _ in objects_in(schema)), default=0)


def fitted(schema: Schema, new: set[str], changed: Path) -> Schema:
    """Leaves out parameters until the bounds hold.

    First those of the transport, then optional ones; what is `new` stays, and what lies in it as long as possible,
    above all what was `changed`.
    """
    while (wide := len(schema.get("properties", {})) > WIDTH) or size_of(schema) > PROPERTIES:
        spare = []
        for path, node in [(path, node) for path, node in objects_in(schema) if not (wide and path)]:
            for index, (name, field) in enumerate(node["properties"].items()):
                place = (*path, name)
                if place == changed[: len(place)] or (not path and name in new):
                    continue
                old, far = place[0] not in new, not changed or place[: len(changed)] != changed
                leaf = not (isinstance(field, dict) and depth_of(field))
                worth = (transport(name), name not in required_in(node), leaf)
                spare.append((far, old, *worth, -len(path) if old else len(path), index, place))
        *_, place = max(spare)
        schema = _without(schema, place)
    return schema


def _without(schema: Schema, place: Path) -> Schema:
    *path, name = place
    node = next(node for found, node in objects_in(schema) if found == tuple(path))
    fields = {other: field for other, field in node["properties"].items() if other != name}
    required = [other for other in required_in(node) if other != name]
    return put_at(schema, tuple(path), requiring(node | {"properties": fields}, required))


def described(schema: Schema) -> Schema:
    """Describes what is not yet described, by the words of its name."""
    for path, node in list(objects_in(schema)):
        bare = [name for name, field in node["properties"].items() if not description_of(field)]
        if bare:
            current = next(found for place, found in objects_in(schema) if place == path)
            fields = dict(current["properties"])
            for name in bare:
                old = fields[name] if isinstance(fields[name], dict) else {}
                fields[name] = old | {"description": (spoken(name) or name).capitalize() + "."}
            schema = put_at(schema, path, current | {"properties": fields})
    return schema


def description_of(field: Any) -> str:
    """Gives the description of a field."""
    return str(field.get("description", "")).strip() if isinstance(field, dict) else ""


def joined(text: str, sentence: str) -> str:
    """Appends a sentence. What does not fit gives way: the last sentences of the text, then the end of its first."""
    first, *others = re.split(r"(?<=[.!?]) +", text.strip())
    room = DESCRIPTION - len(sentence) - 2
    if len(first) > room:
        first = first[:room].rpartition(" ")[0].rstrip(" ,;:") or first[:room]
    for other in others:
        if len(first) + 1 + len(other) > room:
            break
        first += f" {other}"
    return f"{first}{'' if not first or first[-1] in '.!?' else '.'} {sentence}".strip()


def line(text: str, kind: str = "") -> Schema:
    """Gives a text parameter; `kind` says what values it has (see `dialogs.values`)."""
    return {"type": "string", "description": text} | ({"x-values": kind} if kind else {})


def compound(text: str, properties: Schema, required: int = 2) -> Schema:
    """Gives an object parameter that must have its first properties."""
    made: Schema = {"type": "object", "description": text, "properties": properties}
    return requiring({key: value for key, value in made.items() if value}, [*properties][:required])


def number(text: str) -> Schema:
    """Gives a parameter for any number."""
    return {"type": "number", "description": text}
