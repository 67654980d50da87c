"""The tool role: plays the tools of one dialog and remembers what was made, found and deleted in it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec

from toolace.dialogs.calculators import compute
from toolace.dialogs.results import Known, result_of
from toolace.dialogs.speech import action, singular, words_of
from toolace.records import Api, Call, Json

_CREATE = {
    *("create", "add", "insert", "put", "register", "book", "reserve", "schedule", "order", "publish", "send", "set"),
    *("log", "submit", "start", "make", "import", "upload", "enroll", "subscribe", "post"),
}
_DELETE = {"delete", "remove", "cancel", "destroy", "terminate", "drop", "undeploy"}
_LIST = {"list", "search", "find", "query", "browse"}
_ERRORS = {
    "time-out": ["The request timed out.", "No response within 30 seconds.", "Gateway time-out, please try again."],
    "rate limit": ["Rate limit exceeded, retry in a few seconds.", "Too many requests.", "429: slow down."],
    "unavailable": ["The service is temporarily unavailable.", "503: under maintenance.", "Upstream server error."],
    "denied": ["Permission denied.", "403: this account may not do that.", "The access token has expired."],
    "not found": ["No entry for {name} '{value}'.", "{value}: not found.", "404: no such {name}: {value}"],
    "invalid": [
        "Invalid value for {name}: {value}",
        "{name} '{value}' was not accepted.",
        "400: check {name} ({value})",
    ],
}


class _Record(NamedTuple):
    """A thing that a result spoke of: its service, the words of what made it, and what is known of it."""

    service: str
    nouns: frozenset[str]
    facts: Known
    created: bool


class ToolRole:
    """Answers the calls of one dialog. Equal calls get equal answers, unless what they speak of was deleted."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.records: list[_Record] = []
        self.deleted: list[_Record] = []

    def answer(self, api: Api, call: Call) -> Json:
        """Give a result that fits `api.returns`, agrees with the call and with what was said before."""
        verb = verb_of(api)
        given = dict(_facts(call.arguments))
        if verb not in _CREATE and self._find(self.deleted, api, given):
            return {"error": "not found: it was deleted"}
        known_things = [r for r in self.records if not (r.created and verb in _CREATE)]
        record = self._find(known_things, api, given)
        if verb in _DELETE and record:
            self._forget(record)
        known = {**record.facts, **given} if record else given
        result = compute(api.returns, call.arguments) or result_of(
            api.returns, known, Random(f"{self.seed}:{api.name}:{msgspec.json.encode(call.arguments)!r}")
        )
        if verb in _LIST:
            _show(result, [r for r in self.records if r.created and r.service == api.service])
        self._remember(api, given, result, verb in _CREATE)
        return result

    def fail(self, kind: str, call: Call, rng: Random, name: str = "") -> Json:
        """Give an error result: time-out, rate limit, unavailable, denied, or what is wrong with argument `name`."""
        text = rng.choice(_ERRORS[kind])
        return {"error": text.format(name=name, value=call.arguments.get(name))}

    def _forget(self, gone: _Record) -> None:
        names = _identifiers(gone.facts)
        self.deleted.append(gone)
        self.records = [r for r in self.records if r.service != gone.service or not names & _identifiers(r.facts)]

    def _find(self, records: list[_Record], api: Api, given: Known) -> _Record | None:
        """Find the last record of the service that shares an identifier with the call."""
        wanted = {v for v in given.values() if isinstance(v, str) and (any(map(str.isdigit, v)) or len(v) > 8)}
        return next((r for r in reversed(records) if r.service == api.service and _identifiers(r.facts) & wanted), None)

    def _remember(self, api: Api, given: Known, result: Json, created: bool) -> None:
        nouns = frozenset(map(singular, words_of(api.name) + words_of(action(api.description))))
        facts = {k: v for k, v in (given if created else {}).items() if not isinstance(v, list)}
        own = {k: v for k, v in _facts(result) if not isinstance(v, list)}
        if created or own:
            self.records.append(_Record(api.service, nouns, facts | own, created))
        for items in _item_lists(result):
            for item in items:
                self.records.append(_Record(api.service, nouns, dict(_facts(item)), False))


def verb_of(api: Api) -> str:
    """Tell what an API does in one verb: the first known one of its description or of the end of its name."""
    known = _CREATE | _DELETE | _LIST
    candidates = [*words_of(action(api.description))[:1], *words_of(api.name.rsplit(".", 1)[-1])[:1]]
    return next((word for word in candidates if word in known), "get")


def _identifiers(facts: Known) -> set[str]:
    return {v for k, v in facts.items() if isinstance(v, str) and (any(map(str.isdigit, v)) or len(v) > 8)} - {
        v for k, v in facts.items() if isinstance(v, str) and k[-1:] and k[-1] in {"date", "time", "in", "status"}
    }


def _facts(value: Json) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give the members of an object, those of inner objects too, by the words of their keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield from _facts(inner)
            elif words := tuple(words_of(key)):
                yield words, inner
                if isinstance(inner, list):
                    yield (singular(words[-1]), "count"), len(inner)
                if words[-1] == "name" and len(words) > 1:
                    yield words[:-1], inner
                elif words[-1] == "status":
                    yield ("status",), inner


def _item_lists(value: Json) -> list[list[dict[str, Json]]]:
    inner = list(value.values()) if isinstance(value, dict) else [value]
    return [v for v in inner if isinstance(v, list) and v and all(isinstance(item, dict) for item in v)]


def _show(result: Json, made: list[_Record]) -> None:
    """Let the list in a result begin with what was made in this dialog, as far as it is a list of such things."""
    for key, items in result.items() if isinstance(result, dict) else ():
        if not isinstance(items, list) or not items or not isinstance(items[0], dict):
            continue
        fitting = [r for r in made if singular(words_of(key)[-1]) in r.nouns]
        for item, record in zip(items, fitting, strict=False):
            item.update({k: v for k in item if (v := _recall(record, k)) is not None and type(v) is type(item[k])})


def _recall(record: _Record, key: str) -> Json:
    """Give what a record knows of a key; `event_id` and the event's `id` are the same."""
    words = tuple(words_of(key))
    if words in record.facts:
        return record.facts[words]
    if words == ("id",):
        return next((v for k, v in record.facts.items() if k[-1:] == ("id",) and k[0] in record.nouns), None)
    return None
