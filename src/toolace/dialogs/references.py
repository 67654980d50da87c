"""Requests that refer to earlier results: "book the first one", "cancel that reservation", "and for Berlin?"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from toolace.dialogs.chains import Hop, Leaf
from toolace.dialogs.phrases import phrase, without
from toolace.dialogs.script import Script
from toolace.dialogs.speech import noun, singular, small, words_of
from toolace.dialogs.tool_role import verb_of
from toolace.dialogs.wording import Request, ask
from toolace.records import Api, Ask, Call, Json, Link, Said

_ORDINALS = ["first", "second", "third", "fourth"]
_VARIED = [
    "And for {}?",
    "What about {}?",
    "And {}?",
    "Now the same for {}, please.",
    "Can you do that for {} as well?",
]
_VARIED_PHRASE = ["And {}?", "What about the same {}?", "Now the same {}, please.", "Can you do it {} instead?"]
_VARIED_NOUN = ["The same again, but with {1} as {0}.", "And if {0} is {1}?", "Now with {1} as {0}, please."]
_MADE = ["I mean the one you just created.", "Use the one that you just made.", "It's about the new one."]
_SAME = ["I mean the same one.", "Use the same one again.", "It's about that same one."]
_LISTED = ["Take {} in the list.", "I mean {} that you find.", "Use {} of them."]
_THEN = ["Then {}", "After that, {}", "Next, {}", "Once you have that, {}"]
_NO_ORDER = re.compile(
    r"(?:i|i'm|i've|i'd|we|we're|my|our|the|a|an|there|it|not|no|he|she|they|at|on|in|for|from|to|is|was|now|next|then|"
    r"after|hi|hello|that|this|everything|something|instead|over|due|because|since)$"
)
_FITS_AGAIN = re.compile(r"(?:for|at|with|from|on|over|under|after|before|until|within|through|around) ")
_IS_TIME = re.compile(r"date|time|day|month|year|when")
_PATH = re.compile(r"[.\[\]{}]")


class Linked(NamedTuple):
    """A request for one call that takes values from an earlier result."""

    request: Request
    links: list[Link]


def refer(api: Api, hop: Hop, script: Script, source: int, today: date | None) -> Linked | None:
    """Word a call of `api` that takes the hop's values from result `source` of the script."""
    items = _items(script.results[source], hop.leaf)
    if not items:
        return None
    place, words = _choose(items, hop, script.apis[source], script.rng)
    values = {name: items[place].get(leaf.path[-1]) for leaf, name in ((hop.leaf, hop.parameter), *hop.also)}
    if any(value is None or value == "" for value in values.values()):
        return None
    known = without(api, {name: words if name == hop.parameter and api.asks else None for name in values})
    if known is None:
        return None
    known = _with_same(known, script.plan.calls[source].arguments)
    request = ask(known, script.rng, today)
    text = request.text if api.asks else _namely(request.text, words)
    call = Call(api.name, in_order(api, {**request.calls[0].arguments, **values}))
    prefix = [str(source), *(str(place) if part == "0" else part for part in hop.leaf.path[:-1])]
    links = [
        Link(f"0.{name}", values[name], ".".join([*prefix, leaf.path[-1]]))
        for leaf, name in ((hop.leaf, hop.parameter), *hop.also)
    ]
    return Linked(Request(text, [call], request.said), links)


def _with_same(api: Api, earlier: Mapping[str, Json]) -> Api:
    """Let what both calls ask for, such as the day of arrival, be the same in both."""
    values = {tuple(words_of(name)): value for name, value in earlier.items()}
    fields = dict(api.parameters["properties"])
    for name, field in fields.items():
        value = values.get(tuple(words_of(name)))
        if value is not None and jsonschema_rs.is_valid(field, value):
            fields[name] = {**field, "x-values": [value]}
    return msgspec.structs.replace(api, parameters={**api.parameters, "properties": fields}) if api.asks else api


def vary(script: Script, today: date | None) -> Linked | None:
    """Word the last call again with another value of one argument."""
    api, index, rng = script.apis[-1], len(script.plan.calls) - 1, script.rng
    said = [s for s in script.plan.said if s.path.startswith(f"{index}.")]
    names = [name for s in said if s.path.count(".") == 1 and (name := s.path.split(".")[1]) in _varied_names(api)]
    if not names:
        return None
    name = rng.choice(names)
    request = tell_value(api, [name], _again(api, name, rng), rng, today)
    value = request.calls[0].arguments.get(name)
    if value is None or value == script.plan.calls[-1].arguments[name]:
        return None
    kept = [Said(_here(s.path), s.value, s.text) for s in said if s.path != f"{index}.{name}"]
    links = [Link(_here(k.path), k.value, k.source) for k in script.plan.links if k.path.startswith(f"{index}.")]
    again = Call(api.name, {**script.plan.calls[-1].arguments, name: value})
    return Linked(Request(request.text, [again], kept + request.said), links)


