"""Dialogs by three agents (ToolACE §2.2): they talk until the user has what was wished for, or a decision fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import msgspec

from toolace.config import Config
from toolace.dialogs.agents import Decision, assistant, say_again, tool, user
from toolace.dialogs.hints import hint_of
from toolace.dialogs.judging import Sketch
from toolace.dialogs.of_kind import fault_of_start, fault_of_whole
from toolace.dialogs.script import Outline
from toolace.dialogs.slots import filled, left_in, replaced, slots
from toolace.dialogs.speech import action, words_of
from toolace.llm.interface import Llm, Unanswered
from toolace.records import Call, Dialog, Message, Plan, Said, Verdict
from toolace.verification.plan import at, same
from toolace.verification.rules import verify
from toolace.verification.wording import implies, plain, stands

MAX_STEPS = 6
"""The assistant calls at most so often before it speaks."""
EARLY = {"arguments_complete", "calls_fit_schema", "values_grounded", "lengths_bounded", "no_repetition"}
"""Rules that look at calls before the tools answer: what they reject need not be played to its end."""
TRIES = 3
"""A turn of the user that lacks a value, or is the assistant's, is asked for anew."""
STYLES = [
    "short and direct",
    "polite, in full sentences",
    "chatty, tells why it is needed",
    "in a hurry, few words",
    "formal, as in a letter",
    "casual, all in lower case",
    "friendly, begins with a greeting",
    "as a question",
    "as an order",
    "thinks aloud",
]
_SERVES = re.compile(
    r"\b(?:(?:how|what) (?:can|may|could) i (?:help|assist|do for)|can i (?:help|assist)|let me know if you|"
    r"(?:happy|glad|here) to (?:help|assist)|would you like me to|i(?:'ll| will) (?:find|look|check|send|set|book) \w+ "
    r"for you|i can help you)\b|^(?:sure|certainly|of course)\b",
    re.IGNORECASE,
)
_ANSWERED_IN_SCRIPT = {"missing_parameter", "error_recovery"}
"""Kinds in which the user's next scripted turn answers a question of the assistant."""
_AT_LEAST = {"missing_parameter": 2, "multi_turn": 2}
"""Kinds that need so many turns of the user."""


