"""What the paper relates to complexity (ToolACE Fig. 2): candidates, APIs used, and how far the query is from them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from toolace.dialogs.speech import singular, words_of
from toolace.formats.calls import CallSyntaxError, parse

_WORD = re.compile(r"\w{3,}")
_STOP = (
    "the and for from with that this these those you your can could would please are was were has have had not but its "
    "all any one out what which who how when where will there their given into over such"
)


class Traits(msgspec.Struct, frozen=True):
    """Of a sample: `candidates` tools on offer, `calls` made, `used` different tools among them.

    `dissimilarity` is 1 − the cosine between the content words of all user turns and those of the used tools' names
    and descriptions, each word counted once (0…1); None where no tool is used.
    """

    candidates: int
    calls: int
    used: int
    dissimilarity: float | None


def traits(row: dict[str, Any]) -> Traits:
    """Read the traits of a row of the dataset (`messages`, `tools`)."""
    tools = {tool["function"]["name"]: tool["function"] for tool in msgspec.json.decode(row["tools"])}
    called = [name for message in row["messages"] if message["role"] == "assistant" for name in _names(message)]
    used = [tools[name] for name in dict.fromkeys(called) if name in tools]
    said = " ".join(message["content"] for message in row["messages"] if message["role"] == "user")
    described = (f"{' '.join(words_of(tool['name']))} {tool['description']}" for tool in used)
    return Traits(len(tools), len(called), len(used), dissimilarity(said, described) if used else None)


def dissimilarity(query: str, descriptions: Iterable[str]) -> float:
    """1 − cosine of the sets of content words, 0 (the same words) to 1 (none in common)."""
    one, other = content_words(query), content_words(" ".join(descriptions))
    return round(1 - len(one & other) / math.sqrt(len(one) * len(other)), 4) if one and other else 1.0


def content_words(text: str) -> set[str]:
    """The words that carry meaning, in the singular and in lower case."""
    return {singular(word) for word in _WORD.findall(text.lower())} - {*_STOP.split()}


def _names(message: dict[str, str]) -> list[str]:
    try:
        return [call.name for call in parse(message["content"])]
    except CallSyntaxError:
        return []
