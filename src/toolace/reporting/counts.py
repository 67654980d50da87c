"""The numbers behind the report's charts: pool, funnel, distributions, loss, scores."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from toolace.apis_report import count
from toolace.benchmarks import leaderboard
from toolace.benchmarks.comparison import paired
from toolace.benchmarks.published import published
from toolace.benchmarks.tables import Outcome
from toolace.records import Api, Dialog, Json, Score
from toolace.reporting.runs import record, records
from toolace.reporting.samples import Places, calls_of

TOP = 10
"""So many of the functions that are called most are named."""
POINTS = 1_000
"""At most so many points make the loss curve."""

Bins = list[tuple[str, int]]


def pool_of(apis: Sequence[Api]) -> dict[str, Json]:
    """How the pool spreads over areas and domains, sources and parameters."""
    counts = count(apis)
    areas: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for api in apis:
        areas[api.area or "without an area"][api.domain or "without a domain"] += 1
    return {
        "total": len(apis),
        "services": len({api.service for api in apis}),
        "domains": len(counts.get("domain", {})),
        "areas": sorted(((area, some.most_common()) for area, some in areas.items()), key=_size, reverse=True),
        "source": counts.get("source", Counter()).most_common(),
        "evolved": sum(bool(api.evolution) for api in apis),
        "parameters": _numeric(counts.get("number of parameters", Counter())),
        "levels": _numeric(counts.get("levels of parameters", Counter())),
        "types": counts.get("parameter type", Counter()).most_common(TOP),
    }


def places_of(apis: Iterable[Api]) -> Places:
    """Where an API belongs, by description (which dialogs keep) and by name (which they vary)."""
    places: dict[str, tuple[str, str]] = {}
    for api in apis:
        places.setdefault(api.description, (api.area, api.domain))
        places.setdefault(api.name, (api.area, api.domain))
    return places


class Distributions:
    """Counts over the accepted dialogs."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.functions: Counter[str] = Counter()

    def add(self, dialog: Dialog) -> None:
        """Count a dialog."""
        called = calls_of(dialog)
        said = [message.content for message in dialog.messages if message.role == "user"]
        size = len(msgspec.json.encode((dialog.tools, dialog.messages)))
        numbers = {
            "turns": len(dialog.messages),
            "calls": len(called),
            "tools": len(dialog.tools),
            "words": len(said[0].split()) if said else 0,
            "bytes": size,
        }
        for name, number in numbers.items():
            self.counts[name][number] += 1
        for message in dialog.messages:
            self.counts["arguments"].update(len(call.arguments) for call in message.calls)
        self.functions.update(set(called))

    def facts(self) -> dict[str, Json]:
        """Histograms with at most two dozen bins, and the functions that are called most."""
        bins = {name: binned(counted) for name, counted in self.counts.items()}
        return {"bins": bins, "functions": self.functions.most_common(TOP), "distinct": len(self.functions)}


def binned(counted: Mapping[int, int], most: int = 24) -> Bins:
    """Put whole numbers into at most `most` bins of equal, round width; the last takes all beyond the 99.5% mark."""
    if not counted:
        return []
    first, top = min(counted), _quantile(counted, 0.995)
    steps = (step * 10**power for power in range(9) for step in (1, 2, 5))
    width = next(step for step in steps if top // step - first // step < most)
    bins: Counter[int] = Counter()
    for number, times in counted.items():
        bins[min(number, top) // width] += times
    last, beyond = top // width, max(counted) >= (top // width + 1) * width
    return [(_label(n, width, beyond and n == last), bins[n]) for n in range(first // width, last + 1)]


def _label(number: int, width: int, beyond: bool) -> str:
    start = number * width
    if beyond:
        return f"{start:,}+"
    return f"{start:,}" if width == 1 else f"{start:,}–{start + width - 1:,}"


def _quantile(counted: Mapping[int, int], share: float) -> int:
    rest = share * sum(counted.values())
    for number in sorted(counted):
        rest -= counted[number]
        if rest <= 0:
            return number
    return max(counted)


def loss_of(path: Path) -> list[dict[str, float]]:
    """The training log, thinned out evenly: step, loss and learning rate."""
    entries = list(records(path, dict[str, float]))
    kept = [one for i, one in enumerate(entries) if i % -(-len(entries) // POINTS) == 0 or i == len(entries) - 1]
    return [{"step": one["step"], "loss": one["loss"], "rate": one.get("learning_rate", 0)} for one in kept]


def scores_of(folder: Path) -> dict[str, Json]:
    """Scores of all models, what went wrong, who is right where another is not, and published scores; or nothing."""
    path = folder / "scores.json"
    if not path.exists():
        return {}
    results = record(path, dict[str, list[Score]])
    outcomes = {name: list(records(folder / f"{name}.jsonl", Outcome)) for name in results}
    categories = list(dict.fromkeys(score.category for some in results.values() for score in some))
    return {
        "models": results,
        "categories": categories,
        "groups": _groups(results, categories),
        "errors": {name: Counter(one.error for one in some if not one.ok) for name, some in outcomes.items()},
        "pairs": _pairs(outcomes),
        "published": published(categories),
    }


def _groups(results: Mapping[str, Sequence[Score]], categories: Sequence[str]) -> dict[str, dict[str, float]]:
    """The leaderboard's groups of which all categories were run, by model."""
    names = [name for name, needed in leaderboard.GROUPS.items() if needed <= set(categories)]
    groups: dict[str, dict[str, float]] = {}
    for model, some in results.items() if names else ():
        all_groups = leaderboard.v4({score.category: score.accuracy for score in some})
        groups[model] = {name: all_groups[name] for name in (*names, "overall")}
    return groups


def _pairs(outcomes: Mapping[str, Sequence[Outcome]]) -> list[dict[str, Any]]:
    right = {name: {one.id: one.ok for one in some if one.error != "no_answer"} for name, some in outcomes.items()}
    pairs = ((first, second, paired(right[first], right[second])) for first, second in combinations(right, 2))
    return [{"first": first, "second": second, **pair._asdict()} for first, second, pair in pairs]


def _size(area: tuple[str, Sequence[tuple[str, int]]]) -> int:
    return sum(number for _, number in area[1])


def _numeric(counter: Counter[str]) -> Bins:
    return binned({int(name): number for name, number in counter.items()})
