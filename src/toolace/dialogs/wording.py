"""From an API to a request in natural words and the call that it means."""

from __future__ import annotations

import re
from random import Random
from typing import Any, NamedTuple

from toolace.dialogs.values import Schema, draw, say
from toolace.records import Api, Ask, Call, Json, Said

_SEGMENT = re.compile(r"\[([^\]]*)\]")
_MARKS = re.compile(r"[{}\[\]]")
_SLOT = re.compile(r"\{([^{}]+)\}")
_THIRD_PERSON = re.compile(r"^([A-Z][a-z]+?)(es|s)\b")
_FRAMES = [
    "{}",
    "{}",
    "Please {}",
    "Can you {}?",
    "I need to {}",
    "Could you {} for me?",
    "I'd like to {}",
    "Help me {}",
]
_GREETINGS = ["Hi, ", "Hello! ", "Hey, ", "Quick question: ", "Good morning. ", "Hi there! "]
_CLOSINGS = [" Thanks!", " Thank you.", " Please.", " Appreciate it.", " Thanks in advance!"]


class Request(NamedTuple):
    """What the user says, the calls that fulfil it, and how each value was worded (paths as in `Said`)."""

    text: str
    calls: list[Call]
    said: list[Said]


def ask(api: Api, rng: Random) -> Request:
    """Word one call of `api`."""
    chosen = _choose(api, rng)
    values = _draw(api, chosen, rng)
    text, said = _fill(api, chosen.text, [values], rng)
    return Request(text, [_call(api, chosen, values)], said + _implied(chosen, 1, text))


def ask_each(api: Api, count: int, rng: Random) -> Request | None:
    """Word `count` calls of one API in one sentence that lists the values of one slot; None where no slot can vary."""
    chosen = _choose(api, rng)
    slots = [s for s in _SLOT.findall(chosen.text) if _field(api, s).get("type") not in ("array", "object")]
    if not slots:
        return None
    varied, shared = rng.choice(slots), _draw(api, chosen, rng)
    rows: list[dict[str, Json]] = []
    for _ in range(count * 5):
        value = draw(_field(api, varied), varied.split(".")[-1], rng)
        if len(rows) < count and all(value != row[varied] for row in rows):
            rows.append({**shared, varied: value})
    if len(rows) < 2:
        return None
    text, said = _fill(api, chosen.text, rows, rng)
    return Request(text, [_call(api, chosen, row) for row in rows], said + _implied(chosen, len(rows), text))


def join(requests: list[Request], rng: Random) -> Request:
    """Put several requests into one user turn."""
    text = ""
    calls: list[Call] = []
    said: list[Said] = []
    for request in requests:
        said += [Said(_shift(s.path, len(calls)), s.value, s.text) for s in request.said]
        calls += request.calls
        text = _and_then(text, request.text, rng) if text else request.text
    return Request(text, calls, said)


def restyle(text: str, rng: Random) -> str:
    """Say the same in another tone: a greeting, thanks, no capitals at the start, no full stop."""
    dice = rng.random()
    if dice < 0.08:
        text = rng.choice(_GREETINGS) + text
    elif dice < 0.16:
        text = text if text.endswith(("?", ".", "!")) else text + "."
        text += rng.choice(_CLOSINGS)
    elif dice < 0.24:
        text = _lower(text)
    return text.rstrip(".?") if rng.random() < 0.1 else text


def needs(one: Ask) -> set[str]:
    """The parameters without which an ask makes no sense."""
    slots = [*_SLOT.findall(_SEGMENT.sub("", one.text)), *one.implies]
    return {slot.split(".")[0] for slot in slots}


def _choose(api: Api, rng: Random) -> Ask:
    chosen = rng.choice(api.asks) if api.asks else _from_description(api, rng)
    return Ask(_spoken_segments(api, chosen, rng), chosen.implies)


def _spoken_segments(api: Api, chosen: Ask, rng: Random) -> str:
    def keep(match: re.Match[str]) -> str:
        slots = _SLOT.findall(match[1])
        free = all(slot not in chosen.implies and _field(api, slot) for slot in slots)
        return match[1] if free and rng.random() < 0.5 else ""

    return " ".join(_SEGMENT.sub(keep, chosen.text).split())


