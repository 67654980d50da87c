"""Work units of scripted dialogs: fixed ranges of indices, so that any number of workers writes the same bytes.

A unit (kind, number) covers `UNIT` indices and becomes one shard of accepted and rejected dialogs. A shard on disk is
complete (it is renamed into place), so a run that was killed goes on with the first missing one. The dialogs stay on
disk: what is passed on is where they are.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from toolace.config import Config, DialogsConfig
from toolace.dialogs.cast import Cast, Scene, read_cast, show
from toolace.dialogs.kinds import KINDS
from toolace.dialogs.script import Outline
from toolace.dialogs.thinking import think
from toolace.errors import ToolaceError
from toolace.processes import end_with_parent
from toolace.progress import bar
from toolace.records import Dialog, Message, Verdict
from toolace.store import write
from toolace.verification.rules import RULES, verify

UNIT = 250
BARREN_UNITS = 4
"""A kind is given up after so many units in a row without an accepted dialog."""
DATED = 1 / 3
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


class _Brief(msgspec.Struct, frozen=True):
    verdict: Verdict
    words: int
    template: int


def generate(config: Config, pool: Path, folder: Path) -> Iterator[Drawn]:
    """Give exactly `dialogs.kinds[kind]` accepted dialogs of each kind, in order, with the rejected ones between them.

    Raises:
        ToolaceError: a kind of which the rules accept too few.
    """
    with (
        ProcessPoolExecutor(config.workers, initializer=end_with_parent) as workers,
        bar(sum(config.dialogs.kinds.values()), "dialogs") as progress,
    ):
        for kind, quota in config.dialogs.kinds.items():
            make = partial(_unit, config, pool, kind, folder)
            for drawn in _quota(kind, quota, workers, make, config):
                progress.update(drawn.verdict.ok)
                yield drawn


def read(shard: Path, start: int) -> Dialog:
    """Read the dialog whose line in a shard begins at byte `start`."""
    with shard.open("rb") as file:
        file.seek(start)
        return msgspec.json.decode(file.readline(), type=Judged).dialog


def check(config: Config) -> None:
    """Make sure that all kinds and rules exist.

    Raises:
        ToolaceError: one does not.
    """
    for names, known, key in (
        (config.dialogs.kinds, KINDS, "dialogs.kinds"),
        (config.verification.rules, RULES, "verification.rules"),
    ):
        if unknown := [name for name in names if name not in known]:
            raise ToolaceError(f"{key}: unknown {unknown[0]!r}; known: {', '.join(known)}")


def funnel(judged: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count by kind: accepted, and rejected by each rule."""
    table: dict[str, dict[str, int]] = {}
    for (kind, rule), count in sorted(judged.items()):
        table.setdefault(kind, {})[rule or "accepted"] = count
    return table


class _Distinct:
    """Rejects what was said before: the same words, or too often the same but for the values."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.words: set[int] = set()
        self.templates: Counter[int] = Counter()

    def judge(self, brief: _Brief) -> Verdict:
        if not brief.verdict.ok:
            return brief.verdict
        if brief.words in self.words:
            return Verdict(False, "duplicate", "another user says the same")
        if self.templates[brief.template] == self.most:
            return Verdict(False, "near_duplicate", f"{self.most} users say the same but for tone and values")
        self.words.add(brief.words)
        self.templates[brief.template] += 1
        return brief.verdict


def _quota(kind: str, quota: int, workers: ProcessPoolExecutor, make: partial[Path], config: Config) -> Iterator[Drawn]:
    """Draw units in order until `quota` dialogs are accepted, `workers` + 1 of them at work at a time."""
    distinct = _Distinct(max(FEW, math.ceil(quota * config.dialogs.template_share)))
    pending: list[Future[Path]] = []
    accepted = asked = barren = 0
    while accepted < quota:
        # A unit gives at most UNIT dialogs, so all units at work are needed: no shard depends on the workers.
        while len(pending) < min(config.workers + 1, -(-(quota - accepted) // UNIT)):
            pending.append(workers.submit(make, asked))
            asked += 1
        before, shard, start = accepted, pending.pop(0).result(), 0
        for line in shard.read_bytes().splitlines(keepends=True):
            verdict = distinct.judge(msgspec.json.decode(line, type=_Brief))
            accepted += verdict.ok
            yield Drawn(kind, verdict, shard, start)
            start += len(line)
            if accepted == quota:
                return
        barren = barren + 1 if accepted == before else 0
        if barren == BARREN_UNITS:
            raise ToolaceError(
                f"dialogs.kinds.{kind}: only {accepted} of {quota} dialogs were accepted and no new ones turn up; "
                "ask for fewer, raise dialogs.max_chars or dialogs.template_share, or give more APIs"
            )


def _unit(config: Config, pool: Path, kind: str, folder: Path, number: int) -> Path:
    """Make the shard of one unit, unless it is on disk."""
    path = folder / f"{kind}-{number:05}.jsonl"
    if not path.exists():
        cast = read_cast(pool)
        judged = [j for i in range(number * UNIT, (number + 1) * UNIT) if (j := _judged(config, cast, kind, i))]
        write(path, b"".join(msgspec.json.encode(j) + b"\n" for j in judged))
    return path


def _judged(config: Config, cast: Cast, kind: str, index: int) -> Judged | None:
    """Dialog `index` of a kind, a function of (seed, kind, index) alone; None where the outline does not work out."""
    seed, dialogs = config.seed, config.dialogs
    tools = Random(f"{seed}:tools:{index // dialogs.questions_per_tools}")
    today = _FIRST_DAY + timedelta(days=tools.randrange(1400)) if tools.random() < DATED else None
    outline = KINDS[kind](Scene(cast, dialogs, tools, Random(f"{seed}:{kind}:{index}"), today))
    if outline is None:
        return None
    dialog = _dialog(f"{seed}-{kind}-{index}", kind, outline, today, dialogs)
    if len(msgspec.json.encode((dialog.tools, dialog.messages))) > dialogs.max_chars:
        return None
    said = " ".join(m.content for m in dialog.messages if m.role == "user").lower()
    return Judged(verify(dialog, config.verification.rules), _hash(said), _hash(_masked(outline)), dialog)


def _dialog(name: str, kind: str, outline: Outline, today: date | None, dialogs: DialogsConfig) -> Dialog:
    offered, messages, plan, _ = outline
    if dialogs.thoughts:
        messages = think(messages, plan, offered)
    if today:
        messages = [Message("system", f"Today is {today:%A}, {today.day} {today:%B} {today.year}."), *messages]
    return Dialog(name, kind, [show(api) for api in offered], messages, plan, {"roles": "scripted"})


def _masked(outline: Outline) -> str:
    """What the user says but for tone and values, so that texts which differ in nothing else are equal."""
    core = outline.core
    for one in sorted({s.text for s in outline.plan.said}, key=lambda text: (-len(text), text)):
        core = core.replace(one, "#") if len(one) < len(core) / 2 else core
    return _VALUE.sub("#", core)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
