"""Whether the variants of an ablation really differ: beyond the noise of test cases, and beyond that of trainings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy
from scipy.stats import permutation_test, ttest_1samp

from toolace.benchmarks.comparison import holm

LEVEL = 0.05
"""Below this p, corrected for the number of variants (Holm), a difference counts as more than noise."""
_FLIPS = 9_999

Outcomes = Mapping[tuple[int, str, str], bool]
"""A variant's answers: (seed, category, case) → right or wrong."""


class Difference(NamedTuple):
    """A variant minus the reference, on the same cases and seeds; each category weighs the same.

    `low` and `high` are a 95% interval over test cases (normal), `p_cases` is of sign flips of the cases' differences,
    `p_seeds` of a t-test over the seeds' differences (NaN for one seed: it cannot tell), and `p` the larger, by Holm.
    """

    variant: str
    cases: int
    seeds: int
    difference: float
    low: float
    high: float
    p_cases: float
    p_seeds: float
    p: float

    def verdict(self) -> str:
        """Say whether it is beyond noise."""
        return "beyond noise" if self.p < LEVEL else "within noise"


def differences(variants: Mapping[str, Outcomes], against: str) -> list[Difference]:
    """Compare each variant with `against`; one that shares no case and seed with it is left out."""
    base = variants.get(against, {})
    rows = [_difference(name, some, base) for name, some in variants.items() if name != against]
    found = [one for one in rows if one]
    corrected = holm([one.p for one in found])
    return [one._replace(p=p) for one, p in zip(found, corrected, strict=True)]


def sentence(row: Difference, against: str) -> str:
    """Say whether a difference is beyond noise, and of which noise nothing is known."""
    way = "above" if row.difference > 0 else "below"
    size = f"{100 * abs(row.difference):.1f} points {way}" if row.difference else "exactly at"
    told = f"{row.variant} is {size} {against} (95% over cases {100 * row.low:+.1f} to {100 * row.high:+.1f}"
    told += f"; {row.cases} cases, p = {row.p_cases:.2g} over cases"
    if row.seeds < 2:
        verdict = "not beyond" if row.p >= LEVEL else "beyond"
        return f"{told}): {verdict} the noise of the cases; one training each says nothing about that of training."
    return f"{told}, {row.p_seeds:.2g} over {row.seeds} trainings, {row.p:.2g} corrected): {row.verdict()}."


def _difference(name: str, some: Outcomes, base: Outcomes) -> Difference | None:
    both = sorted(some.keys() & base.keys())
    if not both:
        return None
    by_case: dict[tuple[str, str], list[int]] = defaultdict(list)
    by_seed: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for seed, category, case in both:
        gain = some[seed, category, case] - base[seed, category, case]
        by_case[category, case].append(gain)
        by_seed[seed][category].append(gain)
    seeds = numpy.array([numpy.mean([numpy.mean(of) for of in one.values()]) for one in by_seed.values()])
    categories = [category for category, _ in by_case]
    weights = {one: len(by_case) / len({*categories}) / categories.count(one) for one in {*categories}}
    gains = numpy.array([numpy.mean(of) * weights[category] for (category, _), of in by_case.items()])
    mean, half = float(gains.mean()), 1.96 * float(gains.std()) / numpy.sqrt(len(gains))
    p_cases, p_seeds = _p_of_cases(gains), _p_of_seeds(seeds)
    p = float(numpy.nanmax([p_cases, p_seeds]))
    return Difference(name, len(gains), len(seeds), mean, mean - half, mean + half, p_cases, p_seeds, p)


def _p_of_cases(gains: Any) -> float:
    if not gains.any():
        return 1.0
    flips: dict[str, Any] = {"permutation_type": "samples", "n_resamples": _FLIPS, "batch": 1_000, "rng": 0}
    return float(permutation_test((gains,), numpy.mean, **flips).pvalue)


def _p_of_seeds(gains: Any) -> float:
    """Student's t; where all seeds differ by the same, the sign test, which knows no certainty from few."""
    if len(gains) < 2 or not gains.any():
        return 1.0 if len(gains) > 1 else float("nan")
    return float(ttest_1samp(gains, 0).pvalue) if numpy.ptp(gains) > 1e-9 else 2.0 ** (1 - len(gains))
