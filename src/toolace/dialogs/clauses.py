"""Where a value stands in a sentence: "in Paris", "for user 4711", "called 'Blue'", "from May 3 to May 9"."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from toolace.dialogs.describing import Phrase, head_of
from toolace.dialogs.language import Voice, load
from toolace.dialogs.senses import Schema, sense
from toolace.dialogs.speech import singular, words_of

_POINTERS = (
    "id ids id1 identifier identifiers key uuid guid number name names code sid arn arns slug uid no ref x filter"
)
_POINTER = frozenset(_POINTERS.split())
_OF = re.compile(
    r"(?i)\b(?:ids?|identifiers?|names?|keys?|numbers?|uuids?|guids?|slugs?|arns?|codes?|sid|\(arn\)|uri|path) "
    r"(?:of|for|from) (?:the |an? |this |your |that |each )*([A-Za-z][\w -]*?)(?= (?:to|that|which|for|in|of|from|you|"
    r"as|with|is|being|whose|on|where|and|within)\b|[.,;:()]|$)"
)
_SLOT = re.compile(r" ?'?\{[^{}]*\}'?")
_OPENING = re.compile(r"(?i)^(?:the|an?|this|your|optional|required|unique|\W)+\s+")
_SENTENCE_LIKE = re.compile(
    r"(?i)\b(?:whether|if|when|set|specif\w+|used?|indicat\w+|must|can|should|is|are|will|determin\w+|this|return\w*|filter\w*|"
    r"contains?|see|only|true|false|e\.?g|defines?|allows?|name of|id of|identifier|represents?|one of|list of|key)\b"
)
_CREATING = re.compile(
    r"\b(?:update|modify|rename|change|edit|patch|create|add|insert|register|make|set up|open|build|launch|start|put|"
    r"post|upsert|provision|allocate)\b"
)


class Spot(NamedTuple):
    """A parameter that is to be said: where it is in the call, and what it is."""

    path: str
    schema: Schema
    kind: str
    role: str


@cache
def _roles(language: str) -> list[tuple[set[str], re.Pattern[str], str]]:
    return [(set(r["kinds"]), re.compile(r["name"]), r["as"]) for r in load(language)["roles"]]


def spot(path: str, schema: Schema, language: str = "en") -> Spot:
    """Tell what a parameter is in a sentence."""
    name = path.rsplit(".", 1)[-1]
    kind = sense(schema, name).kind
    return Spot(path, schema, kind, _role(kind, name, language))


@lru_cache(maxsize=50_000)
def _role(kind: str, name: str, language: str) -> str:
    words = " ".join(words_of(name))
    return next((role for kinds, named, role in _roles(language) if kind in kinds and named.search(words)), kind)


def clause(one: Spot, phrase: Phrase, voice: Voice, *, alone: bool) -> str:
    """Give a template with the value's slot; one that begins with a capital is a sentence of its own.

    Where a value is not `alone` in its role, its name tells it from the others.
    """
    templates = voice.words["clauses"]
    slot = f"{{{one.path}}}"
    if one.kind == "boolean":
        return slot
    role = one.role
    if role == "item" and _names_what_is_made(one, phrase):
        role = "called"
    if role in ("item", "container", "namespace"):
        noun = entity(one, phrase)
    elif alone:
        noun = noun_of(one, voice)
    else:
        role, noun = "any", full_name(one)
    chosen = str(voice.rng.choice(templates.get(role, templates["any"])))
    if noun.endswith("s") and not noun.endswith("ss"):
        chosen = chosen.replace("{w} is ", "{w} are ")
    return chosen.replace("{w}", noun).replace("{v}", slot)


def _names_what_is_made(one: Spot, phrase: Phrase) -> bool:
    words = words_of(one.path.rsplit(".", 1)[-1])
    if words[-1] != "name" or not _CREATING.search(phrase.verb):
        return False
    return len(words) == 1 or words[-2] in head_of(phrase.object).lower().split()


@lru_cache(maxsize=50_000)
def _entity(name: str, description: str) -> str:
    """What a pointer points to: "user_id" → user, or by the description: "ID of the album" → album."""
    words = words_of(name)
    while words and words[-1] in _POINTER:
        words.pop()
    if words[:1] == ["x"]:
        words.pop(0)
    if len("".join(words)) > 2:
        return " ".join(words)
    found = _OF.search(description)
    thing = " ".join(words_of(found[1])[:3]) if found else ""
    return thing if thing not in ("resource", "object", "request", "") else ""


def entity(one: Spot, phrase: Phrase) -> str:
    """The noun for what a parameter points to."""
    name = one.path.rsplit(".", 1)[-1]
    thing = _entity(name, one.schema.get("description", ""))
    if not thing and "." in one.path:
        thing = " ".join(words_of(one.path.split(".")[-2]))
    if not thing:
        head = head_of(_SLOT.sub("", phrase.object)).split()
        thing = singular(" ".join(head[-3:]).lower().removesuffix("'s").rstrip("'")) if head else "entry"
    return thing


@lru_cache(maxsize=50_000)
def _described(description: str) -> str:
    """The noun phrase that a description begins with, if it is short and one."""
    text = re.split(r"[.,;:(\n]| - ", description, maxsplit=1)[0].strip()
    text = _OPENING.sub("", text)
    ok = 0 < len(text.split()) <= 5 and not _SENTENCE_LIKE.search(text) and re.fullmatch(r"[\w' -]+", text)
    return (text if text.split()[0].isupper() else text[0].lower() + text[1:]) if ok else ""


def full_name(one: Spot) -> str:
    """The name of a parameter in words, inside an object with the object's name."""
    *parents, name = one.path.split(".")
    return " ".join(words_of(f"{parents[-1]}_{name}" if parents else name.removeprefix("X-")))


