"""Work units of scripted dialogs: fixed ranges of indices, so that any number of workers writes the same bytes.

A unit (kind, number) covers `UNIT` indices and becomes one shard of accepted and rejected dialogs. A shard on disk is
complete (it is renamed into place), so a run that was killed goes on with the first missing one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from toolace.config import Config
from toolace.dialogs.kinds import KINDS, Cast, offer, show
from toolace.errors import ToolaceError
from toolace.processes import end_with_parent
from toolace.progress import bar
from toolace.records import Api, Dialog, Verdict
from toolace.store import write
from toolace.verification.rules import RULES, verify

UNIT = 250
BARREN_UNITS = 4
"""A kind is given up after so many units in a row without an accepted dialog."""


class Judged(msgspec.Struct, frozen=True):
    """A dialog with what the rule layer says of it: a line of a shard."""

    verdict: Verdict
    dialog: Dialog


_worker: tuple[Config, Cast] | None = None  # of a worker process, set once by `_start`


def generate(config: Config, apis: list[Api], folder: Path) -> Iterator[Judged]:
    """Give exactly `dialogs.kinds[kind]` accepted dialogs of each kind, in order, with the rejected ones between them.

    Raises:
        ToolaceError: a kind of which the rules accept too few.
    """
    arguments = (config, _cast_of(config, apis))
    with (
        ProcessPoolExecutor(config.workers, initializer=_start, initargs=arguments) as workers,
        bar(sum(config.dialogs.kinds.values()), "dialogs") as progress,
    ):
        for kind, quota in config.dialogs.kinds.items():
            make = partial(_unit, kind, folder)
            for judged in _quota(kind, quota, workers, make, config.workers):
                progress.update(judged.verdict.ok)
                yield judged


def _quota(kind: str, quota: int, workers: ProcessPoolExecutor, make: Any, ahead: int) -> Iterator[Judged]:
    """Draw units in order until `quota` dialogs are accepted, `ahead` + 1 of them at work at a time."""
    seen: set[str] = set()
    pending: list[Future[Path]] = []
    accepted = asked = barren = 0
    while accepted < quota:
        # A unit gives at most UNIT dialogs, so all units at work are needed: no shard depends on the workers.
        while len(pending) < min(ahead + 1, -(-(quota - accepted) // UNIT)):
            pending.append(workers.submit(make, asked))
            asked += 1
        before = accepted
        for line in pending.pop(0).result().read_bytes().splitlines():
            judged = _unique(msgspec.json.decode(line, type=Judged), seen)
            accepted += judged.verdict.ok
            yield judged
            if accepted == quota:
                return
        barren = barren + 1 if accepted == before else 0
        if barren == BARREN_UNITS:
            raise ToolaceError(
                f"dialogs.kinds.{kind}: only {accepted} of {quota} dialogs were accepted and no new ones turn up; "
                "ask for fewer, raise dialogs.max_chars, or give more APIs"
            )


def _unique(judged: Judged, seen: set[str]) -> Judged:
    """Reject a dialog whose user says what another one's user has said."""
    said = " ".join(m.content.lower() for m in judged.dialog.messages if m.role == "user")
    if judged.verdict.ok and said in seen:
        return Judged(Verdict(False, "duplicate", said), judged.dialog)
    seen.add(said)
    return judged


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


def _cast_of(config: Config, apis: list[Api]) -> Cast:
    everyday = [api for api in apis if api.asks]
    documents = [api for api in apis if not api.asks]
    dialogs = config.dialogs
    return Cast(everyday or documents, documents, dialogs.everyday_share, dialogs.candidates)


def _start(config: Config, cast: Cast) -> None:
    global _worker
    _worker = config, cast
    end_with_parent()


def _unit(kind: str, folder: Path, number: int) -> Path:
    """Make the shard of one unit, unless it is on disk."""
    path = folder / f"{kind}-{number:05}.jsonl"
    if not path.exists():
        assert _worker is not None
        judged = [j for i in range(number * UNIT, (number + 1) * UNIT) if (j := _dialog(*_worker, kind, i))]
        write(path, b"".join(msgspec.json.encode(j) + b"\n" for j in judged))
    return path


def _dialog(config: Config, cast: Cast, kind: str, index: int) -> Judged | None:
    """Dialog `index` of a kind, a function of (seed, kind, index) alone; None where the outline does not work out."""
    seed, dialogs = config.seed, config.dialogs
    offered = offer(cast, Random(f"{seed}:tools:{index // dialogs.questions_per_tools}"))
    outline = KINDS[kind](offered, cast, Random(f"{seed}:{kind}:{index}"))
    if outline is None:
        return None
    messages, plan = outline
    dialog = Dialog(
        f"{seed}-{kind}-{index}", kind, [show(api) for api in offered], messages, plan, {"roles": "scripted"}
    )
    if len(msgspec.json.encode((dialog.tools, dialog.messages))) > dialogs.max_chars:
        return None
    return Judged(verify(dialog, config.verification.rules), dialog)


def funnel(judged: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count by kind: accepted, and rejected by each rule."""
    table: dict[str, dict[str, int]] = {}
    for (kind, rule), count in sorted(judged.items()):
        table.setdefault(kind, {})[rule or "accepted"] = count
    return table
