"""What an API does, read from its description or its name: the verb, the thing, the kind of act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from toolace.apis.descriptions import plumbing, words
from toolace.records import Api

_VERBS = {
    "list": "list search find query browse recommend suggest discover enumerate",
    "read": "get retrieve fetch return show view describe read look track tell download display lookup obtain count "
    "export check give inspect preview summarize report provide identify detect parse extract scan watch infer "
    "translate explain",
    "other": "plan verify validate classify evaluate analyze test render combine authenticate authorize ping wait",
    "create": "create add insert book post send register submit upload place generate order schedule publish start "
    "invite make reserve import save share draft build launch record write log buy purchase request attach subscribe "
    "open issue deploy transfer pay upsert apply associate duplicate clone copy run trigger execute message initiate "
    "grant invoke capture provision follow star redeliver resend enroll email remind keep allow",
    "update": "update modify change edit set replace move rename patch enable disable assign mark configure adjust "
    "resize refresh restart reset activate deactivate renew upgrade restore resume suspend pause confirm approve "
    "accept reject link merge lock unlock archive unarchive publish rotate reorder complete turn switch hide "
    "regenerate sync extend",
    "delete": "delete remove cancel revoke stop terminate detach disassociate unsubscribe clear purge deregister "
    "uninstall destroy unassign erase drop unlink",
    "compute": "calculate compute convert estimate compare measure solve predict divide simulate rank sort score "
    "balance shift optimize sum multiply",
}
_PLAINEST = ("get", "list", "create", "update", "delete", "add", "remove", "set", "find", "search")
"""The verbs that mark what an identifier's verb is, where it holds several."""
_KINDS = {verb: kind for kind, verbs in reversed(_VERBS.items()) for verb in verbs.split()}
_NOUNS = words(
    "message post order record report link transfer purchase issue test plan score schedule book file invite"
)
ONLY_VERBS = frozenset(_KINDS) - frozenset(_NOUNS)
"""Verbs that are not as often nouns, and so do not tell what an API is about."""
READING = ("list", "read", "compute")
"""Kinds of API that change nothing."""
_LEAD = re.compile(
    r"(?:(?:this|the|an?|use this|use the) )?(?:[\w/-]+ ){0,2}?(?:api|endpoint|method|operation|call|action|function|"
    r"request|resource|service|tool)s? (?:that |which )?(?:(?:is|are|can be|may be) used )?(?:by \w+ )?"
    r"(?:to |will |lets? \w+ |(?:allows?|enables?) (?:you |users? |the \w+ |clients? |an? \w+ )?(?:to )?)?|"
    r"(?:used|use|you can|provides? (?:the |an )?(?:ability|option|way) to|allows? \w+ to|to) ",
    re.IGNORECASE,
)
_CUT = re.compile(r" \(|[;:]| - | which | including | such as |, (?:and|or|as|but|i\.e|e\.g|then|when|if|with)\b")
_AND = re.compile(r" (and|or) (\w+s)(?= (?:an?|the|its|all|existing|new|whether)\b)")
_IMPERATIVE = re.compile(
    r"(?!For|In|On|By|With|When|If|Given|From|At|This|To|Of|Is|Are|And|As|Use|Using|The|Not|You|All|Any|Only|That)"
    r"([A-Z][a-z]+) (?:one|the|an?|all|any|your|this|several|new|existing)\b"
)
_QUANTITY = re.compile(
    r"\b(?:number|vector|force|fraction|matri|duration|amount|unit|length|distance|weight|mass|temperature|currenc|time|"
    r"degree|pressure|speed|volume|area|energy|angle|price|offer|stock|cost|loan|rate)"
)
_QUESTION = re.compile(r"\w+ (?:how|what|who|where|when|which|whether|if)\b")
_CAMEL = re.compile(r"[A-Za-z]+[a-z][A-Z]\w*")
_BEFORE = re.compile(
    r"(?:(?:how|what|who|where|when|which|whether|if)\b.*?\b(?=(?:an?|the|from|of|in|on) ))?"
    r"(?:(?:or|and) \w+ )?(?:(?:an?|the|all|any|each|every|your|this|these|its|their|one|more|or|new|existing|"
    r"specified|given|single|specific|particular|current|full|complete|available|various|several|public|detailed|"
    r"paginated|whether|up|out|of|for|on|about|from|to|in|into|at|some|that|how|what|where|when|if|and|much|many|long|is|are|multiple|named|"
    r"true|(?:lists?|array|collection|details?|information|info|set|series|number|page|instances?|properties|range|"
    r"metadata|summary|data) (?:of|about|for|on|from|in|to))(?:,? |$))*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:,|(?: |^)(?:of|for|to|in|on|at|by|from|with|without|that|which|who|whose|where|when|as|and|or|using|based|"
    r"into|is|are|was|has|have|can|via|under|within|after|before|between|over|per|so|whose|given|if|during|around|"
    r"near|about|it|be|he|she|they|we|you|out|up|like|through|across|against|the|an?)\b|"
    r"(?<=\w) \w{2,}(?:ed|ing) (?:to|by|in|on|for|of|from|with|at|as|"
    r"under|within|during|via|between|an?|the|through|into)\b|"
    r"(?<=\w) (?!speed|feed)\w{4,}ed(?=,|$)|$).*"
)
_TRANSPORT = re.compile(
    r"x .*|api .*|.* api version|version|action|"
    r"(?:next|page|continuation|sync|client|request) ?(?:token|cursor)|cursor|"
    r"marker|pretty|accept .*|content .*|cache control|.* key|.*password.*|.*secret.*|.* target|.*credential.*|"
    r"signature|.*version match|continue|impersonation .*|subscription id|resource group name|max ?items|starting token"
)
_COMMON = frozenset(
    words(
        "the and for with this that will from which must can are was has have not all any only its your you one two "
        "more than when where what how name number value list given used whether"
    )
    + words("default type identifier string each other into such using specified new same date time")
)
"""Words that say nothing of what an API is about."""


