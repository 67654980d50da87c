"""Mutations of the turns of a dialog for the corruption benchmark: each gives a dialog, or None where it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

import msgspec

from toolace.benchmarks.bfcl import load_cases
from toolace.records import Call, Dialog, Message, Tool

DialogMutation = Callable[[Dialog, Random], Dialog | None]


def call_dropped(dialog: Dialog, rng: Random) -> Dialog | None:
    """With its result, where it has one."""
    at = pick(dialog, rng, lambda m: len(m.calls) > 1)
    if at is None:
        return None
    gone = rng.randrange(len(dialog.messages[at].calls))
    calls = [call for index, call in enumerate(dialog.messages[at].calls) if index != gone]
    messages = with_turn(dialog.messages, at, calls=calls)
    if at + 1 < len(messages):
        del messages[at + 1 + gone]
    return replaced(dialog, messages)


def call_duplicated(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: bool(m.calls))
    if at is None:
        return None
    calls = dialog.messages[at].calls
    again = rng.randrange(len(calls))
    messages = with_turn(dialog.messages, at, calls=[*calls, calls[again]])
    if at + 1 < len(messages):
        messages.insert(at + 1 + len(calls), messages[at + 1 + again])
    return replaced(dialog, messages)


def calls_reordered(dialog: Dialog, rng: Random) -> Dialog | None:
    """The results stay where they are."""
    at = pick(dialog, rng, lambda m: len(m.calls) > 1)
    if at is None:
        return None
    calls = rng.sample(dialog.messages[at].calls, len(dialog.messages[at].calls))
    return replaced(dialog, with_turn(dialog.messages, at, calls=calls)) if calls != dialog.messages[at].calls else None


def values_swapped_between_calls(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: len(m.calls) > 1)
    if at is None:
        return None
    calls = list(dialog.messages[at].calls)
    one, other = sorted(rng.sample(range(len(calls)), 2))
    keys = [
        k for k, v in calls[one].arguments.items() if k in calls[other].arguments and calls[other].arguments[k] != v
    ]
    if calls[one].name != calls[other].name or not keys:
        return None
    key = rng.choice(keys)
    first, second = calls[one].arguments, calls[other].arguments
    calls[one] = Call(calls[one].name, first | {key: second[key]})
    calls[other] = Call(calls[other].name, second | {key: first[key]})
    if {msgspec.json.encode(call) for call in calls} == {msgspec.json.encode(c) for c in dialog.messages[at].calls}:
        return None  # the same calls in another order
    return replaced(dialog, with_turn(dialog.messages, at, calls=calls))


def broken_chain(dialog: Dialog, rng: Random) -> Dialog | None:
    """The argument of a link is another value than the earlier result holds."""
    if not dialog.plan.links:
        return None
    link = rng.choice(dialog.plan.links)
    index, _, key = link.path.partition(".")
    if isinstance(link.value, str) and len(link.value) > 1:
        value = "".join(rng.sample(link.value, len(link.value)))
    else:
        value = link.value + rng.choice([1, -1, 10]) if isinstance(link.value, int | float) else None
    if value is None or value == link.value:
        return None
    messages, count = list(dialog.messages), 0
    for at, message in enumerate(messages):
        if count <= int(index) < count + len(message.calls):
            call = message.calls[int(index) - count]
            if key not in call.arguments:
                return None
            changed = Call(call.name, call.arguments | {key: value})
            calls = [changed if other is call else other for other in message.calls]
            return replaced(dialog, with_turn(messages, at, calls=calls))
        count += len(message.calls)
    return None


def called_before_the_answer(dialog: Dialog, rng: Random) -> Dialog | None:
    """The assistant does not ask for what is missing: question and answer are gone, the call is the same."""
    if not dialog.plan.asked:
        return None
    at = pick(dialog, rng, lambda m: m.role == "assistant" and not m.calls, until=len(dialog.messages) - 1)
    if at is None or dialog.messages[at + 1].role != "user" or at + 2 >= len(dialog.messages):
        return None
    if not dialog.messages[at + 2].calls:
        return None
    return replaced(dialog, [*dialog.messages[:at], *dialog.messages[at + 2 :]])


def value_never_given(dialog: Dialog, rng: Random) -> Dialog | None:
    """The user leaves out the words for one value, and the assistant calls with it all the same."""
    said = [one for one in dialog.plan.said if len(one.text.split()) < 4]
    if not said:
        return None
    words = rng.choice(said).text
    messages = [
        msgspec.structs.replace(m, content=re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", "it", m.content))
        for m in dialog.messages
    ]
    return replaced(dialog, messages) if messages != dialog.messages else None


def result_of_another_tool(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role == "tool")
    names = [tool.name for tool in dialog.tools if at is not None and tool.name != dialog.messages[at].name]
    return (
        replaced(dialog, with_turn(dialog.messages, at, name=rng.choice(names))) if at is not None and names else None
    )


def result_missing(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role == "tool")
    return None if at is None else replaced(dialog, [*dialog.messages[:at], *dialog.messages[at + 1 :]])


def result_not_json(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role == "tool" and len(m.content) > 4)
    if at is None:
        return None
    text = dialog.messages[at].content
    return replaced(
        dialog, with_turn(dialog.messages, at, content=rng.choice([text[:-1], text.replace('"', "'"), "done"]))
    )


def roles_reordered(dialog: Dialog, rng: Random) -> Dialog | None:
    at = rng.randrange(len(dialog.messages) - 1)
    messages = list(dialog.messages)
    if messages[at].role == messages[at + 1].role:
        return None
    messages[at], messages[at + 1] = messages[at + 1], messages[at]
    return replaced(dialog, messages)


def last_turn_lost(dialog: Dialog, rng: Random) -> Dialog | None:
    """What is left would end with the user or with a result."""
    return replaced(dialog, dialog.messages[:-1])


def answer_empty(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role == "assistant")
    if at is None:
        return None
    return replaced(dialog, with_turn(dialog.messages, at, content=rng.choice(["", " \n"]), calls=[]))


def call_written_as_text(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: bool(m.calls))
    if at is None:
        return None
    call = dialog.messages[at].calls[0]
    text = rng.choice([f"[{call.name}(a=1)]", f'<tool_call>{{"name": "{call.name}", "arguments": {{}}}}</tool_call>'])
    return replaced(dialog, with_turn(dialog.messages, at, content=text, calls=[]))


def tool_broken(dialog: Dialog, rng: Random) -> Dialog | None:
    """A definition that is no JSON Schema, lacks something, or has the name of another."""
    at = rng.randrange(len(dialog.tools))
    tool = dialog.tools[at]
    broken = [
        Tool(tool.name, "", tool.parameters),
        Tool(tool.name, tool.description, {**tool.parameters, "type": "dict"}),
        Tool(tool.name, tool.description, {**tool.parameters, "required": ["no_such_argument"]}),
        Tool(tool.name, tool.description, {"type": "object", "properties": {"a": {"type": "strng"}}}),
    ]
    chosen = rng.choice(broken)
    if rng.random() < 0.2:
        return msgspec.structs.replace(dialog, tools=[*dialog.tools, tool])
    return msgspec.structs.replace(dialog, tools=[*dialog.tools[:at], chosen, *dialog.tools[at + 1 :]])


class TestSet:
    """Mutations with items of BFCL, which are read once."""

    def __init__(self) -> None:
        self.cases = load_cases(
            {"simple_python": None, "multiple": None, "parallel": None, "irrelevance": None}, seed=0
        )

    def test_question_asked(self, dialog: Dialog, rng: Random) -> Dialog | None:
        """As it is, or with a few words changed."""
        words = rng.choice(self.cases).messages[-1].content.split(" ")
        if len(words) > 8 and rng.random() < 0.5:
            words = ["Hi,", *words[: len(words) // 2], "please", *words[len(words) // 2 :]]
        return replaced(dialog, [Message("user", " ".join(words)), *dialog.messages[1:]])

    def test_function_offered(self, dialog: Dialog, rng: Random) -> Dialog | None:
        tool = rng.choice(self.cases).tools[0]
        if rng.random() < 0.5:
            tool = msgspec.structs.replace(tool, name="renamed_" + tool.name.replace(".", "_"))
        return msgspec.structs.replace(dialog, tools=[*dialog.tools, tool])


def pick(dialog: Dialog, rng: Random, fits: Callable[[Message], bool], until: int | None = None) -> int | None:
    places = [at for at, message in enumerate(dialog.messages[:until]) if fits(message)]
    return rng.choice(places) if places else None


def with_turn(messages: Sequence[Message], at: int, **changes: object) -> list[Message]:
    return [*messages[:at], msgspec.structs.replace(messages[at], **changes), *messages[at + 1 :]]


def replaced(dialog: Dialog, messages: Sequence[Message]) -> Dialog:
    return msgspec.structs.replace(dialog, messages=list(messages))


STRUCTURAL: list[DialogMutation] = [
    call_duplicated,
    result_of_another_tool,
    result_missing,
    result_not_json,
    roles_reordered,
    last_turn_lost,
    answer_empty,
    call_written_as_text,
    tool_broken,
]
VALUES: list[DialogMutation] = [
    call_dropped,
    calls_reordered,
    values_swapped_between_calls,
    broken_chain,
    called_before_the_answer,
    value_never_given,
]
