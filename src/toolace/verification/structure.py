"""Rules on API definitions and on calls that could be executed (ToolACE Table 4, its first two aspects)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from toolace.formats.calls import CallSyntaxError, parse, render
from toolace.records import Call, Dialog, Json


def tools_well_defined(dialog: Dialog) -> str | None:
    """Every tool has a name of its own, a description, and parameters that are a valid JSON Schema of an object."""
    names: set[str] = set()
    for tool in dialog.tools:
        if not tool.name.strip():
            return "a tool has no name"
        if not tool.description.strip():
            return f"{tool.name} has no description"
        if tool.name in names:
            return f"two tools are named {tool.name}"
        names.add(tool.name)
        if fault := _schema_fault(msgspec.json.encode(tool.parameters)):
            return f"{tool.name}: {fault}"
    return None


def calls_parse(dialog: Dialog) -> str | None:
    """Every call is the same after printing and parsing: the model learns text that we can read back."""
    for message in dialog.messages:
        if not message.calls:
            continue
        try:
            if parse(render(message.calls)) != message.calls:
                return f"{render(message.calls)} reads back as other calls"
        except CallSyntaxError as error:
            return str(error)
    return None


def names_known(dialog: Dialog) -> str | None:
    """Every called function is in the tool list."""
    names = {tool.name for tool in dialog.tools}
    return next((f"{call.name} is not in the tool list" for call in calls_of(dialog) if call.name not in names), None)


def arguments_complete(dialog: Dialog) -> str | None:
    """All required arguments are given and no unknown ones."""
    for call, schema in _with_schema(dialog):
        if missing := [name for name in schema.get("required") or () if name not in call.arguments]:
            return f"{call.name} lacks {missing[0]}"
        if unknown := [name for name in call.arguments if name not in schema.get("properties", {})]:
            return f"{call.name} has no argument {unknown[0]}"
    return None


def calls_fit_schema(dialog: Dialog) -> str | None:
    """Types, enums, bounds, patterns and formats (dates, addresses, …) are those of the definition."""
    for call, schema in _with_schema(dialog):
        error = next(iter(_validator(msgspec.json.encode(schema)).iter_errors(call.arguments)), None)
        if error is not None:
            return f"{call.name}: {'.'.join(map(str, error.instance_path))} {error.message}"
    return None


def calls_of(dialog: Dialog) -> Iterator[Call]:
    """All calls of a dialog in order."""
    return (call for message in dialog.messages for call in message.calls)


def _with_schema(dialog: Dialog) -> Iterator[tuple[Call, dict[str, Any]]]:
    schemas = {tool.name: tool.parameters for tool in dialog.tools}
    return ((call, schemas[call.name]) for call in calls_of(dialog) if call.name in schemas)


@lru_cache(maxsize=20_000)
def _schema_fault(encoded: bytes) -> str | None:
    schema: Json = msgspec.json.decode(encoded)
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        return "its parameters are no object with properties"
    if undefined := [name for name in schema.get("required") or () if name not in schema["properties"]]:
        return f"it requires {undefined[0]}, which it does not define"
    try:
        jsonschema_rs.meta.validate(schema)
        _validator(encoded)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        return f"no JSON Schema: {str(error).splitlines()[0]}"
    return None


@lru_cache(maxsize=20_000)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.validator_for(msgspec.json.decode(schema), validate_formats=True)


def leaves(value: Json, name: str = "") -> Iterator[tuple[str, Json]]:
    """Give the values inside a value that hold no others, with the keys that they stand under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value
