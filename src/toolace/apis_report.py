"""`python -m toolace.apis_report`: what is in a run's API pool, and how far it is from the benchmarks.

Prints tables and writes `apis/report.png`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from toolace.benchmarks import api_bank, decontamination
from toolace.benchmarks.similarity import Neighbour, nearest_functions
from toolace.cli import run
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Api, Json
from toolace.store import writing

ROWS = 15
NEAREST = 10
POPULATED = 5
"""A domain counts as populated with so many APIs."""


def report(config: Config) -> None:
    """Print and plot the pool of this run.

    Raises:
        ToolaceError: there is no pool yet.
    """
    path = config.output / "apis" / "pool.jsonl"
    if not path.exists():
        raise ToolaceError(f"no pool in {path.parent}: run `python -m toolace.synthesize stage=apis …` first")
    apis = [msgspec.json.decode(line, type=Api) for line in path.read_bytes().splitlines()]
    counts = count(apis)
    say("apis_report: measuring the distance to the test functions")
    nearest = nearest_functions(apis, decontamination.load().functions)
    print("\n".join([*_summary(apis, counts["domain"]), *_tables(counts), *_nearest(nearest)]))
    picture = path.with_name("report.png")
    with writing(picture):
        _plot(counts, [one.similarity for one in nearest]).savefig(picture, dpi=120)
    print(f"\nplots: {picture}")


def count(apis: Iterable[Api]) -> dict[str, Counter[str]]:
    """Count the APIs by source, area, domain, licence, operators and nesting, and all parameters by type."""
    counts: dict[str, Counter[str]] = {}
    for api in apis:
        types = list(_types(api.parameters))
        seen = {
            "source": [api.source],
            "area": [api.area],
            "domain": [api.domain],
            "licence": [api.license or "not stated"],
            "evolved by": api.evolution,
            "levels of parameters": [str(max((depth for depth, _ in types), default=0))],
            "number of parameters": [str(len(api.parameters.get("properties", {})))],
            "parameter type": [kind for _, kind in types],
            "answer": ["known" if api.returns is not None else "unknown"],
        }
        for what, values in seen.items():
            counts.setdefault(what, Counter()).update(values)
    return counts


def _types(schema: dict[str, Json], depth: int = 1) -> Iterator[tuple[int, str]]:
    """Yields level and type of each parameter; lists tell the type of their items."""
    for field in schema.get("properties", {}).values():
        items, kind = field.get("items", {}), field.get("type", "any")
        yield depth, f"list of {items.get('type', 'any')}" if kind == "array" else kind
        yield from _types(field, depth + 1)
        yield from _types(items, depth + 1)


def _summary(apis: list[Api], domains: Counter[str]) -> list[str]:
    populated = sum(size >= POPULATED for size in domains.values())
    return [
        f"{len(apis)} APIs of {len({api.service for api in apis})} services in {len({api.area for api in apis})} areas "
        f"and {len(domains)} domains, {populated} of them with at least {POPULATED} APIs"
    ]


def _tables(counts: dict[str, Counter[str]]) -> Iterator[str]:
    for what, counter in counts.items():
        rows = counter.most_common(ROWS) if what != "number of parameters" else sorted(counter.items(), key=_as_number)
        if not rows:
            continue
        yield f"\n| {what} | count | share |\n|---|---|---|"
        total = counter.total()
        yield from (f"| {name} | {number} | {number / total:.1%} |" for name, number in rows)
        if rest := total - sum(number for _, number in rows):
            yield f"| {len(counter) - len(rows)} others | {rest} | {rest / total:.1%} |"


def _as_number(row: tuple[str, int]) -> int:
    return int(row[0])


def _nearest(nearest: list[Neighbour]) -> Iterator[str]:
    checked = "BFCL and API-Bank" if api_bank.data_folder() else "BFCL"
    same = sum(one.similarity >= decontamination.SIMILAR for one in nearest)
    yield (
        f"\n{same} APIs are test functions of {checked} (Jaccard similarity of the words of name and description "
        f"≥ {decontamination.SIMILAR}). The nearest {NEAREST}:"
    )
    yield "| similarity | API | test function |\n|---|---|---|"
    yield from (f"| {one.similarity:.2f} | {one.api} | {one.function} |" for one in nearest[:NEAREST])
    if not api_bank.data_folder():
        yield f"API-Bank is not here: `{api_bank.FETCH.format(folder=api_bank.folder())}`"


def _plot(counts: dict[str, Counter[str]], similarities: list[float]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 10), layout="constrained")
    bars, histograms = figure.subplots(2, 3)
    for axes, what in zip(bars, ("area", "source", "parameter type"), strict=True):
        names, numbers = zip(*reversed(counts[what].most_common(30)), strict=True)
        axes.barh(names, numbers)
        axes.set(title=f"APIs by {what}" if what != "parameter type" else "parameters by type")
        axes.tick_params(axis="y", labelsize=7)
    sizes = sorted(counts["domain"].values(), reverse=True)
    histograms[0].plot(range(1, len(sizes) + 1), sizes)
    histograms[0].set(title="size of the domains", xlabel="rank", ylabel="APIs", xscale="log", yscale="log")
    parameters = sorted((int(name), number) for name, number in counts["number of parameters"].items())
    histograms[1].bar(*zip(*parameters, strict=True))
    histograms[1].set(title="parameters of an API", xlabel="at the top level", ylabel="APIs")
    histograms[2].hist(similarities, bins=40, range=(0, 1))
    histograms[2].set(title="similarity to the nearest test function", xlabel="Jaccard", ylabel="APIs", yscale="log")
    return figure


if __name__ == "__main__":
    run(report)
