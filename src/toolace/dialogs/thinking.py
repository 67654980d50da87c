"""Structured thoughts before the assistant's actions (ToolACE §2.2): what is wanted, which tool, which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from toolace.dialogs.speech import action, series, words_of
from toolace.formats.calls import render_value
from toolace.records import Api, Call, Message, Plan


def think(messages: Sequence[Message], plan: Plan, offered: Sequence[Api]) -> list[Message]:
    """Give the turns with a thought in each of the assistant: goal, tool, values with their origin, what is missing."""
    apis = {api.name: api for api in offered}
    thinking: list[Message] = []
    start = 0
    for number, message in enumerate(messages):
        if message.role != "assistant":
            thinking.append(message)
            continue
        if message.calls:
            before = messages[number - 1].role
            thought = " ".join(_of_call(call, start + n, plan, apis) for n, call in enumerate(message.calls))
            thought = f"{'The result leads on. ' if before == 'tool' else ''}{thought}"
            start += len(message.calls)
        else:
            thought = _of_words(messages, number, start, plan, apis)
        thinking.append(msgspec.structs.replace(message, thought=thought))
    return thinking


def _of_call(call: Call, index: int, plan: Plan, apis: Mapping[str, Api]) -> str:
    sources = {link.path: link.source for link in plan.links}
    values = []
    for name, value in call.arguments.items():
        source = sources.get(f"{index}.{name}")
        origin = f" (from the result of {plan.calls[int(source.split('.')[0])].name})" if source else ""
        values.append(f"{name} = {render_value(value)}{origin}")
    return (
        f"Goal: {action(apis[call.name].description)}. Tool: {call.name}. "
        f"Values: {'; '.join(values) or 'none needed'}. Missing: nothing."
    )


def _of_words(messages: Sequence[Message], number: int, start: int, plan: Plan, apis: Mapping[str, Api]) -> str:
    if messages[number - 1].role == "tool":
        failed = '"error"' in messages[number - 1].content[:9]
        return f"The tool {'failed' if failed else 'has answered'}. Action: tell the user."
    missing = [path.split(".", 1)[1] for path in plan.asked if path.startswith(f"{start}.")]
    if missing and number + 2 < len(messages) and messages[number + 2].calls:
        call = plan.calls[start]
        return (
            f"Goal: {action(apis[call.name].description)}. Tool: {call.name}. "
            f"Missing: {series([' '.join(words_of(name)) for name in missing])}. Action: ask for it."
        )
    return "No call fits here. Action: answer in words."
