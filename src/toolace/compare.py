"""`python -m toolace.compare RUNS…`: the scores of many runs in one table, and whether their models really differ.

RUNS are runs' folders, or folders of runs such as a sweep's `outputs/NAME`. Writes `results.parquet` (a row per run,
model and category) and `cases.parquet` (a row per answer) into their common parent, for pandas or DuckDB.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from toolace.benchmarks.differences import Outcomes, differences
from toolace.benchmarks.published import reference
from toolace.benchmarks.scoring import wilson
from toolace.benchmarks.tables import Outcome, print_table
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Score
from toolace.reporting.runs import Manifest, read_manifest, record, records
from toolace.store import replacing

RESULTS = pa.schema(
    [(name, pa.string()) for name in ("run", "name", "ablation", "variant")]
    + [("seed", pa.int64()), ("model", pa.string()), ("category", pa.string())]
    + [(name, pa.int64()) for name in ("cases", "errors", "correct")]
    + [(name, pa.float64()) for name in ("accuracy", "low", "high")]
    + [("graded", pa.bool_()), ("base_model", pa.string()), ("train_tokens", pa.int64())]
    + [("train_samples", pa.int64()), ("train_loss", pa.float64()), ("validation_loss", pa.float64())]
    + [("git_commit", pa.string()), ("seconds", pa.float64())]
)
CASES = pa.schema(
    [(name, pa.string()) for name in ("run", "name", "ablation", "variant")]
    + [("seed", pa.int64()), *((name, pa.string()) for name in ("model", "category", "id"))]
    + [("ok", pa.bool_()), ("error", pa.string())]
)
BASE = "before"
"""The base model of a sweep, beside its variants."""


def table(folders: Sequence[Path]) -> pa.Table:
    """Give the scores of runs, a row per run, model and category, with what the run was made from.

    Raises:
        ToolaceError: a folder is no run, or a file of it is damaged.
    """
    rows = []
    for folder in folders:
        manifest, path = read_manifest(folder), folder / "scores" / "scores.json"
        scores = record(path, dict[str, list[Score]]) if path.exists() else {}
        facts = _facts(manifest)
        for model, some in scores.items():
            for score in some:
                shown = {name: getattr(score, name) for name in RESULTS.names if hasattr(score, name)}
                rows.append({**_run(folder, manifest), "model": model, **shown, **facts})
    return pa.Table.from_pylist(rows, RESULTS)


def cases(folders: Sequence[Path]) -> pa.Table:
    """Give the verdict on every answer of runs.

    Raises:
        ToolaceError: a folder is no run, or a file of it is damaged.
    """
    rows = []
    for folder in folders:
        run, path = _run(folder, read_manifest(folder)), folder / "scores" / "scores.json"
        for model in record(path, dict[str, list[Score]]) if path.exists() else {}:
            for one in records(folder / "scores" / f"{model}.jsonl", Outcome):
                rows.append({**run, "model": model, **msgspec.structs.asdict(one)})
    return pa.Table.from_pylist(rows, CASES)


def find(places: Sequence[Path]) -> list[Path]:
    """The runs in or below the places.

    Raises:
        ToolaceError: there is none in one of them.
    """
    found: list[Path] = []
    for place in places:
        runs = sorted(path.parent for path in place.rglob("manifest.json"))
        if not runs:
            raise ToolaceError(f"{place} holds no run: give a folder that `python -m toolace.pipeline` wrote")
        found += [run for run in runs if run not in found]
    return found


def compare(places: Sequence[Path]) -> Path:
    """Write both tables, print the variants of each sweep side by side, and give the folder of the tables.

    Raises:
        ToolaceError: there is no run, or one is damaged.
    """
    runs = find(places)
    results, answers = table(runs), cases(runs)
    parent = Path(os.path.commonpath([run if len(runs) == 1 else run.parent for run in runs]))
    for name, content in (("results", results), ("cases", answers)):
        with replacing(parent / f"{name}.parquet") as file:
            pq.write_table(content, file)
    unfinished = [run for run in runs if not (run / "scores" / "scores.json").exists()]
    for run in unfinished:
        say(f"compare: {run} has no scores yet")
    for (name, ablation), some in _sweeps(answers).items():
        print(f"\n## {name}{f': {ablation}' if ablation else ''}")
        print_variants(some)
        if tuned := {variant: outcomes for variant, outcomes in some.items() if variant != BASE}:
            against = reference(ablation, tuned) if ablation else next(iter(tuned))
            print_differences(tuned, against, some.get(BASE))
    return parent


def _sweeps(answers: pa.Table) -> dict[tuple[str, str], dict[str, Outcomes]]:
    """The answers of the tuned models by sweep and variant, and those of the base model as `BASE`."""
    sweeps: dict[tuple[str, str], dict[str, dict[tuple[int, str, str], bool]]] = defaultdict(dict)
    for one in answers.to_pylist():
        if one["error"] == "no_answer":
            continue
        told = one["variant"] or one["run"]
        variant = told if one["model"] == "after" else one["model"] if one["ablation"] else f"{told}: {one['model']}"
        outcomes = sweeps[one["name"] if one["ablation"] else "runs", one["ablation"]].setdefault(variant, {})
        outcomes[one["seed"], one["category"], one["id"]] = one["ok"]
    return {sweep: {**variants} for sweep, variants in sweeps.items()}


def print_variants(outcomes: Mapping[str, Outcomes]) -> None:
    """Print a row per variant: each category's accuracy over all seeds with its interval, and the mean by seed."""
    categories = list(dict.fromkeys(category for some in outcomes.values() for _, category, _ in some))
    rows = []
    for variant, some in outcomes.items():
        seeds = sorted({seed for seed, _, _ in some})
        by_seed = " / ".join(f"{_mean(some, categories, seed):.1%}" for seed in seeds)
        rows.append([variant, *(_cell(some, category) for category in categories), by_seed])
    print_table(["variant", *categories, "mean over categories, by seed"], rows)


