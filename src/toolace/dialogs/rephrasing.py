"""The same phrasing in other words: units written in another way, "Could you …?" for "Can you …?"."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from toolace.dialogs.language import Voice, load
from toolace.dialogs.styles import lower

_UNIT = r"(\{[\w.]+\})( ?)(%s)(?![\w²°/-])"
_DOLLARS = re.compile(r"\$(\{[\w.]+\})(?=[.,?!]|$| (?:and|to|in|for|at|on|with|from|per|or|as|is)\b)")
_SEVERAL = re.compile(r"[.?!:] \w")


def rephrase(text: str, voice: Voice, language: str = "en") -> str:
    """Say the words between the slots of a phrasing differently; what is asked for and every slot stay."""
    return _respell_units(_reframe(_swap(text, voice, language), voice), voice, language)


@cache
def _swaps(language: str) -> list[tuple[re.Pattern[str], list[str]]]:
    return [(re.compile(swap["find"]), swap["say"]) for swap in load(language)["swaps"]]


def _swap(text: str, voice: Voice, language: str) -> str:
    for pattern, others in _swaps(language):
        if pattern.search(text) and voice.chance(0.5):
            text = pattern.sub(str(voice.rng.choice(others)), text, count=1)
    return text


def _reframe(text: str, voice: Voice) -> str:
    """Put another frame around a single imperative: "Find …." becomes "Could you find …?"."""
    verb = text.split(" ", 1)[0]
    if not text.endswith(".") or _SEVERAL.search(text) or verb.lower() not in _verbs() or voice.chance(0.5):
        return text
    frame = str(voice.rng.choice(voice.words["frames"]["reframed"]))
    return frame.replace("{x}", lower(text[:-1], voice.words["styles"]))


@cache
def _verbs(language: str = "en") -> frozenset[str]:
    phrases = load(language)["phrases"]
    return frozenset([*phrases["retrieve"], *phrases["verbs"]])


@cache
def _spellings(language: str) -> tuple[re.Pattern[str], dict[str, dict[str, Any]]]:
    units = {form: unit for unit in load(language)["units"] for form in [*unit["forms"], *unit["glued"]]}
    del units["pounds"]  # of money, too
    forms = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
    return re.compile(_UNIT % forms), units


def _respell_units(template: str, voice: Voice, language: str) -> str:
    """Write the units behind the slots in another way: "{x} kg" as "{x}kg", "${x}" as "{x} dollars"."""
    pattern, units = _spellings(language)

    def other(match: re.Match[str]) -> str:
        unit = units[match[3]]
        if voice.chance(0.45):
            return match[0]
        if unit["glued"] and voice.chance(0.5):
            return match[1] + str(voice.rng.choice(unit["glued"]))
        return f"{match[1]} {voice.rng.choice(unit['forms'])}"

    template = pattern.sub(other, template)
    if language == "en" and voice.chance(0.3):
        template = _DOLLARS.sub(r"\1 dollars", template)
    return template
