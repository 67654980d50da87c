"""`python -m toolace.synthesize`: API documents → API pool → dialogs → verified samples → dataset.

Writes `apis/` (`pool.jsonl`, and `rejected.jsonl` with reasons), `dialogs/*.jsonl` (accepted and rejected, with
verdicts) and `data/` (the dataset). `stage=apis` ends with the pool.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.cli import run
from toolace.config import Config
from toolace.datasets import mixture
from toolace.datasets.known import SOURCES
from toolace.dialogs.generate import asks_models, check, funnel, generate, guides
from toolace.dialogs.judging import read
from toolace.errors import ToolaceError
from toolace.formats.export import export
from toolace.manifest import Run
from toolace.progress import say
from toolace.records import Dialog
from toolace.store import write

STAGES = ("all", "apis")


def synthesize(config: Config) -> None:
    """Make the pool and the dataset, or go on where an earlier run stopped.

    Raises:
        ToolaceError: the config or a document is wrong, or too few dialogs can be made.
    """
    if config.stage not in STAGES:
        raise ToolaceError(f"stage={config.stage}: unknown; known: {', '.join(STAGES)}")
    check(config)
    mixture.check(config.mixture)
    manifest = Run(config)
    pool = _apis(config, manifest)
    inputs: dict[str, Any] = {"seed": config.seed, "apis": config.apis}
    inputs |= {"dialogs": config.dialogs, "verification": config.verification}
    if config.shared:  # documents may have changed between the runs that share
        inputs["pool"] = hashlib.sha256(pool.read_bytes()).hexdigest()
    if config.mixture:
        inputs |= {"mixture": config.mixture, "mixture_size": config.mixture_size}
        inputs["files"] = mixture.digests(config.mixture)
    if asks_models(config):
        inputs["models"] = {name: one.model for name, one in {"": config.llm.endpoint, **config.llm.roles}.items()}
    if guides(config):
        inputs |= {"complexity": config.complexity, "model": config.model}
    if config.stage == "apis" or manifest.finished("synthesize", inputs):
        return
    with manifest.stage("synthesize", inputs) as facts:
        manifest.begin("synthesize", inputs)
        judged: Counter[tuple[str, str]] = Counter()
        accepted = _Places(config.seed)
        drawn: Counter[Path] = Counter()
        for one in generate(config, pool, config.output / "dialogs", facts):
            judged[one.kind, one.verdict.rule] += 1
            if one.verdict.ok:
                accepted.add(one.shard, one.start, drawn[one.shard])
            drawn[one.shard] += 1
        facts["funnel"] = funnel(judged)
        if config.mixture:
            accepted = _mixed(config, accepted, facts)
        facts["splits"] = _write_dataset(config, accepted, pool, manifest.stages()["apis"]["facts"], facts)
    _print_funnel(facts)


class _Places:
    """Where dialogs are on disk, in sixteen bytes each: a million of them would not fit into memory.

    The rank of a dialog in the random order depends on nothing but the seed, its shard's name and its number there: the
    runs of an ablation that train on the first so many tokens share what their data have in common.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.shards: list[Path] = []
        self.places = array("Q")
        self.ranks = array("Q")

    def add(self, shard: Path, start: int, number: int) -> None:
        if not self.shards or self.shards[-1] != shard:
            self.shards.append(shard)
        self.places.append((len(self.shards) - 1) << 32 | start)
        digest = hashlib.blake2b(f"{self.seed} {shard.name} {number}".encode(), digest_size=8).digest()
        self.ranks.append(int.from_bytes(digest))

    def shuffle(self) -> None:
        import numpy

        order = numpy.argsort(numpy.asarray(self.ranks), kind="stable")
        self.places, self.ranks = (array("Q", numpy.asarray(of)[order].tobytes()) for of in (self.places, self.ranks))

    def take(self, other: _Places, count: int) -> None:
        """Add the first places of another."""
        self.places.extend(place + (len(self.shards) << 32) for place in islice(other.places, count))
        self.ranks.extend(other.ranks[:count])
        self.shards += other.shards

    def dialogs(self, start: int, stop: int) -> Iterator[Dialog]:
        return (read(self.shards[place >> 32], place & 0xFFFFFFFF) for place in islice(self.places, start, stop))