class Act(NamedTuple):
    """What an API does: a `phrase` in the imperative, without a full stop, its `verb`, the `thing` and the `kind`."""

    phrase: str
    verb: str
    thing: str
    kind: str


def act(api: Api) -> Act:
    """Reads from description and name what an API does; what cannot be read is of kind `other`."""
    return _act(api.name, api.description)


@lru_cache(maxsize=50_000)
def _act(name: str, description: str) -> Act:
    for sentence in re.sub(r" \([^()]{1,30}\)", "", re.sub(r"\(e?s\)", "s", description)).split(". ")[:3]:
        first, _, rest = sentence[_leading(sentence) :].partition(" ")
        verb = _base(first.lower())
        if not verb and (unknown := _IMPERATIVE.match(sentence)):
            verb = singular(unknown[1].lower())
        if verb and rest:
            phrase = _AND.sub(_second, f"{verb} {_CUT.split(rest, maxsplit=1)[0].rstrip(' .,')}")
            asked = bool(_QUESTION.match(phrase))  # where a question is told, the name says better what it is about
            thing = (not asked and _thing(phrase)) or _thing(_spelled(name)) or _thing(phrase)
            return Act(phrase, verb, thing, _kind(verb, phrase))
    phrase = _spelled(name)
    verb = _base(phrase.partition(" ")[0])
    return Act(phrase, verb or "get", _thing(phrase if verb else f"get {phrase}"), _kind(verb, phrase))


def _second(match: re.Match[str]) -> str:
    return f" {match[1]} {_base(match[2]) or match[2]}"


def _leading(sentence: str) -> int:
    lead = None if _base(sentence.partition(" ")[0].lower()) else _LEAD.match(sentence)
    return lead.end() if lead else 0


