"""From an API to a request in natural words and the call that it means."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from toolace.dialogs import dates, requests
from toolace.dialogs.clauses import spot
from toolace.dialogs.language import Voice, load
from toolace.dialogs.pairing import PAIRED, pairs_of, vary_pair
from toolace.dialogs.rephrasing import rephrase
from toolace.dialogs.saying import Place, speak
from toolace.dialogs.senses import Schema
from toolace.dialogs.styles import lower, restyle
from toolace.dialogs.values import draw
from toolace.records import Api, Ask, Call, Json, Said

__all__ = ["Request", "ask", "ask_each", "join", "needs", "restyle"]

_SEGMENT = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{([^{}]+)\}")
_DAY = re.compile(r"20[2-9]\d-\d\d-\d\d")
_NEXT_WORD = re.compile(r"[-\s]*([A-Za-z]+)")
_LAST_WORD = re.compile(r"([A-Za-z]+)\s*$")
_TRIES = 3
_FUNCTION_WORDS = "and or to for from in with until till by at on through via but please so as while if is"
_CLOSE = "a an the of this that my our your his her date every each last"
_PREPOSITIONS = "for from to until till by since between before after through and at of is in around"


class Request(NamedTuple):
    """What the user says, the calls that fulfil it, and how each value was worded (paths as in `Said`)."""

    text: str
    calls: list[Call]
    said: list[Said]


def ask(api: Api, rng: Random, today: date | None = None, language: str = "en") -> Request:
    """Word one call of `api`. With `today`, days lie near it and may be said as "next Friday"."""
    voice, chosen = _choose(api, Voice(rng, load(language), today))
    values = _draw(api, chosen, voice)
    text, said = _fill(api, chosen.text, [values], voice)
    return Request(text, [_call(api, chosen, values)], said + _implied(chosen, 1, text))


def ask_each(api: Api, count: int, rng: Random, today: date | None = None, language: str = "en") -> Request | None:
    """Word `count` calls of one API in one sentence; None where nothing in it can vary.

    The sentence lists the values of one slot ("A and B"), of two in turn ("A at 5 and B at 7") or of two that belong
    together ("A and B at 5 and 7, respectively").
    """
    voice, chosen = _choose(api, Voice(rng, load(language), today))
    slots = [s for s in _SLOT.findall(chosen.text) if _field(api, s).get("type") not in ("array", "object", "boolean")]
    if not slots:
        return None
    shared = _draw(api, chosen, voice)
    told_apart = [s for s in slots if isinstance(shared[s], str) and s in api.parameters.get("required", [])]
    varied, text = [rng.choice(told_apart if told_apart and voice.chance(0.8) else slots)], chosen.text
    if voice.chance(PAIRED) and (pairs := pairs_of(text, slots)):
        varied = list(pair := rng.choice(pairs))
        text = vary_pair(text, pair, count, voice)
    rows = _rows(api, chosen, varied, shared, count, voice)
    if len(rows) < (count if text != chosen.text else 2):
        return None
    text, said = _fill(api, text, rows, voice)
    return Request(text, [_call(api, chosen, row) for row in rows], said + _implied(chosen, len(rows), text))


def _rows(
    api: Api, chosen: Ask, varied: list[str], shared: dict[str, Json], count: int, voice: Voice
) -> list[dict[str, Json]]:
    """The values of at most `count` calls, which differ in each of the varied slots."""
    rows: list[dict[str, Json]] = []
    for _ in range(count * 5):
        drawn = _draw(api, chosen, voice) if len(varied) > 1 else _draw_one(api, varied[0], voice)
        if len(rows) < count and all(drawn[slot] != row[slot] for row in rows for slot in varied):
            rows.append({**shared, **{slot: drawn[slot] for slot in varied}})
    return rows


def _draw_one(api: Api, slot: str, voice: Voice) -> dict[str, Json]:
    return {slot: draw(_field(api, slot), slot.split(".")[-1], voice.rng, voice.today, past=voice.past)}


def join(requests: list[Request], rng: Random, language: str = "en") -> Request:
    """Put several requests into one user turn."""
    words = load(language)["styles"]
    text = ""
    calls: list[Call] = []
    said: list[Said] = []
    for request in requests:
        said += [Said(_shift(s.path, len(calls)), s.value, s.text) for s in request.said]
        calls += request.calls
        text = _and_then(text, request.text, rng, words) if text else request.text
    return Request(text, calls, said)


def needs(one: Ask) -> set[str]:
    """The parameters without which an ask makes no sense."""
    slots = [*_SLOT.findall(_SEGMENT.sub("", one.text)), *one.implies]
    return {slot.split(".")[0] for slot in slots}


def _choose(api: Api, voice: Voice) -> tuple[Voice, Ask]:
    """Choose a phrasing and what of it is said; the voice then knows whether it speaks of the past."""
    if not api.asks:
        return voice, Ask(requests.template(api, voice))
    chosen = voice.rng.choice(api.asks)
    text = rephrase(_spoken_segments(api, chosen, voice), voice)
    return voice._replace(past=bool(re.search(voice.words["dates"]["past"], text))), Ask(text, chosen.implies)


def _spoken_segments(api: Api, chosen: Ask, voice: Voice) -> str:
    def keep(match: re.Match[str]) -> str:
        slots = _SLOT.findall(match[1])
        free = all(slot not in chosen.implies and _field(api, slot) for slot in slots)
        return match[1] if free and voice.chance(0.5) else ""

    return " ".join(_SEGMENT.sub(keep, chosen.text).split())


def _field(api: Api, slot: str) -> Schema:
    schema: Any = api.parameters
    for key in slot.split("."):
        schema = schema.get("properties", {}).get(key, {})
    return dict(schema)


def _draw(api: Api, chosen: Ask, voice: Voice) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for slot in _SLOT.findall(chosen.text):
        field = _field(api, slot)
        for _ in range(_TRIES):  # what is the default anyway is left unsaid
            values[slot] = draw(field, slot.split(".")[-1], voice.rng, voice.today, past=voice.past)
            if values[slot] != field.get("default"):
                break
    if voice.today is not None and not chosen.implies:
        _bring_near(api, values, voice)
    _put_in_order(api, values)
    return values


def _bring_near(api: Api, values: dict[str, Json], voice: Voice) -> None:
    """Move days out of a list of literals to near today, all of them by as much."""
    listed = [s for s, v in values.items() if isinstance(_field(api, s).get("x-values"), list) and _is_day(v)]
    if not listed or voice.today is None:
        return
    days = {slot: date.fromisoformat(values[slot]) for slot in listed}
    near = voice.today + timedelta(days=voice.rng.choice([1, 2, 3, 4, 5, 6, 7, 9, 10, 14]) * (-1 if voice.past else 1))
    shift = near - (max(days.values()) if voice.past else min(days.values()))
    values.update({slot: (day + shift).isoformat() for slot, day in days.items()})
    dated = [slot for slot in _slots_of(api) if slot in values and _is_day(values[slot])]
    values.update(zip(dated, sorted(values[slot] for slot in dated), strict=True))


def _slots_of(api: Api) -> list[str]:
    found = []
    for name, field in api.parameters.get("properties", {}).items():
        found += [f"{name}.{key}" for key in field.get("properties", {})] or [name]
    return found


def _is_day(value: Json) -> bool:
    return isinstance(value, str) and bool(_DAY.fullmatch(value))


def _put_in_order(api: Api, values: dict[str, Json]) -> None:
    """An end is not before its start, a maximum not below its minimum."""
    spots = [spot(slot, _field(api, slot)) for slot in values]
    for first, second in (("since", "until"), ("minimum", "maximum"), ("money_from", "money_to")):
        for a in spots:
            b = next((s for s in spots if a.role == first and s.role == second and s.kind == a.kind), None)
            if b and _swappable(a.schema, b.schema) and values[a.path] > values[b.path]:
                values[a.path], values[b.path] = values[b.path], values[a.path]


def _swappable(a: Schema, b: Schema) -> bool:
    same = ("minimum", "maximum", "multipleOf", "format", "type", "x-values")
    return a.get("type") != "object" and "enum" not in a and all(a.get(key) == b.get(key) for key in same)


def _fill(api: Api, template: str, rows: list[dict[str, Json]], voice: Voice) -> tuple[str, list[Said]]:
    """Speak the slots; where rows differ, all their values are listed in the slot."""
    said: list[Said] = []

    def one(match: re.Match[str]) -> str:
        slot, _, number = match[1].partition("#")
        schema = _field(api, slot)
        place = _place(template[: match.start()], template[match.end() :], units=not api.asks)
        meant = [int(number)] if number else range(len(rows))
        different = meant if any(rows[i][slot] != rows[meant[0]][slot] for i in meant) else meant[:1]
        if len(different) > 1:
            place = Place(plain=False, units=place.units, relative="no" if place.relative == "no" else "noun")
        words = [speak(schema, rows[i][slot], _named(slot, schema), voice, place) for i in different]
        for at, i in enumerate(meant):
            said.extend(_said(f"{i}.{slot}", rows[i][slot], words[at if len(words) > 1 else 0]))
        return _series_of(words)

    text = re.sub(voice.words["dates"]["drop"], "", _SLOT.sub(one, template))
    return text[0].upper() + text[1:] if template[0].isupper() else text, said


def _named(slot: str, schema: Schema) -> str:
    """The name of a parameter; a switch inside an object goes by the object's name, too."""
    *parents, name = slot.split(".")
    return f"{parents[-1]}_{name.removeprefix('is')}" if parents and schema.get("type") == "boolean" else name


