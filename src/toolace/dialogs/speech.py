"""Words for the parts of an API: its action, its parameters, its results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_THIRD_PERSON = re.compile(r"^(\w+?)(ies|es|s)\b")
_VERBS = re.compile(r"^(?:[A-Za-z]+s(?:, (?:and |or )?| and | or ))*[A-Za-z]+s\b")
_NOT_A_NOUN = re.compile(
    r"^(?:whether|if|when|where|how|what|which|who|why|optional|required|used|specif|indicat|set|return|this|it|see|"
    r"must|can|please|include|only|true|false|deprecated|output|input|immutable|filter|send|give|put|add|use|select|choose|limit|"
    r"restrict|enter|provide|pass|determin|control|defin|describ|represent|contain|create|identifies)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"^(?:whether|how (?:many|much|often|long)|what|which|who|where|why) ", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _BOUNDARY.split(name) if word)


def words_of(name: str) -> list[str]:
    """Split a name into lower-case words: `newCheckIn` gives new, check, in."""
    return list(_words(name))


def singular(word: str) -> str:
    """Give the singular of a regular plural."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:sses|shes|ches|xes)$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is", "ews")) else word


def action(description: str) -> str:
    """Give what an API does as a bare verb phrase: "Lists the jobs. …" gives "list the jobs"."""
    sentence = re.split(r"(?<!i\.e)(?<!e\.g)[.;:] |\.$|\n", description.strip(), maxsplit=1)[0].rstrip(".;: ")
    verbs = _VERBS.match(sentence)
    if not verbs:
        return small(sentence)
    return small(
        re.sub(r"\w+", lambda match: _THIRD_PERSON.sub(_imperative, match[0]), verbs[0]) + sentence[verbs.end() :]
    )


def noun(name: str, field: dict[str, Any]) -> str:
    """Name a parameter as people do, with an article: "the day of arrival", "the hotel id"."""
    words = re.split(r"[.,;:(\n]| - | from \d", field.get("description", ""), maxsplit=1)[0].strip()
    words = re.sub(r"^(?:[Tt]he|[Aa]n?) | in (?:the )?(?:following )?(?:format|form)\b.*", "", words)
    spoken = " ".join(words_of(name))
    if not 0 < len(words.split()) <= 7 or _NOT_A_NOUN.match(words) or re.search(r"[{}<>`\"/\[\]]|YYYY| \w$", words):
        return f"the {spoken}"
    return f"the {small(words)}"


def wanted(name: str, field: dict[str, Any]) -> str:
    """What the assistant would like to be told of a parameter: a noun, or a question of its description."""
    words = re.split(r"[.,;:(\n]", field.get("description", ""), maxsplit=1)[0].strip()
    return small(words) if _QUESTION.match(words) and len(words.split()) <= 12 else noun(name, field)


def series(words: Sequence[str], last: str = "and") -> str:
    """Join words: "a, b and c"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {last} " + words[-1] if words else ""


def capital(text: str) -> str:
    """Give the text with its first letter large."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Give the text with its first letter small, but for "I" and abbreviations."""
    return text if text[1:2].isupper() or text[:2] in ("I ", "I'") else text[:1].lower() + text[1:]


def _imperative(match: re.Match[str]) -> str:
    stem, ending = match[1], match[2]
    if ending == "ies":
        return stem + "y"
    if ending == "es" and not stem.endswith(("ch", "sh", "ss", "x", "z")):
        return stem + "e"
    return match[0] if stem.endswith(("s", "u", "i")) and ending == "s" else stem
