from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.benchmarks.scoring import scores, wilson
from toolace.errors import ToolaceError
from toolace.records import Score, Verdict


@dataclass
class _Case:
    category: str


@pytest.mark.parametrize(
    ("correct", "cases", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_gives_the_known_bounds(correct: int, cases: int, low: float, high: float) -> None:
    assert wilson(correct, cases) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_encloses_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    correct, cases = counts
    low, high = wilson(correct, cases)
    assert 0 <= low <= correct / cases <= high <= 1
    assert wilson(cases - correct, cases) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("correct", "cases"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson_rejects_impossible_counts(correct: int, cases: int) -> None:
    with pytest.raises(ToolaceError, match="cannot be correct"):
        wilson(correct, cases)


def test_scores_are_per_category_in_order_of_appearance() -> None:
    cases = [_Case("multiple"), _Case("parallel"), _Case("multiple")]
    result = scores(cases, [Verdict(True), Verdict(False), Verdict(False)])
    assert result == [Score("multiple", 2, 1, 0.5, *wilson(1, 2)), Score("parallel", 1, 0, 0.0, *wilson(0, 1))]
    assert scores([], []) == []


def test_scores_want_one_verdict_per_case() -> None:
    with pytest.raises(ToolaceError, match="0 verdicts for 1 cases"):
        scores([_Case("multiple")], [])


def test_grades_have_a_mean_and_its_normal_interval() -> None:
    verdicts = [Verdict(False, grade=0.2), Verdict(False, grade=0.4), None, Verdict(True, grade=1.0)]
    (score,) = scores([_Case("words")] * 4, verdicts)
    assert (score.cases, score.correct, score.errors, score.graded) == (3, 1, 1, True)
    assert score.accuracy == pytest.approx(1.6 / 3)
    assert score.high == 1.0 and score.low == pytest.approx(1.6 / 3 - 1.96 * 0.41633 / 3**0.5, abs=1e-4)
