"""What APIs are about, in words: the noun phrases of tags, names and services, as people write them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

from toolace.records import Api

Phrase = tuple[str, ...]
"""Lower-case words."""

LONGEST = 4
"""Words of a noun phrase."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_TOKEN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"v?\d+(?:alpha|beta|p)?\d*|[a-z]*\d{4,}|[0-9a-f]{16,}")
_ASIDE = re.compile(r"\{[^}]*\}|\([^)]*\)")
_APPENDIX = re.compile(
    r"(?i)\s*(\(.*|[|:{].*|-\s.*|\b(client|apis?|rest|swagger|openapi|documentation|specification|reference)\b.*)"
)
_SIBILANT = ("sses", "xes", "ches", "shes", "tuses", "iases")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


VERBS = _set(
    "get create list delete update post put patch describe add set fetch remove insert start read query retrieve "
    "cancel stop generate export find request replace check upload send import test batch enable disable associate "
    "reset disassociate download change register deregister verify mutate show run restore move validate connect "
    "edit modify complete execute publish lookup activate deactivate revoke calculate assign unassign copy resume "
    "save accept submit configure mark subscribe unsubscribe detect convert write clear approve attach detach merge "
    "reject analyze apply upgrade destroy notify rename pause confirm resolve undelete make bulk search enumerate "
    "provide invoke is has do perform begin count watch purge regenerate refresh trigger initiate terminate all "
    "head options can partial view manage obtain use return handle allow try upsert retry follow unfollow parse "
    "render predict translate compute archive unarchive like unlike block unblock star unstar mute unmute"
)
NO_NOUNS = _set("get create delete update add remove describe retrieve fetch insert query list read write")
"""The verbs that are never a noun in an API's name."""
PREPOSITIONS = _set("by to from for in of with on at as into via using within per under without and or")
EMPTY = _set(
    "api apis controller controllers endpoint endpoints default public beta alpha rest json xml http https id ids v "
    "client swagger openapi documentation specification hidden misc miscellaneous url the a an my me"
)
FILLERS = _set(
    "about above after again against am amount and any are because been before being below between both but did does "
    "done down during each either ever every few further had have having he her here his how however if it its just "
    "made many may more most must neither no nor not now off once only or our out over own per please same she should "
    "since so some such than that their them then there these they this those through thus too under until up upon us "
    "very was we well were what when where whether which while who whom whose why will would yet you your also another "
    "be non e g i ie eg etc given specified provided returned existing associated using used based one two optional "
    "required allowed supported following certain corresponding particular containing include including several see "
    "identified identifier identify belonging contain represent specify want need require support let make"
)
"""Words of descriptions that say nothing of what an API is about."""
VAGUE = _set(
    "resource resources service services operation operations method methods item items object objects entity entities "
    "general main root other various info information parameter parameters new core data details detail list status "
    "global regional type types value values custom current available legacy utility utilities time times date "
    "advanced extended related additional internal external shared private public local remote active enabled single "
    "multiple simple basic standard full raw bulk action actions system management manager managers set sets "
    "configuration configurations config configs setting settings metadata version versions history attribute "
    "attributes property properties association associations assignment assignments summary state states content "
    "contents name names option options definition definitions cloud response responses request requests function "
    "functions feature features process result results by dynamic instance ready end element elements open web smart "
    "overview stats child children parent total base scoped referenced alt static managed personal specific similar "
    "latest recent popular trending next previous first last top best"
)
"""Words that name no topic when they stand alone."""


def prose(text: str) -> list[str]:
    """Gives the lower-case words of a sentence, those within an identifier one by one."""
    return _WORD.findall(_CAMEL.sub(" ", text).lower())


def split(text: str) -> list[str]:
    """Splits a title or an identifier into lower-case words, without version numbers."""
    found = _TOKEN.findall(_CAMEL.sub(" ", text).lower())
    return [word for word in found if not _NUMBER.fullmatch(word) and word not in EMPTY]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Gives the singular: `policies` → `policy`."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ias")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_SIBILANT) and not word.endswith("aches") else word[:-1]


