"""Accuracy per benchmark category, with its uncertainty."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from toolace.errors import ToolaceError
from toolace.records import Score, Verdict

_Z = 1.959963984540054
"""The normal quantile of a two-sided 95% interval."""


class Categorized(Protocol):
    """A benchmark case, as far as scoring is concerned."""

    @property
    def category(self) -> str:
        """The benchmark's own name of the category."""


def wilson(correct: int, cases: int) -> tuple[float, float]:
    """Bounds of Wilson's 95% score interval (Wilson 1927); without cases, all is possible: (0, 1).

    Raises:
        ToolaceError: not 0 ≤ correct ≤ cases.
    """
    if not 0 <= correct <= cases:
        raise ToolaceError(f"{correct} of {cases} cases cannot be correct: count each case once.")
    if cases == 0:
        return 0.0, 1.0
    share, weight = correct / cases, _Z * _Z / cases
    middle = share + weight / 2
    spread = math.sqrt(share * (1 - share) * weight + weight * weight / 4)
    # At the ends the bound is exact, which rounding would blur.
    low = 0.0 if correct == 0 else (middle - spread) / (1 + weight)
    high = 1.0 if correct == cases else (middle + spread) / (1 + weight)
    return low, high


def scores(cases: Sequence[Categorized], verdicts: Sequence[Verdict | None]) -> list[Score]:
    """Score each category, in order of first appearance; verdict i belongs to case i, None if it got no answer.

    Raises:
        ToolaceError: not one verdict per case.
    """
    if len(cases) != len(verdicts):
        raise ToolaceError(f"{len(verdicts)} verdicts for {len(cases)} cases: judge every case exactly once.")
    by_category: dict[str, list[Verdict | None]] = defaultdict(list)
    for case, verdict in zip(cases, verdicts, strict=True):
        by_category[case.category].append(verdict)
    return [_score(category, given) for category, given in by_category.items()]


def _score(category: str, verdicts: Sequence[Verdict | None]) -> Score:
    given = [verdict for verdict in verdicts if verdict]
    cases, correct = len(given), sum(verdict.ok for verdict in given)
    errors = len(verdicts) - cases
    if grades := [verdict.grade for verdict in given if verdict.grade is not None]:
        return Score(category, cases, correct, *_mean(grades), errors, graded=True)
    return Score(category, cases, correct, correct / cases if cases else 0.0, *wilson(correct, cases), errors)


def _mean(grades: Sequence[float]) -> tuple[float, float, float]:
    mean = statistics.fmean(grades)
    spread = _Z * statistics.stdev(grades) / math.sqrt(len(grades)) if len(grades) > 1 else 1.0
    return mean, max(0.0, mean - spread), min(1.0, mean + spread)