def _spelled(name: str) -> str:
    """Turns an identifier into a phrase that starts with its verb: `user_notes_create` → create user notes."""
    rest = list(words(name.rpartition(".")[2]))
    verbs = sorted((word for word in rest if word in _KINDS), key=lambda word: word not in _PLAINEST)
    if verbs:
        rest.remove(verbs[0])
    return " ".join([*verbs[:1], *rest])


def _base(word: str) -> str:
    """Gives the imperative of a verb, or nothing for any other word: `Lists` → list."""
    forms = (word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word))
    return next((form for form in forms if form in _KINDS), "")


def _kind(verb: str, phrase: str) -> str:
    """Gives the kind of a verb: reading is `list` when several things are read, and only then."""
    kind = _KINDS.get(verb, "other")
    if verb in ("add", "convert", "compare"):
        kind = "compute" if _QUANTITY.search(phrase) else {"add": "create"}.get(verb, "other")
    if kind not in ("list", "read") or verb in ("list", "count"):
        return kind
    if _QUESTION.match(phrase):
        return "read"
    several = re.match(r"\w+ (?:an? |the |for )?(?:all|list|collection|array|multiple)\b", phrase)
    thing = _thing(phrase)
    return "list" if several or singular(thing) != thing else "read"


@lru_cache(maxsize=20_000)
def _thing(phrase: str) -> str:
    """Gives the words for what a verb acts on, at most three: `get the ingredients of a dish` → ingredients."""
    rest, found = phrase.partition(" ")[2].replace("'s ", " ").replace("/", " "), ""
    while rest and not found:
        found = _AFTER.sub("", _BEFORE.sub("", rest, count=1)).strip()
        rest = rest.partition(" ")[2]
    return " ".join(words(" ".join(re.sub(r" (?:\w+ly|available|possible)$", "", found).split()[-3:])))


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """Gives the singular of the last word: `bus stops` → bus stop."""
    if word.endswith(("ss", "us", "is", "news", "series", "status")) or len(word) < 4:
        return word
    if word.endswith("people"):
        return word[:-6] + "person"
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes", "zzes")) else word.removesuffix("s")


@lru_cache(maxsize=20_000)
def plural(word: str) -> str:
    """Gives the plural of the last word: `city` → cities."""
    if singular(word) != word or word.endswith(("data", "information", "series", "news", "people")):
        return word
    if word.endswith("person"):
        return word[:-6] + "people"
    if re.search("[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


@lru_cache(maxsize=50_000)
def spoken(name: str) -> str:
    """Gives the words of a parameter's name: `maxResults` → max results."""
    return " ".join(words(name))


def series(parts: Sequence[str], last: str = "and") -> str:
    """Lists parts as a sentence does: a, b and c."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def styled(phrase: str, names: Iterable[str]) -> str:
    """Spells a phrase as a parameter's name in the style of its neighbours: sort_by, sortBy or SortBy."""
    return _spell(phrase, _style(tuple(names)))


@lru_cache(maxsize=50_000)
def _style(names: tuple[str, ...]) -> str:
    """Gives the first name that shows a style."""
    return next((name for name in names if "_" in name.strip("_") or _CAMEL.fullmatch(name)), "_")


@lru_cache(maxsize=50_000)
def _spell(phrase: str, like: str) -> str:
    parts = words(phrase)
    if "_" in like or not parts:
        return "_".join(parts)
    first = parts[0] if like[0].islower() else parts[0].capitalize()
    return first + "".join(part.capitalize() for part in parts[1:])


@lru_cache(maxsize=20_000)
def transport(name: str) -> bool:
    """Says whether a parameter serves the transport or the vendor's bookkeeping, so that no other API wants it."""
    return plumbing(name) or bool(_TRANSPORT.fullmatch(spoken(name)))


@lru_cache(maxsize=50_000)
def stems(text: str) -> frozenset[str]:
    """Gives the singulars of the words that tell topics apart."""
    return frozenset(singular(word) for word in words(text) if len(word) > 2 and word not in ONLY_VERBS) - _COMMON
