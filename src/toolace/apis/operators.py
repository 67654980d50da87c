"""The diversity indicators of evolution (ToolACE §2.1) as seeded operators: an API and its siblings in, a new API out.

Each is total: where the API has no parameter that suits, it first takes one from a sibling or from the library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from toolace.apis.borrowing import (
    Extra,
    act,
    borrow,
    choice,
    plural,
    series,
    service,
    singular,
    spoken,
    stems,
    styled,
    transport,
)
from toolace.apis.descriptions import words
from toolace.apis.normalise import DEPTH, PROPERTIES, WIDTH, Schema
from toolace.records import Api, Ask, Json

Operator = Callable[[Api, Sequence[Api], Random], Api]
"""An API, sibling APIs of the sampled subtree, the source of all chance: a new API."""
Path = tuple[str, ...]

DESCRIPTION = 300
"""No description grows beyond so many characters."""
_SCALARS = ("string", "integer", "number", "boolean")


class Change(NamedTuple):
    """In the object at `path`, the property `name` takes the place of those in `gone`; `label` says what kind it is."""

    label: str
    path: Path
    gone: tuple[str, ...]
    name: str
    schema: Schema
    required: bool


Find = Callable[[Api, Path, Schema], Iterator[Change]]
"""Yields the changes that suit one object of an API's parameters."""


