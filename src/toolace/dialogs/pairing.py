"""One sentence for several calls that differ in two values: "A at 5 and B at 7", "A and B at 5 and 7, respectively"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from toolace.dialogs.language import Voice

PAIRED = 0.45
"""Share of the sentences that vary two values, where two stand close enough."""
_SLOT = re.compile(r"\{([^{}]+)\}")
_BETWEEN = re.compile(r"[^.?!:;()\n]{1,25}")
_SERIES = re.compile(r",|\b(?:and|or|x)\b")
_GLUED = re.compile(r"[\"'$€£]?$"), re.compile(r"[\"'%]?")


def pairs_of(text: str, slots: Sequence[str]) -> list[tuple[str, str]]:
    """Find the slots of a phrasing that follow each other in one clause, and are of one object."""
    found = list(_SLOT.finditer(text))
    return [
        (first[1], second[1])
        for first, second in pairwise(found)
        if first[1] in slots and second[1] in slots and first[1].split(".")[:-1] == second[1].split(".")[:-1]
        if _BETWEEN.fullmatch(text[first.end() : second.start()])
    ]


def vary_pair(text: str, pair: tuple[str, str], count: int, voice: Voice) -> str:
    """Give the phrasing in which both slots vary; `{slot#1}` is the slot in the second call."""
    respectively, last = str(voice.words["styles"]["respectively"]), str(voice.words["styles"]["and"])
    first, second = (text.index(f"{{{slot}}}") for slot in pair)
    end = second + len(pair[1]) + 2
    if _SERIES.search(text[first + len(pair[0]) + 2 : second]) or voice.chance(0.35):
        stop = next((m.start() for m in re.finditer(r"[.?!;](?: |$)", text) if m.start() >= end), len(text))
        return f"{text[:stop]}{respectively}{text[stop:]}"
    glued = (pattern.search(part) for pattern, part in zip(_GLUED, (text[:first], text[end:]), strict=True))
    before, after = (len(match[0]) if match else 0 for match in glued)
    piece = text[first - before : end + after]
    pieces = [_SLOT.sub(lambda match: f"{{{match[1]}#{n}}}", piece) for n in range(count)]  # noqa: B023
    return text[: first - before] + ", ".join(pieces[:-1]) + last + pieces[-1] + text[end + after :]
