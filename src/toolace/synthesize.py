"""`python -m toolace.synthesize`: API documents → API pool → dialogs → verified samples → dataset.

Writes `apis/` (`pool.jsonl`, and `rejected.jsonl` with reasons), `dialogs/*.jsonl` (accepted and rejected, with
verdicts) and `data/` (the dataset). `stage=apis` ends with the pool.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.cli import run
from toolace.config import Config
from toolace.dialogs.generate import check, funnel, generate
from toolace.errors import ToolaceError
from toolace.formats.export import export
from toolace.progress import say
from toolace.records import Api, Dialog
from toolace.store import Run, write

STAGES = ("all", "apis")


def synthesize(config: Config) -> None:
    """Make the pool and the dataset, or go on where an earlier run stopped.

    Raises:
        ToolaceError: the config or a document is wrong, or too few dialogs can be made.
    """
    if config.stage not in STAGES:
        raise ToolaceError(f"stage={config.stage}: unknown; known: {', '.join(STAGES)}")
    check(config)
    manifest = Run(config)
    apis = _apis(config, manifest)
    inputs = {"seed": config.seed, "apis": config.apis, "dialogs": config.dialogs, "verification": config.verification}
    if config.stage == "apis" or manifest.finished("synthesize", inputs):
        return
    with manifest.stage("synthesize", inputs) as facts:
        manifest.begin("synthesize", inputs)
        judged: Counter[tuple[str, str]] = Counter()
        accepted: list[Dialog] = []
        for one in generate(config, apis, config.output / "dialogs"):
            judged[one.dialog.kind, one.verdict.rule] += 1
            if one.verdict.ok:
                accepted.append(one.dialog)
        facts["funnel"] = funnel(judged)
        facts["splits"] = _write_dataset(config, accepted, apis, manifest.stages()["apis"]["facts"], facts)
    _print_funnel(facts)


def _apis(config: Config, manifest: Run) -> list[Api]:
    """Tool Self-evolution Synthesis: gives the pool, from disk where it was built earlier."""
    folder = config.output / "apis"
    inputs = {"seed": config.seed, "apis": config.apis}
    if manifest.finished("apis", inputs):
        return [msgspec.json.decode(line, type=Api) for line in (folder / "pool.jsonl").read_bytes().splitlines()]
    with manifest.stage("apis", inputs) as facts:
        say("apis: reading the API documents")
        pool = build(config.apis, decontamination.load(), config.seed, config.workers)
        facts["apis"] = dict(Counter(api.source for api in pool.apis))
        facts["left_out"] = pool.left_out()
        write(folder / "rejected.jsonl", b"".join(msgspec.json.encode(one) + b"\n" for one in pool.rejected))
        write(folder / "pool.jsonl", b"".join(msgspec.json.encode(api) + b"\n" for api in pool.apis))
    say(f"apis: {len(pool.apis)} ({facts['apis']}), left out: {facts['left_out']}")
    return pool.apis


def _write_dataset(
    config: Config, accepted: list[Dialog], apis: list[Api], pool: dict[str, Any], facts: dict[str, Any]
) -> dict[str, int]:
    Random(config.seed).shuffle(accepted)
    held_out = min(config.dialogs.validation, len(accepted) // 2)
    splits = {"train": accepted[held_out:], "validation": accepted[:held_out]}
    card = {
        "name": config.name,
        "seed": config.seed,
        "sources": ", ".join(sorted({f"{api.source} ({api.license or 'licence not stated'})" for api in apis})),
        "contaminated": pool["left_out"].get("in a test set", 0)
        + sum(rules.get("decontaminated", 0) for rules in facts["funnel"].values()),
    }
    export(splits, config.output / "data", card)
    return {split: len(dialogs) for split, dialogs in splits.items()}


def _print_funnel(facts: dict[str, Any]) -> None:
    for kind, rules in facts["funnel"].items():
        rejected = {rule: count for rule, count in rules.items() if rule != "accepted"}
        say(f"dialogs: {kind}: {rules.get('accepted', 0)} accepted, rejected: {rejected or 'none'}")
    say(f"dataset: {facts['splits']}")


if __name__ == "__main__":
    run(synthesize)
