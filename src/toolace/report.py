"""`python -m toolace.report outputs/NAME`: one self-contained HTML page about a run, which needs no network.

Writes `report.html` into the run's folder: scores beside published ones, funnel, pool, distributions, loss curve, and
all dialogs, accepted and rejected, to filter and read. Stages that were not run are named with their commands.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Api, Json
from toolace.reporting.counts import Distributions, loss_of, places_of, pool_of, scores_of
from toolace.reporting.page import render
from toolace.reporting.runs import Manifest, read_manifest, records
from toolace.reporting.samples import Table, read_samples
from toolace.store import replacing

SAMPLES = 100_000


def report(folder: Path, samples: int = SAMPLES) -> Path:
    """Write the page about the run in `folder`, with at most about so many dialogs to read, and give its path.

    Raises:
        ToolaceError: the folder is no run, or cannot be written.
    """
    manifest = read_manifest(folder)
    apis = list(records(folder / "apis" / "pool.jsonl", Api))
    funnel, distributions, table = _dialogs(folder, manifest, apis, samples)
    facts = {
        "run": _run(folder, manifest),
        "stages": manifest.progress(),
        "apis": manifest.facts("apis"),
        "pool": pool_of(apis) if apis else None,
        "funnel": funnel,
        "splits": manifest.facts("synthesize").get("splits", {}),
        "distributions": distributions.facts(),
        "train": manifest.facts("train"),
        "loss": loss_of(folder / "loss.jsonl"),
        "scores": scores_of(folder / "scores"),
        "shown": len(table.ids),
        "config": manifest.config,
    }
    path = folder / "report.html"
    with replacing(path) as file:
        for part in render(f"{facts['run']['name']} · toolace", facts, table.index(), table.blocks()):
            file.write(part)
    return path


def _dialogs(
    folder: Path, manifest: Manifest, apis: Sequence[Api], most: int
) -> tuple[dict[str, Counter[str]], Distributions, Table]:
    """Count all dialogs, and put those that are shown into a table."""
    settings = manifest.inputs("synthesize").get("dialogs", {"kinds": {}, "template_share": 0})
    known = manifest.facts("synthesize").get("funnel", {})
    total = sum(sum(rules.values()) for rules in known.values())
    every = {
        (kind, "" if rule == "accepted" else rule): -(-total // most)
        for kind, rules in known.items()
        for rule in rules
        if total > most
    }
    table, distributions = Table(places_of(apis), every), Distributions()
    funnel: dict[str, Counter[str]] = {}
    for sample in read_samples(folder / "dialogs", settings["kinds"], settings["template_share"]):
        funnel.setdefault(sample.dialog.kind, Counter())[sample.verdict.rule or "accepted"] += 1
        table.add(sample)
        if sample.verdict.ok:
            distributions.add(sample.dialog)
    return funnel, distributions, table


def _run(folder: Path, manifest: Manifest) -> dict[str, Json]:
    name = str(manifest.config.get("name", ""))
    return {
        "name": name if name == folder.resolve().name else f"{name} · {folder.resolve().name}",
        "seed": manifest.config.get("seed"),
        "commit": manifest.git_commit,
        "python": manifest.python,
        "machine": manifest.machine,
        "versions": manifest.versions,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors end it with exit code 1 and one line."""
    parser = argparse.ArgumentParser("python -m toolace.report", description="Write FOLDER/report.html about a run.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the run's folder, such as outputs/quickstart")
    parser.add_argument(
        "--samples", type=int, default=SAMPLES, metavar="N", help="show at most about N dialogs (default: %(default)s)"
    )
    given = parser.parse_args(arguments)
    try:
        if given.samples < 1:
            raise ToolaceError(f"--samples {given.samples}: at least 1")
        path = report(given.folder, given.samples)
    except ToolaceError as error:
        sys.exit(f"error: {error}")
    say(f"report: {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
