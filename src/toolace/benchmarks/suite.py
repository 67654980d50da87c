"""All benchmarks as one: a new one is a file with CATEGORIES, load_cases and check, and a place in this list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from toolace.benchmarks import api_bank_cases, api_bank_responses, bfcl, bfcl_formats, bfcl_memory, bfcl_multi_turn
from toolace.benchmarks.cases import Answer, Case
from toolace.benchmarks.held_out import HeldOut
from toolace.errors import ToolaceError, near_or_all
from toolace.records import Verdict


class Benchmark(Protocol):
    """Cases and the judgement of answers to them."""

    CATEGORIES: tuple[str, ...]

    def load_cases(self, categories: dict[str, int | None], seed: int) -> list[Case]:
        """Give all cases of each category (None), or so many drawn at random by the seed."""

    def check(self, answers: Sequence[Answer], /) -> list[Verdict]:
        """Judge answers; one verdict per answer, in order."""


def benchmarks(dataset: Path) -> tuple[Benchmark, ...]:
    """Give all benchmarks; `dataset` holds what this run held out."""
    return bfcl, bfcl_formats, bfcl_multi_turn, bfcl_memory, api_bank_cases, api_bank_responses, HeldOut(dataset)


def load_cases(suite: Sequence[Benchmark], categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each category from the benchmark that it belongs to.

    Raises:
        ToolaceError: unknown category, or data that is missing or damaged.
    """
    known = [name for one in suite for name in one.CATEGORIES]
    if unknown := [name for name in categories if name not in known]:
        raise ToolaceError(f"evaluate.categories: unknown {unknown[0]!r}{near_or_all(unknown[0], known)}")
    cases: list[Case] = []
    for one in suite:
        cases += one.load_cases({name: count for name, count in categories.items() if name in one.CATEGORIES}, seed)
    return cases


def check(suite: Sequence[Benchmark], answers: Sequence[Answer]) -> list[Verdict]:
    """Judge answers, each by its benchmark; one verdict per answer, in order."""
    verdicts: dict[int, Verdict] = {}
    for one in suite:
        places = [place for place, answer in enumerate(answers) if answer.category in one.CATEGORIES]
        verdicts |= zip(places, one.check([answers[place] for place in places]), strict=True)
    return [verdicts[place] for place in range(len(answers))]
