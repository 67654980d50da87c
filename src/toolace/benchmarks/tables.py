"""Scores as Markdown tables: by category, by group of the leaderboard, by kind of error, and in pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import msgspec

from toolace.benchmarks import leaderboard
from toolace.benchmarks.comparison import paired
from toolace.benchmarks.published import Published
from toolace.records import Score


class Outcome(msgspec.Struct, frozen=True):
    """What the tables need of a record of `toolace.evaluate`."""

    id: str
    ok: bool
    error: str
    category: str = ""


def print_scores(results: Mapping[str, Sequence[Score]], others: Sequence[Published] = ()) -> None:
    """Print a row per category, a column per model, published ones beside ours, and the leaderboard's groups."""
    rows = [*_categories(results, others), *_groups(results, others)]
    print_table(["category", "cases", *results, *(one.model for one in others)], rows)
    print(
        "(right answers, accuracy, Wilson 95% interval; BFCL by its official checker; overall: what was not run is 0; "
        "responses: mean ROUGE-L)"
    )
    for source in dict.fromkeys(f"{one.source} ({one.date}): {one.origin}" for one in others):
        print(f"published scores are of all cases: {source}")


def print_comparison(records: Mapping[str, Path]) -> None:
    """Print what went wrong, and for each two models on how many cases they differ."""
    outcomes = {
        name: [msgspec.json.decode(line, type=Outcome) for line in path.read_bytes().splitlines()]
        for name, path in records.items()
    }
    errors = {name: Counter(one.error for one in some if not one.ok) for name, some in outcomes.items()}
    kinds = [kind for kind, _ in sum(errors.values(), Counter[str]()).most_common()]
    print()
    print_table(["what went wrong", *errors], [[kind, *(str(one[kind]) for one in errors.values())] for kind in kinds])
    right = {name: {one.id: one.ok for one in some if one.error != "no_answer"} for name, some in outcomes.items()}
    for first, second in combinations(right, 2):
        pair = paired(right[first], right[second])
        print(
            f"{first} against {second}: only {first} right {pair.only_first}, only {second} right {pair.only_second}, "
            f"p = {pair.p:.2g} (McNemar)"
        )


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"| {' | '.join(header)} |\n{'|---' * len(header)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def _categories(results: Mapping[str, Sequence[Score]], others: Sequence[Published]) -> Iterator[list[str]]:
    for row in zip(*results.values(), strict=True):
        beside = (_share(one.scores.get(row[0].category)) for one in others)
        yield [row[0].category, str(row[0].cases + row[0].errors), *map(_cell, row), *beside]


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _cell(score: Score) -> str:
    unanswered = f" ({score.errors} without answer)" if score.errors else ""
    if score.graded:
        return f"{score.accuracy:.3f} [{score.low:.3f}, {score.high:.3f}]{unanswered}"
    return f"{score.correct} = {score.accuracy:.1%} [{score.low:.1%}, {score.high:.1%}]{unanswered}"


def _groups(results: Mapping[str, Sequence[Score]], others: Sequence[Published]) -> Iterator[list[str]]:
    """The groups of BFCL v4 of which every category was run, and the overall score if any was."""
    run = {score.category for some in results.values() for score in some}
    groups = {name: needed for name, needed in leaderboard.GROUPS.items() if needed <= run}
    if not groups:
        return
    columns = [leaderboard.v4({score.category: score.accuracy for score in some}) for some in results.values()]
    for name in (*groups, "overall"):
        yield [
            f"BFCL v4 {name}",
            "",
            *(f"{column[name]:.1%}" for column in columns),
            *(_share(one.groups.get(name)) for one in others),
        ]
