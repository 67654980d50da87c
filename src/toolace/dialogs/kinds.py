"""The kinds of dialog that scripted roles can play: outline first, then the words.

A kind is a function (tools on offer, cast, rng) → messages and plan, or None where the tools do not lend themselves
to it. A new kind is one function plus one line in `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

import msgspec

from toolace.dialogs.wording import Request, ask, ask_each, join, needs, restyle
from toolace.records import Api, Message, Plan, Tool

# They all begin alike: if the first word varied, greedy decoding would pick "[" although most of the probability
# were on refusing.
_REFUSALS = [
    "None of the available functions can do that.",
    "None of the available functions can help with this request.",
    "None of the available functions fits this request, so I cannot answer it with a call.",
]


class Cast(NamedTuple):
    """The APIs to draw from: everyday ones (with phrasings) and those of real documents."""

    everyday: Sequence[Api]
    documents: Sequence[Api]
    everyday_share: float
    candidates: int


class Outline(NamedTuple):
    """What is said, and what was meant by it."""

    messages: list[Message]
    plan: Plan


def single(offered: Sequence[Api], cast: Cast, rng: Random) -> Outline | None:
    """One request, one call."""
    return _answered(ask(rng.choice(offered), rng), rng)


def parallel(offered: Sequence[Api], cast: Cast, rng: Random) -> Outline | None:
    """One turn that asks for two to four calls: one tool with several values, or several tools."""
    if rng.random() < 0.6:
        request = ask_each(rng.choice(offered), rng.choice([2, 2, 3, 3, 4]), rng)
        return request and _answered(request, rng)
    return _answered(join([ask(rng.choice(offered), rng) for _ in range(rng.choice([2, 2, 3]))], rng), rng)


def irrelevant(offered: Sequence[Api], cast: Cast, rng: Random) -> Outline | None:
    """A request that no tool at hand can fulfil: the assistant says so in words."""
    domains = {api.domain for api in offered}
    drawn = (_target(cast, rng) for _ in range(20))
    asked = next((api for api in drawn if api.domain not in domains), None)
    if asked is None:
        return None
    messages = [Message("user", restyle(ask(asked, rng).text, rng)), Message("assistant", rng.choice(_REFUSALS))]
    return Outline(messages, Plan())


KINDS: dict[str, Callable[[Sequence[Api], Cast, Random], Outline | None]] = {
    "single": single,
    "parallel": parallel,
    "irrelevant": irrelevant,
}


def offer(cast: Cast, rng: Random) -> list[Api]:
    """Draw the tools of a dialog: one, or several that are partly of the same domain, each varied anew."""
    first = _target(cast, rng)
    siblings = [api for api in cast.everyday if api.domain == first.domain]
    drawn = {first.name: first}
    for _ in range(rng.choice([0, 0, *range(cast.candidates)])):
        other = rng.choice(siblings) if siblings and rng.random() < 0.5 else _target(cast, rng)
        drawn[other.name] = other
    varied = [_vary(api, rng) for api in drawn.values()]
    if len({api.name for api in varied}) < len(varied):
        varied = list(drawn.values())
    rng.shuffle(varied)
    return varied


def _answered(request: Request, rng: Random) -> Outline:
    messages = [Message("user", restyle(request.text, rng)), Message("assistant", calls=request.calls)]
    return Outline(messages, Plan(request.calls, request.said))


def _target(cast: Cast, rng: Random) -> Api:
    return rng.choice(cast.everyday if rng.random() < cast.everyday_share or not cast.documents else cast.documents)


def _vary(api: Api, rng: Random) -> Api:
    """The same API without some optional parameters, and under a name in another style where phrasings stand for it."""
    properties, required = api.parameters.get("properties", {}), api.parameters.get("required", [])
    share = 0.3 if len(properties) < 6 else 0.7
    kept = {name: field for name, field in properties.items() if name in required or rng.random() > share}
    asks = [one for one in api.asks if needs(one) <= set(kept)]
    if api.asks and not asks:
        kept, asks = properties, api.asks
    schema = {"type": "object", "properties": kept, "required": required}
    name = rename(api.name, rng) if api.asks else api.name
    return msgspec.structs.replace(api, name=name, parameters=schema, asks=asks)


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


def show(api: Api) -> Tool:
    """What an assistant sees of an API."""
    return Tool(api.name, api.description, _public(api.parameters))


def _public(schema: dict[str, Any]) -> dict[str, Any]:
    """Strip from a schema what only the scripted roles may see."""
    public: dict[str, Any] = {}
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