def _from_description(api: Api, rng: Random) -> Ask:
    """Make an ask for an API without phrasings: the verb phrase of its description, then its values in any order."""
    verb_phrase = _THIRD_PERSON.sub(_imperative, api.description.split(". ")[0].rstrip("."))
    verb_phrase = _lower(_MARKS.sub("", verb_phrase))
    frame = rng.choice(_FRAMES)
    properties, required = api.parameters.get("properties", {}), api.parameters.get("required", [])
    optional = [p for p in properties if p not in required and _sayable(properties[p])]
    names = required + rng.sample(optional, min(len(optional), rng.choice([0, 0, 1, 1, 2])))
    rng.shuffle(names)
    clauses = [_clause(name, properties[name], rng) for name in names]
    request = frame.format(f"{verb_phrase} {_series(clauses)}".strip())
    return Ask(request[0].upper() + request[1:] + ("" if request.endswith("?") else "."))


def _imperative(match: re.Match[str]) -> str:
    stem, ending = match[1], match[2]
    if ending == "es" and not stem.endswith(("ch", "sh", "ss", "x", "z")):
        stem += "e"
    return stem[:-1] + "y" if ending == "es" and stem.endswith("ie") else stem


def _sayable(schema: Schema) -> bool:
    return schema.get("type") in ("string", "integer", "number") or (
        schema.get("type") == "array" and (schema.get("items") or {}).get("type") in ("string", "integer", "number")
    )


def _clause(name: str, schema: Schema, rng: Random) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", name).lower()
    if schema.get("type") == "object":
        inner = schema.get("properties", {})
        keys = schema.get("required") or list(inner)[:2]
        return f"with {words} " + ", ".join(f"{k.replace('_', ' ')} {{{name}.{k}}}" for k in keys)
    return rng.choice(
        ["with {w} {{{n}}}", "for {w} {{{n}}}", "using {{{n}}} as the {w}", "where the {w} is {{{n}}}"]
    ).format(w=words, n=name)


def _series(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else ", ".join(clauses[:-1]) + " and " + clauses[-1] if clauses else ""


def _field(api: Api, slot: str) -> Schema:
    schema: Any = api.parameters
    for key in slot.split("."):
        schema = schema.get("properties", {}).get(key, {})
    return dict(schema)


def _draw(api: Api, chosen: Ask, rng: Random) -> dict[str, Json]:
    return {slot: draw(_field(api, slot), slot.split(".")[-1], rng) for slot in _SLOT.findall(chosen.text)}


def _fill(api: Api, template: str, rows: list[dict[str, Json]], rng: Random) -> tuple[str, list[Said]]:
    """Speak the slots; where rows differ, all their values are listed in the slot."""
    said: list[Said] = []

    def speak(match: re.Match[str]) -> str:
        slot, schema = match[1], _field(api, match[1])
        before, after = template[: match.start()], template[match.end() :]
        plain = (not before or before[-1] == " ") and (not after or after[0] in " .,?!")
        different = rows if any(row[slot] != rows[0][slot] for row in rows) else rows[:1]
        words = [say(schema, row[slot], rng, plain=plain) for row in different]
        for index, row in enumerate(rows):
            said.append(Said(f"{index}.{slot}", row[slot], words[index if len(words) > 1 else 0]))
        return _series_of(words)

    text = _SLOT.sub(speak, template)
    return text[0].upper() + text[1:] if template[0].isupper() else text, said


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
    return [Said(f"{i}.{path}", value, text) for i in range(count) for path, value in chosen.implies.items()]


def _shift(path: str, by: int) -> str:
    index, rest = path.split(".", 1)
    return f"{int(index) + by}.{rest}"


def _and_then(first: str, second: str, rng: Random) -> str:
    if rng.random() < 0.35:
        end = "" if first.endswith(("?", ".", "!")) else "."
        return f"{first}{end} {rng.choice(['Also, ', 'And ', 'Then ', 'After that, '])}{_lower(second)}"
    if rng.random() < 0.5:
        end = "" if first.endswith(("?", ".", "!")) else "."
        return f"{first}{end} {second}"
    return f"{first.rstrip('.?!')}{rng.choice([' and ', ', and also ', ', then ', ' and then '])}{_lower(second)}"


def _lower(text: str) -> str:
    """Lower the first letter, but neither of "I" nor of names and abbreviations."""
    word = text.split(" ", 1)[0]
    keep = word in ("I", "I'm", "I'd", "I've", "I'll") or not word[1:].islower()
    return text if keep else text[0].lower() + text[1:]