def tell_value(api: Api, names: Sequence[str], text: str, rng: Random, today: date | None) -> Request:
    """Word only the values of some parameters, in a wording with a slot for each."""
    fields = {name: api.parameters["properties"][name] for name in names}
    schema = {"type": "object", "properties": fields, "required": list(names)}
    return ask(msgspec.structs.replace(api, parameters=schema, asks=[Ask(text)]), rng, today)


def _varied_names(api: Api) -> set[str]:
    """Give the parameters of one word or number that need no other one with them."""
    fields = api.parameters["properties"]
    dated = sum("date" in name.lower() for name in fields) > 1
    return {
        name
        for name, field in fields.items()
        if field.get("type") in ("string", "integer", "number")
        and not _PATH.search(name)
        and not (dated and "date" in name.lower())
        and not {"text", "body", "message", "description"} & set(words_of(name))
    }


def _again(api: Api, name: str, rng: Random) -> str:
    """Give a wording that asks for the same with another value, such as "And for {nights} nights?"."""
    field = api.parameters["properties"][name]
    if field.get("type") == "string" and "enum" not in field and not _IS_TIME.search(name.lower()):
        return rng.choice(_VARIED).format(f"{{{name}}}")
    phrases = [p for one in api.asks if (p := phrase(one.text, name)) and _FITS_AGAIN.match(p)]
    if phrases:
        return rng.choice(_VARIED_PHRASE).format(rng.choice(phrases))
    return rng.choice(_VARIED_NOUN).format(noun(name, field), f"{{{name}}}")


def then(first: str, second: Request, rng: Random) -> str:
    """Ask for one thing after another in one turn."""
    end = "" if first.endswith(("?", ".", "!")) else "."
    starts_with_value = any(second.text.startswith(said.text) for said in second.said)
    if starts_with_value or _NO_ORDER.match(re.split(r"\W", second.text.lower(), maxsplit=1)[0]) or rng.random() < 0.2:
        return f"{first}{end} {second.text}"
    return f"{first}{end} {rng.choice(_THEN).format(small(second.text))}"


def in_order(api: Api, arguments: Mapping[str, Json]) -> dict[str, Json]:
    """Put arguments into the order of the schema."""
    return {name: arguments[name] for name in api.parameters["properties"] if name in arguments}


def _here(path: str) -> str:
    return "0." + path.split(".", 1)[1]


def _items(result: Json, leaf: Leaf) -> list[dict[str, Any]]:
    """Give the objects in a result among which a leaf of this path is: those of a list, or the result itself."""
    for part in leaf.path[:-1]:
        if part != "0":
            result = result.get(part) if isinstance(result, dict) else None
    items = result if isinstance(result, list) else [result]
    return [item for item in items if isinstance(item, dict) and leaf.path[-1] in item]


def _choose(items: list[dict[str, Any]], hop: Hop, source: Api, rng: Random) -> tuple[int, str]:
    """Choose an item, and the words by which the user means it."""
    if len(hop.leaf.path) == 1:
        thing = " ".join(word for word in hop.leaf.key if word not in ("id", "number", "code", "name"))
        if source.asks:
            return 0, f"{rng.choice(['that', 'the new'] if verb_of(source) != 'get' else ['that'])} {thing or 'one'}"
        made = verb_of(source) in ("create", "insert", "add")
        return 0, rng.choice(_MADE) if made else rng.choice(_SAME)
    thing = rng.choice([hop.leaf.container, "one"]) if source.asks else "one"
    prices = [item.get("price") for item in items]
    if len(items) > 1 and all(isinstance(p, int | float) for p in prices) and rng.random() < 0.5:
        least = min(p for p in prices if p is not None)
        if prices.count(least) == 1:
            return prices.index(least), f"the cheapest {thing}"
    place = rng.choice([0, 0, rng.randrange(len(items))])
    last = place == len(items) - 1 > 0 and rng.random() < 0.4
    words = f"the {'last' if last else _ORDINALS[min(place, 3)]} {singular(thing)}"
    return min(place, 3) if not last else place, words if source.asks else rng.choice(_LISTED).format(words)


def _namely(text: str, words: str) -> str:
    return f"{text if text.endswith(('?', '.', '!')) else text + '.'} {words}"
