"""Tools as a small model reads them best, and the JSON schemas that the answers of the roles must fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from toolace.records import Json, Tool

_KEPT = ("type", "enum", "const", "anyOf", "required")
"""Every server with structured output knows these; bounds, patterns and formats are what the rules look at."""
LONGEST_QUOTE = 8
"""Words."""
MOST_QUOTES = 400
MOST_ITEMS = 3
"""So many entries may be in a list that a tool returns, or as many as in the example: small models find no end."""
_MARKS = " .,;:!?"
_STRING = {"type": "string"}
_NOT_GIVEN = {"type": "string", "enum": ["not given"]}
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def describe(tools: Iterable[Tool]) -> str:
    """List tools with a line for each parameter: a third of the tokens of their JSON."""
    return "\n\n".join("\n".join([f"{tool.name}: {tool.description}", *_fields(tool.parameters)]) for tool in tools)


def turn_schema(tools: Sequence[Tool], words: Sequence[str], quotes: Sequence[str]) -> dict[str, Any]:
    """Give the schema of a turn of the assistant: a thought, then calls of the tools or one of the actions in words.

    The thought quotes what was said of each parameter that the tool requires, or says that it was not given; then no
    call can follow. So a model that knows no better than to call sees what is missing. Without `quotes` any text does.
    """
    speak = closed({"action": {"type": "string", "enum": list(words)}, "content": {"type": "string", "minLength": 1}})
    options = [closed({"thought": _thought("none", (), _STRING), "step": speak})]
    if tools:
        quote = {"$ref": "#/$defs/quote"} if quotes else _STRING
        calls = {"type": "array", "minItems": 1, "items": {"anyOf": [_call(tool) for tool in tools]}}
        call = closed({"action": {"type": "string", "enum": ["call"]}, "calls": calls})
        options += _turns(tools, quote, call) + _turns(tools, {"anyOf": [quote, _NOT_GIVEN]}, speak)
    definitions = {"$defs": {"quote": {"type": "string", "enum": list(quotes)}}} if quotes else {}
    return closed({"turn": {"anyOf": options}}) | definitions


def quotes_of(texts: Iterable[str]) -> list[str]:
    """Give the runs of words that stand in texts, as far as the schemas that servers take have room for them."""
    runs: dict[str, None] = {}
    for words in map(str.split, texts):
        for length in range(1, LONGEST_QUOTE + 1):
            starts = range(len(words) - length + 1)
            runs |= dict.fromkeys(" ".join(words[at : at + length]).strip(_MARKS) for at in starts)
    return [run for run in runs if run][:MOST_QUOTES]


def narrow(schema: dict[str, Any]) -> dict[str, Any]:
    """Reduce a schema to types, choices and members, and forbid members that it does not name."""
    kept: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    if "anyOf" in kept:
        kept["anyOf"] = [narrow(option) for option in kept["anyOf"]]
    if isinstance(schema.get("items"), dict):
        kept["items"] = narrow(schema["items"])
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        kept["properties"] = {name: narrow(field) for name, field in schema["properties"].items()}
        kept["additionalProperties"] = False
    return kept


def form_of(example: Json) -> dict[str, Any]:
    """Give the schema of all values that have the form of an example."""
    if isinstance(example, dict):
        return closed({key: form_of(value) for key, value in example.items()})
    if isinstance(example, list):
        items = {"items": form_of(example[0])} if example else {}
        return {"type": "array", "maxItems": max(MOST_ITEMS, len(example)), **items}
    return {"type": _TYPES[type(example)]} if example is not None else {}


def closed(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of an object that has all of these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _turns(tools: Iterable[Tool], value: dict[str, Any], step: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        closed({"thought": _thought(tool.name, tool.parameters.get("required") or (), value), "step": step})
        for tool in tools
    ]


def _thought(tool: str, required: Iterable[str], value: dict[str, Any]) -> dict[str, Any]:
    values = closed(dict.fromkeys(required, value))
    return closed({"goal": _STRING, "tool": {"type": "string", "enum": [tool]}, "values": values, "missing": _STRING})


def _call(tool: Tool) -> dict[str, Any]:
    return closed({"name": {"type": "string", "enum": [tool.name]}, "arguments": narrow(tool.parameters)})


def _fields(schema: dict[str, Any]) -> Iterable[str]:
    required = schema.get("required") or ()
    for name, field in (schema.get("properties") or {}).items():
        needed = "required" if name in required else "optional"
        default = f"Default: {as_json(field['default'])}." if field.get("default") is not None else ""
        words = " ".join(filter(None, [field.get("description"), default]))
        yield f"- {name} ({kind_of(field)}, {needed}){words and f': {words}'}"


def kind_of(schema: dict[str, Any]) -> str:
    """Say a type in short: "a" or "b"; list of string; {city: string, days?: integer}."""
    if schema.get("enum"):
        return " or ".join(map(as_json, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items') or {})}"
    if schema.get("type") == "object" and schema.get("properties"):
        required = schema.get("required") or ()
        members = (f"{n}{'' if n in required else '?'}: {kind_of(f)}" for n, f in schema["properties"].items())
        return f"{{{', '.join(members)}}}"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def as_json(value: Json) -> str:
    """Write a value as compact JSON."""
    return msgspec.json.encode(value).decode()
