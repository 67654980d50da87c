"""Other answers that an API could return: an indicator of evolution (ToolACE §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from toolace.apis.descriptions import words
from toolace.apis.evolution.acts import act, plural, series, singular, spoken, stems, styled
from toolace.apis.evolution.borrowing import Extra, choice
from toolace.apis.evolution.changes import SCALARS, compound, line, number, properties_of
from toolace.apis.normalise import WIDTH, Schema
from toolace.records import Api, Json

Answer = tuple[str, Schema, list[Extra]]
"""The sentence that says what is returned, its schema, and parameters that go with it."""
_KEYWORDS = {"type", "description", "enum", "default", "format", "examples", "minimum", "maximum"}
_MORE: list[tuple[str, str, str, Schema]] = [
    ("updated_at", "list read create update other", "the time of the last change",
     line("Time of the last change.") | {"format": "date-time"}),
    ("url", "list read create update", "a web address that shows more",
     line("Web address that shows more.") | {"format": "uri"}),
    ("summary", "list read create update delete other", "a summary in one sentence", line("Summary in one sentence.")),
    ("warning", "list read create update delete compute other", "a warning, if there is any,",
     line("What might be wrong.")),
    ("method", "compute", "the way in which it was computed", line("How it was computed.")),
]  # fmt: skip
"""Name of a field, kinds of API whose answers it suits, what it is, its schema."""
_ASIDE = re.compile(r"(?:_?links|errors?|warnings?|messages?|meta|metadata|facets|included|fields|columns)")
_DONE = choice("Whether it was done.", "done", "pending", "failed")


def is_schema(value: Json) -> bool:
    """Tells the schema of an answer from an example."""
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return False
    inside = value.get({"object": "properties", "array": "items"}.get(kind, ""))
    return isinstance(inside, dict) if kind in ("object", "array") else kind in SCALARS and value.keys() <= _KEYWORDS


def shape_of(value: Json, depth: int = 4) -> Schema:
    """Gives the schema of an answer that is known by an example."""
    if isinstance(value, dict) and value and depth:
        fields = {str(name): shape_of(one, depth - 1) for name, one in islice(value.items(), WIDTH)}
        return {"type": "object", "properties": fields}
    if isinstance(value, list) and value and depth:
        return {"type": "array", "items": shape_of(value[0], depth - 1)}
    for kind, types in (("boolean", bool), ("integer", int), ("number", float), ("string", str)):
        if isinstance(value, types):
            return {"type": kind, "examples": [value]}
    return {"type": "array" if isinstance(value, list) else "object"}


def _rows(api: Api, answer: Schema) -> tuple[str, Schema, Schema, bool]:
    """Gives the list that an answer is or holds: its name, itself, its rows, True; or the answer as its only row."""
    kind, thing = act(api).kind, stems(act(api).thing)
    lists = [
        (name, field)
        for name, field in properties_of(answer).items()
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
    known = " ".join(map(spoken, [*properties_of(answer), *properties_of(api.parameters)]))
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
    extra = Extra(styled("page", properties_of(api.parameters)), page)
    yield f"The {noun} are returned in pages, with their total number.", compound("", fields, 0), [extra]


def _fewer(api: Api, answer: Schema) -> Iterator[Answer]:
    name, _, row, listing = _rows(api, answer)
    for size in (2, 3) if len(properties_of(row)) > 3 else ():
        kept = dict(islice(properties_of(row).items(), size))
        told, schema = f"Only the {series([spoken(field) for field in kept])}", compound("", kept, 0)
        if listing:
            noun = _noun(api, name)
            told = f"{told} of each {singular(noun)}"
            rows = {"type": "array", "description": f"The {noun}.", "items": schema}
            schema = compound("", {name: rows}, 0) if name else rows
        yield f"{told} are returned.", schema, []


def _further(api: Api, answer: Schema) -> Iterator[Answer]:
    name, rows, row, listing = _rows(api, answer)
    for field, kinds, what, schema in _MORE if properties_of(row) else ():
        if field in properties_of(row) or act(api).kind not in kinds.split():
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
    for field, schema in properties_of(row).items():
        if values := schema.get("enum"):
            each = {str(value): {"type": "integer"} for value in values[:WIDTH]}
            by = compound(f"Number of {noun} for each {spoken(field)}.", each, 0)
            told = f"Only the number of {noun} is returned, in total and by {spoken(field)}."
            yield told, compound("", count | {"by_" + "_".join(words(field)): by}, 0), []
    first = {"first": row | {"description": f"The first of the {noun}."}}
    yield f"The number of {noun} is returned, with the first of them.", compound("", count | first, 0), []


def _receipt(api: Api, answer: Schema) -> Iterator[Answer]:
    kind, thing = act(api).kind, act(api).thing or "result"
    if kind in ("create", "update"):
        fields = {"id": line(f"Identifier of the {thing}."), "status": _DONE}
        yield f"The identifier and the status of the {thing} are returned.", compound("", fields), []
    if kind in ("create", "update", "delete"):
        fields = {"status": _DONE, "message": line("What was done, in one sentence.")}
        yield "A status and a message are returned.", compound("", fields), []
        fields = {"status": _DONE, "seconds": number("Seconds that it took.")}
        yield "The status and the time it took are returned.", compound("", fields), []


def _told(api: Api) -> Iterator[Answer]:
    """What can be returned where nothing is known."""
    answer = {"answer": line("The answer in one or two sentences.")}
    when = {"made_at": line("Time of the answer.") | {"format": "date-time"}}
    yield "The answer is returned in words, with the time it was made.", compound("", answer | when), []
    source = {"source": line("Where the answer comes from.")}
    yield "The answer is returned in words, with its source.", compound("", answer | source), []


_ANSWERS = (_pages, _fewer, _further, _counts, _receipt)


def answers(api: Api) -> list[Answer]:
    """Lists other answers than the present one that would suit an API."""
    known = api.returns if is_schema(api.returns) else shape_of(api.returns)
    ways = [way for find in _ANSWERS for way in find(api, known)] or list(_told(api))
    return [way for way in ways if way[1] != api.returns]
