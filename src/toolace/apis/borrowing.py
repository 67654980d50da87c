"""What an API can take from its siblings, or from a small library where they have nothing that fits.

For the operators of evolution (ToolACE §2.1). Words decide what fits: what only the sibling is about stays there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from random import Random
from typing import Any, NamedTuple

from toolace.apis.descriptions import plumbing, words
from toolace.apis.normalise import Schema
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
_ONLY_VERBS = frozenset(_KINDS) - frozenset(_NOUNS)
"""Verbs that are not as often nouns, and so do not tell what an API is about."""
READING = ("list", "read", "compute")
"""Kinds of API that change nothing."""
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
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CAMEL = re.compile(r"[A-Za-z]+[a-z][A-Z]\w*")
_PLAIN = re.compile(r"[A-Za-z][\w ,'/-]{2,}")
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
_VAGUE = words(
    "id name type status title description date value slug code key state text body data items content input"
)
"""Names that mean something else in every API."""
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
    (_WRITE, "", "notif|alert|email|receipt", "notify", _flag("to notify everyone concerned")),
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
    ("delete", "", "notif|alert|email", "notify", _flag("to notify everyone concerned")),
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
    ("", "", "format|type|output|accept|media", "output_format",
     choice("Format of the answer.", "json", "csv", "text")),
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
    found = [(donor, name) for donor in donors for name in optional(donor.parameters)]
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


def optional(schema: Schema) -> list[str]:
    """Names the parameters that may be left out."""
    return [name for name in schema.get("properties", {}) if name not in schema.get("required", [])]


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


@lru_cache(maxsize=50_000)
def stems(text: str) -> frozenset[str]:
    """Gives the singulars of the words that tell topics apart."""
    return frozenset(singular(word) for word in words(text) if len(word) > 2 and word not in _ONLY_VERBS) - _COMMON


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
    ("compute", "", "save the result under a name", "save_as",
     _text("Name for the result.", "draft", "plan A", "spring")),
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
    extra = next(borrow(api, [], rng))
    return Service(f"take the {spoken(extra.name)} into account", [extra])


def _goes_with(api: Api, donor: Api) -> bool:
    """Says whether the donor's act can be told in a few plain words, is another one, and has to do with the API's."""
    mine, theirs = act(api), act(donor)
    telling = theirs.thing and theirs.phrase.count(" ") > 1 and len(theirs.phrase) <= 90
    if theirs.kind not in _COMPANY[mine.kind] or not telling or _topics(api).isdisjoint(_topics(donor)):
        return False
    if theirs.phrase.split()[1] in _ONLY_VERBS:
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
