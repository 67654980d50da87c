"""A dialog on its way to disk: its outline by (seed, kind, index), its verdict, its line in a shard."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from toolace.config import Config, DialogsConfig
from toolace.dialogs.cast import Cast, Scene, show
from toolace.dialogs.kinds import KINDS
from toolace.dialogs.script import Outline
from toolace.dialogs.thinking import think
from toolace.records import Dialog, Message, Verdict

DATED = 0.1
"""Share of the dialogs whose system prompt tells the date, so that days may be said relative to it."""
FEW = 3
"""So many dialogs may always say the same apart from the values."""
_FIRST_DAY = date(2023, 1, 1)
_VALUE = re.compile(r"\d+(?:[.,:/-]\d+)*")


class Judged(msgspec.Struct, frozen=True):
    """A line of a shard: a dialog, what the rule layer says of it, and hashes of its words with and without values."""

    verdict: Verdict
    words: int
    template: int
    dialog: Dialog


class Brief(msgspec.Struct, frozen=True):
    """A line of a shard without its dialog."""

    verdict: Verdict
    words: int
    template: int


class Drawn(NamedTuple):
    """A dialog that is on disk, in a line of a shard that begins at byte `start`, and the final verdict on it."""

    kind: str
    verdict: Verdict
    shard: Path
    start: int

    @property
    def dialog(self) -> Dialog:
        """The dialog, read from the shard."""
        return read(self.shard, self.start)


class Sketch(NamedTuple):
    """A scripted dialog before it is judged, and the outline that it was played from."""

    dialog: Dialog
    outline: Outline


class Distinct:
    """Rejects what was said before: the same words, or too often the same but for the values."""

    def __init__(self, quota: int, share: float) -> None:
        self.most = max(FEW, math.ceil(quota * share))
        self.words: set[int] = set()
        self.templates: Counter[int] = Counter()

    def judge(self, brief: Brief | Judged) -> Verdict:
        """Give the final verdict on the next dialog of a kind."""
        if not brief.verdict.ok:
            return brief.verdict
        if brief.words in self.words:
            return Verdict(False, "duplicate", "another user says the same")
        if self.templates[brief.template] == self.most:
            return Verdict(False, "near_duplicate", f"{self.most} users say the same but for tone and values")
        self.words.add(brief.words)
        self.templates[brief.template] += 1
        return brief.verdict


def read(shard: Path, start: int) -> Dialog:
    """Read the dialog whose line in a shard begins at byte `start`."""
    with shard.open("rb") as file:
        file.seek(start)
        return msgspec.json.decode(file.readline(), type=Judged).dialog


def drawn(kind: str, shard: Path, distinct: Distinct) -> Iterator[Drawn]:
    """Give the dialogs of a shard with the final verdicts on them."""
    start = 0
    for line in shard.read_bytes().splitlines(keepends=True):
        yield Drawn(kind, distinct.judge(msgspec.json.decode(line, type=Brief)), shard, start)
        start += len(line)


def sketch(config: Config, cast: Cast, kind: str, index: int) -> Sketch | None:
    """Script dialog `index` of a kind, a function of (seed, kind, index) alone; None where it does not work out."""
    seed, dialogs = config.seed, config.dialogs
    tools = Random(f"{seed}:tools:{index // dialogs.questions_per_tools}")
    today = _FIRST_DAY + timedelta(days=tools.randrange(1400)) if tools.random() < DATED else None
    outline = KINDS[kind](Scene(cast, dialogs, tools, Random(f"{seed}:{kind}:{index}"), today))
    if outline is None:
        return None
    return sketched(f"{seed}-{kind}-{index}", kind, outline, today, dialogs)


def sketched(name: str, kind: str, outline: Outline, today: date | None, dialogs: DialogsConfig) -> Sketch | None:
    """Write the dialog of an outline down; None where it is longer than `dialogs.max_chars`."""
    offered, messages, plan, _ = outline
    if dialogs.thoughts:
        messages = think(messages, plan, offered)
    if today:
        messages = [Message("system", f"Today is {today:%A}, {today.day} {today:%B} {today.year}."), *messages]
    dialog = Dialog(name, kind, [show(api) for api in offered], messages, plan, {"roles": "scripted"})
    fits = len(msgspec.json.encode((dialog.tools, dialog.messages))) <= dialogs.max_chars
    return Sketch(dialog, outline) if fits else None


def judged(verdict: Verdict, dialog: Dialog, core: str) -> Judged:
    """Put a dialog with the verdict on it into a line; `core` is what the user says in no tone."""
    said = " ".join(m.content for m in dialog.messages if m.role == "user").lower()
    return Judged(verdict, _hash(said), _hash(masked(core, dialog)), dialog)


def masked(core: str, dialog: Dialog) -> str:
    """What the user says without tone and values, so that texts which differ in nothing else are equal."""
    for one in sorted({s.text for s in dialog.plan.said}, key=lambda text: (-len(text), text)):
        core = core.replace(one, "#") if len(one) < len(core) / 2 else core
    return _VALUE.sub("#", core)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
