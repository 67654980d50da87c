"""The middle way: a scripted dialog of which a model rewords the user's turns, while every value survives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from toolace.dialogs.agents import say_again
from toolace.dialogs.judging import Sketch
from toolace.dialogs.rollout import STYLES, names_value, serves
from toolace.dialogs.slots import filled, left_in, replaced, slots
from toolace.dialogs.traits import content_words
from toolace.llm.interface import Llm, Unanswered
from toolace.records import Dialog, Message, Verdict
from toolace.verification.wording import implies, plain, stands

_DIGITS = re.compile(r"\d+")
_CODED = re.compile(r"\w[._]\w|[a-z][A-Z]|\w\d")
"""Marks names that people do not use of themselves: `find_hotel`, `checkIn`, `func_1`."""


def rewordable(sketch: Sketch) -> bool:
    """Whether each value has words of its own, which can be looked for in the new turns."""
    said, core = sketch.dialog.plan.said, sketch.outline.core
    return all(names_value(one, core) and (len(one.text) < len(core) / 2 or not implies(one.text)) for one in said)


async def reword(llm: Llm, dialog: Dialog) -> tuple[Dialog, Verdict]:
    """Ask for all turns of the user in other words; give the dialog with them, and whether values and names stand.

    Raises:
        ToolaceError: the endpoint is down or the budget spent.
    """
    places = [number for number, message in enumerate(dialog.messages) if message.role == "user"]
    turns = [dialog.messages[place].content for place in places]
    style = Random(dialog.id).choice(STYLES)
    given = slots(dialog.plan.said, _kept(dialog, turns))
    masked = [replaced(given, turn) for turn in turns]
    keep = [slot for slot in given.values() if any(slot in turn for turn in masked)]
    try:
        said = await say_again(llm, "rewording", masked, keep, style)
    except Unanswered as error:
        return dialog, Verdict(False, "unanswered", str(error))
    written = [filled(given, turn) for turn in said]
    messages = list(dialog.messages)
    for place, text in zip(places, written, strict=False):
        messages[place] = Message("user", text)
    provenance = {"roles": "reworded", "style": style}
    new = msgspec.structs.replace(dialog, messages=messages, provenance=provenance)
    for rule, fault in _faults(dialog, turns, written):
        return new, Verdict(False, rule, fault)
    return new, Verdict(True)


def _kept(dialog: Dialog, turns: Sequence[str]) -> Iterator[str]:
    """What must stand in the new turns: wordings of values, and names of tools that are spoken of."""
    for turn in turns:
        yield from (one.text for one in dialog.plan.said if stands(one.text, turn))
        yield from (tool.name for tool in dialog.tools if tool.name in turn)


def _faults(dialog: Dialog, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(new) != len(old):
        yield "turns_kept", f"{len(new)} turns for {len(old)}"
    if list(map(plain, new)) == list(map(plain, old)):
        yield "reworded", "every turn says the same as before"
    names = [name for tool in dialog.tools for name in (tool.name, *tool.parameters.get("properties", {}))]
    answers = [one.text for one in dialog.plan.said if one.path in dialog.plan.asked]
    for number, (before, after) in enumerate(zip(old, new, strict=False)):
        for text in _kept(dialog, [before]):
            if not stands(text, after):
                yield "values_kept", f"turn {number} of the user has lost {text!r}"
        if invented := set(_DIGITS.findall(after)) - set(_DIGITS.findall(before)):
            yield "values_kept", f"turn {number} of the user has gained {min(invented)}"
        if (slot := left_in(after)) and slot not in before:
            yield "slots_filled", f"turn {number} of the user has {slot}"
        if serves(after) and not serves(before):
            yield "speaks_as_user", f"turn {number} of the user speaks as the assistant"
        if (told := _topic(dialog, before)) and told.isdisjoint(content_words(after)):
            yield "wish_told", f"turn {number} of the user tells nothing of what is wanted"
        for name in names:
            if _CODED.search(name) and name in after and name not in before:
                yield "no_names", f"turn {number} of the user names {name}"
        for text in answers:
            if stands(text, after) and not stands(text, before):
                yield "values_kept", f"turn {number} of the user gives {text!r} before it is asked for"


def _topic(dialog: Dialog, turn: str) -> set[str]:
    """The words beside the values that tell what a turn is about, and those of the tools if it tells something."""
    values = content_words(" ".join(one.text for one in dialog.plan.said))
    called = {call.name for call in dialog.plan.calls}
    tools = " ".join(tool.description for tool in dialog.tools if tool.name in called)
    return own | content_words(tools) - values if (own := content_words(turn) - values) else set()