def add_functionality(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Lets the API also do what a sibling does, and gives it the optional parameters for that."""
    more = service(api, donors, rng)
    description = joined(api.description, f"Can also {more.phrase}.")
    return _evolved("add_functionality", api, _with(api.parameters, more.extras), more.extras, description=description)


def add_parameters(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Gives the API one to three parameters of its siblings or of the library."""
    extras = list(islice(borrow(api, donors, rng), rng.choice([1, 1, 2, 2, 3])))
    return _evolved("add_parameters", api, _with(api.parameters, extras), extras)


def add_constraints(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Restricts the values of a parameter, and says so in its description."""
    return _changed("add_constraints", _restrictions, api, donors, rng)


def mutate_type(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Changes the type of a parameter: a scalar to a list, a choice or an object, a list to a scalar."""
    return _changed("mutate_type", _mutations, api, donors, rng)


def nest(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Moves parameters that belong together into one object, or into a list of objects."""
    return _changed("nest", _groups, api, donors, rng, gather=True)


def change_returns(api: Api, donors: Sequence[Api], rng: Random) -> Api:
    """Changes what the API returns, and says so in its description."""
    known = api.returns if _is_schema(api.returns) else _shape(api.returns)
    ways = [way for find in _ANSWERS for way in find(api, known)] or list(_told(api))
    ways = [way for way in ways if way[1] != api.returns]
    sentence, returns, extras = rng.choice(ways)
    first, *rest = re.split(r"(?<=\.) ", api.description)
    description = joined(" ".join([first, *(one for one in rest if " returned" not in one)]), sentence)
    schema = _with(api.parameters, extras)
    return _evolved("change_returns", api, schema, extras, description=description, returns=_described(returns))


def _changed(operator: str, find: Find, api: Api, donors: Sequence[Api], rng: Random, gather: bool = False) -> Api:
    """Makes one of the changes that suit, all kinds being equally likely; takes in parameters until there is one."""
    schema, used = api.parameters, []
    found = _found(find, api, schema)
    for extra in [] if found else borrow(api, donors, rng):
        grown = _with(schema, [extra])
        found = _found(find, api, grown)
        found = {label: changes for label, changes in found.items() if label not in ("single", "required")}
        if found or gather:
            schema = grown
            used.append(extra)
        if found:
            break
    change = rng.choice(found[rng.choice(list(found))])
    return _evolved(operator, api, _made(schema, change), used, (*change.path, change.name))


def _found(find: Find, api: Api, schema: Schema) -> dict[str, list[Change]]:
    found = defaultdict(list)
    for path, node in _objects(schema):
        for change in find(api, path, node):
            found[change.label].append(change)
    return found


def _made(schema: Schema, change: Change) -> Schema:
    node = next(node for path, node in _objects(schema) if path == change.path)
    properties: Schema = {}
    for name, field in node["properties"].items():
        if name == change.gone[0]:
            properties[change.name] = change.schema
        elif name not in change.gone:
            properties[name] = field
    required = [name for name in _required(node) if name not in change.gone] + [change.name] * change.required
    return _put(schema, change.path, _requiring(node | {"properties": properties}, required))


def _evolved(
    operator: str, api: Api, schema: Schema, extras: Iterable[Extra] = (), changed: Path = (), **changes: Any
) -> Api:
    """Makes the new API: within the bounds, described throughout, with its lineage and the asks that still hold."""
    old = api.parameters.get("properties", {})
    new = {name for name, field in schema.get("properties", {}).items() if old.get(name) is not field}
    schema = _described(_fitted(schema, new, changed))
    parents = dict.fromkeys([*api.parents, api.name, *(extra.donor for extra in extras if extra.donor)])
    return msgspec.structs.replace(
        api,
        parameters=schema,
        asks=[kept for ask in api.asks if (kept := _kept(ask, api.parameters, schema))],
        parents=list(parents),
        evolution=[*api.evolution, operator],
        **changes,
    )


# --- the tree of parameters


def _objects(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yields every object that has properties, with the names that lead to it: lists are looked through."""
    while schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        schema = schema["items"]
    if schema.get("properties"):
        yield path, schema
        for name, field in schema["properties"].items():
            if isinstance(field, dict) and ("properties" in field or "items" in field):
                yield from _objects(field, (*path, name))


def _properties(node: Schema) -> Schema:
    """Gives the properties of an object, those that are schemas and not just true or false."""
    return {name: field for name, field in node.get("properties", {}).items() if isinstance(field, dict)}


def _required(node: Schema) -> list[str]:
    return list(node.get("required", []))


def _requiring(node: Schema, required: list[str]) -> Schema:
    rest = {key: value for key, value in node.items() if key != "required"}
    return rest | {"required": required} if required else rest


def _put(schema: Schema, path: Path, node: Schema) -> Schema:
    """Gives a copy of the schema with another object at `path`."""
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return schema | {"items": _put(schema["items"], path, node)}
    if not path:
        return node
    fields = schema["properties"]
    return schema | {"properties": fields | {path[0]: _put(fields[path[0]], path[1:], node)}}


def _with(schema: Schema, extras: Iterable[Extra]) -> Schema:
    """Gives a copy with more optional parameters."""
    return schema | {"properties": schema.get("properties", {}) | {extra.name: extra.schema for extra in extras}}


def _size(schema: Schema) -> int:
    """Counts the properties at all levels."""
    return sum(len(node["properties"]) for _, node in _objects(schema))


def _depth(schema: Schema) -> int:
    """Counts the levels of properties."""
    return max((len(path) + 1 for path, _ in _objects(schema)), default=0)


def _fitted(schema: Schema, new: set[str], changed: Path) -> Schema:
    """Leaves out parameters until the bounds hold.

    First those of the transport, then optional ones; what is `new` stays, and what lies in it as long as possible,
    above all what was `changed`.
    """
    while (wide := len(schema.get("properties", {})) > WIDTH) or _size(schema) > PROPERTIES:
        spare = []
        for path, node in [(path, node) for path, node in _objects(schema) if not (wide and path)]:
            for index, (name, field) in enumerate(node["properties"].items()):
                place = (*path, name)
                if place == changed[: len(place)] or (not path and name in new):
                    continue
                old, far = place[0] not in new, not changed or place[: len(changed)] != changed
                worth = (transport(name), name not in _required(node), not (isinstance(field, dict) and _depth(field)))
                spare.append((far, old, *worth, -len(path) if old else len(path), index, place))
        *_, place = max(spare)
        schema = _without(schema, place)
    return schema


def _without(schema: Schema, place: Path) -> Schema:
    *path, name = place
    node = next(node for found, node in _objects(schema) if found == tuple(path))
    fields = {other: field for other, field in node["properties"].items() if other != name}
    required = [other for other in _required(node) if other != name]
    return _put(schema, tuple(path), _requiring(node | {"properties": fields}, required))


def _described(schema: Schema) -> Schema:
    """Describes what is not yet described, by the words of its name."""
    for path, node in list(_objects(schema)):
        bare = [name for name, field in node["properties"].items() if not _says(field)]
        if bare:
            current = next(found for place, found in _objects(schema) if place == path)
            fields = dict(current["properties"])
            for name in bare:
                old = fields[name] if isinstance(fields[name], dict) else {}
                fields[name] = old | {"description": (spoken(name) or name).capitalize() + "."}
            schema = _put(schema, path, current | {"properties": fields})
    return schema


def _says(field: Any) -> str:
    """Gives the description of a field."""
    return str(field.get("description", "")).strip() if isinstance(field, dict) else ""


def joined(text: str, sentence: str) -> str:
    """Appends a sentence. What does not fit gives way: the last sentences of the text, then the end of its first."""
    first, *others = re.split(r"(?<=[.!?]) +", text.strip())
    room = DESCRIPTION - len(sentence) - 2
    if len(first) > room:
        first = first[:room].rpartition(" ")[0].rstrip(" ,;:") or first[:room]
    for other in others:
        if len(first) + 1 + len(other) > room:
            break
        first += f" {other}"
    return f"{first}{'' if not first or first[-1] in '.!?' else '.'} {sentence}".strip()


_SEGMENT = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{([^{}]+)\}")


def _kept(ask: Ask, before: Schema, after: Schema) -> Ask | None:
    """Gives an ask without the optional parts that no longer hold, or None when a needed slot is gone or missing."""

    def holds(slot: str) -> bool:
        old, new = _at(before, slot), _at(after, slot)
        return old is new or bool(old and new and old.get("type") == new.get("type"))

    needed = [*_SLOT.findall(_SEGMENT.sub("", ask.text)), *ask.implies]
    given = {slot.partition(".")[0] for slot in needed}
    if not all(map(holds, needed)) or not given.issuperset(_required(after)):
        return None
    text = _SEGMENT.sub(lambda match: match[0] if all(map(holds, _SLOT.findall(match[1]))) else "", ask.text)
    return Ask(text, ask.implies)


def _at(schema: Schema, slot: str) -> Schema:
    for key in slot.split("."):
        schema = schema.get("properties", {}).get(key) or {}
    return schema


# --- constraints

_NUMBERS: list[tuple[str, int, int | None]] = [
    (r"(?:max |page |result )?(?:results|size|limit|records|items)|per page|top|max", 1, 100),
    (r"lat|latitude", -90, 90),
    (r"lon|lng|long|longitude", -180, 180),
    (r".*\b(?:percent|percentage|pct|humidity|progress)", 0, 100),
    (r"hour|.* hour", 0, 23),
    (r"minute|.* minute", 0, 59),
    (r"month|.* month", 1, 12),
    (r"day of month|billing day", 1, 31),
    (r"year|.* year", 1900, 2100),
    (r"quarter", 1, 4),
    (r"age", 0, 120),
    (r"rating|stars|min rating", 1, 5),
    (r"(?:.* )?(?:nights|guests|adults|seats|passengers|people|rooms|tickets|servings|copies)", 1, 20),
    (r"port|.* port", 1, 65535),
    (r"page|page number|(?:.* )?id", 1, None),
    (r"timeout|timeout seconds", 1, 3600),
    (
        r"(?:.* )?(?:price|cost|fee|budget|weight|height|width|length|distance|radius|duration|quantity|amount|area|"
        r"age|size|seconds|minutes|hours|days|weeks|years|count|salary|volume|capacity)|(?:number|num|max) .*",
        0,
        None,
    ),
]
"""Words of the name, lowest and highest value."""
_PATTERNS: list[tuple[str, str, str, list[str]]] = [
    (r"(?:.* )?currency(?: code)?", r"^[A-Z]{3}$", "A code of three capital letters", ["EUR", "USD", "GBP", "JPY"]),
    (r"(?:.* )?country(?: code)?", r"^[A-Z]{2}$", "A code of two capital letters", ["DE", "FR", "US", "JP", "BR"]),
    (r"(?:.* )?lang(?:uage)?(?: code)?", r"^[a-z]{2}$", "A code of two small letters", ["en", "fr", "de", "es", "ja"]),
    (r"(?:.* )?(?:phone|mobile)(?: number)?", r"^\+[1-9][0-9]{6,14}$", "With + and country code, digits only",
     ["+14155550123", "+442071838750", "+4930901820"]),
    (r"(?:.* )?colou?r", r"^#[0-9A-Fa-f]{6}$", "As # and six hexadecimal digits", ["#1E90FF", "#FF8800", "#2E8B57"]),
    (r"(?:.* )?(?:zip|zip code|postal code|postcode)", r"^[A-Za-z0-9][A-Za-z0-9 -]{2,9}$",
     "Three to ten letters, digits, spaces or hyphens", ["94107", "SW1A 1AA", "75001", "10115"]),
    (r"(?:(?:start|end|opening|closing|arrival|departure|pickup|delivery) )?time", r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
     "In 24-hour format, HH:MM", ["18:30", "07:45", "12:00"]),
    (r"(?:.* )?(?:ticker|stock symbol)", r"^[A-Z]{1,5}$", "One to five capital letters", ["AAPL", "MSFT", "KO", "IBM"]),
    (r"(?:.* )?slug", r"^[a-z0-9]+(-[a-z0-9]+)*$", "Small letters, digits and single hyphens",
     ["spring-sale", "about-us"]),
    (r"(?:.* )?(?:username|user name|login|handle)", r"^[A-Za-z0-9_.-]{3,30}$",
     "Three to 30 letters, digits, dots, hyphens or underscores", ["mia.bakes", "j_smith42", "nora-k"]),
    (r"(?:.* )?hashtag", r"^[A-Za-z0-9_]{1,50}$", "Letters, digits and underscores, without the #",
     ["sourdough", "Run24"]),
    (r"(?:.+ )(?:id|identifier|code|sku|number)|reference", r"^[A-Za-z0-9_-]{1,40}$",
     "At most 40 letters, digits, hyphens or underscores", ["A-10443", "ord_7741", "88-2041", "c3d9"]),
]  # fmt: skip
"""Words of the name, pattern, what the description says of it, values that match."""
_FORMATS: list[tuple[str, str, str, list[str]]] = [
    (r"(?:.* )?(?:date|birthday|day of birth)", "date", "As YYYY-MM-DD.", []),
    (r"(?:.* )?(?:timestamp|datetime|date time)|\w+ed at", "date-time", "An ISO 8601 date and time.", []),
    (r"(?:.* )?email(?: address)?", "email", "A valid email address.", []),
    (r"(?:.* )?(?:url|uri|website|webhook|homepage)", "uri", "A complete web address.",
     ["https://example.com/photo", "https://example.org/hook", "https://example.net/menu"]),
    (r"(?:.* )?(?:uuid|guid)", "uuid", "A UUID.", ["3f2b8c1e-7d4a-4e0b-9c55-1a2b3c4d5e6f"]),
    (r"(?:.* )?(?:ip|ip address|ipv4)", "ipv4", "An IPv4 address.", ["203.0.113.7", "198.51.100.24"]),
]  # fmt: skip
_BOUNDED = re.compile(r"\d|at (?:least|most)|between|negative|positive|maximum of|up to|\bone\b", re.IGNORECASE)
_SPECIFIC = re.compile(
    r"\d|\"|format|e\.g\.|example|pattern|such as|\bor\b|comma|regex|\bnames?\b|/|prefix|ISO|\bARN\b|max|path|list|"
    r"json",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"default|optional|omit|\bif |leave|left out|\bonly\b|when |whether|one of|required|further|your own|"
    r"copy of|either|unless",
    re.IGNORECASE,
)
_ESSENTIAL = re.compile(
    r"(?:.* )?(?:id|name|date|city|email|address|title|category|type|country|currency|reason|author|topic|query|"
    r"keyword|status|amount|quantity|price|phone|day|start|end|from|to|code|number|description|message|text|symbol)"
)
_WORD = r"[\"']?[A-Za-z][\w-]{0,24}[\"']?"
_SERIES = rf"((?:{_WORD}(?:, (?:or |and )?| or | and )){{1,8}}{_WORD})"
_ONE_OF = re.compile(
    r"[ ,(:]*(?:(?:it |this )?(?:must be |can be |should be )?(?:one|any) of(?: the following)?|can be|must be|either|"
    r"(?:possible|valid|allowed|accepted|supported|available)(?: \w+)? (?:values|options)(?: are| include)?|"
    rf"options|values):? {_SERIES}\)?\.(?= |$)",
    re.IGNORECASE,
)
_SUCH_AS = re.compile(rf",? ?\(?(?:e\.g\.|for example|such as|like)[,:]? {_SERIES}\)?(?=\.$|\. )", re.IGNORECASE)


def _restrictions(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    needed = _required(node)
    for name, field in _properties(node).items():
        if transport(name):
            continue
        for label, addition, text in _bounds(spoken(name), field):
            known = _known(api, path, name, field)
            if all(_keeps(addition, value) for value in known) and addition.keys().isdisjoint(
                field.keys() - {"examples"}
            ):
                yield Change(label, path, (name,), name, field | addition | {"description": text}, name in needed)
        free = name not in needed and "default" not in field and "Can also" not in api.description
        taken_in = not path and name not in api.parameters.get("properties", {})
        if taken_in and field.keys() & {"minimum", "format"}:
            yield Change("taken in", path, (name,), name, field, False)
        if free and _essential(spoken(name), _says(field)):
            text = joined(_says(field), "Must be given.")
            yield Change("required", path, (name,), name, field | {"description": text}, True)


def _keeps(rule: Schema, value: Json) -> bool:
    if "pattern" in rule:  # ten times as fast as a validator for a single use
        return not isinstance(value, str) or bool(re.search(rule["pattern"], value))
    return jsonschema_rs.is_valid(rule, value, validate_formats=True)


@lru_cache(maxsize=20_000)
def _essential(name: str, text: str) -> bool:
    return bool(_ESSENTIAL.fullmatch(name)) and not _FREE.search(text)


def _known(api: Api, path: Path, name: str, field: Schema) -> list[Json]:
    """Gives the values that a parameter is known to take."""
    slot = ".".join((*path, name))
    values = field.get("x-values")
    given = [*field.get("examples", []), *field.get("enum", []), *(values if isinstance(values, list) else [])]
    given += [field["default"]] if "default" in field else []
    return given + [ask.implies[slot] for ask in api.asks if slot in ask.implies]


def _bounds(name: str, field: Schema) -> Iterator[tuple[str, Schema, str]]:
    """Yields restrictions that words and type of a parameter suggest: their kind, themselves, the new description."""
    kind, text = field.get("type"), _says(field)
    if field.keys() & {"enum", "const", "exclusiveMinimum", "exclusiveMaximum"}:
        return
    if kind in ("integer", "number") and (rule := _number_rule(name, text)):
        low, high = rule
        if high is not None:
            yield "range", {"minimum": low, "maximum": high}, joined(text, f"Between {low} and {high}.")
        yield "minimum", {"minimum": low}, joined(text, "Must not be negative." if low == 0 else f"At least {low}.")
    elif kind == "array" and not _BOUNDED.search(text):
        yield "size", {"minItems": 1, "maxItems": 10}, joined(text, "One to ten of them.")
        yield "size", {"minItems": 1}, joined(text, "At least one.")
        yield "size", {"maxItems": 20}, joined(text, "At most 20.")
    elif kind == "string":
        yield from _text_bounds(name, field, text)


@lru_cache(maxsize=20_000)
def _number_rule(name: str, text: str) -> tuple[int, int | None] | None:
    if _BOUNDED.search(re.sub(r"(?:The )?default(?: is|s to|:) \S+", "", text, flags=re.IGNORECASE)):
        return None
    return next(((low, high) for pattern, low, high in _NUMBERS if re.fullmatch(pattern, name)), None)


def _text_bounds(name: str, field: Schema, text: str) -> Iterator[tuple[str, Schema, str]]:
    values, rest = _stated(text)
    if values:
        yield "enum", {"enum": values}, joined(rest or f"{name.capitalize()}.", f"One of {series(values, 'or')}.")
    for label, restriction, sentence, values in () if "format" in field else _text_rules(name, text):
        addition: Schema = {label: restriction}
        if label == "pattern":
            addition["examples"] = field.get("examples") or values[:1]
            sentence = f"{sentence}, e.g. {addition['examples'][0]}."
        if values and not isinstance(field.get("x-values"), list):
            addition["x-values"] = values
        yield label, addition, joined(text, sentence)


@lru_cache(maxsize=50_000)
def _stated(text: str) -> tuple[list[str], str]:
    """Gives the values that a description says are the only ones, and the description without them."""
    listed = _ONE_OF.search(text)
    values = _listed(listed[1]) if listed else []
    if not listed or len({*values}) < len(values):
        return [], text
    return values, f"{text[: listed.start()]}. {text[listed.end() :]}".strip(" ,;:.")


@lru_cache(maxsize=50_000)
def _text_rules(name: str, text: str) -> tuple[tuple[str, str, str, list[str]], ...]:
    rules = [("format", rule) for rule in _FORMATS] + [("pattern", rule) for rule in _PATTERNS]
    if _SPECIFIC.search(text):
        return ()
    fitting = ((label, *rule[1:]) for label, rule in rules if re.fullmatch(rule[0], name))
    return tuple(islice(fitting, 1))


def _listed(text: str) -> list[str]:
    """Gives the values of a list in words: `red, green or "blue"`."""
    return re.findall(r"[A-Za-z][\w-]*", re.sub(r",? (?:or|and) ", ", ", text))


# --- types

_UNITS = {
    "km kilometer kilometers kilometre kilometres m meter meters metre metres mile miles mi feet ft cm centimeters":
        ["m", "km", "ft", "mi"],
    "kg kilogram kilograms gram grams lb lbs pounds": ["kg", "g", "lb", "oz"],
    "second seconds sec secs minute minutes mins hour hours hrs days weeks ms milliseconds":
        ["seconds", "minutes", "hours", "days"],
    "celsius fahrenheit kelvin": ["celsius", "fahrenheit", "kelvin"],
    "kmh kph mph km/h m/s": ["km/h", "mph", "m/s"],
    "liters litres ml gallons milliliters": ["l", "ml", "gal"],
    "mb gb kb mib gib megabytes gigabytes": ["KB", "MB", "GB"],
}  # fmt: skip
_UNIT = {word: units for names, units in _UNITS.items() for word in names.split()}
_MONEY = re.compile(r"(?:.* )?(?:price|cost|fee|budget|amount|fare|salary|fine|deposit)")
_SPAN = re.compile(r"(?:.* )?(?:year|price|age|rating|score|amount|distance|weight|duration)")
_DATE = re.compile(r"(?:.* )?(?:date|day)")
_END = re.compile(
    r"\b(?:start|end|from|to|since|until|before|after|birth|due|expir\w*|check|min|max|first|last|by|in)\b"
)
_LISTABLE = re.compile(
    r"(?:.* )?(?:id|email|email address|code|tag|label|category|keyword|symbol|hashtag|topic|user|username|sku|"
    r"recipient|genre|country|city|region|color|arn)"
)
_SINGLE = re.compile(
    r"(?:.* )?(?:sort|order|by|direction|query|q|search|limit|format|page|filter|fields?|expand|text|description|"
    r"\w*date|\w*time|unit|mode|scope|size|view|level|method|path|url|language|locale|zone|per|password|body|content|message|version|"
    r"since|until|from|to|ref|branch|sha|token|start|end|include|exclude|on|at|action|prefix|data|value|operator|cursor|"
    r"of|in|with|for|type|reference|notes|timeout)"
)
_KIND = (
    r"ids?|identifiers?|names?|codes?|symbols?|numbers?|keys?|slugs?|email address|email|status|type|category|"
    r"Amazon Resource Name \(ARN\)"
)
_OF = re.compile(
    rf"(?:The |A |An )?(?:unique )?({_KIND}) (?:of|for) (?:the|an?|this) ([a-z]+(?: [a-z]+)?)((?: to [a-z]+)?)\.",
    re.IGNORECASE,
)


def _mutations(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    names = [*node["properties"]]
    for name, field in _properties(node).items():
        if transport(name):
            continue
        for label, phrase, schema in _other_types(api, spoken(name), field) if not name.isupper() else ():
            called = name if phrase == spoken(name) else styled(phrase, names)
            sound = called == name or (called not in names and called and not called[0].isdigit())
            if sound and len(path) + 1 + _depth(schema) <= DEPTH:
                yield Change(label, path, (name,), called, schema, name in _required(node))


def _other_types(api: Api, name: str, field: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yields what a parameter could be instead: the kind of mutation, the words for its name, its schema."""
    kind, text = field.get("type"), _says(field) or f"{name.capitalize()}."
    if kind == "boolean" and text.startswith("Whether to ") and "dry" not in name:
        yield "flag", name, _as_flag(field, text)
    if "default" in field or "efault" in text:
        return
    if kind == "string" and field.keys().isdisjoint({"enum", "format", "pattern", "const"}):
        yield from _as_choice(name, field, text)
        yield from _as_parts(act(api).kind, name, text)
    if kind in ("string", "integer"):
        yield from _as_list(api, name, field, text)
    if kind in ("number", "integer") and "enum" not in field and not _BOUNDED.search(text):
        yield from _as_quantity(act(api).kind, name, field, text)
    if kind == "string" and field.get("format") == "date" and act(api).kind in ("list", "read"):
        yield from _as_days(name, text)
    if kind == "array":
        yield from _as_scalar(act(api).kind, name, field, text)


def _as_days(name: str, text: str) -> Iterator[tuple[str, str, Schema]]:
    if not _DATE.fullmatch(name) or _END.search(name):
        return
    stem = re.sub(r",? (?:as |in )?(?:the )?(?:format )?\(?YYYY-MM-DD\)?", "", text).rstrip(". ")
    ends = {"start": "First", "end": "Last"}
    days = {end: _line(f"{word} day, YYYY-MM-DD.") | {"format": "date"} for end, word in ends.items()}
    yield "range", re.sub("day$|date$", "date range", name), _object(_clause(stem, "as a range of days"), days)


def _line(text: str, kind: str = "") -> Schema:
    return {"type": "string", "description": text} | ({"x-values": kind} if kind else {})


def _object(text: str, properties: Schema, required: int = 2) -> Schema:
    made: Schema = {"type": "object", "description": text, "properties": properties}
    return _requiring({key: value for key, value in made.items() if value}, [*properties][:required])


def _clause(text: str, clause: str) -> str:
    """Adds a clause to the first sentence."""
    first, dot, rest = text.rstrip(". ").partition(". ")
    return f"{first}, {clause}.{' ' + rest + '.' if dot else ''}"


def _as_flag(field: Schema, text: str) -> Schema:
    told = re.sub(r" Default(?: is|s to|:) \w+\.", "", text)
    made = choice(joined(told, "One of never, if_possible or always."), "never", "if_possible", "always")
    return made | ({"default": "always" if field["default"] else "never"} if "default" in field else {})


def _as_choice(name: str, field: Schema, text: str) -> Iterator[tuple[str, str, Schema]]:
    """A text that is given with several examples becomes a choice of these."""
    given = field.get("examples", [])
    values = [value for value in given if isinstance(value, str)]
    if listed := _SUCH_AS.search(text):
        values, text = _listed(listed[1]), text[: listed.start()] + text[listed.end() :]
    if len(values) > 1 and len({*values}) == len(values) and all(value in values for value in given):
        kept = {key: value for key, value in field.items() if not key.startswith("x-")}
        yield "choice", name, kept | choice(joined(text, f"One of {series(values, 'or')}."), *values)


def _as_list(api: Api, name: str, field: Schema, text: str) -> Iterator[tuple[str, str, Schema]]:
    items = {key: value for key, value in field.items() if key not in ("description", "examples")}
    comma = re.search(r"\bcomma[- ](?:separated|delimited) ", text, re.IGNORECASE)
    if comma:
        if field["type"] == "string" and "enum" not in field:
            told = text.replace(comma[0], "")
            yield "split", name, {"type": "array", "description": told[:1].upper() + told[1:], "items": items}
        return
    kind, thing = act(api).kind, act(api).thing
    own = kind in ("read", "delete") and name.endswith(" name") and not stems(name[:-5]).isdisjoint(stems(thing))
    filtering = kind == "list" and field["type"] == "string" and not _SINGLE.fullmatch(name)
    lone = field.get("format") in ("date", "date-time", "time") or len(field.get("enum", "ab")) < 2
    if (
        not lone
        and not re.search(r"\b(?:true|whether|flag)\b", text, re.IGNORECASE)
        and (own or filtering or _LISTABLE.fullmatch(name))
        and singular(name) == name
        and len(name) > 1
    ):
        made: Schema = {"type": "array", "description": _several(name, text), "items": items, "minItems": 1}
        yield "list", plural(name), made


@lru_cache(maxsize=20_000)
def _several(name: str, text: str) -> str:
    """Words a description for several values: `City to visit.` → One or more cities to visit."""
    head = name.rpartition(" ")[2]
    if match := _OF.fullmatch(text):
        what = plural(match[1]) if match[1].lower() != "status" else match[1]
        return f"{what[0].upper()}{what[1:]} of one or more {plural(match[2])}{match[3]}."
    before = r"(?:(?:the|an?|this|name of the) )?((?:[A-Za-z-]+ ){0,2}?)"
    if match := re.match(
        rf"{before}({head}(?: address)?)\b(?! of (?:the|a)\b| (?:name|code|id|number)\b)(?=[ .,])", text, re.IGNORECASE
    ):
        if match[2].isupper():
            return joined(text, "One or more can be given.")
        lead = match[1][:1].lower() + match[1][1:] if match[1][1:2].islower() else match[1]
        return f"One or more {lead}{plural(match[2].lower())}{text[match.end() :]}"
    return joined(text, "One or more can be given.")


def _as_scalar(kind: str, name: str, field: Schema, text: str) -> Iterator[tuple[str, str, Schema]]:
    one, items = singular(name), field.get("items")
    if not isinstance(items, dict) or items.get("type") not in _SCALARS or field.keys() & {"minItems", "maxItems"}:
        return
    if one == name or kind == "compute" or _SINGLE.fullmatch(name) or re.search(r"\bpairs?\b|\[", text):
        return
    lead = r"(?:(?:The |An |A )?(?:list|array|set|collection)s? of (?:the |all |one or more )?|One or more |The )?"
    match = re.match(rf"{lead}([A-Za-z]+s)\b(?: are\b)?", text)
    first = singular(match[1]) if match else ""
    told = joined(text, "Only one can be given.")
    if match and first != match[1]:
        told = first[:1].upper() + first[1:] + text[match.end() :]
    yield "single", one, {"description": told} | {key: value for key, value in items.items() if key != "description"}


def _as_parts(kind: str, name: str, text: str) -> Iterator[tuple[str, str, Schema]]:
    """A text becomes an object of its parts: places, addresses, persons, texts with a format."""
    last, low = name.rpartition(" ")[2], text.lower()
    place = last in ("location", "place") and re.search(r"\b(?:city|town)\b", low)
    if place or last in ("city", "destination", "origin", "hometown", "town"):
        fields = {"city": _line("Name of the city.", "city"), "country": _line("Country of the city.", "country")}
        told = re.sub(r"^(?:The )?(?:name of (?:the |a )?)?(?:city|town)\b", "Place", text, flags=re.IGNORECASE)
        yield "place", re.sub("city$|town$", "location", name), _object(_clause(told, "as city and country"), fields)
    elsewhere = r"e-?mail|\bip\b|mac\b|wallet|web|url|network|contract|bitcoin|hash|token|crypto|blockchain|domain|peer"
    if last == "address" and not re.search(elsewhere, f"{low} {name}"):
        fields = {"street": _line("Street and number.", "street_address"), "city": _line("Name of the city.", "city"),
                  "postal_code": _line("Postal code.") | {"x-values": ["10115", "94107", "75001"]}}  # fmt: skip
        yield "address", name, _object(_clause(text, "by street, city and postal code"), fields)
    persons = "person|guest|customer|patient|author|contact|employee|owner|recipient|player|artist|student"
    if re.search(rf"full name|name of the (?:{persons})\b", low):
        fields = {"first_name": _line("First name.", "first_name"), "last_name": _line("Last name.")}
        yield "person", name, _object(_clause(text, "split into first and last name"), fields)
    texts = ("message", "text", "body", "content", "comment", "note", "notes", "description", "summary", "bio")
    if kind in ("create", "update") and last in texts:
        fields = {
            "text": _line("The text itself.", "topic"),
            "format": choice("Markup of the text.", "plain", "markdown", "html"),
        }
        yield "text", name, _object(_clause(text, "together with the format"), fields, 1)


def _as_quantity(kind: str, name: str, field: Schema, text: str) -> Iterator[tuple[str, str, Schema]]:
    """A number becomes value and unit, amount and currency, value and uncertainty, or a range."""
    last = name.rpartition(" ")[2]
    named = re.search(r",? (?:measured |given |expressed )?in ([a-z/]+)\b(?! \w+ed)(?! since)", text)
    unit = last if last in _UNIT else named[1] if named and named[1] in _UNIT else ""
    shorter = name.removesuffix(unit).strip() if unit == last else name
    if unit and shorter and not re.search("1970|epoch|timestamp|since", text):
        told = text.replace(named[0], "", 1) if named and named[1] in _UNIT else text
        fields = {"value": _number("How many of the unit."), "unit": choice("Unit of the value.", *_UNIT[unit])}
        yield "unit", shorter, _object(_clause(told, "with its unit"), fields)
    elif _MONEY.fullmatch(name) and not re.search(r"cent|smallest|minor|\bshare|coin|crypto", text):
        told = re.sub(r",? in (?:US )?(?:dollars|euros|USD|EUR)\b", "", text)
        fields = {
            "amount": _number("Amount of money."),
            "currency": choice("Code of the currency.", "USD", "EUR", "GBP", "JPY"),
        }
        yield "money", name, _object(_clause(told, "with its currency"), fields)
    elif kind == "compute" and field["type"] == "number" and not re.search("percent|rate|price|dollar|money", text):
        fields = {"value": _number("The value itself."), "uncertainty": _number("By how much it may be off.")}
        yield "uncertain", name, _object(_clause(text, "with its uncertainty"), fields, 1)
    if kind == "list" and _SPAN.fullmatch(name) and not _END.search(name):
        ends = {"min": "Lowest", "max": "Highest"}
        fields = {end: {"type": field["type"], "description": f"{word} value."} for end, word in ends.items()}
        yield "range", f"{name} range", _object(_clause(text, "as a range"), fields, 0)


def _number(text: str) -> Schema:
    return {"type": "number", "description": text}


# --- nesting

_BELONG: list[tuple[str, str, str]] = [
    (r"lat|latitude|lon|lng|long|longitude", "coordinates", "Geographic position"),
    (r"(?:start|end)(?: (?:date|time|day|year))?|(?:from|to) (?:date|time|day)|since|until|date (?:from|to)", "period",
     "Span of time"),
    (r"check in|check out|nights|arrival date|departure date", "stay", "The stay"),
    (r"width|height|length|depth", "dimensions", "Dimensions"),
    (r"(?:street|city|state|province|zip|zip code|postal code|country|country code|address|line1|line2)(?: address)?",
     "address", "Address"),
    (r"page|page size|per page|limit|offset|page number|max results|page index", "paging", "Which results to return"),
    (r"(?:sort|order)(?: by| order| field| direction)?|direction", "sorting", "How the results are sorted"),
    (r"(?:first|last|full) name|given name|family name|surname|e ?mail(?: address)?|phone(?: number)?|mobile",
     "contact", "The person"),
    (r"amount|currency|price", "price", "Amount of money"),
    (r"owner|repo", "repository", "The repository"),
]  # fmt: skip
"""Words of the names that belong together, name of their group, what it is."""
_UNTELLING = words(
    "is has include with max min num show new get set no filter use the for only enable allow can should also related "
    "old name type number id ids monthly annual yearly daily weekly hourly total average initial final current main "
    "first last other extra full short long"
)
_BOUNDARY = {"start", "end", "from", "to", "min", "max", "since", "until", "first", "last", "earliest", "latest"}
_REST = {"create": ("details", "Further details"), "update": ("settings", "Further settings")}
_BULK = (
    "create",
    "add",
    "insert",
    "book",
    "register",
    "order",
    "buy",
    "reserve",
    "schedule",
    "send",
    "upload",
    "invite",
)


class Group(NamedTuple):
    """Parameters that could become one: `members` maps their names to those inside the group."""

    label: str
    name: str
    text: str
    members: dict[str, str]


def _groups(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    names = {name: spoken(name) for name in _properties(node) if not transport(name)}
    groups = [*_shared(names), *_rest(api, node, names)]
    for pattern, title, text in _BELONG:
        members = {name: name for name, called in names.items() if _belongs(pattern, called)}
        groups.append(Group("known", title, text, members))
    for group in groups:
        called = styled(group.name, node["properties"])
        if len(group.members) > 1 and (called not in node["properties"] or called in group.members):
            yield from _nested(path, node, group._replace(name=called))
    thing = plural(act(api).thing)
    flagged = any(field.get("type") == "boolean" for field in _properties(node).values())
    if not path and thing and not flagged and len(node["properties"]) in range(2, 7) and act(api).verb in _BULK:
        yield from _nested(
            path, node, Group("bulk", styled(thing, names), "", {name: name for name in node["properties"]})
        )


@lru_cache(maxsize=50_000)
def _belongs(pattern: str, name: str) -> bool:
    return bool(re.fullmatch(pattern, name))


def _shared(names: dict[str, str]) -> Iterator[Group]:
    """Yields the parameters whose names share their first or their last word, with what is left of the names."""
    heads: dict[str, dict[str, str]] = defaultdict(dict)
    tails: dict[str, dict[str, str]] = defaultdict(dict)
    for name, called in names.items():
        first, _, rest = called.partition(" ")
        front, _, last = called.rpartition(" ")
        if (
            rest[:1].isalpha()
            and not re.search(r"\d", rest)
            and first.isalpha()
            and len(first) > 2
            and first not in _UNTELLING
        ):
            heads[first][name] = styled(rest, names)
        if (
            front[:1].isalpha()
            and not re.search(r"\d", front)
            and last.isalpha()
            and len(last) > 2
            and last not in _UNTELLING
        ):
            tails[last][name] = styled(front, names)
    for first, members in heads.items():
        yield Group("prefix", first, f"Details of the {first}", members)
    for last, members in tails.items():
        span = {spoken(part) for part in members.values()} <= _BOUNDARY
        text = f"Range of the {last}" if span else plural(last).capitalize()
        yield Group("suffix", f"{last} range" if span else plural(last), text, members)


def _rest(api: Api, node: Schema, names: dict[str, str]) -> Iterator[Group]:
    """Yields optional parameters that have nothing else in common."""
    needed, kind = _required(node), act(api).kind
    loose = [name for name in names if name not in needed and not _depth(node["properties"][name])]
    word, text = _REST.get(kind, ("options", "Further options"))
    plain = [name for name in loose if node["properties"][name].get("type") != "boolean"]
    if kind == "list" and not any(_SINGLE.fullmatch(names[name]) for name in plain):
        word, text, loose = "filters", "Narrows down the results", plain
    taken = {singular(spoken(name)) for name in node["properties"]}
    while singular(word) in taken:
        word = f"more {word}"
    for size in range(2, 1 + min(5, len(loose))):
        yield Group("optional", word, text, {name: name for name in loose[:size]})


def _nested(path: Path, node: Schema, group: Group) -> Iterator[Change]:
    label, name, text, members = group
    fields = {called: node["properties"][member] for member, called in members.items()}
    required = [called for member, called in members.items() if member in _required(node)]
    schema: Schema = {"type": "object", "description": f"{text}."[:DESCRIPTION], "properties": fields}
    schema = _requiring(schema, required)
    whole = bool(path) and len(members) == len(node["properties"])
    if whole or len(path) + 1 + _depth(schema) > DEPTH or len(fields) < len(members):
        return
    if label != "bulk":
        yield Change(label, path, tuple(members), name, schema, bool(required))
    several = name if label == "bulk" else styled(plural(spoken(name)), node["properties"])
    if label in ("bulk", "prefix") and several not in node["properties"]:
        items = {key: value for key, value in schema.items() if key != "description"}
        told = f"One or more {spoken(several)}."[:DESCRIPTION]
        listed = {"type": "array", "description": told, "items": items, "minItems": 1}
        yield Change("list", path, tuple(members), several, listed, bool(required))


# --- answers

Answer = tuple[str, Schema, list[Extra]]
"""The sentence that says what is returned, its schema, and parameters that go with it."""
_KEYWORDS = {"type", "description", "enum", "default", "format", "examples", "minimum", "maximum"}
_MORE: list[tuple[str, str, str, Schema]] = [
    ("updated_at", "list read create update other", "the time of the last change",
     _line("Time of the last change.") | {"format": "date-time"}),
    ("url", "list read create update", "a web address that shows more",
     _line("Web address that shows more.") | {"format": "uri"}),
    ("summary", "list read create update delete other", "a summary in one sentence", _line("Summary in one sentence.")),
    ("warning", "list read create update delete compute other", "a warning, if there is any,",
     _line("What might be wrong.")),
    ("method", "compute", "the way in which it was computed", _line("How it was computed.")),
]  # fmt: skip
"""Name of a field, kinds of API whose answers it suits, what it is, its schema."""
_ASIDE = re.compile(r"(?:_?links|errors?|warnings?|messages?|meta|metadata|facets|included|fields|columns)")
_DONE = choice("Whether it was done.", "done", "pending", "failed")


def _is_schema(value: Json) -> bool:
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return False
    inside = value.get({"object": "properties", "array": "items"}.get(kind, ""))
    return isinstance(inside, dict) if kind in ("object", "array") else kind in _SCALARS and value.keys() <= _KEYWORDS


def _shape(value: Json, depth: int = 4) -> Schema:
    """Gives the schema of an answer that is known by an example."""
    if isinstance(value, dict) and value and depth:
        fields = {str(name): _shape(one, depth - 1) for name, one in islice(value.items(), WIDTH)}
        return {"type": "object", "properties": fields}
    if isinstance(value, list) and value and depth:
        return {"type": "array", "items": _shape(value[0], depth - 1)}
    for kind, types in (("boolean", bool), ("integer", int), ("number", float), ("string", str)):
        if isinstance(value, types):
            return {"type": kind, "examples": [value]}
    return {"type": "array" if isinstance(value, list) else "object"}


def _rows(api: Api, answer: Schema) -> tuple[str, Schema, Schema, bool]:
    """Gives the list that an answer is or holds: its name, itself, its rows, True; or the answer as its only row."""
    kind, thing = act(api).kind, stems(act(api).thing)
    lists = [
        (name, field)
        for name, field in _properties(answer).items()
        if field.get("type") == "array"
        and not _ASIDE.fullmatch(spoken(name))
        and (kind == "list" or not thing.isdisjoint(stems(name)))
    ]
    name, rows = lists[0] if len(lists) == 1 else ("", answer)
    if rows.get("type") != "array":
        return "", answer, answer, False
    return name, rows, rows["items"] if isinstance(rows.get("items"), dict) else {}, True


def _noun(api: Api, name: str) -> str:
    """Names what an answer lists, in the plural."""
    said = re.sub(" list$", "", spoken(name))
    vague = re.fullmatch(r"(?:items?|data|results?|values?|list|records?|entries|content|objects?|)", said)
    return plural((act(api).thing or "result") if vague else said)


def _pages(api: Api, answer: Schema) -> Iterator[Answer]:
    name, rows, _, listing = _rows(api, answer)
    known = " ".join(map(spoken, [*_properties(answer), *_properties(api.parameters)]))
    if act(api).kind != "list" or re.search(r"\b(?:page|next|cursor|offset|token|total|marker|more)\b", known):
        return
    noun = _noun(api, name)
    listed = rows if listing else {"type": "array", "items": answer}
    fields = {
        name or "_".join(words(noun)) or "items": listed | {"description": f"The {noun} of this page."},
        "total": {"type": "integer", "description": f"Number of {noun} on all pages."},
        "next_page": {"type": "integer", "description": "Number of the next page, if there is one."},
    }
    page = {"type": "integer", "description": "Number of the page to return. Default is 1.", "minimum": 1, "default": 1}
    extra = Extra(styled("page", _properties(api.parameters)), page)
    yield f"The {noun} are returned in pages, with their total number.", _object("", fields, 0), [extra]


def _fewer(api: Api, answer: Schema) -> Iterator[Answer]:
    name, _, row, listing = _rows(api, answer)
    for size in (2, 3) if len(_properties(row)) > 3 else ():
        kept = dict(islice(_properties(row).items(), size))
        told, schema = f"Only the {series([spoken(field) for field in kept])}", _object("", kept, 0)
        if listing:
            noun = _noun(api, name)
            told = f"{told} of each {singular(noun)}"
            rows = {"type": "array", "description": f"The {noun}.", "items": schema}
            schema = _object("", {name: rows}, 0) if name else rows
        yield f"{told} are returned.", schema, []


def _further(api: Api, answer: Schema) -> Iterator[Answer]:
    name, rows, row, listing = _rows(api, answer)
    for field, kinds, what, schema in _MORE if _properties(row) else ():
        if field in _properties(row) or act(api).kind not in kinds.split():
            continue
        more = row | {"properties": row["properties"] | {field: schema}}
        if listing:
            rows = rows | {"items": more}
            whole = answer | {"properties": answer["properties"] | {name: rows}} if name else rows
            yield f"For each {singular(_noun(api, name))}, {what} is returned too.", whole, []
        else:
            yield f"{what[0].upper()}{what[1:]} is returned too.", more, []


def _counts(api: Api, answer: Schema) -> Iterator[Answer]:
    name, _, row, listing = _rows(api, answer)
    if not listing or not row or act(api).kind not in ("list", "read"):
        return
    noun = _noun(api, name)
    count: Schema = {"count": {"type": "integer", "description": f"Number of {noun}."}}
    for field, schema in _properties(row).items():
        if values := schema.get("enum"):
            each = {str(value): {"type": "integer"} for value in values[:WIDTH]}
            by = _object(f"Number of {noun} for each {spoken(field)}.", each, 0)
            told = f"Only the number of {noun} is returned, in total and by {spoken(field)}."
            yield told, _object("", count | {"by_" + "_".join(words(field)): by}, 0), []
    first = {"first": row | {"description": f"The first of the {noun}."}}
    yield f"The number of {noun} is returned, with the first of them.", _object("", count | first, 0), []


def _receipt(api: Api, answer: Schema) -> Iterator[Answer]:
    kind, thing = act(api).kind, act(api).thing or "result"
    if kind in ("create", "update"):
        fields = {"id": _line(f"Identifier of the {thing}."), "status": _DONE}
        yield f"The identifier and the status of the {thing} are returned.", _object("", fields), []
    if kind in ("create", "update", "delete"):
        fields = {"status": _DONE, "message": _line("What was done, in one sentence.")}
        yield "A status and a message are returned.", _object("", fields), []
        fields = {"status": _DONE, "seconds": _number("Seconds that it took.")}
        yield "The status and the time it took are returned.", _object("", fields), []


def _told(api: Api) -> Iterator[Answer]:
    """What can be returned where nothing is known."""
    answer = {"answer": _line("The answer in one or two sentences.")}
    when = {"made_at": _line("Time of the answer.") | {"format": "date-time"}}
    yield "The answer is returned in words, with the time it was made.", _object("", answer | when), []
    source = {"source": _line("Where the answer comes from.")}
    yield "The answer is returned in words, with its source.", _object("", answer | source), []


_ANSWERS = (_pages, _fewer, _further, _counts, _receipt)


# --- names

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
    for name, field in _properties(api.parameters).items():
        called = spoken(name)
        plain = not transport(name) and called.count(" ") < 3 and not _SINGLE.fullmatch(called) and called not in phrase
        wanted = plain and (kind == "list" or name not in _required(api.parameters))
        if wanted and field.get("type") in ("string", "integer", "number"):
            telling.append(f"{'by' if kind == 'list' else 'with'} {called}")
    return telling


# --- what the operators promise


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
        compound = any(_type(new[path])[0] in ("array", "object") or "enum" in new[path] for path in fresh)
        replaced = any(path not in new for path in old) and bool(fresh)
        return compound or replaced or any(_type(old[path]) != _type(new[path]) for path in both)
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
