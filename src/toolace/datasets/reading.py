"""What the readers of other people's rows share: fields, tools in any dialect of JSON Schema, calls and results.

Rows are untrusted: whatever is wrong with one becomes a `ToolaceError` that says what.
"""

from __future__ import annotations

from typing import Any

import msgspec

from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError
from toolace.formats.json_calls import calls_of, read_value
from toolace.records import Call, Dialog, Json, Message, Tool

_TYPES = {"dict": "object", "str": "string", "int": "integer", "float": "number", "double": "number"}
_TYPES |= {"bool": "boolean", "list": "array", "tuple": "array", "set": "array"}
_KNOWN = {"object", "string", "integer", "number", "boolean", "array", "null"}


def field(row: dict[str, Any], name: str, kind: type = str) -> Any:
    """Give a field of a row; raises ToolaceError when it is missing or of another type."""
    if not isinstance(value := row.get(name), kind):
        raise ToolaceError(f"{name} is no {kind.__name__}")
    return value


def parsed(value: Json) -> Json:
    """Read a value that some datasets hold as JSON text; raises ToolaceError when the text is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        result, end = read_value(value, 0)
    except CallSyntaxError as error:
        raise ToolaceError(str(error)) from error
    if end < len(value):
        raise ToolaceError(f"more than one JSON value: {value[end : end + 30]!r}")
    return result


def calls(value: Json) -> list[Call]:
    """Read one call or several, as JSON or JSON text; raises ToolaceError when they are none."""
    try:
        return calls_of(parsed(value))
    except CallSyntaxError as error:
        raise ToolaceError(str(error)) from error


def tools(value: Json) -> list[Tool]:
    """Read a list of tools: objects or JSON texts, bare or inside of OpenAI's `{"function": …}`."""
    found = parsed(value)
    return [_tool(parsed(one)) for one in (found if isinstance(found, list) else [found])]


def dialog(part: str, tools: list[Tool], messages: list[Message]) -> Dialog:
    """Make the dialog of one row; raises ToolaceError when nobody asks or nobody answers."""
    if not {"user", "assistant"} <= {message.role for message in messages}:
        raise ToolaceError("nobody asks, or nobody answers")
    while messages[-1].role != "assistant":  # nothing is learnt from what follows the last answer
        messages = messages[:-1]
    return Dialog("", part, tools, messages)


def results(text: str, asked: list[Call]) -> list[Message]:
    """Give the results that answer `asked`: a list of as many, or one text for the first of them."""
    try:
        values = parsed(text)
    except ToolaceError:
        values = text
    if len(asked) > 1 and isinstance(values, list) and len(values) == len(asked):
        parts = [msgspec.json.encode(value).decode() for value in values]
        return [Message("tool", part, name=call.name) for part, call in zip(parts, asked, strict=True)]
    return [Message("tool", text, name=asked[0].name if asked else "")]


def _tool(one: Json) -> Tool:
    if isinstance(one, dict) and isinstance(one.get("function"), dict):
        one = one["function"]
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        raise ToolaceError("a tool has no name")
    given = one.get("parameters") or {}
    if not isinstance(given, dict):
        raise ToolaceError(f"{one['name']}: the parameters are no object")
    if not isinstance(given.get("properties"), dict):  # xLAM: the parameters themselves; none: {}
        bare = {name: inner for name, inner in given.items() if isinstance(inner, dict)}
        needed = [name for name, inner in bare.items() if not _optional(inner)]
        given = {"type": "object", "properties": bare, "required": needed}
    return Tool(one["name"], str(one.get("description") or ""), {"properties": {}} | _clean(given) | {"type": "object"})


def _optional(schema: dict[str, Any]) -> bool:
    return "default" in schema or "optional" in str(schema.get("type", ""))


def _clean(schema: dict[str, Any]) -> dict[str, Any]:
    """Say the types of Python and of BFCL as JSON Schema does; unknown ones (`any`) are left out."""
    clean = {key: value for key, value in schema.items() if key not in {"type", "required", "optional"}}
    if isinstance(kind := schema.get("type"), str):
        base = kind.split(",")[0].split("[")[0].strip().lower()
        if (name := _TYPES.get(base, base)) in _KNOWN:
            clean["type"] = name
    elif isinstance(kind, list):
        clean["type"] = kind
    if isinstance(needed := schema.get("required"), list):
        clean["required"] = needed
    if isinstance(inside := schema.get("properties"), dict):
        clean["properties"] = {name: _clean(one) for name, one in inside.items() if isinstance(one, dict)}
    if isinstance(items := schema.get("items"), dict):
        clean["items"] = _clean(items)
    return clean
