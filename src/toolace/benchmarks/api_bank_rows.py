"""Reads API-Bank's test rows: a conversation up to a call or a response, the tools on offer, and what is expected."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from toolace.benchmarks import api_bank
from toolace.benchmarks.cases import Case
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call, Json, Message, Tool

SEARCH = "ToolSearcher"
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object"}
_TURN = re.compile(r"^(User|AI|API-Request): ?(.*)$")
_YEAR = Message("system", "The current year is 2023.")


class Row(NamedTuple):
    """A test row: the case, and the call or the response that is expected."""

    case: Case
    call: Call | None
    response: str


def read(category: str, file: str) -> Iterator[Row]:
    """Read the rows of a test file, in their order.

    What the assistant says right before it calls is left out: chat models write either.

    Raises:
        ToolaceError: the data was not fetched, or is damaged.
    """
    path = next(iter(sorted(_folder().rglob(file))), None)
    if path is None:
        raise ToolaceError(f"{_folder()} has no {file}; {api_bank.FETCH.format(folder=_folder())}")
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
        for number, row in enumerate(rows):
            expected = row["expected_output"] if "expected_output" in row else row["output"]
            called = expected.startswith("API-Request:")
            call = read_call(expected.removeprefix("API-Request:")) if called else None
            yield Row(_case(row, category, number), call, "" if called else expected)
    except (msgspec.MsgspecError, AttributeError, KeyError, TypeError, ValueError, CallSyntaxError) as error:
        raise ToolaceError(f"{path}: damaged ({error!r}); {api_bank.FETCH.format(folder=_folder())}") from error


def literal(value: Json) -> Json:
    """Read a list that stands in quotes, as in the gold calls; else give the value itself."""
    try:
        return ast.literal_eval(value) if isinstance(value, str) else value
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value


def _folder() -> Path:
    if folder := api_bank.data_folder():
        return folder
    raise ToolaceError(f"API-Bank's data is not here; {api_bank.FETCH.format(folder=api_bank.folder())}")


def _case(row: dict[str, Any], category: str, number: int) -> Case:
    messages = list(_messages(row["input"]))
    lines = f"{row['instruction']}\n{row['input']}".splitlines()
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    documents += [one for message in messages if message.name == SEARCH for one in _documents(message.content)]
    tools = {tool.name: tool for tool in map(_tool, documents)}
    return Case(f"{category}_{number}", category, [_YEAR, *messages], list(tools.values()))


def _messages(text: str) -> Iterator[Message]:
    turns = [match.groups() for line in text.splitlines() if (match := _TURN.match(line))]
    for (role, said), (following, _) in pairwise([*turns, ("API-Request", "")]):
        if role == "User":
            yield Message("user", said)
        elif role == "AI" and following != "API-Request":
            yield Message("assistant", said)
        elif role == "API-Request":
            written, _, result = said.partition("]->")
            call = read_call(f"{written}]")
            yield Message("assistant", calls=[call])
            yield Message("tool", _as_json(result), name=call.name)


def read_call(written: str) -> Call:
    """Read a gold call; lists stand there in quotes that do not fit: '['John', 'Jane']'."""
    (call,) = parse(written.strip().replace("='[", "=[").replace("]',", "],").replace("]')", "])"))
    return call


def _as_json(result: str) -> str:
    value = literal(result)
    if isinstance(value, dict) and value.keys() >= {"api_name", "output"}:  # as level 3 writes results down
        value = value["output"]
    return json.dumps(value, default=str)


def _documents(result: str) -> list[dict[str, Any]]:
    found = json.loads(result)
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict) and "name" in one]


def _tool(document: dict[str, Any]) -> Tool:
    """Read a tool's document, which level 3 spells in another way."""
    parameters = document["input_parameters"] if "name" in document else document["parameters"]
    fields = {name: _field(one) for name, one in parameters.items()}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return Tool(document["name"] if "name" in document else document["apiCode"], document["description"], schema)


def _field(field: dict[str, Any]) -> dict[str, Json]:
    kind = field["type"]
    if kind.startswith("list"):
        items = {"items": {"type": "string"}} if kind == "list(str)" else {}
        return {"type": "array", **items, "description": field["description"]}
    return {"type": _TYPES[kind], "description": field["description"]}
