"""Tools in OpenAI's or MCP's form (name, description, JSON Schema or a dialect of it) as APIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from toolace.apis import normalise
from toolace.apis.descriptions import describe, readable_name, words
from toolace.apis.normalise import Schema
from toolace.apis.references import expand
from toolace.records import Api

MAX_NAMESAKES = 100
"""At most so many different tools of one document share a name."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TYPES = {
    word: kind
    for kind, names in {
        "object": "object dict map mapping hashmap",
        "array": "array list tuple set arraylist",
        "integer": "integer int long",
        "number": "number float double",
        "boolean": "boolean bool",
    }.items()
    for word in names.split()
}
"""How data sets call the types of JSON Schema; whatever else they say is a string."""


def to_apis(tools: Iterable[Schema], blank: Api) -> Iterator[Api]:
    """Yields tools as APIs; `blank` holds what they share. The same tool comes once, others that share its name too."""
    taken: dict[str, Api] = {}
    for tool in tools:
        api = _api(tool, blank)
        for name in _names(tool["name"], blank.service):
            api = msgspec.structs.replace(api, name=name)
            if name not in taken and normalise.valid(api) is None:
                taken[name] = api
                yield api
            if taken.get(name) == api:
                break


def _api(tool: Schema, blank: Api) -> Api:
    answer = _schema(tool, "outputSchema", "output_schema")
    return msgspec.structs.replace(
        blank,
        description=_description(tool, blank.service),
        parameters=_parameters(_schema(tool, "parameters", "inputSchema", "input_schema")),
        returns=normalise.returns(answer, lambda node: _plain(node, answer)) if answer else None,
    )


def _schema(tool: Schema, *keys: str) -> Schema:
    return next((tool[key] for key in keys if isinstance(tool.get(key), dict)), {})


def _names(given: str, service: str) -> Iterator[str]:
    """Yields names for a tool, the best first: its own, with its service where that is a bare word, numbered ones."""
    given = given.strip()[:200]
    name = given if _NAME.fullmatch(given) else readable_name(*given.split("/")) or "tool"
    front = readable_name(" ".join(words(service)[:3]))
    if len(words(name)) > 1 or not front:
        yield name
    if front:
        name = f"{front}.{name}"[:64].rstrip("_.-")
        yield name
    yield from (f"{name[:60]}_{number}" for number in range(2, MAX_NAMESAKES))


def _description(tool: Schema, service: str) -> str:
    """Takes the tool's own words, or else its title or name; what is too short for the pool is filled up."""
    spoken = " ".join(words(tool["name"]))
    for text in (tool.get("description"), tool.get("title"), _schema(tool, "annotations").get("title"), spoken):
        if len(found := describe(text)) >= 10:
            return found
    said = describe(tool.get("description")).rstrip(".") or spoken or describe(tool["name"]).rstrip(".") or "unnamed"
    return f"The tool {said} of {service}." if service else f"The tool {said}."


def _parameters(schema: Schema) -> Schema:
    """Gives the small schema; a bare map of parameters, as some data sets have it, becomes a schema first."""
    bare = schema and "properties" not in schema and all(isinstance(value, dict) for value in schema.values())
    if bare:
        optional = {name for name, one in schema.items() if "default" in one or "optional" in str(one.get("type"))}
        schema = {"properties": schema, "required": [name for name in schema if name not in optional]}
    return normalise.parameters(schema | {"type": "object"}, lambda node: _plain(node, schema))


def _plain(node: Schema, document: Schema) -> Schema:
    """Gives a node in JSON Schema's own words: not `dict`, `List[int]` or no type at all; constants as enumerations."""
    alternatives = next((node[key] for key in ("anyOf", "oneOf") if isinstance(node.get(key), list)), [node])
    constants = [one["const"] for one in alternatives if isinstance(one, dict) and "const" in one]
    if constants and len(constants) == len(alternatives):
        own = {key: value for key, value in node.items() if key not in ("anyOf", "oneOf")}
        node = {"type": alternatives[0].get("type")} | own | {"enum": constants}
    node = expand(node, document)
    kind, inner = _kinds(node)
    node["type"] = kind
    if kind == "array" and not isinstance(items := node.get("items"), dict):
        first = items[0] if isinstance(items, list) and items else None
        node["items"] = first if isinstance(first, dict) else {"type": inner}
    return node


def _kinds(node: Schema) -> tuple[str, str]:
    """Gives the type, and that of the items if it is a list whose type says so."""
    given = node.get("type")
    kinds = [kind.lower() for kind in (given if isinstance(given, list) else [given]) if isinstance(kind, str)]
    named = [kind for kind in kinds if kind != "null"]
    if not named:
        return "object" if "properties" in node else "array" if "items" in node else "string", "string"
    kind, *inner = [_TYPES.get(word, "string") for word in re.findall(r"\w+", named[0])[:2]] or ["string"]
    return kind, inner[0] if inner else "string"
