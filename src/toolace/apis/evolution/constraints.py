"""Constraints that fit a parameter's type, name and description: an indicator of evolution (ToolACE §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import jsonschema_rs

from toolace.apis.evolution.acts import series, spoken, transport
from toolace.apis.evolution.changes import Change, Path, description_of, joined, properties_of, required_in
from toolace.apis.normalise import Schema
from toolace.records import Api, Json

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
BOUNDED = re.compile(r"\d|at (?:least|most)|between|negative|positive|maximum of|up to|\bone\b", re.IGNORECASE)
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
SERIES = rf"((?:{_WORD}(?:, (?:or |and )?| or | and )){{1,8}}{_WORD})"
_ONE_OF = re.compile(
    r"[ ,(:]*(?:(?:it |this )?(?:must be |can be |should be )?(?:one|any) of(?: the following)?|can be|must be|either|"
    r"(?:possible|valid|allowed|accepted|supported|available)(?: \w+)? (?:values|options)(?: are| include)?|"
    rf"options|values):? {SERIES}\)?\.(?= |$)",
    re.IGNORECASE,
)


def restrictions(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    """Yields the constraints that suit the parameters of one object."""
    needed = required_in(node)
    for name, field in properties_of(node).items():
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
        if free and _essential(spoken(name), description_of(field)):
            text = joined(description_of(field), "Must be given.")
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
    kind, text = field.get("type"), description_of(field)
    if field.keys() & {"enum", "const", "exclusiveMinimum", "exclusiveMaximum"}:
        return
    if kind in ("integer", "number") and (rule := _number_rule(name, text)):
        low, high = rule
        if high is not None:
            yield "range", {"minimum": low, "maximum": high}, joined(text, f"Between {low} and {high}.")
        yield "minimum", {"minimum": low}, joined(text, "Must not be negative." if low == 0 else f"At least {low}.")
    elif kind == "array" and not BOUNDED.search(text):
        yield "size", {"minItems": 1, "maxItems": 10}, joined(text, "One to ten of them.")
        yield "size", {"minItems": 1}, joined(text, "At least one.")
        yield "size", {"maxItems": 20}, joined(text, "At most 20.")
    elif kind == "string":
        yield from _text_bounds(name, field, text)


@lru_cache(maxsize=20_000)
def _number_rule(name: str, text: str) -> tuple[int, int | None] | None:
    if BOUNDED.search(re.sub(r"(?:The )?default(?: is|s to|:) \S+", "", text, flags=re.IGNORECASE)):
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
    values = listed_in(listed[1]) if listed else []
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


def listed_in(text: str) -> list[str]:
    """Gives the values of a list in words: `red, green or "blue"`."""
    return re.findall(r"[A-Za-z][\w-]*", re.sub(r",? (?:or|and) ", ", ", text))
