"""`python -m toolace.synthesize`: API documents → API pool → dialogs → verified samples → dataset.

Writes `apis/pool.jsonl`, `dialogs/*.jsonl` (accepted and rejected, with verdicts) and `data/` (the dataset).
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec

from toolace.apis import pool
from toolace.benchmarks import decontamination
from toolace.cli import run
from toolace.config import Config
from toolace.dialogs.generate import funnel, generate
from toolace.formats.export import export
from toolace.progress import say
from toolace.records import Api, Dialog
from toolace.store import Run, write


def synthesize(config: Config) -> None:
    """Make the dataset, or go on where an earlier run stopped."""
    manifest = Run(config)
    inputs = {"seed": config.seed, "apis": config.apis, "dialogs": config.dialogs, "verification": config.verification}
    if manifest.finished("synthesize", inputs):
        return
    with manifest.stage("synthesize", inputs) as facts:
        apis, left_out = _pool(config)
        facts["apis"] = dict(Counter(api.source for api in apis))
        facts["apis_left_out"] = dict(left_out)
        judged: Counter[tuple[str, str]] = Counter()
        accepted: list[Dialog] = []
        for one in generate(config, apis, config.output / "dialogs"):
            judged[one.dialog.kind, one.verdict.rule] += 1
            if one.verdict.ok:
                accepted.append(one.dialog)
        facts["funnel"] = funnel(judged)
        facts["splits"] = _write_dataset(config, accepted, apis, facts)
    _print_funnel(facts)


def _pool(config: Config) -> tuple[list[Api], Counter[str]]:
    path = config.output / "apis" / "pool.jsonl"
    say("apis: reading the API documents")
    apis, left_out = pool.build(config.apis, decontamination.load())
    write(path, b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
    return apis, left_out


def _write_dataset(config: Config, accepted: list[Dialog], apis: list[Api], facts: dict[str, Any]) -> dict[str, int]:
    Random(config.seed).shuffle(accepted)
    held_out = min(config.dialogs.validation, len(accepted) // 2)
    splits = {"train": accepted[held_out:], "validation": accepted[:held_out]}
    card = {
        "name": config.name,
        "seed": config.seed,
        "sources": ", ".join(sorted({f"{api.source} ({api.license or 'licence not stated'})" for api in apis})),
        "contaminated": facts["apis_left_out"].get("in a test set", 0)
        + sum(rules.get("decontaminated", 0) for rules in facts["funnel"].values()),
    }
    export(splits, config.output / "data", card)
    return {split: len(dialogs) for split, dialogs in splits.items()}


def _print_funnel(facts: dict[str, Any]) -> None:
    say(f"apis: {facts['apis']}, left out: {facts['apis_left_out']}")
    for kind, rules in facts["funnel"].items():
        rejected = {rule: count for rule, count in rules.items() if rule != "accepted"}
        say(f"dialogs: {kind}: {rules.get('accepted', 0)} accepted, rejected: {rejected or 'none'}")
    say(f"dataset: {facts['splits']}")


if __name__ == "__main__":
    run(synthesize)
