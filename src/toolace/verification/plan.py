"""Rules that compare a dialog with its plan: what was meant, how it was worded, where values come from."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from toolace.records import Dialog, Json
from toolace.verification.conversation import json_of
from toolace.verification.structure import calls_of
from toolace.verification.wording import plain


def agrees_with_plan(dialog: Dialog) -> str | None:
    """What was called is what the plan meant."""
    return None if same(list(calls_of(dialog)), dialog.plan.calls) else "the calls differ from the plan"


def values_as_said(dialog: Dialog) -> str | None:
    """Each argument has the value that the user worded for it: none is swapped with another, changed or left out."""
    arguments = [call.arguments for call in calls_of(dialog)]
    for said in dialog.plan.said:
        if not same(at(arguments, said.path), said.value):
            return f"{said.path} is not {said.value!r}, which the user worded as {said.text!r}"
    return None


def links_traced(dialog: Dialog) -> str | None:
    """Each value that depends on an earlier result is what that result holds."""
    if not dialog.plan.links:
        return None
    steps = _steps(dialog)
    arguments = [step.arguments for step in steps]
    for link in dialog.plan.links:
        if not same(at(arguments, link.path), link.value):
            return f"{link.path} is not {link.value!r} from {link.source}"
        source, target = _index(link.source), _index(link.path)
        earlier = steps[source].answered_at if source < len(steps) else None
        if earlier is None or earlier > steps[target].called_at:
            return f"{link.path} comes from {link.source}, which is not known yet"
        if not same(at([step.result for step in steps], link.source), link.value):
            return f"{link.source} does not hold {link.value!r}"
    return None


def missing_asked_for(dialog: Dialog) -> str | None:
    """An argument that the user left out at first is asked for, and only called with after the user's answer."""
    if not dialog.plan.asked:
        return None
    steps, wordings = _steps(dialog), {said.path: said.text for said in dialog.plan.said}
    for path in dialog.plan.asked:
        if _index(path) >= len(steps):
            continue
        called_at = steps[_index(path)].called_at
        answers = [
            plain(dialog.messages[number].content)
            for number in range(2, called_at)
            if dialog.messages[number].role == "user" and dialog.messages[number - 1].content
        ]
        if not any(f" {plain(wordings.get(path, ''))} " in f" {answer} " for answer in answers):
            return f"{path} was not given in answer to a question"
    return None


def at(value: Json, path: str) -> Json:
    """What stands at a dotted path, `MISSING` where nothing does; keys may hold dots themselves."""
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        inside = value[int(head)] if head.isdigit() and int(head) < len(value) else MISSING
        return at(inside, rest) if rest else inside
    if not isinstance(value, dict):
        return MISSING
    if path in value:
        return value[path]
    for key in value:
        if path.startswith(f"{key}.") and (inside := at(value[key], path[len(key) + 1 :])) is not MISSING:
            return inside
    return MISSING


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same JSON: True is not 1."""
    return one is not MISSING and other is not MISSING and msgspec.json.encode(one) == msgspec.json.encode(other)


MISSING = object()


class _Step(NamedTuple):
    """A call with its result and the turns in which they stand."""

    arguments: dict[str, Json]
    called_at: int
    result: Json
    answered_at: int | None


def _steps(dialog: Dialog) -> list[_Step]:
    steps: list[_Step] = []
    for number, message in enumerate(dialog.messages):
        for position, call in enumerate(message.calls):
            answer = number + 1 + position
            answered = answer < len(dialog.messages) and dialog.messages[answer].role == "tool"
            result = json_of(dialog.messages[answer].content) if answered else None
            steps.append(_Step(call.arguments, number, result, answer if answered else None))
    return steps


def _index(path: str) -> int:
    return int(path.partition(".")[0])
