"""The three agents of ToolACE §2.2, each a question to a model: user, assistant and tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import msgspec

from toolace.dialogs.cast import show
from toolace.dialogs.results import result_of
from toolace.dialogs.schemas import as_json, closed, describe, form_of, kind_of, quotes_of, turn_schema
from toolace.llm.interface import Llm, Unanswered
from toolace.llm.prompts import prompt
from toolace.records import Api, Call, Json, Message, Tool


class Utterance(msgspec.Struct, frozen=True):
    """What the user says next."""

    message: str


class Reworded(msgspec.Struct, frozen=True):
    """The user's turns in other words."""

    turns: list[str]


class Thought(msgspec.Struct, frozen=True):
    """What the assistant thinks before it acts (formalized thinking)."""

    goal: str
    tool: str
    values: dict[str, str]
    """For each parameter that the tool requires: what was said of it."""
    missing: str


class Step(msgspec.Struct, frozen=True):
    """What the assistant does: call; or ask, summarise or answer in words."""

    action: str
    calls: list[Call] = []
    content: str = ""


class Turn(msgspec.Struct, frozen=True):
    """A turn of the assistant."""

    thought: Thought
    step: Step


class Reply(msgspec.Struct, frozen=True):
    """What the assistant answers."""

    turn: Turn


class Result(msgspec.Struct, frozen=True):
    """What a tool returns."""

    result: Json


class Decision(NamedTuple):
    """What the samples of one action agree on, and the share that does of those that were asked for."""

    action: str
    message: Message
    agreement: float


async def user(
    llm: Llm, wish: str, words: Sequence[str], style: str, messages: Sequence[Message], sample: int = 0
) -> str:
    """Say in some style what the user wishes, after what was said; `words` are to stand in it as they are."""
    spoken = transcript([m for m in messages if m.role in ("user", "assistant") and m.content])
    asked = prompt("user", wish=wish, words=words, style=style, conversation=spoken)
    return (await llm.ask("user", asked, Utterance, sample=sample)).message.strip()


async def say_again(
    llm: Llm, role: str, turns: Sequence[str], keep: Sequence[str], style: str, sample: int = 0
) -> list[str]:
    """Say the user's turns in other words, of some style; `keep` are words that are to stand in them as they are."""
    listed = {"type": "array", "minItems": len(turns), "maxItems": len(turns), "items": {"type": "string"}}
    asked = prompt("reword", turns=turns, keep=keep, style=style)
    reply = await llm.ask(role, asked, Reworded, schema=closed({"turns": listed}), sample=sample)
    return [turn.strip() for turn in reply.turns]


async def assistant(
    llm: Llm,
    tools: Sequence[Tool],
    messages: Sequence[Message],
    samples: int,
    agreement: float,
    may_call: bool = True,
    hint: str = "",
) -> Decision:
    """Decide on the next action up to `samples` times; the most frequent decision is taken (self-consistency).

    No more samples are asked for than it takes to know whether a share of `agreement` decides the same.
    `hint` tells what the outline of the dialog knows, such as that no tool fits.
    The samples come one after another: the endpoint still has the prompt in its cache. Dialogs run side by side.

    Raises:
        Unanswered: no sample is an answer.
    """
    answered = messages[-1].role == "tool"
    asked = prompt(
        "assistant",
        tools=describe(tools),
        today=today_of(messages),
        conversation=transcript(messages),
        answered=answered,
        may_call=may_call,
        hint=hint,
    )
    schema = turn_schema(
        tools if may_call else [],
        ["summarise", "ask"] if answered else ["ask", "answer"],
        [] if answered else quotes_of(m.content for m in reversed(messages) if m.role == "user"),
    )
    turns: list[Turn] = []
    votes: Counter[tuple[str, ...]] = Counter()
    for sample in range(samples):
        left = samples - sample - 1
        try:
            turns.append((await llm.ask("assistant", asked, Reply, schema=schema, sample=sample)).turn)
        except Unanswered:
            if not (left or turns):
                raise
            continue
        votes[_decision(turns[-1])] += 1
        if _settled(votes, left, samples, agreement):
            break
    best, agreed = votes.most_common(1)[0]
    chosen = next(turn for turn in turns if _decision(turn) == best)
    return Decision(chosen.step.action, _message(chosen), agreed / (sample + 1))


def _settled(votes: Counter[tuple[str, ...]], left: int, samples: int, agreement: float) -> bool:
    """Whether the samples that are left can change neither the decision nor whether enough agree to it."""
    (_, most), *others = votes.most_common(2)
    second = others[0][1] if others else 0
    hopeless, enough = (most + left) / samples < agreement, most / samples >= agreement
    return hopeless or (enough and most > second + left)


async def tool(llm: Llm, api: Api, call: Call, messages: Sequence[Message], error: str = "") -> Json:
    """Answer a call in the form of `api.returns`, in agreement with earlier results; with `error`: fail like that."""
    form = form_of({"error": error} if error else result_of(api.returns, {}, Random(repr(call))))
    asked = prompt(
        "tool",
        tool=describe([show(api)]),
        earlier=transcript([m for m in messages if m.calls or m.role == "tool"]),
        call=as_json(call),
        form=kind_of(form),  # types alone: a small model would copy the values of an example
        error=error,
    )
    return (await llm.ask("tool", asked, Result, schema=closed({"result": form}))).result


def transcript(messages: Sequence[Message]) -> str:
    """Write turns down, one a line."""
    lines = []
    for message in messages:
        if message.calls:
            lines.append("Assistant calls: " + ", ".join(map(as_json, message.calls)))
        elif message.role == "tool":
            lines.append(f"Result of {message.name}: {message.content}")
        elif message.role != "system":
            lines.append(f"{message.role.capitalize()}: {message.content}")
    return "\n".join(lines)


def today_of(messages: Sequence[Message]) -> str:
    """What the system prompt of the dialog says: the date, or nothing."""
    return messages[0].content if messages and messages[0].role == "system" else ""


def _decision(turn: Turn) -> tuple[str, ...]:
    """The action with its calls, whatever their order; words may differ."""
    calls = turn.step.calls if turn.step.action == "call" else []
    return (turn.step.action, *sorted(msgspec.json.encode(call, order="sorted").decode() for call in calls))


def _message(turn: Turn) -> Message:
    thought = turn.thought
    values = "; ".join(f"{name} = {text}" for name, text in thought.values.items())
    parts = {"Goal": thought.goal, "Tool": thought.tool, "Values": values, "Missing": thought.missing}
    text = " ".join(f"{name}: {part.strip(' .') or 'none'}." for name, part in parts.items())
    if turn.step.action == "call":
        return Message("assistant", calls=turn.step.calls, thought=text)
    return Message("assistant", turn.step.content.strip(), thought=text)