class _OffError(Exception):
    """The dialog went wrong, and why."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


async def roll_out(llm: Llm, config: Config, sketch: Sketch) -> tuple[Dialog, Verdict]:
    """Let agents play what a sketch outlines; give the dialog, as far as it came, and whether it went well.

    Raises:
        ToolaceError: the endpoint is down or the budget spent.
    """
    stage = _Stage(llm, config, sketch)
    try:
        await stage.play()
    except _OffError as off:
        return stage.dialog(), off.verdict
    except Unanswered as error:
        return stage.dialog(), Verdict(False, "unanswered", str(error))
    return stage.dialog(), Verdict(True)


def serves(text: str) -> bool:
    """Whether a text of the user is what an assistant says: small models slip into that role."""
    return bool(_SERVES.search(text))


class Wish(NamedTuple):
    """What the user wants in a turn, with slots for the wordings of values that must stand in it, and these.

    `text` lists what is to be done, or is what the user says in the script (`scripted`), to be said in other words.
    """

    text: str
    slots: dict[str, str]
    scripted: bool = False


def wishes(outline: Outline, kind: str) -> list[Wish]:
    """Say what the user wants in each turn: what is to be done with which values, or the gist of what is said."""
    turns: list[tuple[str, list[int]]] = []
    index = 0
    for message in outline.messages:
        if message.role == "user":
            turns.append((message.content, []))
        for _ in message.calls:
            turns[-1][1].append(index)
            index += 1
    if kind in _ANSWERED_IN_SCRIPT:  # the calls of later turns and of second tries are not wished for
        turns = [(text, [] if n else calls[:1]) for n, (text, calls) in enumerate(turns)]
    told = [one.text for one in outline.plan.said if names_value(one, outline.core)]
    given = [slots(outline.plan.said, (words for words in told if stands(words, text))) for text, _ in turns]
    return [_wish(outline, calls, text, one) for (text, calls), one in zip(turns, given, strict=True)]


def names_value(said: Said, core: str) -> bool:
    """Whether words name a value; a whole sentence may only imply one, and other sentences need not imply it."""
    sentence = implies(said.text) and len(said.text) >= len(core) / 2
    return not sentence or isinstance(said.value, list | dict) or plain(said.text) == plain(str(said.value))


def _wish(outline: Outline, calls: Sequence[int], text: str, given: dict[str, str]) -> Wish:
    if not calls:
        return Wish(replaced(given, text), given, scripted=True)
    return Wish("\n".join(["Wanted:", *(_goal(outline, call, given) for call in calls)]), given)


def _goal(outline: Outline, index: int, given: dict[str, str]) -> str:
    call = outline.plan.calls[index]
    api = next(api for api in outline.offered if api.name == call.name)
    values = [
        f"{_label(one.path)}: {given.get(one.text, one.text) if names_value(one, outline.core) else one.value}"
        for one in outline.plan.said
        if one.path.startswith(f"{index}.")
    ]
    linked = [_label(one.path) for one in outline.plan.links if one.path.startswith(f"{index}.")]
    values += [f"{name}: the one just found" for name in linked]
    told = f" ({'; '.join(values)})" if values else ""
    return f"- {'then ' if linked else ''}{action(api.description)}{told}"


def _label(path: str) -> str:
    return " ".join(words_of(path.rpartition(".")[2]))


def _said(calls: Sequence[Call], script: Plan, told: str) -> list[Said]:
    """How the values of calls were worded, as far as they are those of the script."""
    said: dict[str, Said] = {}
    for index, call in enumerate(calls):
        for one in script.said:
            number, _, path = one.path.partition(".")
            meant = script.calls[int(number)].name == call.name and same(at(call.arguments, path), one.value)
            if meant and stands(one.text, told):
                said.setdefault(f"{index}.{path}", Said(f"{index}.{path}", one.value, one.text))
    return list(said.values())


class _Stage:
    """A dialog while it is played."""

    def __init__(self, llm: Llm, config: Config, sketch: Sketch) -> None:
        self.llm = llm
        self.config = config
        self.sketch = sketch
        self.apis = {api.name: api for api in sketch.outline.offered}
        self.messages = [message for message in sketch.dialog.messages if message.role == "system"]
        self.agreement: list[float] = []
        self.error = _first_error(sketch.outline.messages) if sketch.dialog.kind == "error_recovery" else ""
        self.style = Random(sketch.dialog.id).choice(STYLES)

    def dialog(self) -> Dialog:
        """What was played so far; the plan holds the calls that were decided on."""
        calls = [call for message in self.messages for call in message.calls]
        told = "\n".join(message.content for message in self.messages if message.role == "user")
        return msgspec.structs.replace(
            self.sketch.dialog,
            messages=list(self.messages),
            plan=Plan(calls, _said(calls, self.sketch.outline.plan, told)),
            provenance={"roles": "llm", "style": self.style, "agreement": self.agreement},
        )

    async def play(self) -> None:
        """Let the user speak until all wishes are told or the turns used up."""
        kind = self.sketch.dialog.kind
        wanted = wishes(self.sketch.outline, kind)
        untold, done = list(wanted), ""
        for _ in range(max(self.config.dialogs.turns, _AT_LEAST.get(kind, 1))):
            if done == "ask" and kind not in _ANSWERED_IN_SCRIPT:
                told = wanted[len(wanted) - len(untold) - 1]
                text = filled(told.slots, told.text)
                await self._speak(Wish(f"Answer the assistant's question. You had this in mind. {text}", {}))
            else:
                await self._speak(untold.pop(0))
            done = await self._respond()
            if not untold and (done != "ask" or kind in _ANSWERED_IN_SCRIPT):
                break
        _require("kind", fault_of_whole(kind, self.messages))

    async def _speak(self, wish: Wish) -> None:
        """Let the user say what is wished for."""
        words = list(wish.slots.values())
        for sample in range(TRIES):
            if wish.scripted:
                (text,) = await say_again(self.llm, "user", [wish.text], words, self.style, sample)
            else:
                text = await user(self.llm, wish.text, words, self.style, self.messages, sample)
            text = filled(wish.slots, text)
            lost = next((f"the user does not say {one!r}" for one in wish.slots if not stands(one, text)), None)
            slot = left_in(text)
            if not (lost or slot or serves(text)):
                break
        self.messages.append(Message("user", text))
        _require("wish_told", lost)
        _require("slots_filled", slot and f"the user says {slot}")
        _require("speaks_as_user", "the user speaks as the assistant" if serves(text) else None)

    async def _respond(self) -> str:
        """Let the assistant act until it speaks; give its last action."""
        for step in range(MAX_STEPS + 1):
            decision = await self._decide(may_call=step < MAX_STEPS and not self._all_called())
            if not decision.message.calls:
                break
            for call in decision.message.calls:
                result = await tool(self.llm, self.apis[call.name], call, self.messages, self.error)
                self.messages.append(Message("tool", msgspec.json.encode(result).decode(), name=call.name))
                self.error = ""
        return decision.action

    def _all_called(self) -> bool:
        """Whether the outline has no more calls, where the assistant may know: weak models call the same again."""
        made = sum(len(message.calls) for message in self.messages)
        return self.config.dialogs.hints and 0 < len(self.sketch.outline.plan.calls) <= made

    async def _decide(self, may_call: bool) -> Decision:
        """Let the assistant take one step on which its samples agree."""
        dialogs, steps, kind = self.config.dialogs, len(self.agreement), self.sketch.dialog.kind
        hint = hint_of(self.sketch.outline, kind, steps) if dialogs.hints else ""
        decision = await assistant(
            self.llm, self.sketch.dialog.tools, self.messages, dialogs.samples, dialogs.agreement, may_call, hint
        )
        self.agreement.append(round(decision.agreement, 3))
        if decision.agreement < dialogs.agreement:
            _require("self_consistency", f"{decision.agreement:.2f} agree to {decision.action}")
        self.messages.append(decision.message)
        if not steps:
            _require("kind", fault_of_start(kind, decision.action, len(decision.message.calls)))
        if decision.message.calls:
            rules = ["names_known", *(rule for rule in self.config.rules if rule in EARLY)]
            if not (verdict := verify(self.dialog(), rules)).ok:
                raise _OffError(verdict)
        return decision


def _require(rule: str, fault: str | None) -> None:
    if fault:
        raise _OffError(Verdict(False, rule, fault))


def _first_error(messages: Sequence[Message]) -> str:
    result = next(msgspec.json.decode(message.content) for message in messages if message.role == "tool")
    return str(result["error"])
