"""`python -m toolace.complexity`: H_M of this run's samples, and the range in which a sample is useful (ToolACE §2.2).

Measures samples of the dataset with the evaluator (the base model, or `complexity.evaluator`) and, once there is one,
with the tuned model. Writes `complexity.jsonl` (one record per sample) and `complexity.json`, and prints the bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from toolace.cli import run
from toolace.config import Config
from toolace.dialogs.traits import traits
from toolace.errors import ToolaceError
from toolace.manifest import Run
from toolace.progress import say
from toolace.store import write

if TYPE_CHECKING:
    from toolace.dialogs.complexity import Complexity, Row

SAMPLES = 200
"""So many samples are measured: those held out, and some of the others."""
FEWEST = 10
"""Of fewer solved samples no bound is made."""
LOW, HIGH = 0.1, 0.9
"""The quantiles that stand for "already easy" and "stays high"."""


class Record(msgspec.Struct, frozen=True):
    """A sample: its traits, and H_M (nats) by the evaluator and by the tuned model."""

    id: str
    kind: str
    candidates: int
    calls: int
    used: int
    dissimilarity: float | None
    h: float
    solved: bool
    h_tuned: float | None = None
    solved_tuned: bool | None = None


class Bounds(msgspec.Struct, frozen=True):
    """What to put into `complexity.lower` and `complexity.upper` for one evaluator, and where it comes from."""

    lower: float
    upper: float
    why: str


def complexity(config: Config) -> None:
    """Measure, and find the bounds for the evaluator and for the tuned model.

    Raises:
        ToolaceError: no dataset yet, or an evaluator that cannot be loaded or asked.
    """
    files = [config.output / "data" / "data" / f"{split}.parquet" for split in ("validation", "train")]
    if not all(file.exists() for file in files):
        raise ToolaceError(
            f"no dataset in {config.output / 'data'}: run `python -m toolace.synthesize +recipe=NAME` first"
        )
    manifest = Run(config)
    inputs = {
        "seed": config.seed,
        "model": config.model,
        "evaluator": [config.complexity.evaluator, config.complexity.url],
        "data": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        "train": manifest.stages().get("train", {}).get("inputs"),
    }
    path = config.output / "complexity.json"
    if not manifest.finished("complexity", inputs):
        with manifest.stage("complexity", inputs) as facts:
            rows = _rows(files, config.seed)
            say(f"complexity: measuring {len(rows)} samples")
            records = measure(config, rows)
            write(path.with_suffix(".jsonl"), b"".join(msgspec.json.encode(one) + b"\n" for one in records))
            facts.update(bounds(records))
            write(path, msgspec.json.format(msgspec.json.encode(facts), indent=2))
    _print(config, msgspec.json.decode(path.read_bytes(), type=dict[str, Bounds]))


def measure(config: Config, rows: Sequence[Row]) -> list[Record]:
    """Measure rows by the evaluator and, if there is one, by the tuned model of this run."""
    from toolace.dialogs.complexity import evaluator  # loads torch

    before = evaluator(config).measure(rows)
    merged = config.output / "model" / "merged"
    after: Sequence[Complexity | None] = [None] * len(rows)
    if (merged / "config.json").exists():
        after = evaluator(_judged_by(config, merged)).measure(rows)
    return [_record(*three) for three in zip(rows, before, after, strict=True)]


def bounds(records: Sequence[Record]) -> dict[str, Bounds]:
    """The bounds for the evaluator ("base") and, where it was measured, for the tuned model as evaluator ("tuned").

    Lower: the median H_M of the samples that are solved already; where next to none is, as by a model that never calls,
    the low quantile. Upper: the high quantile of H_M after tuning; for the base model the median of what it
    finds of the samples above that, or, without a tuned model, its own high quantile.
    """
    h = [one.h for one in records]
    lower, why = _lower(h, [one.solved for one in records])
    tuned = [(one.h_tuned, one.h, bool(one.solved_tuned)) for one in records if one.h_tuned is not None]
    if not tuned:
        return {"base": Bounds(lower, _quantile(h, HIGH), f"{why}; upper: quantile {HIGH} (no tuned model yet)")}
    late = [after for after, _, _ in tuned]
    high = _quantile(late, HIGH)
    stayed = _quantile([before for after, before, _ in tuned if after >= high], 0.5)
    tuned_lower, tuned_why = _lower(late, [solved for _, _, solved in tuned])
    return {
        "base": Bounds(lower, stayed, f"{why}; upper: median of the samples above quantile {HIGH} after tuning"),
        "tuned": Bounds(tuned_lower, high, f"{tuned_why}; upper: quantile {HIGH} after tuning"),
    }


def _lower(h: Sequence[float], solved: Sequence[bool]) -> tuple[float, str]:
    easy = [one for one, ok in zip(h, solved, strict=True) if ok]
    if len(easy) < FEWEST:
        why = f"lower: quantile {LOW}, since only {len(easy)} of {len(h)} samples are answered correctly"
        return _quantile(h, LOW), why
    return _quantile(easy, 0.5), f"lower: median of the {len(easy)} of {len(h)} samples answered correctly"


def _quantile(values: Sequence[float], share: float) -> float:
    import numpy

    return round(float(numpy.quantile(values, share)), 4)


def _rows(files: Sequence[Path], seed: int) -> list[Row]:
    """All validation rows and, drawn at random, as many training rows as are missing to `SAMPLES`."""
    import pyarrow.parquet

    held_out, others = (pyarrow.parquet.read_table(file).to_pylist() for file in files)
    count = min(max(SAMPLES - len(held_out), 0), len(others))
    return [*held_out[:SAMPLES], *Random(seed).sample(others, count)]


def _judged_by(config: Config, model: Path) -> Config:
    return replace(config, complexity=replace(config.complexity, evaluator=str(model), url=None))


def _record(row: Row, before: Complexity, after: Complexity | None) -> Record:
    tuned: dict[str, Any] = {"h_tuned": round(after.loss, 4), "solved_tuned": after.solved} if after else {}
    known = msgspec.structs.asdict(traits(row))
    return Record(row["id"], row["kind"], **known, h=round(before.loss, 4), solved=before.solved, **tuned)


def _print(config: Config, found: dict[str, Bounds]) -> None:
    """Print what to put into the config."""
    for name, one in found.items():
        judge = f" complexity.evaluator={config.output / 'model' / 'merged'}" if name == "tuned" else ""
        print(f"{name}: complexity.lower={one.lower} complexity.upper={one.upper}{judge}")
        print(f"  ({one.why})")


if __name__ == "__main__":
    run(complexity)
