"""The diversity indicators of evolution (ToolACE §2.1) for a language model: what it answers, and what that changes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from toolace.apis.evolution.flat import Definition, Field, Kind, Parameter, Unusable, slug

Few = msgspec.Meta(min_length=1, max_length=3)


class MoreFunctionality(msgspec.Struct, frozen=True):
    """What the API does now, and the parameters for what it did not do before."""

    description: str
    parameters: Annotated[list[Parameter], Few]


class MoreParameters(msgspec.Struct, frozen=True):
    """Parameters that the API has too."""

    parameters: Annotated[list[Parameter], Few]


class Constraint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter whose values are restricted, as its description says."""

    parameter: str
    description: str
    enum: list[str] = []
    minimum: float | None = None
    maximum: float | None = None


class OtherType(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter of another type."""

    parameter: str
    type: Kind
    description: str
    enum: list[str] = []
    properties: list[Field] = []


class MoreAnswers(msgspec.Struct, frozen=True):
    """Fields that the API returns too, and a sentence that says so."""

    sentence: str
    returns: Annotated[list[Field], Few]


class Nesting(msgspec.Struct, frozen=True):
    """An object that takes the place of parameters which belong together."""

    name: str
    description: str
    parameters: Annotated[list[str], msgspec.Meta(min_length=2, max_length=4)]


Change = MoreFunctionality | MoreParameters | Constraint | OtherType | MoreAnswers | Nesting
ANSWERS: dict[str, type[Change]] = {
    "add_functionality": MoreFunctionality,
    "add_parameters": MoreParameters,
    "add_constraints": Constraint,
    "mutate_type": OtherType,
    "change_returns": MoreAnswers,
    "nest": Nesting,
}
"""Indicators, called as the operators of scripted evolution are, and what a model answers to each."""


def targets(indicator: str, definition: Definition) -> list[str]:
    """Name the parameters that an indicator can change; those that change no parameter of their own name all."""
    return [one.name for one in definition.parameters if _suits(indicator, one)]


def suits(indicator: str, definition: Definition) -> bool:
    """Say whether an indicator can be applied."""
    if indicator == "nest":  # an object that holds all parameters would tell nothing
        return len(definition.parameters) > 2 and len(targets(indicator, definition)) > 1
    return bool(targets(indicator, definition))


def _suits(indicator: str, one: Parameter) -> bool:
    bare = not one.enum and one.minimum is None and one.maximum is None
    if indicator == "add_constraints":
        return bare and one.type in ("string", "integer", "number", "string[]")
    if indicator == "nest":
        return bare and not one.properties
    return True


def schema(indicator: str, definition: Definition) -> dict[str, Any]:
    """Give the JSON schema of the answer: parameters that are there are named by an enum."""
    made = lean(ANSWERS[indicator])
    names = {"enum": targets(indicator, definition)}
    if "parameter" in made["properties"]:
        made["properties"]["parameter"] = names
    if indicator == "nest":
        most = min(4, len(definition.parameters) - 1)
        made["properties"]["parameters"] |= {"items": names, "maxItems": most}
    return made


def lean(reply: type[Any]) -> dict[str, Any]:
    """Give the JSON schema of an answer in which what has a default may be left out: that saves half of the tokens."""
    (_,), definitions = msgspec.json.schema_components([reply], ref_template="#/$defs/{name}")
    made: dict[str, Any] = definitions.pop(reply.__name__)
    return made | ({"$defs": definitions} if definitions else {})


def applied(definition: Definition, change: Change) -> Definition:
    """Give the changed definition.

    Raises:
        Unusable: the change is of a parameter that is not there or cannot be moved, or nothing new.
    """
    replace = msgspec.structs.replace
    match change:
        case MoreFunctionality():
            more = [*definition.parameters, *_new(change.parameters, definition)]
            return replace(definition, description=change.description, parameters=more)
        case MoreParameters():
            return replace(definition, parameters=[*definition.parameters, *_new(change.parameters, definition)])
        case MoreAnswers():
            told = f"{definition.description.rstrip('. ')}. {change.sentence}"
            return replace(definition, description=told, returns=[*definition.returns, *change.returns])
        case Nesting():
            return _nested(definition, change)
    old = _named(definition, change.parameter)
    if isinstance(change, Constraint):
        limits = {key: getattr(change, key) for key in ("description", "enum", "minimum", "maximum")}
        new = replace(old, **limits)
    elif change.type == old.type and (old.enum or not change.enum):
        raise Unusable(f"type is the same: {old.name}")
    else:
        new = Parameter(old.name, change.type, change.description, old.required, change.enum, change.properties)
    return replace(definition, parameters=[new if one is old else one for one in definition.parameters])


def _new(parameters: list[Parameter], definition: Definition) -> list[Parameter]:
    """Gives the parameters that are not there yet: models like to repeat the others."""
    there, returned = ({slug(one.name) for one in fields} for fields in (definition.parameters, definition.returns))
    new = [one for one in parameters if slug(one.name) not in there]
    if not new:
        raise Unusable("no new parameter")
    if answers := [one.name for one in new if slug(one.name) in returned]:
        raise Unusable(f"new parameter is part of the answer: {answers[0]}")
    return new


def _named(definition: Definition, name: str) -> Parameter:
    for one in definition.parameters:
        if slug(one.name) == slug(name):
            return one
    raise Unusable(f"parameter is not there: {name}")


def _nested(definition: Definition, change: Nesting) -> Definition:
    moved = [_named(definition, name) for name in dict.fromkeys(change.parameters)]
    if unfit := [one.name for one in moved if not _suits("nest", one)]:
        raise Unusable(f"parameter cannot be nested: {', '.join(unfit)}")
    inner = [Field(one.name, one.type, one.description) for one in moved]  # type: ignore[arg-type]
    required = any(one.required for one in moved)
    whole = Parameter(change.name, "object", change.description, required, properties=inner)
    rest = [one for one in definition.parameters if one not in moved]
    return msgspec.structs.replace(definition, parameters=[*rest, whole])
