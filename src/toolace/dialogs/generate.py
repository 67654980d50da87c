"""Work units of scripted dialogs: fixed ranges of indices, so that any number of workers writes the same bytes.

A unit (kind, number) covers `UNIT` indices and becomes one shard of accepted and rejected dialogs. A shard on disk is
complete (it is renamed into place), so a run that was killed goes on with the first missing one. The dialogs stay on
disk: what is passed on is where they are. With a range of H_M, the dialogs of a unit are made harder or easier together
(see `complication`). Dialogs in which models speak or judge are played (see `played`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from toolace.config import Config
from toolace.dialogs.cast import Cast, read_cast
from toolace.dialogs.complication import guided, placed
from toolace.dialogs.judging import Distinct, Drawn, Judged, Sketch, drawn, judged, sketch
from toolace.dialogs.kinds import KINDS
from toolace.errors import ToolaceError
from toolace.processes import end_with_parent
from toolace.progress import bar
from toolace.store import write
from toolace.verification.experts import EXPERTS
from toolace.verification.rules import RULES, verify

ROLES = ("scripted", "reworded", "llm")
UNIT = 250
GUIDED_UNIT = 50
"""Measuring is slow, so that less is wasted of the last unit; still enough to learn what moves H_M."""
BARREN_UNITS = 4
"""A kind is given up after so many units in a row without an accepted dialog."""


def generate(config: Config, pool: Path, folder: Path, facts: dict[str, Any] | None = None) -> Iterator[Drawn]:
    """Give exactly `dialogs.kinds[kind]` accepted dialogs of each kind, in order, with the rejected ones between them.

    Where models are asked, `facts` gets what was spent and how far the samples of the assistant agreed.

    Raises:
        ToolaceError: a kind of which the rules accept too few, an endpoint that is down, or a budget that is spent.
    """
    if asks_models(config):
        from toolace.dialogs.played import play

        yield from play(config, pool, folder, {} if facts is None else facts)
        return
    with (
        ProcessPoolExecutor(config.workers, initializer=end_with_parent) as workers,
        bar(sum(config.dialogs.kinds.values()), "dialogs") as progress,
    ):
        for kind, quota in config.dialogs.kinds.items():
            make = partial(_unit, config, pool, kind, folder)
            for one in _quota(kind, quota, workers, make, config):
                progress.update(one.verdict.ok)
                yield one


def asks_models(config: Config) -> bool:
    """Whether models speak or judge, so that an endpoint is needed."""
    return config.dialogs.roles != "scripted" or bool(config.verification.experts)


def guides(config: Config) -> bool:
    """Whether scripted dialogs are made harder or easier until a model finds them useful."""
    return config.complexity.lower is not None or config.complexity.upper is not None


def check(config: Config) -> None:
    """Make sure that all kinds, rules, roles and experts exist, and that the range of H_M can be obeyed.

    Raises:
        ToolaceError: something does not exist or does not fit.
    """
    given = config.complexity
    if guides(config) and asks_models(config):
        raise ToolaceError("complexity.lower/upper: only dialogs.roles=scripted without experts can be guided by H_M")
    if given.lower is not None and given.upper is not None and given.lower >= given.upper:
        raise ToolaceError(f"complexity.lower={given.lower} is not below complexity.upper={given.upper}")
    for names, known, key in (
        (config.dialogs.kinds, KINDS, "dialogs.kinds"),
        (config.verification.rules, RULES, "verification.rules"),
        ([config.dialogs.roles], ROLES, "dialogs.roles"),
        (config.verification.experts, EXPERTS, "verification.experts"),
    ):
        if unknown := [name for name in names if name not in known]:
            raise ToolaceError(f"{key}: unknown {unknown[0]!r}; known: {', '.join(known)}")


def funnel(judged: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count by kind: accepted, and rejected by each rule."""
    table: dict[str, dict[str, int]] = {}
    for (kind, rule), count in sorted(judged.items()):
        table.setdefault(kind, {})[rule or "accepted"] = count
    return table


def _quota(kind: str, quota: int, workers: ProcessPoolExecutor, make: partial[Path], config: Config) -> Iterator[Drawn]:
    """Draw units in order until `quota` dialogs are accepted, `workers` + 1 of them at work at a time."""
    distinct = Distinct(quota, config.dialogs.template_share)
    unit = _size(config)
    pending: list[Future[Path]] = []
    accepted = asked = barren = 0
    while accepted < quota:
        # All units at work are needed, since none gives more than its size: no shard depends on the workers.
        while len(pending) < min(config.workers + 1, -(-(quota - accepted) // unit)):
            pending.append(workers.submit(make, asked))
            asked += 1
        before = accepted
        for one in drawn(kind, pending.pop(0).result(), distinct):
            accepted += one.verdict.ok
            yield one
            if accepted == quota:
                return
        barren = barren + 1 if accepted == before else 0
        if barren == BARREN_UNITS:
            raise ToolaceError(
                f"dialogs.kinds.{kind}: only {accepted} of {quota} dialogs were accepted and no new ones turn up; "
                "ask for fewer, raise dialogs.max_chars or dialogs.template_share, or give more APIs"
                + (", or widen complexity.lower … complexity.upper" if guides(config) else "")
            )


def _size(config: Config) -> int:
    return GUIDED_UNIT if guides(config) else UNIT


def _unit(config: Config, pool: Path, kind: str, folder: Path, number: int) -> Path:
    """Make the shard of one unit, unless it is on disk."""
    path = folder / f"{kind}-{number:05}.jsonl"
    if not path.exists():
        cast, size = read_cast(pool), _size(config)
        indices = range(number * size, (number + 1) * size)
        made = [one for i in indices if (one := sketch(config, cast, kind, i))]
        if guides(config):
            made = _guided(config, cast, made)
        write(path, b"".join(msgspec.json.encode(_judged(config, one)) + b"\n" for one in made))
    return path


def _guided(config: Config, cast: Cast, sketches: list[Sketch]) -> list[Sketch]:
    import torch

    from toolace.dialogs.complexity import evaluator  # loads torch

    torch.set_num_threads(1)  # the workers share the cores, and sums come out the same for any number of workers
    return guided(config, cast, sketches, evaluator(config))


def _judged(config: Config, made: Sketch) -> Judged:
    verdict = verify(made.dialog, config.rules)
    return judged(placed(config.complexity, made.dialog) if verdict.ok else verdict, made.dialog, made.outline.core)
