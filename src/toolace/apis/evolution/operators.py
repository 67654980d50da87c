"""The diversity indicators of evolution (ToolACE §2.1) as seeded operators: an API and its siblings in, a new API out.

Each is total: where the API has no parameter that suits, it first takes one from a sibling or from the library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

import msgspec

from toolace.apis.descriptions import words
from toolace.apis.evolution.acts import act, plural, spoken, stems, transport
from toolace.apis.evolution.answers import answers
from toolace.apis.evolution.borrowing import Extra, borrow, service
from toolace.apis.evolution.changes import (
    SINGLE,
    Change,
    Find,
    Path,
    applied,
    described,
    extended,
    fitted,
    joined,
    objects_in,
    properties_of,
    required_in,
)
from toolace.apis.evolution.constraints import restrictions
from toolace.apis.evolution.nesting import nestings
from toolace.apis.evolution.retyping import mutations
from toolace.apis.normalise import Schema
from toolace.records import Api, Ask

Operator = Callable[[Api, Sequence[Api], Random], Api]
"""An API, sibling APIs of the sampled subtree, the source of all chance: a new API."""


def add_functionality(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Lets the API also do what a sibling does, and gives it the optional parameters for that."""
    more = service(api, donors, rng)
    told = joined(api.description, f"Can also {more.phrase}.")
    return _evolved("add_functionality", api, extended(api.parameters, more.extras), more.extras, description=told)


