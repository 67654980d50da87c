"""Names and descriptions of APIs as people say them: cleaned of HTML, Markdown, web addresses and boilerplate."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from toolace.records import Json

DESCRIPTION = 200
BRIEF = 120
"""A parameter's description ends with the sentence that reaches this length."""

_BOOKKEEPING = (
    "prettyprint|quotauser|uploadtype|uploadprotocol|xgafv|userip|(?:next)?pagetoken|updatemask|x?requestid|etags?|"
    "(?:label)?fingerprint|kind|selflink|validateonly|idempotencykey|(?:access|secret)key|(?:client)?secret"
)
_PLUMBING = (
    f"{_BOOKKEEPING}|alt|fields|key|oauthtoken|callback|bearertoken|pp|authorization|accept|contenttype|useragent|"
    ".*apiversion|.*(?:api|app)(?:key|token|secret)|appid|(?:auth|access)?token|(?:client)?secret|if(?:none)?match"
)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_TAG = re.compile(
    r"<!--.*?-->|</?(?:a|b|br|code|p|i|em|strong|ul|ol|li|pre|span|div|h[1-6]|table|tbody|thead|tr|td|th|var|img|"
    r"blockquote|sup|sub|aside|dl|dt|dd|section|tt|u|small|font|hr|note)\b[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[\w.: ]*\]| \(https?:[^()\s]*\))")
_ADDRESS = re.compile(r"\s?\((?:see )?https?:[^()\s]*\)|<https?:[^<>\s]*>", re.IGNORECASE)
_GLUED = re.compile(r"(\b[a-z]{2,20})\.(?=[A-Z][a-z]* [a-z])")
_NO_FORMAT = re.compile(r",?(?: and)?(?: it must be)? (?:in|using) the (?:following )?form(?:at)?(?: of| like)?[.:]?$")
_EMPHASIS = re.compile(r"(\*\*|__|(?<![\w*])[*_](?=\w))(.{1,200}?)(\*\*|__|(?<=[\w.,:])[*_](?![\w*]))")
_LIST = re.compile(r"(?:^|\n)[ \t]*(?:[-*•+]|\d+[.)])\s+\S|[.:]\s+[-*•]\s|\n[ \t]*\|")
_SENTENCE = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<!vs\.)(?<!cf\.)\s+(?=[A-Z0-9\"'(\[{])")
_LABEL = re.compile(
    r"^[\W_]*(?:(?:required|optional|immutable|identifier|(?:output|input)[ -]only|read[ -]only|unordered list|note|"
    r"preview|beta|experimental|warning|important|caution|description|purpose)\b\s*[\]).:!*]+[\s*]*)+",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"https?:|www\.|^\W*(?:see\b|refer to|list of thrown errors|learn more|read more|more info|to learn more|"
    r"-{2,}|alternate route|this (?:is a|(?:field|parameter|property) is) (?:required|optional)|for [^.]{0,40}, see|"
    r"for (?:more|further|additional|details|examples|a (?:full|complete|detailed))\b)|"
    r"\b(?:see|for more \w+,?) *[.:]?$",
    re.IGNORECASE,
)
_DEPRECATED = re.compile(
    r"^\W*(?:(?:optional|required)\W+)?deprecated\b|[\[(]deprecated|\bis deprecated\b", re.IGNORECASE
)
_DANGLING = re.compile(
    r"(?: (?:an?|the|this|its|of|to|in|on|for|and|or|with|that|which|is|are|be|will|can|may|as|at|by|from|if))+$"
)
_OUTPUT = re.compile(
    r"^\W*(?:\w+\.\s+)?(?:output|read)[ -]only\b|\[output[ -]only\]|\b(?:output|read)[ -]only\.", re.IGNORECASE
)


@lru_cache(maxsize=20_000)
def words(name: str) -> tuple[str, ...]:
    """Splits an identifier into its words in lower case: `maxResults` → max, results; acronyms stay whole."""
    plain = unicodedata.normalize("NFKD", name[:200]).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z0-9]+", _CAMEL.sub(" ", plain).lower()))


def readable_name(*parts: str) -> str:
    """Joins parts to `service.resource.verb` in snake case, at most 64 characters: middle parts give way first."""
    slugs = [slug for slug in ("_".join(words(part)) for part in parts) if slug]
    while len(".".join(slugs)) > 64 and len(slugs) > 2:
        del slugs[1]
    return ".".join(slugs).lstrip("0123456789_.")[:64].rstrip("_.")


