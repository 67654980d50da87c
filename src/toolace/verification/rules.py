"""The rule layer of Dual-Layer Verification (ToolACE §2.3, Table 4): pure functions from a dialog to a reason or None.

A new rule is one function plus one line in `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from toolace.benchmarks.decontamination import TestSet, api_match, load, question_match
from toolace.dialogs.values import NUMBER_WORDS
from toolace.formats.calls import CallSyntaxError, parse, render
from toolace.records import Call, Dialog, Json, Verdict

_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
_NUMBER_WORDS = {word: float(i) for i, word in enumerate(NUMBER_WORDS)}
_WORD = re.compile(r"\w+")


def calls_parse(dialog: Dialog) -> str | None:
    """Every call is the same after printing and parsing: the model learns text that we can read back."""
    for calls in _calls(dialog):
        try:
            if parse(render(calls)) != calls:
                return f"{render(calls)} reads back as other calls"
        except CallSyntaxError as error:
            return str(error)
    return None


def calls_fit_schema(dialog: Dialog) -> str | None:
    """Names are in the tool list; arguments fit their JSON Schema, none unknown, none required missing."""
    tools = {tool.name: tool for tool in dialog.tools}
    if len(tools) < len(dialog.tools):
        return "two tools share a name"
    for call in _flat_calls(dialog):
        if call.name not in tools:
            return f"{call.name} is not in the tool list"
        schema = tools[call.name].parameters
        if unknown := set(call.arguments) - set(schema.get("properties", {})):
            return f"{call.name} has no argument {min(unknown)}"
        if error := _schema_error(msgspec.json.encode(schema), call.arguments):
            return f"{call.name}: {error}"
    return None


def values_grounded(dialog: Dialog) -> str | None:
    """Every argument value stands in an earlier turn, or the plan says how the user worded it and that stands there."""
    heard = ""
    for message in dialog.messages:
        if message.role != "assistant":
            heard += "\n" + message.content
            continue
        known = _Heard(heard, {(s.path, msgspec.json.encode(s.value)): s.text for s in dialog.plan.said})
        for index, call in enumerate(message.calls):
            for path, value in _leaves(call.arguments, str(index)):
                if not known.has(path, value):
                    return f"{path.split('.', 1)[-1]}={value!r} is in no earlier turn"
    return None


def agrees_with_plan(dialog: Dialog) -> str | None:
    """What was called is what the plan meant."""
    return None if list(_flat_calls(dialog)) == dialog.plan.calls else "the calls differ from the plan"


def decontaminated(dialog: Dialog) -> str | None:
    """No benchmark function is offered, no benchmark question asked."""
    test_set = _test_set()
    for tool in dialog.tools:
        if match := api_match(test_set, tool.name, tool.description):
            return f"{tool.name} is the test function {match}"
    for message in dialog.messages:
        if message.role == "user" and (match := question_match(test_set, message.content)):
            return f"the user asks the test question {match}"
    return None


RULES: dict[str, Callable[[Dialog], str | None]] = {
    "calls_parse": calls_parse,
    "calls_fit_schema": calls_fit_schema,
    "values_grounded": values_grounded,
    "agrees_with_plan": agrees_with_plan,
    "decontaminated": decontaminated,
}


def verify(dialog: Dialog, rules: list[str]) -> Verdict:
    """Apply the named rules in order; the first that fails decides."""
    for name in rules:
        if reason := RULES[name](dialog):
            return Verdict(False, name, reason)
    return Verdict(True)


class _Heard:
    """What was said so far, normalised for look-ups of values."""

    def __init__(self, text: str, said: dict[tuple[str, bytes], str]) -> None:
        self.text = _plain(text)
        self.words = set(_WORD.findall(self.text))
        self.numbers = {_number(n) for n in _NUMBER.findall(text)} | {
            _NUMBER_WORDS[w] for w in self.words if w in _NUMBER_WORDS
        }
        self.said = said

    def has(self, path: str, value: Json) -> bool:
        wording = self.said.get((path, msgspec.json.encode(value)))
        if wording is not None and _plain(wording) in self.text:
            return True
        if isinstance(value, list):
            return all(self.has(f"{path}.{i}", item) for i, item in enumerate(value))
        if isinstance(value, dict):
            return all(self.has(f"{path}.{key}", item) for key, item in value.items())
        if isinstance(value, bool) or value is None:
            return False
        if isinstance(value, int | float):
            return float(value) in self.numbers or abs(float(value)) in self.numbers
        return bool(_plain(value)) and f" {_plain(value)} " in f" {self.text} "


def _leaves(arguments: dict[str, Json], path: str) -> Iterator[tuple[str, Json]]:
    """Arguments with their paths; objects are walked, since the user words their members one by one."""
    for key, value in arguments.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower().replace("_", " ")))


def _number(token: str) -> float:
    try:
        return float(token.replace(",", ""))
    except ValueError:
        return float("nan")


def _calls(dialog: Dialog) -> Iterator[list[Call]]:
    return (message.calls for message in dialog.messages if message.calls)


def _flat_calls(dialog: Dialog) -> Iterator[Call]:
    return (call for calls in _calls(dialog) for call in calls)


@cache
def _test_set() -> TestSet:
    return load()


@lru_cache(maxsize=20_000)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.validator_for(msgspec.json.decode(schema))


def _schema_error(schema: bytes, arguments: dict[str, Json]) -> str | None:
    error = next(iter(_validator(schema).iter_errors(arguments)), None)
    return None if error is None else f"{'.'.join(map(str, error.instance_path))} {error.message}".strip()
