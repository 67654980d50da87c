"""Mutations of one call of a dialog for the corruption benchmark: each gives another call, or None where it cannot."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from toolace.dialogs.values import draw
from toolace.records import Call, Json, Tool

Leaf = tuple[tuple[str, ...], Json, dict[str, Any]]
"""Keys, value and schema of an argument or a member of one."""
CallMutation = Callable[[Call, list[Tool], Random], Call | None]


def unknown_name(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    at = rng.randrange(len(call.name))
    letters = rng.choice([call.name + "_v2", call.name[:at] + call.name[at + 1 :], "get_" + call.name])
    return Call(letters, call.arguments) if letters not in {tool.name for tool in tools} else None


def name_of_another_tool(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    others = [tool.name for tool in tools if tool.name != call.name]
    return Call(rng.choice(others), call.arguments) if others else None


def missing_required(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    required = [name for name in _schema(call, tools).get("required") or () if name in call.arguments]
    if not required:
        return None
    gone = rng.choice(required)
    return Call(call.name, {key: value for key, value in call.arguments.items() if key != gone})


def extra_argument(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    name, value = rng.choice([("verbose", True), ("limit_to", 5), ("output_format", "json")])
    known = _schema(call, tools).get("properties", {})
    return None if name in known else Call(call.name, {**call.arguments, name: value})


def wrong_type(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    def change(value: Json, schema: dict[str, Any]) -> Json:
        if isinstance(value, str):
            return rng.choice([7, [value], {"value": value}])
        return str(value) if isinstance(value, int | float) else "none"

    return _change(call, tools, rng, lambda leaf: isinstance(leaf[2].get("type"), str), change)


def enum_violation(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    def change(value: Json, schema: dict[str, Any]) -> Json:
        return rng.choice(["unspecified", f"{value}_x", "other", str(value).upper() + "S"])

    return _change(call, tools, rng, lambda leaf: isinstance(leaf[1], str) and "enum" in leaf[2], change)


def format_violation(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    formats = ("date", "date-time", "uuid", "email", "ipv4", "uri")

    def change(value: Json, schema: dict[str, Any]) -> Json:
        return rng.choice([f"{value}?!", str(value)[:-3] + "xx", "soon", f"the {value}"])

    return _change(call, tools, rng, lambda leaf: leaf[2].get("format") in formats or "pattern" in leaf[2], change)


def out_of_bounds(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    def change(value: Json, schema: dict[str, Any]) -> Json:
        if isinstance(value, list):
            return value * 20 if "maxItems" in schema else []
        return (
            schema["maximum"] + rng.choice([1, 50]) if "maximum" in schema else schema["minimum"] - rng.choice([1, 50])
        )

    def bounded(leaf: Leaf) -> bool:
        if isinstance(leaf[1], list):
            return "maxItems" in leaf[2] or leaf[2].get("minItems", 0) > 0
        return not isinstance(leaf[1], str | bool) and bool({"minimum", "maximum"} & set(leaf[2]))

    return _change(call, tools, rng, bounded, change)


def invented_string(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    return _redrawn(
        call, tools, rng, lambda leaf: isinstance(leaf[1], str) and "enum" not in leaf[2] and not _dated(leaf)
    )


def invented_number(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    return _redrawn(call, tools, rng, lambda leaf: isinstance(leaf[1], int | float) and not isinstance(leaf[1], bool))


def invented_date_or_time(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    def change(value: Json, schema: dict[str, Any]) -> Json:
        digits = [at for at, letter in enumerate(value) if letter.isdigit()]
        at = digits[-1] if value[digits[-1]] in "012345678" else digits[0]
        return value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]

    return _change(call, tools, rng, _dated, change)


def another_of_the_enum(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    return _redrawn(call, tools, rng, lambda leaf: isinstance(leaf[1], str) and len(leaf[2].get("enum", ())) > 1)


def flipped_boolean(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    return _change(call, tools, rng, lambda leaf: isinstance(leaf[1], bool), lambda value, _: not value)


def invented_list_item(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    def change(value: Json, schema: dict[str, Any]) -> Json:
        item = draw(schema.get("items") or {}, "item", rng)
        return [*value[:-1], item] if item not in value else value

    def flat(leaf: Leaf) -> bool:
        return isinstance(leaf[1], list) and bool(leaf[1]) and not isinstance(leaf[1][0], dict | list)

    return _change(call, tools, rng, flat, change)


def invented_optional(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    schema = _schema(call, tools)
    free = [
        name
        for name, field in schema.get("properties", {}).items()
        if name not in call.arguments and field.get("type") in ("string", "integer", "number", "boolean")
    ]
    if not free:
        return None
    name = rng.choice(free)
    return Call(call.name, {**call.arguments, name: draw(schema["properties"][name], name, rng)})


def swapped_values(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    leaves = list(_leaves(call.arguments, _schema(call, tools)))
    pairs = [
        (one, other)
        for one in leaves
        for other in leaves
        if one[0] < other[0]
        and type(one[1]) is type(other[1])
        and one[1] != other[1]
        and not isinstance(one[1], bool)
        and one[2].get("enum") == other[2].get("enum")
    ]
    if not pairs:
        return None
    one, other = rng.choice(pairs)
    return Call(call.name, _set(_set(call.arguments, one[0], other[1]), other[0], one[1]))


def _schema(call: Call, tools: list[Tool]) -> dict[str, Any]:
    return next(tool.parameters for tool in tools if tool.name == call.name)


def _dated(leaf: Leaf) -> bool:
    value = leaf[1]
    return (
        isinstance(value, str)
        and len(value) in (5, 7, 10, 20)
        and value[:2].isdigit()
        and value[-2:].strip("Z0123456789") == ""
        and ("-" in value or ":" in value)
    )


def _redrawn(call: Call, tools: list[Tool], rng: Random, fits: Callable[[Leaf], bool]) -> Call | None:
    """Another value that the schema allows, as plausible as the one that was meant."""
    leaves = [leaf for leaf in _leaves(call.arguments, _schema(call, tools)) if fits(leaf)]
    if not leaves:
        return None
    keys, value, schema = rng.choice(leaves)
    for _ in range(20):
        other = draw(schema, keys[-1], rng)
        if type(other) is type(value) and other != value:
            return Call(call.name, _set(call.arguments, keys, other))
    return None


def _change(
    call: Call,
    tools: list[Tool],
    rng: Random,
    fits: Callable[[Leaf], bool],
    change: Callable[[Json, dict[str, Any]], Json],
) -> Call | None:
    leaves = [leaf for leaf in _leaves(call.arguments, _schema(call, tools)) if fits(leaf)]
    if not leaves:
        return None
    keys, value, schema = rng.choice(leaves)
    changed = change(value, schema)
    return Call(call.name, _set(call.arguments, keys, changed)) if changed != value else None


def _leaves(value: Json, schema: dict[str, Any], keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    for key, inner in value.items():
        field = (schema.get("properties") or {}).get(key) or {}
        if isinstance(inner, dict):
            yield from _leaves(inner, field, (*keys, key))
        else:
            yield (*keys, key), inner, field


def _set(arguments: dict[str, Json], keys: tuple[str, ...], value: Json) -> dict[str, Json]:
    changed = inner = copy.deepcopy(arguments)
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return changed


STRUCTURAL: list[CallMutation] = [
    unknown_name,
    name_of_another_tool,
    missing_required,
    extra_argument,
    wrong_type,
    enum_violation,
    format_violation,
    out_of_bounds,
]
VALUES: list[CallMutation] = [
    invented_string,
    invented_number,
    invented_date_or_time,
    another_of_the_enum,
    flipped_boolean,
    invented_list_item,
    invented_optional,
    swapped_values,
]