def noun_of(one: Spot, voice: Voice) -> str:
    """What to call a parameter: by its description rather than by its name."""
    words = " ".join(words_of(one.path.rsplit(".", 1)[-1]))
    described = _described(one.schema.get("description", ""))
    if described and described.lower() != words and words.split()[-1] in described.lower() and voice.chance(0.85):
        return described
    shorter = words.split()[-2:] if words.count(" ") > 1 else words.split()[-1:]
    return " ".join(shorter) if voice.chance(0.5) and len(shorter[-1]) > 3 else words


def weave(phrase: Phrase, one: Spot, voice: Voice) -> Phrase | None:
    """Put a pointer where the phrase speaks of what it points to: "delete the album" → "delete album {album_id}"."""
    if one.role not in ("item", "container") or _names_what_is_made(one, phrase):
        return None
    noun = entity(one, phrase)
    if _CREATING.match(phrase.verb) and noun in head_of(phrase.object).lower():
        return None
    pattern = _mention(noun)
    found = pattern.search(phrase.object)
    if found is None:
        return None
    thing, slot = found[1], f"{{{one.path}}}"
    named = voice.rng.choice([f"{thing} {slot}", f"the {thing} {slot}", f"{thing} {slot}", f"the {thing} '{slot}'"])
    if words_of(one.path.rsplit(".", 1)[-1])[-1] == "name" and voice.chance(0.4):
        named = f"the {slot} {thing}"
    before = phrase.object[: found.start()]
    if not found[0].startswith(thing) or _starts().search(before):
        return phrase._replace(object=before + named + phrase.object[found.end() :])
    text = before + f"{thing} {slot}" + phrase.object[found.end() :]  # the noun belongs to the words before it
    return phrase._replace(object=re.sub(r"^(?:an?|one) ", "the ", text))


@cache
def _starts(language: str = "en") -> re.Pattern[str]:
    return re.compile(load(language)["phrases"]["starts"])


@lru_cache(maxsize=20_000)
def _mention(noun: str) -> re.Pattern[str]:
    """Finds a noun at the end of its noun phrase, outside of slots and not before another one."""
    determiners = r"(?:the|an?|this|one|single|specific|my|existing|certain|some|each)"
    glue = "of|for|in|from|to|on|and|with|or|by|at|as|under|within"
    return re.compile(
        rf"(?i)\b(?:{determiners} )*({re.escape(noun)})\b(?!s| (?!(?:{glue})\b)[a-z]| '?\{{|[^{{]*\}})",
    )


def pairs(spots: list[Spot], voice: Voice) -> tuple[list[str], list[Spot]]:
    """Say "from … to …" for two ends, and a place by both its coordinates; gives the clauses and what is left."""
    clauses = voice.words["clauses"]
    left, said = list(spots), []
    for first, second, templates in (
        ("since", "until", "range"),
        ("minimum", "maximum", "span"),
        ("money_from", "money_to", "span"),
        ("latitude", "longitude", "point"),
    ):
        a = next((s for s in left if s.role == first), None)
        b = next((s for s in left if s.role == second and a and s.kind == _other(a.kind)), None)
        if a and b and voice.chance(0.8):
            template = str(voice.rng.choice(clauses[templates]))
            said.append(template.replace("{a}", f"{{{a.path}}}").replace("{b}", f"{{{b.path}}}"))
            left = [s for s in left if s not in (a, b)]
    return said, left


def _other(kind: str) -> str:
    return "longitude" if kind == "latitude" else kind