def stems(phrase: Iterable[str]) -> Phrase:
    """Gives the words in the singular."""
    return tuple(stem(word) for word in phrase)


def parts(phrase: Phrase) -> list[Phrase]:
    """Lists the phrases within a phrase, the longest first and those at its end before others."""
    size = len(phrase)
    return [phrase[end - length : end] for length in range(size, 0, -1) for end in range(size, length - 1, -1)]


def of_tag(tag: str) -> list[str]:
    """Gives the words of a document's tag that name a topic: `InvoicesDelete` → invoices."""
    found = split(_ASIDE.sub(" ", tag))
    while len(found) > 1 and found[-1] in NO_NOUNS:
        found.pop()
    while len(found) > 1 and found[0] in NO_NOUNS:
        found.pop(0)
    return [] if len(found) == 1 and found[0] in VAGUE else found[-LONGEST:]


@lru_cache(maxsize=200_000)
def of_name(name: str) -> list[str]:
    """Gives the noun phrase of an API's name: `projects.batch_get_user_keys_by_id` → user, keys."""
    for segment in reversed(name.split(".")):
        found = split(segment)
        while found and found[0] in VERBS:
            found.pop(0)
        end = next((i for i, word in enumerate(found) if i and word in PREPOSITIONS | NO_NOUNS), len(found))
        found = [word for word in found[:end] if word not in PREPOSITIONS]
        if found and not (len(found) == 1 and found[0] in VAGUE):
            return found[:LONGEST]
    return []


def shared_part(phrase: Iterable[str], shared: Counter[Phrase], least: int) -> list[str]:
    """Gives the longest part of a noun phrase whose stems at least so many share, or else the whole."""
    words = list(phrase)
    whole = stems(words)
    for part in parts(whole):
        if shared[part] >= least and (len(part) > 1 or part[0] not in VAGUE | NO_NOUNS):
            start = next(start for start in range(len(whole)) if whole[start : start + len(part)] == part)
            return words[start : start + len(part)]
    return words


def once(words: Iterable[str]) -> Phrase:
    """Leaves out a word that comes again, in whatever number: readers reader → reader."""
    return tuple({stem(word): word for word in words}.values())


def short_title(service: str) -> str:
    """Shortens the name of a service to what people call it: `Xero Accounting API (v2)` → `Xero Accounting`."""
    return _APPENDIX.sub("", service).strip(" .,-")[:40].strip()


def casing(apis: list[Api]) -> dict[str, str]:
    """Learns from the descriptions which words are written with capitals: `dns` → DNS, `github` → GitHub.

    A spelling counts once for each service; the first word of a description counts for nothing.
    """
    told: dict[str, set[str]] = defaultdict(set)
    for api in apis:
        told[api.service].update(_TOKEN.findall(api.description.partition(" ")[2]))
    forms = Counter(word for words in told.values() for word in words)
    totals: Counter[str] = Counter()
    for word, count in forms.items():
        totals[word.lower()] += count
    found = {}
    for word, count in sorted(forms.items()):
        name, all_ = word.lower(), totals[word.lower()]
        capitals = word.isupper() and count > all_ / 2
        brand = word[1:] != name[1:] and count > max(2, all_ / 2) and (word[0].isupper() or len(word) <= 5)
        proper = word[:1].isupper() and count > max(8, 0.9 * all_)
        if len(word) > 1 and (capitals or brand or proper):
            found[name] = word
    return found


def spoken(phrase: Iterable[str], capitals: dict[str, str], within: bool = False) -> str:
    """Writes a phrase in sentence case, or as it stands `within` a sentence: git, hub, dns → GitHub DNS."""
    words = list(phrase)
    for index in range(len(words) - 1, 0, -1):
        if (joined := words[index - 1] + words[index]) in capitals and capitals[joined] != joined.capitalize():
            words[index - 1 : index + 1] = [joined]
    text = " ".join(capitals.get(word, word) for word in words)
    return text if within else text[:1].upper() + text[1:]
