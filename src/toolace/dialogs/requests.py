"""Requests for APIs of real documents, which come without phrasings: what is wanted and what is known, in any order."""

from __future__ import annotations

from collections import Counter
from typing import Any

from toolace.dialogs.clauses import Spot, clause, pairs, spot, weave
from toolace.dialogs.describing import Phrase, bare, definite, phrase_of
from toolace.dialogs.language import Voice
from toolace.dialogs.senses import Schema
from toolace.dialogs.styles import lower
from toolace.records import Api

_UNSPOKEN = {"page_token", "etag", "secret", "api_version", "boolean_text", "json", "object", "hash"}
"""Optional parameters of these kinds are for programs: nobody says them."""
_DEPTH = 4


def template(api: Api, voice: Voice) -> str:
    """Word a request with `{parameter}` slots (dotted for nested ones): its required parameters and some others."""
    phrase = phrase_of(api.description)
    spots = _chosen(api.parameters, voice)
    voice.rng.shuffle(spots)
    left: list[Spot] = []
    for one in sorted(spots, key=lambda s: s.path.endswith("ame")):  # an ID tells more than a name
        woven = weave(phrase, one, voice) if voice.chance(0.95) else None
        if woven is None:
            left.append(one)
        else:
            phrase = woven
    clauses, left = pairs(left, voice)
    roles = Counter(one.role for one in left)
    clauses += [clause(one, phrase, voice, alone=roles[one.role] == 1) for one in left]
    return _framed(phrase, clauses, voice)


def _chosen(parameters: Schema, voice: Voice) -> list[Spot]:
    properties, required = parameters.get("properties", {}), parameters.get("required", [])
    optional = [n for n in properties if n not in required and spot(n, properties[n]).kind not in _UNSPOKEN]
    count = voice.rng.choice([0, 0, 1, 1, 1, 2, 2, 3]) if len(required) < 4 else voice.rng.choice([0, 0, 1])
    names = [*required, *voice.rng.sample(optional, min(len(optional), count))]
    return [leaf for name in names for leaf in _leaves(name, properties[name], voice, _DEPTH)]


def _leaves(path: str, schema: Schema, voice: Voice, depth: int) -> list[Spot]:
    """The values that an object is made of: what it needs, and a little more."""
    fields = schema.get("properties")
    if schema.get("type") != "object" or not fields or not depth:
        return [spot(path, schema)]
    needed = [key for key in schema.get("required", []) if key in fields]
    others = [key for key in fields if key not in needed]
    count = voice.rng.choice([0, 0, 1, 1, 2]) if needed else voice.rng.choice([1, 1, 2, 3])
    keys = needed + voice.rng.sample(others, min(count, len(others)))
    return [leaf for key in keys for leaf in _leaves(f"{path}.{key}", fields[key], voice, depth - 1)]


def _framed(phrase: Phrase, clauses: list[str], voice: Voice) -> str:
    inline = [c for c in clauses if not c[0].isupper()]
    sentences = [c for c in clauses if c[0].isupper()]
    known = _inline(inline)
    frames = voice.words["frames"]
    if phrase.show and phrase.object and voice.chance(0.6):
        frame = voice.rng.choice(frames["plural" if phrase.plural else "singular"])
    else:
        frame = voice.rng.choice(frames["command"])
    text = _fill(frame, phrase, known, voice)
    if not sentences:
        return text
    voice.rng.shuffle(sentences)
    return " ".join([text if text.endswith(("?", ".")) else f"{text}.", *sentences])


def _inline(clauses: list[str]) -> str:
    """Switches come last, since they are no attributes of what stands before them."""
    ordered = sorted(clauses, key=lambda c: c.startswith("{"))
    text = ""
    for index, one in enumerate(ordered):
        text += (", " if index > 1 and not one.startswith("and ") else " ") + one
    return text


def _fill(frame: str, phrase: Phrase, known: str, voice: Voice) -> str:
    noun = bare(phrase.object)
    parts: dict[str, Any] = {
        "{x}": (imperative := _imperative(phrase, voice)),
        "{X}": _capital(imperative),
        "{s}": _imperative(phrase, voice, "self_verbs"),
        "{d}": definite(phrase.object),
        "{b}": lower(noun, voice.words["styles"]) if noun else noun,
        "{B}": _capital(noun),
        "{c}": known,
    }
    text = frame
    for mark, words in parts.items():
        text = text.replace(mark, words) if mark in text else text
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _imperative(phrase: Phrase, voice: Voice, verbs: str = "") -> str:
    words = voice.words["phrases"]
    if phrase.show:
        verbs = verbs or ("list_verbs" if phrase.plural else "show_verbs")
        verb = voice.rng.choice(words[verbs]) if phrase.object else phrase.verb
        if verb.endswith("list of"):
            return f"{verb} {bare(phrase.object)}"
        return f"{verb} {phrase.object if phrase.plural else definite(phrase.object)}".strip()
    verb = str(voice.rng.choice(words["other_verbs"].get(phrase.verb, [phrase.verb])))
    return f"{verb} {phrase.object}".strip()