def _said(path: str, value: Json, words: str) -> list[Said]:
    """How a value was worded; the members of an object were worded together."""
    if isinstance(value, dict) and value:
        return [one for key, inner in value.items() for one in _said(f"{path}.{key}", inner, words)]
    return [Said(path, value, words)]


def _place(before: str, after: str, *, units: bool) -> Place:
    plain = (not before or before[-1] == " ") and (not after or after[0] in " .,?!;:")
    following, preceding = _NEXT_WORD.match(after), _LAST_WORD.search(before)
    loose = plain and (following is None or following[1].lower() in _FUNCTION_WORDS.split())
    last = preceding[1].lower() if preceding else ""
    relative: dates.Relative = "adverb"
    if not loose or last in _CLOSE.split():
        relative = "no"
    elif last in _PREPOSITIONS.split():
        relative = "noun"
    return Place(plain, units, relative, loose)


def _series_of(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _call(api: Api, chosen: Ask, values: dict[str, Json]) -> Call:
    arguments: dict[str, Any] = {}
    for path, value in {**chosen.implies, **values}.items():
        *parents, last = path.split(".")
        inner = arguments
        for key in parents:
            inner = inner.setdefault(key, {})
        inner[last] = value
    order = list(api.parameters.get("properties", {}))
    return Call(api.name, dict(sorted(arguments.items(), key=lambda pair: order.index(pair[0]))))


def _implied(chosen: Ask, count: int, text: str) -> list[Said]:
    return [
        one for i in range(count) for path, value in chosen.implies.items() for one in _said(f"{i}.{path}", value, text)
    ]


def _shift(path: str, by: int) -> str:
    index, rest = path.split(".", 1)
    return f"{int(index) + by}.{rest}"


def _and_then(first: str, second: str, rng: Random, words: dict[str, Any]) -> str:
    end = "" if first.endswith(("?", ".", "!")) else "."
    dice = rng.random()
    if dice < 0.35:
        return f"{first}{end} {rng.choice(words['then'])}{lower(second, words)}"
    if dice < 0.65:
        return f"{first}{end} {second}"
    return f"{first.rstrip('.?!')}{rng.choice(words['joined'])}{lower(second, words)}"