def add_parameters(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Gives the API one to three parameters of its siblings or of the library."""
    extras = list(islice(borrow(api, donors, rng), rng.choice([1, 1, 2, 2, 3])))
    return _evolved("add_parameters", api, extended(api.parameters, extras), extras)


def add_constraints(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Restricts the values of a parameter, and says so in its description."""
    return _changed("add_constraints", restrictions, api, donors, rng)


def mutate_type(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Changes the type of a parameter: a scalar to a list, a choice or an object, a list to a scalar."""
    return _changed("mutate_type", mutations, api, donors, rng)


def nest(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Moves parameters that belong together into one object, or into a list of objects."""
    return _changed("nest", nestings, api, donors, rng, gather=True)


def change_returns(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Changes what the API returns, and says so in its description."""
    sentence, returns, extras = rng.choice(answers(api))
    first, *rest = re.split(r"(?<=\.) ", api.description)
    description = joined(" ".join([first, *(one for one in rest if " returned" not in one)]), sentence)
    schema = extended(api.parameters, extras)
    return _evolved("change_returns", api, schema, extras, description=description, returns=described(returns))


def _changed(operator: str, find: Find, api: Api, donors: Sequence[Api], rng: Random, gather: bool = False) -> Api:
    """Makes one of the changes that suit, all kinds being equally likely; takes in parameters until there is one."""
    schema, used = api.parameters, []
    found = _found(find, api, schema)
    for extra in [] if found else borrow(api, donors, rng):
        grown = extended(schema, [extra])
        found = _found(find, api, grown)
        found = {label: changes for label, changes in found.items() if label not in ("single", "required")}
        if found or gather:
            schema = grown
            used.append(extra)
        if found:
            break
    change = rng.choice(found[rng.choice(list(found))])
    return _evolved(operator, api, applied(schema, change), used, (*change.path, change.name))


def _found(find: Find, api: Api, schema: Schema) -> dict[str, list[Change]]:
    found = defaultdict(list)
    for path, node in objects_in(schema):
        for change in find(api, path, node):
            found[change.label].append(change)
    return found


def _evolved(
    operator: str, api: Api, schema: Schema, extras: Iterable[Extra] = (), changed: Path = (), **changes: Any
) -> Api:
    """Makes the new API: within the bounds, described throughout, with its lineage and the asks that still hold."""
    old = api.parameters.get("properties", {})
    new = {name for name, field in schema.get("properties", {}).items() if old.get(name) is not field}
    schema = described(fitted(schema, new, changed))
    parents = dict.fromkeys([*api.parents, api.name, *(extra.donor for extra in extras if extra.donor)])
    return msgspec.structs.replace(
        api,
        parameters=schema,
        asks=[kept for ask in api.asks if (kept := _kept(ask, api.parameters, schema))],
        parents=list(parents),
        evolution=[*api.evolution, operator],
        **changes,
    )


_SEGMENT = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{([^{}]+)\}")


def _kept(ask: Ask, before: Schema, after: Schema) -> Ask | None:
    """Gives an ask without the optional parts that no longer hold, or None when a needed slot is gone or missing."""

    def holds(slot: str) -> bool:
        old, new = _at(before, slot), _at(after, slot)
        return old is new or bool(old and new and old.get("type") == new.get("type"))

    needed = [*_SLOT.findall(_SEGMENT.sub("", ask.text)), *ask.implies]
    given = {slot.partition(".")[0] for slot in needed}
    if not all(map(holds, needed)) or not given.issuperset(required_in(after)):
        return None
    text = _SEGMENT.sub(lambda match: match[0] if all(map(holds, _SLOT.findall(match[1]))) else "", ask.text)
    return Ask(text, ask.implies)


def _at(schema: Schema, slot: str) -> Schema:
    for key in slot.split("."):
        schema = schema.get("properties", {}).get(key) or {}
    return schema


_ALSO = re.compile(r"Can also (\w+ [^.]+)\.")
_WHERE = re.compile(
    r" (for|of|from|in) (?:an?|the|your|this)? ?(?:specified |given |specific )?([a-z-]+(?: [a-z-]+)?)$"
)
_FINDING = ("get", "list", "return", "retrieve", "show", "fetch", "describe", "find", "search")
_PLAIN_VERBS = ("return", "give", "provide", "describe", "show", "display")


def rename(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Gives the API another name, made of the words of its description and of its parameters."""
    phrase, verb, thing, kind = act(api)
    verb += " up" * phrase.startswith(f"{verb} up ")
    verb = ("list" if kind == "list" else "get") if verb in _PLAIN_VERBS else verb
    said = {word[:4] for word in words(api.description)}
    if said.isdisjoint(word[:4] for word in words(f"{verb} {thing}")) or not thing:
        told = [word for word in words(api.description.partition(". ")[0]) if len(word) > 3]
        thing = " ".join(told[:2]) or spoken(api.name.rpartition(".")[2])
    thing = thing.removeprefix(f"{verb} ")
    tails = _tails(api)
    rng.shuffle(tails)
    taken = {api.name, *(donor.name for donor in donors)}
    for tail in [*tails, "", "again", "anew"]:
        for name in rng.sample([f"{verb} {thing} {tail}", f"{plural(thing)}. {verb} {tail}"], 2):
            made = ".".join("_".join(words(part)) for part in name.split("."))
            agrees = any(word[:4] in said for word in words(made.rpartition(".")[2]))
            if agrees and re.fullmatch(r"[a-z][a-z0-9_.]{0,63}", made) and made not in taken:
                return msgspec.structs.replace(api, name=made)
    return msgspec.structs.replace(api, name=f"{api.name[:60]}_new")


def _tails(api: Api) -> list[str]:
    """Gives what may follow in a name: a second act, whose or where the thing is, parameters that set the API apart."""
    phrase, _, thing, kind = act(api)
    told = [
        msgspec.structs.replace(api, name="", description=one.capitalize()) for one in _ALSO.findall(api.description)
    ]
    more = [one for one in map(act, told) if one.phrase.startswith(one.verb) and " it" not in one.phrase]
    tails = [(one.thing, "with" if one.verb in _FINDING else f"and {one.verb}") for one in more]
    if found := _WHERE.search(phrase):
        tails.append((found[2], found[1]))
    telling = [f"{lead} {what}" for what, lead in tails if what and not stems(what) <= stems(thing)]
    for name, field in properties_of(api.parameters).items():
        called = spoken(name)
        plain = not transport(name) and called.count(" ") < 3 and not SINGLE.fullmatch(called) and called not in phrase
        wanted = plain and (kind == "list" or name not in required_in(api.parameters))
        if wanted and field.get("type") in ("string", "integer", "number"):
            telling.append(f"{'by' if kind == 'list' else 'with'} {called}")
    return telling


def differs(operator: str, before: Api, after: Api) -> bool:
    """Says whether an API differs from another as the operator promises, seen from the two definitions alone."""
    old, new = dict(_flat(before.parameters)), dict(_flat(after.parameters))
    fresh, both = [path for path in new if path not in old], [path for path in new if path in old]
    roots = [path for path in fresh if len(path) == 1]
    told = before.description != after.description
    if operator == "add_functionality":
        return bool(roots) and told
    if operator == "add_parameters":
        return 1 <= len(roots) <= 3 and all(_type(old[path]) == _type(new[path]) for path in both)
    if operator == "add_constraints":
        reworded = [
            path for path in new if path in fresh or old[path].get("description") != new[path].get("description")
        ]
        return any(_rules(after, new, path) - _rules(before, old, path) for path in reworded)
    if operator == "mutate_type":
        grown = any(_type(new[path])[0] in ("array", "object") or "enum" in new[path] for path in fresh)
        replaced = any(path not in new for path in old) and bool(fresh)
        return grown or replaced or any(_type(old[path]) != _type(new[path]) for path in both)
    if operator == "change_returns":
        return before.returns != after.returns and told
    if operator == "nest":
        return any(sum(inner[:-1] == path for inner in fresh) > 1 for path in new)
    raise KeyError(operator)


def _flat(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yields every property with its path; the properties of a list's items count as the list's own."""
    for name, field in schema.get("properties", {}).items():
        field = field if isinstance(field, dict) else {}
        yield (*path, name), field
        while isinstance(field.get("items"), dict):
            field = field["items"]
        yield from _flat(field, (*path, name))


def _type(field: Schema) -> tuple[Any, ...]:
    items = field.get("items")
    return field.get("type"), items.get("type") if isinstance(items, dict) else None, "enum" in field


def _rules(api: Api, fields: dict[Path, Schema], path: Path) -> set[str]:
    """Names the restrictions of a property."""
    owner = fields.get(path[:-1], {}) if path[:-1] else api.parameters
    while isinstance(owner.get("items"), dict):
        owner = owner["items"]
    keys = {"enum", "minimum", "maximum", "minItems", "maxItems", "pattern", "format"} & fields.get(path, {}).keys()
    return keys | ({"required"} if path[-1] in owner.get("required", []) else set())


OPERATORS: dict[str, Operator] = {
    "add_functionality": add_functionality,
    "add_parameters": add_parameters,
    "add_constraints": add_constraints,
    "mutate_type": mutate_type,
    "change_returns": change_returns,
    "nest": nest,
}
