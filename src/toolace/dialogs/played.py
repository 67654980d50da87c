"""Dialogs in which models speak or judge: many in flight at once, judged and written in the order of their indices.

Each kind has one shard that only grows, a line for each dialog, accepted or rejected. A run that stopped goes on
behind the last whole line; what was in flight then is answered by the request cache. So the shards are a function of
the config and the replies, whatever the number of requests at once.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from toolace.config import Config
from toolace.dialogs.cast import Cast, read_cast
from toolace.dialogs.judging import Brief, Distinct, Drawn, Judged, drawn, judged, sketch
from toolace.dialogs.rewording import reword, rewordable
from toolace.dialogs.rollout import roll_out
from toolace.errors import ToolaceError
from toolace.llm.client import Client, Llm, Unanswered
from toolace.llm.ordered import in_order
from toolace.progress import bar, say
from toolace.records import Dialog, Verdict
from toolace.store import append, read_complete_lines
from toolace.verification.experts import judge
from toolace.verification.rules import verify

PILOT = 5
"""The first so many accepted dialogs tell what all will take."""
BARREN = 100
"""A kind is given up, once the others are complete, after so many dialogs in a row that are rejected …"""
UNPLAYED = 2_000
"""… or so many outlines in a row that do not work out."""
AHEAD = 4
"""So many times as many dialogs as are played at once may wait for an earlier one to be written."""
LEAST_SHARE = 0.2
"""At most five times as many dialogs are in flight as are still missing."""


class _Named(msgspec.Struct):
    id: str


class _Line(msgspec.Struct):
    dialog: _Named


class Studio:
    """What all dialogs of a run share, and how many were accepted in it."""

    def __init__(self, config: Config, cast: Cast, llm: Llm, progress: tqdm[Any]) -> None:
        self.config = config
        self.cast = cast
        self.llm = llm
        self.progress = progress
        self.seats = max(one.concurrency for one in (config.llm.endpoint, *config.llm.roles.values()))
        """So many dialogs are played at once: each waits for one answer at a time, and this keeps the endpoint busy."""
        self.seated = asyncio.Semaphore(self.seats)
        self.wanted = sum(config.dialogs.kinds.values())
        self.accepted = 0
        self.barren: list[str] = []
        """Complaints about kinds that were given up."""

    def find(self, accepted: int) -> None:
        """Count dialogs that an earlier run accepted."""
        self.wanted -= accepted
        self.progress.update(accepted)

    def accept(self) -> None:
        """Count an accepted dialog; the first few tell what all will take."""
        self.accepted += 1
        self.progress.update()
        if self.accepted == PILOT and isinstance(self.llm, Client):
            say(self.llm.ledger.forecast(PILOT, self.wanted))


def play(config: Config, pool: Path, folder: Path, facts: dict[str, Any]) -> Iterator[Drawn]:
    """Have the dialogs played or judged by models, then give them in order, kind by kind.

    Raises:
        ToolaceError: the endpoint is down, the budget spent, or a kind barren; what is finished stays on disk.
    """
    asyncio.run(_with_client(config, pool, folder, facts))
    shares: list[float] = []
    for kind, quota in config.dialogs.kinds.items():
        for one in drawn(kind, folder / f"{kind}.jsonl", Distinct(quota, config.dialogs.template_share)):
            shares += one.dialog.provenance.get("agreement", [])
            yield one
    if shares:
        facts["agreement"] = {"actions": len(shares), "mean": round(sum(shares) / len(shares), 4)}


async def fill(config: Config, pool: Path, folder: Path, llm: Llm) -> None:
    """Write the shards of all kinds, or what is missing of them.

    Raises:
        ToolaceError: see `play`.
    """
    with bar(sum(config.dialogs.kinds.values()), "dialogs") as progress:
        studio = Studio(config, read_cast(pool), llm, progress)
        try:
            async with asyncio.TaskGroup() as tasks:
                for kind, quota in config.dialogs.kinds.items():
                    tasks.create_task(_fill_kind(studio, kind, quota, folder / f"{kind}.jsonl"))
        except* ToolaceError as errors:
            raise errors.exceptions[0] from None
        if studio.barren:  # the other kinds are complete
            raise ToolaceError("; ".join(studio.barren))


async def _with_client(config: Config, pool: Path, folder: Path, facts: dict[str, Any]) -> None:
    async with Client(config.llm) as llm:
        try:
            await fill(config, pool, folder, llm)
        finally:
            facts["llm"] = llm.ledger.facts()


class _Tally:
    """How far a kind is."""

    def __init__(self, kind: str, quota: int, share: float) -> None:
        self.kind = kind
        self.quota = quota
        self.distinct = Distinct(quota, share)
        self.done = self.accepted = self.barren = self.unplayed = 0
        self.reasons: Counter[str] = Counter()

    def take(self, one: Brief | Judged | None) -> bool:
        """Count the next dialog; say whether it is accepted."""
        if one is None:
            self.unplayed += 1
            return False
        verdict = self.distinct.judge(one)
        self.reasons[verdict.rule] += 1
        self.done += 1
        self.accepted += verdict.ok
        self.barren, self.unplayed = 0 if verdict.ok else self.barren + 1, 0
        return verdict.ok

    def needed(self) -> int:
        """So many dialogs are likely to be needed still, by the share accepted so far; none if it is hopeless."""
        if self.barren >= BARREN or self.unplayed >= UNPLAYED:
            return 0
        share = max((self.accepted + 1) / (self.done + 1), LEAST_SHARE)
        return math.ceil((self.quota - self.accepted) / share)

    def complaint(self) -> str:
        """Why no more dialogs of the kind are tried, and what to do."""
        rejected = {rule: count for rule, count in self.reasons.most_common() if rule}
        return (
            f"dialogs.kinds.{self.kind}: only {self.accepted} of {self.quota} dialogs were accepted and no new ones "
            f"turn up (rejected: {rejected}); ask for fewer, take a stronger model, or lower dialogs.agreement"
        )


async def _fill_kind(studio: Studio, kind: str, quota: int, shard: Path) -> None:
    tally = _Tally(kind, quota, studio.config.dialogs.template_share)
    first = 0
    for line in read_complete_lines(shard):
        tally.take(msgspec.json.decode(line, type=Brief))
        first = int(msgspec.json.decode(line, type=_Line).dialog.id.rpartition("-")[2]) + 1
    studio.find(tally.accepted)
    played = in_order(lambda number: _seated(studio, kind, first + number), tally.needed, AHEAD * studio.seats)
    with append(shard) as file:
        async with aclosing(played) as dialogs:
            async for one in dialogs:
                if one is not None:
                    file.write(msgspec.json.encode(one) + b"\n")
                    file.flush()
                if tally.take(one):
                    studio.accept()
    if tally.accepted < quota:
        studio.barren.append(tally.complaint())


async def _seated(studio: Studio, kind: str, index: int) -> Judged | None:
    async with studio.seated:
        return await _made(studio, kind, index)


async def _made(studio: Studio, kind: str, index: int) -> Judged | None:
    """Make dialog `index` of a kind: sketched by script, played or reworded, judged by rules and experts."""
    config, llm = studio.config, studio.llm
    plan = sketch(config, studio.cast, kind, index)
    if plan is None or (config.dialogs.roles == "reworded" and not rewordable(plan)):
        return None
    dialog, verdict, core = plan.dialog, Verdict(True), plan.outline.core
    if config.dialogs.roles == "llm":
        dialog, verdict = await roll_out(llm, config, plan)
    elif config.dialogs.roles == "reworded":
        dialog, verdict = await reword(llm, dialog)
    if config.dialogs.roles != "scripted":
        core = " ".join(message.content for message in dialog.messages if message.role == "user")
    if verdict.ok:
        verdict = verify(dialog, config.rules)
    if verdict.ok and config.verification.experts:
        verdict = await _asked_experts(dialog, llm, config)
    return judged(verdict, dialog, core)


async def _asked_experts(dialog: Dialog, llm: Llm, config: Config) -> Verdict:
    try:
        return await judge(dialog, llm, config.verification.experts, config.verification.votes)
    except Unanswered as error:
        return Verdict(False, "unanswered", f"by an expert: {error}")
