"""Mutations of what a dialog means, which no rule sees: each gives a dialog, or None where it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from random import Random

from mutations_of_calls import invented_optional
from mutations_of_dialogs import DialogMutation, pick, replaced, with_turn

from toolace.dialogs.values import draw
from toolace.records import Call, Dialog, Json, Message, Tool
from toolace.verification.conversation import json_of
from toolace.verification.structure import calls_of, leaves

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w,-]|\.\d)")
_NEVER_NEGATIVE = re.compile(r"price|total|rating|quantity|count|minutes|rooms|duration|distance|age|sets|size|people")
_SENSELESS = ["asdf jkl qwer", "lorem ipsum lorem", "zzz zzz zzz zzz", "xq7 %% pp xq7", "string string"]
_DECLINED = ["None of the available functions can do that.", "Sorry, no function here fits this request."]
_FAILED = "Unfortunately, it failed: The service is temporarily unavailable. Please try again later."


def invented_optional_that_matters(call: Call, tools: list[Tool], rng: Random) -> Call | None:
    """An optional argument that nobody asked for, with a value that changes what happens."""
    changed = invented_optional(call, tools, rng)
    if changed is None:
        return None
    name = next(name for name in changed.arguments if name not in call.arguments)
    schema = next(tool.parameters["properties"][name] for tool in tools if tool.name == call.name)
    usual = schema.get("default") == changed.arguments[name] or changed.arguments[name] is False
    return None if usual else changed


def declined_though_possible(dialog: Dialog, rng: Random) -> Dialog | None:
    """The assistant says that no tool fits, where it called one."""
    at = next((at for at, message in enumerate(dialog.messages) if message.calls), None)
    if at is None or dialog.messages[at - 1].role != "user":
        return None
    return replaced(dialog, [*dialog.messages[:at], Message("assistant", rng.choice(_DECLINED))])


def second_task_left_out(dialog: Dialog, rng: Random) -> Dialog | None:
    """The last of several calls is not made, and there the dialog ends."""
    at = pick(dialog, rng, lambda m: len(m.calls) > 1)
    if at is None:
        return None
    return replaced(dialog, with_turn(dialog.messages[: at + 1], at, calls=dialog.messages[at].calls[:-1]))


def telling_of_other_values(dialog: Dialog, rng: Random) -> Dialog | None:
    """The assistant tells another number than the result holds."""
    places = [
        (at, match)
        for at in _tellings(dialog)
        for match in _NUMBER.finditer(dialog.messages[at].content)
        if re.search(rf"(?<![\d.]){re.escape(match[0])}(?![\d.])", dialog.messages[at - 1].content)
    ]
    if not places:
        return None
    at, match = rng.choice(places)
    text = dialog.messages[at].content
    digit = rng.choice([digit for digit in "123456789" if digit != match[0][0]])
    return replaced(
        dialog, with_turn(dialog.messages, at, content=f"{text[: match.start()]}{digit}{text[match.start() + 1 :]}")
    )


def telling_of_the_opposite(dialog: Dialog, rng: Random) -> Dialog | None:
    """At the end, the assistant tells a failure as success or the other way round."""
    if len(dialog.messages) - 1 not in _tellings(dialog):
        return None
    told = "All set." if '"error"' in dialog.messages[-2].content[:9] else _FAILED
    return replaced(dialog, with_turn(dialog.messages, len(dialog.messages) - 1, content=told))


def result_of_another_request(dialog: Dialog, rng: Random) -> Dialog | None:
    """An argument that the result repeats is another one there, and so it is told."""
    schemas = {tool.name: tool.parameters.get("properties") or {} for tool in dialog.tools}
    values = [
        (name, value, schemas[call.name].get(name) or {})
        for call in calls_of(dialog)
        for name, value in call.arguments.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) > 1
    ]
    rng.shuffle(values)
    for name, value, schema in values:
        other = draw(schema, name, rng)
        if type(other) is type(value) and other != value and (mutant := _with_result(dialog, value, other)):
            return mutant
    return None


def result_senseless(dialog: Dialog, rng: Random) -> Dialog | None:
    """Words of a result become letters without a meaning, and so they are told."""
    given = json.dumps([call.arguments for call in calls_of(dialog)])
    words = [
        value
        for _, value in _results(dialog)
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z' ]{5,}", value) and value not in given
    ]
    return _with_result(dialog, rng.choice(words), rng.choice(_SENSELESS)) if words else None


def result_impossible(dialog: Dialog, rng: Random) -> Dialog | None:
    """A price, a duration or the like becomes negative, and so it is told."""
    values = [
        value
        for key, value in _results(dialog)
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and value > 0
        and _NEVER_NEGATIVE.search(key.lower())
    ]
    return _with_result(dialog, value := rng.choice(values), -value) if values else None


class Others:
    """Mutations that take parts of other dialogs."""

    def __init__(self, dialogs: Sequence[Dialog]) -> None:
        self.endings = [(d.messages[-3].calls[0].name, d.messages[-2:]) for d in dialogs if _ends_with_a_result(d)]

    def result_of_another_tool(self, dialog: Dialog, rng: Random) -> Dialog | None:
        """The last result and its telling are those of a call of another tool, under the name of this one."""
        if not _ends_with_a_result(dialog):
            return None
        name, (result, telling) = rng.choice(self.endings)
        if (
            name == dialog.messages[-2].name
            or "error" in result.content
            or result.content == dialog.messages[-2].content
        ):
            return None
        messages = with_turn(dialog.messages, len(dialog.messages) - 2, content=result.content)
        return replaced(dialog, with_turn(messages, len(messages) - 1, content=telling.content))


def _ends_with_a_result(dialog: Dialog) -> bool:
    """Of one call, with more in it than that all is well."""
    messages = dialog.messages
    return len(messages) > 3 and len(messages[-3].calls) == 1 and messages[-2].content.count(":") > 1


def _tellings(dialog: Dialog) -> list[int]:
    return [
        at
        for at, message in enumerate(dialog.messages)
        if message.role == "assistant" and message.content and dialog.messages[at - 1].role == "tool"
    ]


def _results(dialog: Dialog) -> Iterator[tuple[str, Json]]:
    """The values in the results, with their keys."""
    for message in dialog.messages:
        if message.role == "tool":
            yield from leaves(json_of(message.content))


def _with_result(dialog: Dialog, value: Json, other: Json) -> Dialog | None:
    """A result that holds `value` holds `other` instead, and so does what the assistant tells of it."""
    old = json.dumps(value, ensure_ascii=False)
    for at, message in enumerate(dialog.messages[:-1]):
        if message.role != "tool" or not re.search(rf"(?<=[:\[,]){re.escape(old)}(?=[,\]}}])", message.content):
            continue
        new = json.dumps(other, ensure_ascii=False)
        messages = with_turn(dialog.messages, at, content=message.content.replace(old, new))
        for number in range(at + 1, len(messages)):
            if messages[number].role == "user":
                break
            told = re.sub(rf"(?<!\w){re.escape(str(value))}(?!\w)", lambda _: str(other), messages[number].content)
            if messages[number].role == "assistant":
                messages = with_turn(messages, number, content=told)
        return replaced(dialog, messages)
    return None


TELLINGS: list[DialogMutation] = [telling_of_other_values, telling_of_the_opposite]
RESULTS: list[DialogMutation] = [result_of_another_request, result_senseless, result_impossible]