def human(title: Json) -> str:
    """Gives the name of a service as people say it: `YouTube Data API v3` → `YouTube Data`."""
    text = " ".join(_TAG.sub(" ", _text(title)[:200].encode(errors="ignore").decode()).split())
    text = text.replace("OData Service for namespace microsoft.graph", "Microsoft Graph")
    short = re.sub(r"(?i)[\s(\[-]*\b(?:rest |web |http )?(?:apis?|v\d[\w.]*)[)\]]*\s*$", "", text)
    short = re.sub(r"(?i)\s+apis?$", "", short).strip(" -:")
    if match := re.fullmatch(r"((?:[A-Z]+[a-z0-9]+){2,}?)(?:Management)?(?:Service)?(?:Rest)?Client", short):
        short = _CAMEL.sub(" ", match[1])  # as code generators call it: StorageManagementClient
    return (short or text)[:80]


def license_name(given: Json) -> str:
    """Gives the SPDX identifier of the commonest licences, whatever a document calls them, else its own words."""
    name = " ".join(_text(given)[:80].encode(errors="ignore").decode().split())
    if re.search(r"(?i)\bapache\b.*\b(?:v|version )?2", name):
        return "Apache-2.0"
    return "MIT" if re.fullmatch(r"(?i)(?:the )?mit(?: licen[sc]e)?", name) else name


@lru_cache(maxsize=20_000)
def bookkeeping(name: str) -> bool:
    """Says whether a parameter serves paging, masks and versions, whatever the API: nobody ever speaks of it."""
    return bool(re.fullmatch(_BOOKKEEPING, "".join(words(name))))


@lru_cache(maxsize=20_000)
def plumbing(name: str) -> bool:
    """Says whether a parameter of an HTTP query serves the transport: bookkeeping, or credentials and media."""
    return bool(re.fullmatch(_PLUMBING, "".join(words(name))))


def deprecated(node: dict[str, Json]) -> bool:
    """Says whether an operation, a parameter or a schema is marked or described as deprecated."""
    return node.get("deprecated") is True or _mentions(node, "eprecated", _DEPRECATED)


def output_only(node: dict[str, Json]) -> bool:
    """Says whether only the service sets this property, so that no caller ever gives it."""
    return node.get("readOnly") is True or _mentions(node, "nly", _OUTPUT)


def _mentions(node: dict[str, Json], hint: str, mark: re.Pattern[str]) -> bool:
    text = node.get("description")
    return isinstance(text, str) and hint in text and bool(mark.search(text[:300]))


def describe(text: Json, limit: int = DESCRIPTION) -> str:
    """Cleans a description of HTML, Markdown and pointers to web pages, and cuts it at a sentence."""
    return _clean(_text(text), limit)


@lru_cache(maxsize=8_192)
def _clean(text: str, limit: int) -> str:
    kept = spare = ""
    for sentence in _SENTENCE.split(_plain(text)):
        sentence = _LABEL.sub("", sentence + " ").strip()
        if sentence.endswith(":") or _POINTER.search(sentence):
            spare = spare or sentence.rstrip(" :")
        elif kept and len(kept) + len(sentence) >= limit:
            break
        else:
            kept = f"{kept} {sentence}".strip()
    return _finish(kept or ("" if _POINTER.search(spare) else spare))


def _plain(text: str) -> str:
    """Strips HTML and Markdown; what follows the start of a list or a table is left out."""
    text = text.encode(errors="ignore").decode()  # a lone surrogate cannot be written as UTF-8
    text = _ADDRESS.sub("", _LINK.sub(r"\1", _TAG.sub("\n", html.unescape(text))))
    if listed := _LIST.search(text, 1):
        text = text[: listed.start() + 1]
    text = re.sub(r"\n\s*\n|\s-{3,}\s", ".\n", text.strip())
    text = _EMPHASIS.sub(r"\2", re.sub(r"(?m)^[#>/]+\s+|={3,}|`+|\*\*", "", re.sub(r"`([a-z]{1,20})`", r"'\1'", text)))
    text = _LABEL.sub("", _GLUED.sub(r"\1. ", " ".join(text.split())))
    return re.sub(r"\s*([.:!?,;])\s*\.?(?=\s|$)", r"\1", text)


def _text(value: Json) -> str:
    return value[:2000] if isinstance(value, str) else ""


def _finish(text: str) -> str:
    """Cuts one overlong sentence at a clause or a word; starts it with a capital and ends it with a full stop."""
    if len(text) >= DESCRIPTION:
        head = text[: DESCRIPTION - 1]
        clause = max(head.rfind(mark) for mark in (", ", "; ", " (", ": ", " - "))
        text = head[: clause if clause > DESCRIPTION // 3 else head.rfind(" ") if " " in head else DESCRIPTION]
        text = _DANGLING.sub("", text.rstrip(" ,;:(-"))
    text = _NO_FORMAT.sub("", text)
    if re.match(r"[a-z]+(?:[ ,.]|$)", text):
        text = text[0].upper() + text[1:]
    return text + "." if text and text[-1] not in ".!?。" else text
