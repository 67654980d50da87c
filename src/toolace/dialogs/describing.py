"""From the description of an API to what a user wants of it: "This endpoint returns a list of …" → list …"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from toolace.dialogs.language import load
from toolace.dialogs.speech import words_of

_SENTENCE = re.compile(r"(?<=[a-z\d)\]'\"])\.(?:\s+|$)|(?<=[A-Z]{2})\.\s+|\n")
_SPACES = re.compile(r"\s+")
_MARKS = re.compile(r"[{}\[\]<>|\"+$]")
_CAMEL = re.compile(r"\b[A-Za-z]+[a-z][A-Z]\w*\b")
_SECOND = re.compile(r"^(,? ?(?:or|and|/|,) ?)(\w+)\b")
_ARTICLE = re.compile(r"\b([Aa])n? (\w)")
_BREAKS = {"for", "in", "of", "with", "from", "to", "on", "by", "and", "or", "that", "at", "as", "under"}
_LONGEST = 14
"""Words of an object: what is longer is cut where a phrase ends."""


class Phrase(NamedTuple):
    """What a user wants. `show`: something is looked up, else it is done. `verb` is an imperative."""

    show: bool
    verb: str
    object: str
    plural: bool


@cache
def _patterns(language: str) -> dict[str, Any]:
    phrases = load(language)["phrases"]
    patterns: dict[str, Any] = {
        key: re.compile(phrases[key])
        for key in (
            "tails",
            "idle",
            "hollow",
            "by_id",
            "list_of",
            "details_of",
            "cut",
            "lead",
            "plural_end",
            "head_end",
            "determiner",
        )
    }
    patterns["boilerplate"] = [re.compile(pattern) for pattern in phrases["boilerplate"]]
    patterns["verbs"] = {*phrases["retrieve"], *phrases["verbs"]}
    patterns["retrieve"] = set(phrases["retrieve"])
    return patterns


@lru_cache(maxsize=100_000)
def phrase_of(description: str, language: str = "en") -> Phrase:
    """Read a description: the first of its sentences that begins with a verb, or else its first noun phrase."""
    patterns = _patterns(language)
    sentences = [_cleaned(s, patterns) for s in _SENTENCE.split(description)[:3]]
    sentences = [s for s in sentences if s]
    for sentence in sentences:
        if found := _verb_first(sentence, patterns) or _verb_inside(sentence, patterns):
            return found
    noun = _object(sentences[0] if sentences else _MARKS.sub(" ", description).strip(), patterns)
    return Phrase(True, "get", noun, _plural(noun, patterns))


def _cleaned(sentence: str, patterns: dict[str, Any]) -> str:
    text = _SPACES.sub(" ", patterns["tails"].sub("", sentence)).strip()
    for _ in range(4):
        before = text
        for pattern in patterns["boilerplate"]:
            text = pattern.sub("", text, count=1)
        if text == before:
            break
    return _SPACES.sub(" ", _MARKS.sub("", text)).strip(" .,:;-!")


def _base(word: str, verbs: set[str]) -> str | None:
    """The base form of a verb in the third person, the gerund or the base form itself; None: no verb."""
    word = word.lower()
    if word in verbs:
        return word
    stems = []
    if word.endswith("s"):
        stems = [word[:-1], word[:-2], word[:-3] + "y"]
    elif word.endswith("ing"):
        stems = [word[:-3], word[:-3] + "e", word[:-4]]
    return next((stem for stem in stems if stem in verbs), None)


def _verb_first(sentence: str, patterns: dict[str, Any]) -> Phrase | None:
    words = sentence.split(" ")
    adverb = words.pop(0).lower() + " " if words[0].lower().endswith("ly") and len(words) > 1 else ""
    verb = _base(words[0], patterns["verbs"]) or _unknown_verb(words)
    rest = " ".join(words[1:])
    if verb is None or (rest.startswith("of ") and words[0].lower() == verb):
        return None  # "List of the …" is a noun phrase
    show = verb in patterns["retrieve"]
    if verb == "look" and rest.startswith("up "):
        rest = rest[3:]
    if (second := _SECOND.match(rest)) and (other := _base(second[2], patterns["verbs"])):
        rest = rest[second.end() :].strip()
        if not show:
            verb = f"{verb} {'or' if 'or' in second[1] or '/' in second[1] else 'and'} {other}"
        elif other not in patterns["retrieve"]:
            show, verb = False, other
    listed = bool(patterns["list_of"].match(rest))
    return Phrase(show, adverb + verb, noun := _object(rest, patterns), listed or _plural(noun, patterns))


def _unknown_verb(words: list[str]) -> str | None:
    """The base form of a verb in the third person that no list has: "Instructs the …"."""
    if len(words) > 2 and words[0][-1:] == "s" and words[1] in ("the", "a", "an", "all", "one", "your", "this"):
        return re.sub(r"(?<=ss)es$|(?<=[cs]h)es$|(?<=[xz])es$|s$", "", words[0].lower())
    return None


def _verb_inside(sentence: str, patterns: dict[str, Any]) -> Phrase | None:
    """Read names that were made into a sentence: "User invitations get collection"."""
    words = sentence.split(" ")
    if len(words) > 7 or len(words) < 2:
        return None
    for index, word in enumerate(words[1:], start=1):
        if word.lower() in patterns["verbs"] and word.lower() not in (
            "set",
            "list",
            "report",
            "order",
            "request",
            "store",
        ):
            noun = " ".join([*words[:index], *words[index + 1 :]]).lower()
            show = word.lower() in patterns["retrieve"]
            return Phrase(show, word.lower(), _object(noun, patterns), _plural(noun, patterns))
    return None


def _object(text: str, patterns: dict[str, Any]) -> str:
    text = patterns["list_of"].sub("", patterns["lead"].sub("", text))
    text = patterns["details_of"].sub("the ", text)
    text = patterns["by_id"].sub("", patterns["idle"].sub("the ", text))
    text = patterns["hollow"].sub("", text)
    shorter = patterns["cut"].sub("", text)
    text = shorter if len(shorter.split()) > 1 else text
    words = text.split()
    if len(words) > _LONGEST:
        ends = [i for i, w in enumerate(words[:_LONGEST]) if i > 3 and w.lower() in _BREAKS]
        words = words[: ends[-1] if ends else _LONGEST]
    text = _CAMEL.sub(lambda m: " ".join(words_of(m[0])), " ".join(words))
    text = re.sub(r"(?i)\b(?:the|an?) (?=(?:the|an?) )", "", text)
    text = re.sub(r"\byour\b", "my", re.sub(r"\byou\b", "I", re.sub(r"\bfor you\b", "for me", text)))
    return _ARTICLE.sub(lambda m: f"{m[1]}{'n' if m[2].lower() in 'aeio' else ''} {m[2]}", text).strip(" ,.;:-")


def head_of(noun: str, language: str = "en") -> str:
    """The noun of a noun phrase, without determiner and what follows it: "the keys of a user" → keys."""
    patterns = _patterns(language)
    found = patterns["head_end"].search(noun)
    return str(bare(noun[: found.start()] if found and found.start() else noun, language)).strip()


def bare(noun: str, language: str = "en") -> str:
    """A noun phrase without its determiner."""
    return str(_patterns(language)["determiner"].sub("", noun))


def definite(noun: str, language: str = "en") -> str:
    """A noun phrase with "the", unless another word already tells which one is meant."""
    found = _patterns(language)["determiner"].match(noun)
    if found is None:
        return f"the {noun}"
    return (
        noun
        if found[0].lower().split()[0] in ("the", "all", "your", "my", "this", "every", "each")
        else f"the {bare(noun)}"
    )


def _plural(noun: str, patterns: dict[str, Any]) -> bool:
    if re.match(r"(?i)(?:an?|the single|one|each|every|this) ", noun):
        return False
    found = patterns["head_end"].search(noun)
    head = noun[: found.start()].strip() if found and found.start() else noun
    return bool(patterns["plural_end"].search(head.rstrip(",")))
