"""The kinds of dialog that scripted roles can play: outline first, then the words.

A kind is a function (cast, rng) → (tools, messages, plan), or None where the drawn APIs do not lend themselves to it.
A new kind is one function plus one line in `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from toolace.dialogs.wording import Request, ask, ask_each, join, restyle
from toolace.records import Api, Message, Plan, Tool

_REFUSALS = [
    "None of the available functions can do that.",
    "I'm sorry, but none of the functions I have can help with this request.",
    "The functions at hand do not cover this, so I cannot answer it with a call.",
    "That is outside of what the given functions can do.",
    "No function fits this request.",
]


class Cast(NamedTuple):
    """The APIs to draw from: everyday ones (with phrasings) and those of real documents."""

    everyday: Sequence[Api]
    documents: Sequence[Api]
    everyday_share: float
    candidates: int


class Outline(NamedTuple):
    """A dialog before it gets its id."""

    tools: list[Tool]
    messages: list[Message]
    plan: Plan


def single(cast: Cast, rng: Random) -> Outline | None:
    """One request, one call, among one or more tools."""
    api = _target(cast, rng)
    return _answered(ask(api, rng), [api], cast, rng)


def parallel(cast: Cast, rng: Random) -> Outline | None:
    """One turn that asks for two to four calls: one tool with several values, or several tools."""
    api = _target(cast, rng)
    if rng.random() < 0.6:
        request = ask_each(api, rng.choice([2, 2, 3, 3, 4]), rng)
        return request and _answered(request, [api], cast, rng)
    others = [
        (rng.random() > 0.4 and _other(cast, rng, {api.name})) or api for _ in range(rng.choice([1, 1, 2]))
    ]
    request = join([ask(a, rng) for a in [api, *others]], rng)
    return _answered(request, list({a.name: a for a in [api, *others]}.values()), cast, rng)


def irrelevant(cast: Cast, rng: Random) -> Outline | None:
    """A request that no tool at hand can fulfil: the assistant says so in words."""
    api = _target(cast, rng)
    tools = _distractors(cast, rng, [api], rng.choice([1, 1, 1, 2, 3]), siblings=False)
    if not tools:
        return None
    messages = [Message("user", restyle(ask(api, rng).text, rng)), Message("assistant", rng.choice(_REFUSALS))]
    return Outline([_tool(t, t.name, set(), rng) for t in tools], messages, Plan())


KINDS: dict[str, Callable[[Cast, Random], Outline | None]] = {
    "single": single,
    "parallel": parallel,
    "irrelevant": irrelevant,
}


def _answered(request: Request, apis: list[Api], cast: Cast, rng: Random) -> Outline:
    """Offer the asked APIs among others, under names of a drawn style, and let the assistant call them."""
    room = max(cast.candidates - len(apis), 0)
    others = _distractors(cast, rng, apis, rng.choice([0, 0, 0, *range(room + 1)]), siblings=True)
    names = {api.name: rename(api.name, rng) if api.source == "everyday" else api.name for api in [*apis, *others]}
    if len(set(names.values())) < len(names):
        names = {name: name for name in names}
    used = {(c.name, argument) for c in request.calls for argument in c.arguments}
    tools = [_tool(api, names[api.name], used, rng) for api in [*apis, *others]]
    rng.shuffle(tools)
    calls = [type(c)(names[c.name], c.arguments) for c in request.calls]
    messages = [Message("user", restyle(request.text, rng)), Message("assistant", calls=calls)]
    return Outline(tools, messages, Plan(calls, request.said))


def _target(cast: Cast, rng: Random) -> Api:
    return rng.choice(cast.everyday if rng.random() < cast.everyday_share or not cast.documents else cast.documents)


def _other(cast: Cast, rng: Random, taken: set[str]) -> Api | None:
    drawn = (_target(cast, rng) for _ in range(20))
    return next((api for api in drawn if api.name not in taken), None)


def _distractors(cast: Cast, rng: Random, apis: list[Api], count: int, *, siblings: bool) -> list[Api]:
    """Other APIs; with `siblings` often of the same domain, without them never."""
    domain, chosen = apis[0].domain, {api.name: api for api in apis}
    near = [a for a in cast.everyday if a.domain == domain] if siblings else []
    for _ in range(count * 8):
        api = rng.choice(near) if near and rng.random() < 0.5 else _target(cast, rng)
        if len(chosen) < len(apis) + count and (siblings or api.domain != domain):
            chosen.setdefault(api.name, api)
    return list(chosen.values())[len(apis) :]


def rename(name: str, rng: Random) -> str:
    """Say a function's name in another style, so that a model reads names instead of knowing them."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_.]+", " ", name).lower().split()
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_]+", " ", name.split(".")[-1]).lower().split()
    style = rng.random()
    if style < 0.35:
        return name
    if style < 0.65:
        return "_".join(words)
    if style < 0.75:
        return words[0] + "".join(w.capitalize() for w in words[1:])
    if style < 0.9 and len(words) > 1:
        return f"{words[0]}.{'_'.join(words[1:])}"
    return "_".join(last)


def _tool(api: Api, name: str, used: set[tuple[str, str]], rng: Random) -> Tool:
    """What the assistant sees of an API; some optional parameters that nobody uses are left out, most of a long list."""
    properties, required = api.parameters.get("properties", {}), api.parameters.get("required", [])
    share = 0.25 if len(properties) < 6 else 0.6
    kept = {
        parameter: _public(schema)
        for parameter, schema in properties.items()
        if parameter in required or (api.name, parameter) in used or rng.random() > share
    }
    return Tool(name, api.description, {"type": "object", "properties": kept, "required": required})


def _public(schema: dict[str, object]) -> dict[str, object]:
    """Strip from a schema what only the scripted roles may see."""
    public: dict[str, object] = {}
    for key, value in schema.items():
        if key.startswith("x-") or key == "examples":
            continue
        if key == "properties" and isinstance(value, dict):
            public[key] = {name: _public(field) for name, field in value.items()}
        elif key == "items" and isinstance(value, dict):
            public[key] = _public(value)
        else:
            public[key] = value
    return public
