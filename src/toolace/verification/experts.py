"""The model layer of Dual-Layer Verification (ToolACE §2.3): experts, each a prompt that looks for one kind of fault.

A new expert is one prompt (`prompts/expert_NAME.jinja`) plus one line in `EXPERTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import msgspec

from toolace.dialogs.agents import today_of, transcript
from toolace.dialogs.schemas import as_json, describe
from toolace.llm.interface import Llm
from toolace.llm.prompts import prompt
from toolace.records import Call, Dialog, Json, Message, Tool, Verdict
from toolace.verification.dates import first_day
from toolace.verification.numbers import numbers
from toolace.verification.structure import calls_of, leaves
from toolace.verification.wording import plain, stands, states

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DIGITS = re.compile(r"\d+")

Sight = dict[str, str]
"""The values of a prompt: what an expert sees of a dialog."""


class Opinion(msgspec.Struct, frozen=True):
    """What an expert answers: the reason comes first, for small models make up their mind while they write.

    `span` is the offending text, word for word; empty if there is none. Small models that have to quote before they
    judge leave it empty and object all the same.
    """

    reason: str
    ok: bool
    span: str


def values_in_doubt(dialog: Dialog) -> Sight | None:
    """For the hallucination expert: the values that stand in no earlier turn as they are, and what was said till then.

    None where there are no such values: most dialogs need not be asked about.
    """
    calls = {as_json(call): values for call, values in _ungiven(dialog) if values}
    if not calls:
        return None
    last = max(at for at, message in enumerate(dialog.messages) if message.calls)
    said = [message for message in dialog.messages[:last] if not message.calls]
    lines = ("\n".join([call, *(f"- {name} = {as_json(value)}" for name, value in calls[call])]) for call in calls)
    return _sight(said, _called(dialog)) | {"values": "\n".join(lines)}


def request_and_calls(dialog: Dialog) -> Sight:
    """For the consistency expert: all turns and all tools, of the called ones also the arguments that were used."""
    called = {tool.name: tool for tool in _called(dialog)}
    return _sight(dialog.messages, [called.get(tool.name, _without_parameters(tool)) for tool in dialog.tools])


def results_and_telling(dialog: Dialog) -> Sight | None:
    """For the tool-response expert: all turns, what the called tools do, and the numbers told that nobody gave.

    None where nothing was returned.
    """
    if not any(message.role == "tool" for message in dialog.messages):
        return None
    unheard = {"unheard": ", ".join(dict.fromkeys(_unheard(dialog)))}
    return _sight(dialog.messages, [_without_parameters(tool) for tool in _called(dialog)]) | unheard


EXPERTS: dict[str, Callable[[Dialog], Sight | None]] = {
    "hallucination": values_in_doubt,
    "consistency": request_and_calls,
    "tool_response": results_and_telling,
}


async def judge(dialog: Dialog, llm: Llm, names: Sequence[str], votes: int) -> Verdict:
    """Ask the named experts in order, each at most `votes` times; the first whose majority objects decides.

    The votes come one after another: most often a majority needs fewer of them, and the endpoint still has the prompt
    in its cache. Dialogs are what runs side by side.

    Raises:
        Unanswered: an expert gave no answer that fits.
        ToolaceError: the endpoint is down or the budget spent.
    """
    for name in names:
        sight = EXPERTS[name](dialog)
        if sight and (reason := await _objection(name, sight, llm, votes)):
            return Verdict(False, f"expert_{name}", reason)
    return Verdict(True)


async def _objection(name: str, sight: Sight, llm: Llm, votes: int) -> str | None:
    """What the majority objects to. Objections to what does not stand in the dialog are void: they do not count."""
    shown = f" {plain(sight['conversation'])} {plain(sight.get('values', ''))} "
    messages = prompt(f"expert_{name}", **sight)
    objections: list[str] = []
    for sample in range(votes):
        opinion = await llm.ask("expert", messages, Opinion, sample=sample)
        span = plain(opinion.span)
        if not opinion.ok and span and f" {span} " in shown:
            objections.append(f"{opinion.span}: {opinion.reason}")
        if len(objections) * 2 > votes:
            return objections[0]
        if (len(objections) + votes - sample - 1) * 2 <= votes:
            return None
    return None


def _unheard(dialog: Dialog) -> Iterator[str]:
    """Numbers that the assistant tells and nobody gave; small ones may count what is told."""
    heard: set[str] = set()
    for message in dialog.messages:
        told = {number: _plainest(number) for number in _NUMBER.findall(message.content)}
        if message.role == "assistant" and heard:
            yield from (number for number, plainest in told.items() if len(plainest) > 1 and plainest not in heard)
        heard.update(told.values(), map(_plainest, _DIGITS.findall(message.content)))


def _plainest(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    return f"{whole.lstrip('0')}.{part}".rstrip("0").rstrip(".") if part else whole.lstrip("0")


def _ungiven(dialog: Dialog) -> Iterator[tuple[Call, list[tuple[str, Json]]]]:
    """Each call with those of its values that stand in no earlier turn, and the names of their arguments."""
    said, today = "", first_day(today_of(dialog.messages))
    for message in dialog.messages:
        if message.role != "assistant":
            said = f"{said}\n{message.content}"
        for call in message.calls:
            yield call, [leaf for leaf in leaves(call.arguments) if not _stands(leaf[1], said, today)]


def _stands(value: Json, said: str, today: date | None) -> bool:
    if isinstance(value, str):
        return (bool(value) and stands(value, said)) or bool(states(said, value, today))
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value) in numbers(said)


def _sight(messages: Sequence[Message], tools: Sequence[Tool]) -> Sight:
    spoken = [msgspec.structs.replace(message, thought="") for message in messages]
    return {"tools": describe(tools), "today": today_of(messages), "conversation": transcript(spoken)}


def _called(dialog: Dialog) -> list[Tool]:
    """The tools that are called, with the parameters that are used alone: definitions of services are long."""
    used: dict[str, set[str]] = {}
    for call in calls_of(dialog):
        used.setdefault(call.name, set()).update(call.arguments)
    return [_narrowed(tool, used[tool.name]) for tool in dialog.tools if tool.name in used]


def _without_parameters(tool: Tool) -> Tool:
    return _narrowed(tool, set())


def _narrowed(tool: Tool, names: set[str]) -> Tool:
    fields = tool.parameters.get("properties") or {}
    kept = {name: field for name, field in fields.items() if name in names}
    return msgspec.structs.replace(tool, parameters={**tool.parameters, "properties": kept})
