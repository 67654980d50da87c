"""Surgery on the wordings of an API: leave a value out of what the user says, or refer to it in other words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from toolace.dialogs.speech import words_of
from toolace.records import Api, Ask

_PREPOSITIONS = (
    "in|at|from|on|for|to|with|under|starting|starting on|until|till|through|as of|about|around|near|after|before|"
    "within|over|via|using|called|named|titled|saying"
)
_FILLERS = r"(?:(?:the|a|an|about|around|at least|at most|up to|exactly|my|our) )?"
_END = rf"(?=$|[.,;:?!\[\]]| (?:{_PREPOSITIONS})\b)"
_SEGMENT = re.compile(r"\[[^\]]*\]")
_NEEDS_MORE = re.compile(
    r"(?:^|\b(?:between|from|and|or|versus|than|is|are|was|am|be|up|back|behind|down|due|away|out|got|gets?|goes|comes|"
    r"went|according|belongs|equals?|measures|reads|each|one|ones|it|costs?|needs?|takes?|lasts?|starts?|begins?|"
    r"ends?|works?|runs?|called|say|show|only|not|just|i'm|it's|we're|you're|that's|there's|here's|if|when|while|"
    r"starting|standing|checking|first point|second point|"
    r"which|who|of|by|per|as|get the|put the|the|a|an|my|be|to)|\}'s|,)[ ]?$",
    re.IGNORECASE,
)
_IDENTIFIERS = (
    "hotel|room|stay|reservation|booking|order|number|code|id|file|case|listing|reminder|account|flight|ticket|"
    "home|house|meal|parcel|package|delivery|alert|entry|visit"
)
_LABEL = re.compile(r"(?:\b(?:the|its|my|our) )?\b(?:number|code|id|identifier|no\.?) $", re.IGNORECASE)
_DETERMINERS = re.compile(r"\b(?:the|my|our|your|this|that|his|her|their)(?: \w+){0,3} $", re.IGNORECASE)


def phrase(text: str, slot: str) -> str | None:
    """Give the prepositional phrase of a wording that holds `slot` and no other, such as "for {nights} nights"."""
    match = _phrase(_SEGMENT.sub("", text), slot)
    return match[0].strip(" ,") if match else None


def without(api: Api, names: Mapping[str, str | None]) -> Api | None:
    """The API as a user knows it who does not say the named parameters.

    A name's value is what stands in its place in the wordings, such as "the first hotel"; None: the place is cut
    out. Gives None where an API with wordings has none left that stands this.
    """
    fields = {name: field for name, field in api.parameters["properties"].items() if name not in names}
    required = [name for name in api.parameters.get("required", []) if name not in names]
    schema = {**api.parameters, "properties": fields, "required": required}
    asks = [changed for one in api.asks if (changed := _change(one, names, api))]
    if api.asks and not asks:
        return None
    return msgspec.structs.replace(api, parameters=schema, asks=asks)


def _change(one: Ask, names: Mapping[str, str | None], api: Api) -> Ask | None:
    if any(path.split(".")[0] in names for path in one.implies):
        return None
    text: str | None = one.text
    for name, words in names.items():
        if text is None or f"{{{name}." in text:
            return None
        text = _SEGMENT.sub(lambda match: "" if f"{{{name}}}" in match[0] else match[0], text)  # noqa: B023
        if f"{{{name}}}" in text:
            text = _cut(text, name) if words is None else _refer(text, name, words, api)
        elif words is not None:
            return None  # the wording does not speak of it, so nothing would refer to the earlier result
    return Ask(text, one.implies) if text else None


def _phrase(text: str, slot: str) -> re.Match[str] | None:
    match = _pattern(slot).search(text)
    return match if match and not _NEEDS_MORE.search(text[: match.start()]) else None


@lru_cache(maxsize=5_000)
def _pattern(slot: str) -> re.Pattern[str]:
    held = rf"[$€\"']?\{{{re.escape(slot)}\}}[%\"']?"
    return re.compile(rf",? ?\b(?:{_PREPOSITIONS}) {_FILLERS}{held}(?: [a-z]+){{0,2}}?{_END}")


@lru_cache(maxsize=5_000)
def _item(slot: str) -> re.Pattern[str]:
    return re.compile(rf", \{{{re.escape(slot)}\}}(?: [a-z]+){{0,2}}(?=[,.?\[]|$)")


def _cut(text: str, slot: str) -> str | None:
    """The wording without the phrase or the item that holds the slot; None where nothing sensible would be left."""
    match = _phrase(text, slot) or _item(slot).search(text)
    if not match:
        return None
    left = " ".join((text[: match.start()] + text[match.end() :]).split()).lstrip(" ,.;:")
    left = re.sub(r" (?=[,.?!;:])", "", left)
    if len(left.split()) < 3 or re.search(r"(?:\b(?:and|or|is|are|the|a)|[:,])[.?]?$", left):
        return None
    return left[0].upper() + left[1:] if text[0].isupper() or text[0] == "{" else left


def _refer(text: str, slot: str, words: str, api: Api) -> str | None:
    """Put words for the slot: "hotel {hotelId}" becomes "the first hotel", "my reservation {id}" "my reservation"."""
    mark = f"{{{slot}}}"
    before, after = text.split(mark, 1)
    if re.search(r"\b(?:is|are)$", before.rstrip()) or (not before and after[:1] in ":,"):
        return None
    before, after = (before[:-1], after[1:]) if before[-1:] in "$€\"'" and before else (before, after)
    if label := _LABEL.search(before):
        return before[: label.start()] + words + after
    field = api.parameters["properties"].get(slot, {})
    nouns = {*words_of(slot), *words.split(), *words_of(field.get("description", "")), *_IDENTIFIERS.split("|")}
    last = before.rstrip(" ").split(" ")[-1].lower()
    if len(last) > 2 and last in nouns - set(_PREPOSITIONS.split("|")) - {"the", "and"}:
        if _DETERMINERS.search(before):
            return (before.rstrip() + after).replace("  ", " ")
        before = before.rstrip(" ")[: -len(last)]
    if not before:
        words = words[0].upper() + words[1:]
    return before + words + after