def print_differences(variants: Mapping[str, Outcomes], against: str, base: Outcomes | None) -> None:
    """Print each variant's difference from `against` on the same cases and seeds, and say which are more than noise.

    The base model is no variant: its own question is not corrected for theirs, nor theirs for it.
    """
    found = differences(variants, against)
    if base is not None:
        found = differences({BASE: base, against: variants[against]}, against) + found
    rows = [
        [
            f"{one.variant} − {against}",
            f"{one.cases} × {one.seeds}",
            f"{one.difference:+.1%} [{one.low:+.1%}, {one.high:+.1%}]",
            *(f"{p:.2g}" for p in (one.p_cases, one.p_seeds, one.p)),
            one.verdict(),
        ]
        for one in found
    ]
    if not rows:
        return
    print()
    print_table(["difference", "cases × seeds", "95% over cases", "p: cases", "seeds", "Holm", ""], rows)
    if max(len({seed for seed, _, _ in some}) for some in variants.values()) == 1:
        print("(one seed: how much another training would differ is not known)")


def _cell(some: Outcomes, category: str) -> str:
    right = [ok for (_, of, _), ok in some.items() if of == category]
    if not right:
        return ""
    low, high = wilson(sum(right), len(right))
    return f"{sum(right)}/{len(right)} = {sum(right) / len(right):.1%} [{low:.1%}, {high:.1%}]"


def _mean(some: Outcomes, categories: Sequence[str], seed: int) -> float:
    shares = []
    for category in categories:
        if right := [ok for (of_seed, of, _), ok in some.items() if (of_seed, of) == (seed, category)]:
            shares.append(sum(right) / len(right))
    return sum(shares) / len(shares)


def _run(folder: Path, manifest: Manifest) -> dict[str, Any]:
    config = manifest.config
    return {"run": str(folder), **{key: config.get(key, "") for key in ("name", "ablation", "variant", "seed")}}


def _facts(manifest: Manifest) -> dict[str, Any]:
    train, config = manifest.facts("train"), manifest.config
    model: Any = config.get("model", {})
    return {
        "base_model": model.get("path"),
        "train_tokens": train.get("sample_tokens"),
        "train_samples": train.get("samples"),
        "train_loss": train.get("train_loss"),
        "validation_loss": train.get("validation_loss"),
        "git_commit": manifest.git_commit,
        "seconds": sum(_seconds(manifest)),
    }


def _seconds(manifest: Manifest) -> Iterator[float]:
    for stage in manifest.stages.values():
        given = stage.get("seconds")
        yield float(given) if isinstance(given, int | float) else 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors end it with exit code 1 and one line."""
    parser = argparse.ArgumentParser("python -m toolace.compare", description="Compare the scores of runs.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run's folder, or a folder of runs")
    try:
        parent = compare(parser.parse_args(arguments).runs)
    except ToolaceError as error:
        sys.exit(f"error: {error}")
    say(f"compare: wrote {parent / 'results.parquet'} and cases.parquet")


if __name__ == "__main__":
    main()
