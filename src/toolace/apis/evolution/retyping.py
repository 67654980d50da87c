"""Other types that a parameter could have as sensibly: an indicator of evolution (ToolACE §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from toolace.apis.evolution.acts import act, plural, series, singular, spoken, stems, styled, transport
from toolace.apis.evolution.borrowing import choice
from toolace.apis.evolution.changes import (
    SCALARS,
    SINGLE,
    Change,
    Path,
    compound,
    depth_of,
    description_of,
    joined,
    line,
    number,
    properties_of,
    required_in,
)
from toolace.apis.evolution.constraints import BOUNDED, SERIES, listed_in
from toolace.apis.normalise import DEPTH, Schema
from toolace.records import Api

_SUCH_AS = re.compile(rf",? ?\(?(?:e\.g\.|for example|such as|like)[,:]? {SERIES}\)?(?=\.$|\. )", re.IGNORECASE)
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
_KIND = (
    r"ids?|identifiers?|names?|codes?|symbols?|numbers?|keys?|slugs?|email address|email|status|type|category|"
    r"Amazon Resource Name \(ARN\)"
)
_OF = re.compile(
    rf"(?:The |A |An )?(?:unique )?({_KIND}) (?:of|for) (?:the|an?|this) ([a-z]+(?: [a-z]+)?)((?: to [a-z]+)?)\.",
    re.IGNORECASE,
)


def mutations(api: Api, path: Path, node: Schema) -> Iterator[Change]:
    """Yields the changes of type that suit the parameters of one object."""
    names = [*node["properties"]]
    for name, field in properties_of(node).items():
        if transport(name):
            continue
        for label, phrase, schema in _other_types(api, spoken(name), field) if not name.isupper() else ():
            called = name if phrase == spoken(name) else styled(phrase, names)
            sound = called == name or (called not in names and called and not called[0].isdigit())
            if sound and len(path) + 1 + depth_of(schema) <= DEPTH:
                yield Change(label, path, (name,), called, schema, name in required_in(node))


def _other_types(api: Api, name: str, field: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yields what a parameter could be instead: the kind of mutation, the words for its name, its schema."""
    kind, text = field.get("type"), description_of(field) or f"{name.capitalize()}."
    if kind == "boolean" and text.startswith("Whether to ") and "dry" not in name:
        yield "flag", name, _as_flag(field, text)
    if "default" in field or "efault" in text:
        return
    if kind == "string" and field.keys().isdisjoint({"enum", "format", "pattern", "const"}):
        yield from _as_choice(name, field, text)
        yield from _as_parts(act(api).kind, name, text)
    if kind in ("string", "integer"):
        yield from _as_list(api, name, field, text)
    if kind in ("number", "integer") and "enum" not in field and not BOUNDED.search(text):
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
    days = {end: line(f"{word} day, YYYY-MM-DD.") | {"format": "date"} for end, word in ends.items()}
    yield "range", re.sub("day$|date$", "date range", name), compound(_clause(stem, "as a range of days"), days)


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
        values, text = listed_in(listed[1]), text[: listed.start()] + text[listed.end() :]
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
    filtering = kind == "list" and field["type"] == "string" and not SINGLE.fullmatch(name)
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
    if not isinstance(items, dict) or items.get("type") not in SCALARS or field.keys() & {"minItems", "maxItems"}:
        return
    if one == name or kind == "compute" or SINGLE.fullmatch(name) or re.search(r"\bpairs?\b|\[", text):
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
        fields = {"city": line("Name of the city.", "city"), "country": line("Country of the city.", "country")}
        told = re.sub(r"^(?:The )?(?:name of (?:the |a )?)?(?:city|town)\b", "Place", text, flags=re.IGNORECASE)
        yield "place", re.sub("city$|town$", "location", name), compound(_clause(told, "as city and country"), fields)
    elsewhere = r"e-?mail|\bip\b|mac\b|wallet|web|url|network|contract|bitcoin|hash|token|crypto|blockchain|domain|peer"
    if last == "address" and not re.search(elsewhere, f"{low} {name}"):
        code = line("Postal code.") | {"x-values": ["10115", "94107", "75001"]}
        fields = {"street": line("Street and number.", "street_address"), "city": line("City.", "city")}
        yield (
            "address",
            name,
            compound(_clause(text, "by street, city and postal code"), fields | {"postal_code": code}),
        )
    persons = "person|guest|customer|patient|author|contact|employee|owner|recipient|player|artist|student"
    if re.search(rf"full name|name of the (?:{persons})\b", low):
        fields = {"first_name": line("First name.", "first_name"), "last_name": line("Last name.")}
        yield "person", name, compound(_clause(text, "split into first and last name"), fields)
    texts = ("message", "text", "body", "content", "comment", "note", "notes", "description", "summary", "bio")
    if kind in ("create", "update") and last in texts:
        fields = {
            "text": line("The text itself.", "topic"),
            "format": choice("Markup of the text.", "plain", "markdown", "html"),
        }
        yield "text", name, compound(_clause(text, "together with the format"), fields, 1)


def _as_quantity(kind: str, name: str, field: Schema, text: str) -> Iterator[tuple[str, str, Schema]]:
    """A number becomes value and unit, amount and currency, value and uncertainty, or a range."""
    last = name.rpartition(" ")[2]
    named = re.search(r",? (?:measured |given |expressed )?in ([a-z/]+)\b(?! \w+ed)(?! since)", text)
    unit = last if last in _UNIT else named[1] if named and named[1] in _UNIT else ""
    shorter = name.removesuffix(unit).strip() if unit == last else name
    if unit and shorter and not re.search("1970|epoch|timestamp|since", text):
        told = text.replace(named[0], "", 1) if named and named[1] in _UNIT else text
        fields = {"value": number("How many of the unit."), "unit": choice("Unit of the value.", *_UNIT[unit])}
        yield "unit", shorter, compound(_clause(told, "with its unit"), fields)
    elif _MONEY.fullmatch(name) and not re.search(r"cent|smallest|minor|\bshare|coin|crypto", text):
        told = re.sub(r",? in (?:US )?(?:dollars|euros|USD|EUR)\b", "", text)
        fields = {
            "amount": number("Amount of money."),
            "currency": choice("Code of the currency.", "USD", "EUR", "GBP", "JPY"),
        }
        yield "money", name, compound(_clause(told, "with its currency"), fields)
    elif kind == "compute" and field["type"] == "number" and not re.search("percent|rate|price|dollar|money", text):
        fields = {"value": number("The value itself."), "uncertainty": number("By how much it may be off.")}
        yield "uncertain", name, compound(_clause(text, "with its uncertainty"), fields, 1)
    if kind == "list" and _SPAN.fullmatch(name) and not _END.search(name):
        ends = {"min": "Lowest", "max": "Highest"}
        fields = {end: {"type": field["type"], "description": f"{word} value."} for end, word in ends.items()}
        yield "range", f"{name} range", compound(_clause(text, "as a range"), fields, 0)