def _mixed(config: Config, ours: _Places, facts: dict[str, Any]) -> _Places:
    """Read the other parts, and draw from each by its weight, at random by the seed."""
    parts = {mixture.OURS: ours} if mixture.OURS in config.mixture else {}
    for name, part in config.mixture.items():
        if name != mixture.OURS and part.weight:
            shard, starts, counts = mixture.gather(name, part, config.output / "mixture")
            parts[name] = _Places(config.seed)
            for number, start in enumerate(starts):
                parts[name].add(shard, start, number)
            facts["funnel"][name] = dict(counts)
    weights = {name: part.weight for name, part in config.mixture.items()}
    available = {name: len(places.places) for name, places in parts.items()}
    facts["mixture"] = mixture.shares(weights, available, config.mixture_size)
    drawn = _Places(config.seed)
    for name, count in facts["mixture"].items():
        parts[name].shuffle()
        drawn.take(parts[name], count)
    return drawn


class _Origin(msgspec.Struct):
    source: str = ""
    license: str = ""


def _apis(config: Config, manifest: Run) -> Path:
    """Tool Self-evolution Synthesis: makes the pool file, unless it was built earlier."""
    folder = config.output / "apis"
    path = folder / "pool.jsonl"
    inputs: dict[str, Any] = {"seed": config.seed, "apis": config.apis}
    if config.apis.roles == "llm":
        tss = config.llm.roles.get("tss", config.llm.endpoint)
        inputs["tss"] = [tss.url, tss.model, tss.temperature]
    if manifest.finished("apis", inputs):
        return path
    with manifest.stage("apis", inputs) as facts:
        say("apis: reading the API documents")
        test_set = decontamination.load() if config.apis.decontaminate else decontamination.build([], [])
        pool = build(config.apis, test_set, config.seed, config.workers, config.llm)
        facts["apis"] = dict(Counter(api.source for api in pool.apis))
        facts["left_out"] = pool.left_out()
        if pool.llm:
            facts["llm"] = pool.llm
        write(folder / "rejected.jsonl", b"".join(msgspec.json.encode(one) + b"\n" for one in pool.rejected))
        write(path, b"".join(msgspec.json.encode(api) + b"\n" for api in pool.apis))
    say(f"apis: {len(pool.apis)} ({facts['apis']}), left out: {facts['left_out']}")
    return path


def _write_dataset(
    config: Config, accepted: _Places, pool: Path, apis: dict[str, Any], facts: dict[str, Any]
) -> dict[str, int]:
    """Stream the accepted dialogs in a random order, that of the seed, from the shards into the dataset."""
    accepted.shuffle()
    total = len(accepted.places)
    held_out = min(config.dialogs.validation, total // 2)
    splits = {"train": accepted.dialogs(held_out, total), "validation": accepted.dialogs(0, held_out)}
    own, others = not config.mixture or mixture.OURS in config.mixture, _others(config)
    card = {
        "name": config.name,
        "seed": config.seed,
        "sources": ", ".join([*(_origins(pool) if own else []), *others]),
        "license": "other" if others else "apache-2.0",
        "written": f"written by toolace with {config.dialogs.roles} roles" if not others else "mixed by weight",
        "contaminated": apis["left_out"].get("in a test set", 0)
        + sum(rules.get("decontaminated", 0) for rules in facts["funnel"].values()),
    }
    return export(splits, config.output / "data", card, config.dialogs.thoughts)


def _origins(pool: Path) -> Sequence[str]:
    with pool.open("rb") as lines:
        apis = (msgspec.json.decode(line, type=_Origin) for line in lines)
        return sorted({f"{api.source} ({api.license or 'licence not stated'})" for api in apis})


def _others(config: Config) -> list[str]:
    parts = [(name, part) for name, part in config.mixture.items() if name != mixture.OURS and part.weight]
    return [SOURCES[part.format or name].origin for name, part in parts]


def _print_funnel(facts: dict[str, Any]) -> None:
    for kind, rules in facts["funnel"].items():
        rejected = {rule: count for rule, count in rules.items() if rule != "accepted"}
        say(f"dialogs: {kind}: {rules.get('accepted', 0)} accepted, rejected: {rejected or 'none'}")
    if agreement := facts.get("agreement"):
        share, actions = agreement["mean"], agreement["actions"]
        say(f"self-consistency: {share:.1%} of the samples that were asked for agree, over {actions} actions")
    if "llm" in facts:
        say(f"llm: {facts['llm']['total']}")
    say(f"dataset: {facts['splits']}")


if __name__ == "__main__":
    run(synthesize)
