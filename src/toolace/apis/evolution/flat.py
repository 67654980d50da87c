"""API definitions in a flat form that a small model can write and a server's grammar can enforce, two levels deep."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Literal, get_args

import msgspec

from toolace.apis import normalise
from toolace.apis.descriptions import describe, readable_name, words
from toolace.apis.evolution.answers import is_schema, shape_of
from toolace.apis.normalise import Schema
from toolace.records import Api

Kind = Literal[
    "string", "integer", "number", "boolean", "date", "string[]", "integer[]", "number[]", "object", "object[]"
]
SHOWN = 5
"""A definition shows a model at most so many parameters, and fields of an object."""


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of an object or of an answer."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "date", "string[]", "integer[]", "number[]"]
    description: str


class Parameter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter: of `enum` one value is allowed, `properties` are what an object or a list's objects must hold."""

    name: str
    type: Kind
    description: str
    required: bool = False
    enum: list[str] = []
    properties: list[Field] = []
    minimum: float | None = None
    maximum: float | None = None


class Definition(msgspec.Struct, frozen=True):
    """An API as a model writes it."""

    name: str
    description: str
    parameters: Annotated[list[Parameter], msgspec.Meta(min_length=1, max_length=8)]
    returns: Annotated[list[Field], msgspec.Meta(min_length=1, max_length=6)]


class Unusable(Exception):  # noqa: N818 - it is no error of the program
    """A definition cannot be an API; the message says why, what follows a colon tells single cases apart."""


def to_api(definition: Definition) -> Api:
    """Give the API that a definition describes, cleaned and bounded like those of documents.

    Raises:
        Unusable: no or two equal names, a missing description, an object without fields, crossed bounds.
    """
    schema = _object(definition.parameters, required=[one for one in definition.parameters if one.required])
    return Api(
        name=readable_name(*definition.name.split(".")),
        description=describe(definition.description),
        parameters=normalise.parameters(schema, _plain),
        returns=normalise.returns(_object(definition.returns), _plain),
    )


def to_definition(api: Api) -> Definition:
    """Give the flat form of an API, without what lies deeper and without what exceeds `SHOWN`."""
    required = api.parameters.get("required", [])
    named = sorted(_fields(api.parameters).items(), key=lambda item: item[0] not in required)
    returns = api.returns if is_schema(api.returns) else shape_of(api.returns)
    while returns.get("type") == "array":
        returns = returns.get("items") or {}
    return Definition(
        api.name,
        api.description,
        [_parameter(name, schema, name in required) for name, schema in named[:SHOWN]],
        [field for name, schema in islice(_fields(returns).items(), SHOWN) if (field := _field(name, schema))],
    )


def _plain(node: Schema) -> Schema:
    return node


def _object(fields: Sequence[Field | Parameter], required: Sequence[Field | Parameter] = ()) -> Schema:
    """Gives the schema of an object with these fields."""
    properties: Schema = {}
    for field in fields:
        name, what = slug(field.name), "parameter" if isinstance(field, Parameter) else "field"
        if not name:
            raise Unusable(f"{what} without name: {field.name!r}")
        if name in properties:
            raise Unusable(f"{what} twice: {name}")
        if not field.description.strip():
            raise Unusable(f"{what} without description: {name}")
        properties[name] = _schema(field)
    return {"type": "object", "properties": properties, "required": [slug(one.name) for one in required]}


def slug(name: str) -> str:
    """Give a parameter's name in snake case."""
    return "_".join(words(name)).lstrip("0123456789_")[:64].rstrip("_")


def _schema(field: Parameter | Field) -> Schema:
    kind, array = field.type.removesuffix("[]"), field.type.endswith("[]")
    one: Schema = {"type": "string", "format": "date"} if kind == "date" else {"type": kind}
    if isinstance(field, Parameter):
        if kind == "object":
            if not field.properties:
                raise Unusable(f"object without fields: {field.name}")
            one = _object(field.properties, field.properties)
        bounds = [bound for bound in (field.minimum, field.maximum) if bound is not None]
        if bounds != sorted(bounds):
            raise Unusable(f"minimum above maximum: {field.name}")
        limits = {"enum": field.enum or None, "minimum": field.minimum, "maximum": field.maximum}
        one |= {key: _whole(value) for key, value in limits.items() if value is not None}
    return ({"type": "array", "items": one} if array else one) | {"description": field.description}


def _whole(value: float | list[str]) -> float | list[str]:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fields(schema: Schema) -> dict[str, Schema]:
    return {name: field for name, field in schema.get("properties", {}).items() if isinstance(field, dict)}


def _parameter(name: str, schema: Schema, required: bool) -> Parameter:
    items = schema.get("items", {}) if schema.get("type") == "array" else schema
    inner = [field for key, value in islice(_fields(items).items(), SHOWN) if (field := _field(key, value))]
    kind = _kind(schema)
    if kind.startswith("object") and not inner:
        kind = "string"
    enum = [value for value in items.get("enum", []) if isinstance(value, str)][: 2 * SHOWN]
    bounds = [value if isinstance(value := items.get(key), int | float) else None for key in ("minimum", "maximum")]
    return Parameter(name, kind, _told(name, schema), required, enum, inner, *bounds)


def _field(name: str, schema: Schema) -> Field | None:
    kind = _kind(schema)
    return None if kind.startswith("object") else Field(name, kind, _told(name, schema))  # type: ignore[arg-type]


def _told(name: str, schema: Schema) -> str:
    return describe(schema.get("description"), 60) or " ".join(words(name)).capitalize() + "."


def _kind(schema: Schema) -> Kind:
    if schema.get("type") == "array":
        items = schema.get("items")
        kind = f"{items.get('type')}[]" if isinstance(items, dict) else "string[]"
    else:
        kind = "date" if schema.get("format") == "date" else str(schema.get("type"))
    return next((known for known in get_args(Kind) if known == kind), "string")
