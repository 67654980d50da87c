"""What an API can take from its siblings, or from a small library where they have nothing that fits.

For the operators of evolution (ToolACE §2.1). Words decide what fits: what only the sibling is about stays there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Any, NamedTuple

from toolace.apis.descriptions import words
from toolace.apis.evolution.acts import ONLY_VERBS, READING, act, singular, spoken, stems, styled, transport
from toolace.apis.normalise import Schema
from toolace.records import Api

_COMPANY = {
    "list": ("list", "read", "compute"),
    "read": ("read", "list", "compute"),
    "create": ("create", "update"),
    "update": ("update", "create"),
    "delete": ("delete",),
    "compute": ("compute", "read"),
    "other": ("other", "read", "list"),
}
"""Kinds of API whose work goes with that of a kind."""
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][\w ,'/-]{2,}")
_VAGUE = words(
    "id name type status title description date value slug code key state text body data items content input"
)
"""Names that mean something else in every API."""


class Extra(NamedTuple):
    """A parameter that an API can take, and the name of the API it comes from ("" for the library's own)."""

    name: str
    schema: Schema
    donor: str = ""


def _text(description: str, *values: str) -> Schema:
    return {"type": "string", "description": description} | ({"x-values": list(values)} if values else {})


def choice(description: str, *values: str) -> Schema:
    """Gives a text parameter that has one of a few values."""
    return {"type": "string", "description": description, "enum": list(values)}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": f"Whether {description}. Default is false.", "default": False}


def _texts(description: str, *values: str) -> Schema:
    items: Schema = {"type": "string"} | ({"x-values": list(values)} if values else {})
    return {"type": "array", "description": description, "items": items}


def _number(description: str, low: int, high: int, default: int) -> Schema:
    bounds = {"minimum": low, "maximum": high, "default": default}
    return {"type": "integer", "description": f"{description}, from {low} to {high}. Default is {default}."} | bounds


def _day(description: str) -> Schema:
    return {"type": "string", "format": "date", "description": f"{description}, YYYY-MM-DD.", "x-values": "date"}


_WRITE = "create update"
_TIMED = r"(?:date|hour|clock|local time|schedule|calendar|event|meeting|appointment|reminder)s?\b"
_PRICED = r"(?:price|cost|amount|fee|payment|invoice|budget|salary|fare|loan|charge|purchase|refund)s?\b"
_STATE = r"status|state\b|balance|rates?\b|polic|config|setting|inventory|stock|member|usage|score|account|rule"
_MADE = "creat|added|updated|modified|stored|saved|uploaded|orders?|invoices?|tickets?|issues?|posts?|files?|messages?"
_GONE = "delet|remov|eras|destroy|drop"
_LIBRARY: list[tuple[str, str, str, str, Schema]] = [
    ("list", "", "limit|max|count|size|per page|top|number", "limit", _number("Highest number of results", 1, 100, 20)),
    ("list", "", "offset|skip|start|page|cursor", "offset", _number("Number of results to skip", 0, 10000, 0)),
    ("list", "", "sort|order|direction", "sort_order", choice("Order of the results.", "ascending", "descending")),
    ("list", "", "sort|order", "sort_by", choice("What comes first.", "relevance", "newest", "oldest", "name")),
    ("list", "", "query|^q|search|keyword|text|term|filter", "keyword",
     _text("Only results that contain this word.", "draft", "annual", "green", "north", "summer", "basic")),
    ("list", _MADE, "creat|since|from|after|start|date", "created_after", _day("Only those created after this day")),
    ("list", _MADE, "creat|until|to|before|end|date", "created_before", _day("Only those created before this day")),
    ("list", _MADE, "updat|modif|since|changed", "updated_since", _day("Only those changed since this day")),
    ("list", "", "exclu|omit|ignore|except", "exclude",
     _texts("Names of results to leave out.", "draft", "test", "archive", "sample", "legacy")),
    ("list", "", "count only|total|summary", "count_only", _flag("only the number of results is returned")),
    ("list", _MADE, "archiv|delet|inactive", "include_archived", _flag("to return archived ones too")),
    ("list read", "", "detail|expand|include|view|verbos", "detail_level",
     choice("How much detail is returned.", "brief", "standard", "full")),
    ("list read", "", "field|select|attribute|propert|expand", "fields",
     _texts("Names of the fields to return; all of them if left out.", "name", "status", "type", "description")),
    ("read", _STATE, "history|version|revision", "include_history", _flag("to return earlier versions too")),
    ("read", _STATE, "date|time|as of|at|version", "date", _day("Day whose state is returned")),
    (_WRITE, "", "note|comment|description|memo|text|message|content|body", "notes",
     _text("Notes for colleagues, in free text.", "Agreed by phone", "First of two", "Check next week", "Asked twice")),
    (_WRITE, "", "tag|label|categor", "tags",
     _texts("Short words by which it can be found later.", "urgent", "private", "work", "summer", "review")),
    (_WRITE + " delete", "", "notif|alert|email", "notify", _flag("to notify everyone concerned")),
    (_WRITE, "", "schedul|start|date|time|when|at|delay", "scheduled_date",
     _day("Day on which to do this; at once if left out")),
    (_WRITE, "", "priorit|urgen|importan|severity", "priority", choice("How urgent it is.", "low", "normal", "high")),
    (_WRITE, "offer|coupon|voucher|subscription|listing|link|invit|permission|contract|member|pass|quote",
     "expir|until|end|valid|ttl|date", "valid_until", _day("Last day on which it is valid")),
    ("create", "", "visib|public|private|access|shar", "visibility", choice("Who can see it.", "me", "team", "all")),
    (_WRITE + " delete", "", "dry|valid|preview|simul|test", "dry_run",
     _flag("to check the request without carrying it out")),
    ("update delete", "", "reason|note|comment|message|cause", "reason",
     _text("Why this is done.", "entered by mistake", "no longer needed", "asked by the customer", "out of date")),
    ("delete", _GONE, "backup|archiv|copy|snapshot|soft", "keep_copy", _flag("a copy is kept for 30 days")),
    ("delete", _GONE, "recurs|cascade|force|child", "cascade", _flag("everything that belongs to it goes too")),
    ("compute", "", "decimal|precision|digit|round", "decimals", _number("Number of decimals in the result", 0, 10, 2)),
    ("compute", "", "round", "rounding", choice("How the result is rounded.", "nearest", "up", "down")),
    ("compute", "", "step|explain|detail|verbos", "show_steps", _flag("the single steps are returned too")),
    ("compute", "", "label|name|title|note", "label",
     _text("Label under which the result is kept.", "first try", "baseline", "option B", "worst case", "plan 2025")),
    ("", _PRICED, "currenc", "currency",
     _text("Currency of all amounts, as a code of three letters.", "EUR", "USD", "GBP", "JPY")),
    ("", _TIMED, "zone|tz|offset|utc", "time_zone",
     _text("Time zone of all times, e.g. Europe/Paris.", "Europe/Paris", "Asia/Tokyo", "America/New_York", "UTC")),
    ("", "", "lang|locale|cultur", "language",
     _text("Language of the texts in the answer.", "English", "Spanish", "French", "German")),
    ("", "", "format|output|accept|media", "output_format", choice("Format of the answer.", "json", "csv", "text")),
    ("", "", "email|notif|copy", "copy_email",
     _text("Email address to which a copy of the answer is sent.") | {"format": "email"}),
    ("", "", "timeout|wait|deadline", "timeout", _number("Seconds to wait for an answer", 1, 300, 30)),
    ("", "", "reference|correlation|external", "reference",
     _text("Your own reference; it is repeated in the answer.", "A-1", "trip-7", "Q3", "batch-12", "order-88")),
]  # fmt: skip
"""Kinds of API that it suits, words of the API that call for it, words that make it needless, name, schema."""


def borrow(api: Api, donors: Sequence[Api], rng: Random) -> Iterator[Extra]:
    """Yields parameters that are new to the API and make sense in it: the donors' in any order, then the library's.

    There is always another one.
    """
    names = list(named(api.parameters))
    taken = {singular(spoken(name)) for name in names}
    for phrase, schema, donor in _offers(api, donors, rng):
        called = styled(phrase, names)
        if singular(phrase) not in taken and _NAME.fullmatch(called):
            taken.add(singular(phrase))
            yield Extra(called, schema, donor)


def _offers(api: Api, donors: Sequence[Api], rng: Random) -> Iterator[tuple[str, Schema, str]]:
    offers = [(donor, name) for donor in donors for name in donor.parameters.get("properties", {})]
    found = [(donor, name) for donor, name in offers if name not in donor.parameters.get("required", [])]
    for donor, name in rng.sample(found, len(found)):
        schema = donor.parameters["properties"][name]
        if _fits(api, donor, name, schema):
            yield spoken(name), schema, donor.name
    for name, schema in _library(api, rng):
        yield spoken(name), schema, ""
    for number in count(2):
        yield f"reference {number} id", _text("Another reference; it is repeated in the answer."), ""


def named(schema: Any) -> Iterator[str]:
    """Yields the names of the parameters at all levels."""
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            yield name
            yield from named(field)
        yield from named(schema.get("items"))


def _fits(api: Api, donor: Api, name: str, schema: Any) -> bool:
    """Says whether a donor's parameter makes sense elsewhere: its words say nothing of what only the donor is about."""
    text = schema.get("description") if isinstance(schema, dict) else None
    if transport(name) or not isinstance(text, str) or len(text.split()) < 3 or spoken(name) in _VAGUE:
        return False
    mine, theirs = act(api).kind, act(donor).kind
    if mine != theirs and {mine, theirs} != {"create", "update"}:
        return False
    said = stems(name) | stems(text)
    if mine not in ("list", "read") and said.isdisjoint(_topics(api)):
        return False
    if mine == "compute" and not schema.keys() & {"default", "enum"}:
        return False
    others = stems(donor.name) | stems(donor.description)
    own = stems(api.name) | stems(api.description)
    return said.isdisjoint(others - own) and not _topics(api).isdisjoint(said | others)


def _topics(api: Api) -> frozenset[str]:
    """Gives the words that an API's definition is about."""
    names = [name for name in api.parameters.get("properties", {}) if not transport(name)]
    return stems(api.name).union(stems(api.description), *map(stems, names))


def _library(api: Api, rng: Random) -> Iterator[tuple[str, Schema]]:
    """Yields the entries of the library that suit the API: those for its kind or its topic before those for all."""
    kind = act(api).kind
    names = [spoken(name) for name in named(api.parameters)]
    about = f"{spoken(api.name)} {api.description}".lower()
    suiting = [entry for entry in _LIBRARY if kind in (entry[0] or kind) and re.search(rf"\b(?:{entry[1]})", about)]
    rng.shuffle(suiting)
    for _, _, needless, name, schema in sorted(suiting, key=lambda entry: not (entry[0] or entry[1])):
        if not any(re.search(rf"\b(?:{needless})", known) for known in names):
            yield name, schema


class Service(NamedTuple):
    """Something that an API can do besides, said in the imperative, and the parameters for it."""

    phrase: str
    extras: list[Extra]


_MAIL: Schema = {"type": "string", "format": "email", "description": "Email address to send it to."}
_PEOPLE: Schema = _texts("Email addresses of these people.") | {"items": {"type": "string", "format": "email"}}
_SERVICES: list[tuple[str, str, str, str, Schema]] = [
    ("list", "", "email new results as they appear", "alert_email", _MAIL),
    ("list", "", "export the results to a file", "export_format", choice("Format of the file.", "csv", "xlsx", "pdf")),
    ("list", _MADE, "count the results by month", "count_by_month", _flag("the results are counted by month")),
    ("list read other", "", "email the answer to other people", "send_to", _PEOPLE),
    ("read", "status|state|price|rate|balance|track|result|availab",
     "email later changes as they happen", "alert_email", _MAIL),
    ("read", "polic|config|setting|document|file|profile|schema|plan|list",
     "show what has changed since a given day", "changes_since", _day("Day to compare with")),
    (_WRITE, "file|document|report|event|note|photo|board|page|project|calendar|list|order",
     "share it with other people", "share_with", _PEOPLE),
    (_WRITE, "task|event|meeting|appointment|bill|invoice|booking|reserv|order|ticket",
     "remind somebody of it on a given day", "remind_on", _day("Day of the reminder")),
    (_WRITE, "message|post|ticket|issue|task|note|report|order|request|comment|case",
     "add a file to it", "attachment_url", _text("Web address of the file.") | {"format": "uri"}),
    (_WRITE + " delete", "", "send a confirmation by email", "confirmation_email", _MAIL),
    (_WRITE + " delete", "", "do so at a later date", "scheduled_date", _day("Day on which to do so")),
    ("update", "", "keep a copy of the earlier state", "keep_copy", _flag("a copy of the earlier state is kept")),
    ("compute", "", "explain the calculation step by step", "show_steps", _flag("the single steps are returned too")),
    ("compute", "", "save the result under a name", "save_as", _text("Name for the result.", "draft", "plan A")),
    ("compute", "", "compare the result with an expected value", "expected_value",
     {"type": "number", "description": "Value to compare the result with."}),
]  # fmt: skip
"""Kinds of API that it suits, words of the API that call for it, what it is, name and schema of its parameter."""
_UNCLEAR = re.compile(
    r"\b(?:it|its|they|them|you|ones?|none|null|following|above|below|me|my|i|crud)\b|\d{3}|"
    r"\b(?:the|an?) (?:\w+ )?(?:the|an?)\b|^log ",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"(?:The |A )?(?:[\w-]+ )?\w+ (?:of|for) (?:the|an?|this) ([a-z]+)\b")


def service(api: Api, donors: Sequence[Api], rng: Random) -> Service:
    """Gives something that the API could do besides: what a donor does, or else what any API of its kind can do."""
    for donor in rng.sample(donors, len(donors)):
        if _goes_with(api, donor) and (found := _taken_over(api, donor, rng)):
            return found
    kind, names = act(api).kind, list(named(api.parameters))
    for kinds, topic, phrase, name, schema in rng.sample(_SERVICES, len(_SERVICES)):
        called = styled(name, names)
        if kind in kinds and re.search(topic, act(api).thing) and phrase not in api.description and called not in names:
            return Service(phrase, [Extra(called, schema)])
    extra = next(borrow(api, [], rng))  # after all else was taken
    return Service(f"take the {spoken(extra.name)} into account", [extra])


def _goes_with(api: Api, donor: Api) -> bool:
    """Says whether the donor's act can be told in a few plain words, is another one, and has to do with the API's."""
    mine, theirs = act(api), act(donor)
    telling = theirs.thing and theirs.phrase.count(" ") > 1 and len(theirs.phrase) <= 90
    if theirs.kind not in _COMPANY[mine.kind] or not telling or _topics(api).isdisjoint(_topics(donor)):
        return False
    if theirs.phrase.split()[1] in ONLY_VERBS:
        return False
    if not _PLAIN.fullmatch(theirs.phrase) or _UNCLEAR.search(theirs.phrase):
        return False
    known, said = stems(api.name) | stems(api.description), stems(theirs.phrase)
    foreign = mine.kind not in READING and known.isdisjoint(stems(theirs.thing))
    return said <= stems(donor.description) and not said <= known and not foreign


def _taken_over(api: Api, donor: Api, rng: Random) -> Service | None:
    """Gives the donor's act with the parameters that it needs, or None when these are too many."""
    _, verb, thing, kind = act(donor)
    names = list(named(api.parameters))
    taken = {singular(spoken(name)) for name in names}
    extras = {}
    for name in donor.parameters.get("required", []):
        schema, called = donor.parameters["properties"][name], spoken(name)
        text = str(schema.get("description")) if isinstance(schema, dict) else ""
        if " " not in text.strip() and not transport(name):
            return None
        if called in _VAGUE:
            whose = _WHOSE.match(text)
            owner = whose[1] if whose and whose[1] != called else singular(thing)
            called = f"{owner} {called}"
        if not transport(name) and singular(called) not in taken and _NAME.fullmatch(styled(called, names)):
            extras[styled(called, names)] = schema
    switch = styled(f"{'include' if kind in READING else f'also {verb}'} {thing}", names)
    if (not extras or rng.random() < 0.5) and switch not in names:
        extras[switch] = _flag(f"to also {act(donor).phrase}")
    found = [Extra(name, schema, donor.name) for name, schema in extras.items()]
    return Service(act(donor).phrase, found) if 0 < len(found) <= 4 else None
