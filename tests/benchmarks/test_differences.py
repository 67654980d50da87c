import math

import pytest

from toolace.benchmarks.differences import Difference, Outcomes, differences, sentence


def answers(right: dict[str, list[int]], size: int = 100, first: int = 0) -> dict[str, Outcomes]:
    """Of each variant the number of right answers by seed: the first ones."""
    return {
        name: {(first + seed, "multiple", f"m{n}"): n < count for seed, count in enumerate(counts) for n in range(size)}
        for name, counts in right.items()
    }


def only(right: dict[str, list[int]]) -> Difference:
    (row,) = differences(answers(right), "both")
    return row


def test_a_difference_over_cases_and_seeds_is_beyond_noise() -> None:
    row = only({"both": [80, 81, 80], "none": [40, 42, 41]})
    assert (row.variant, row.cases, row.seeds) == ("none", 100, 3)
    assert row.difference == pytest.approx(-0.3933, abs=1e-4)
    assert row.low < row.difference < row.high < 0 and row.p < 0.01
    assert sentence(row, "both").endswith("beyond noise.") and "39.3 points below both" in sentence(row, "both")


def test_each_category_weighs_the_same() -> None:
    base = {(0, "many", str(n)): False for n in range(90)} | {(0, "few", str(n)): False for n in range(10)}
    better = base | {(0, "few", str(n)): True for n in range(10)}
    (row,) = differences({"base": base, "better": better}, "base")
    assert row.difference == pytest.approx(0.5) and row.cases == 100


def test_seeds_that_disagree_are_noise_however_many_cases_there_are() -> None:
    row = only({"both": [40, 60], "none": [60, 20]})
    assert row.p_seeds > 0.05 and row.p == row.p_seeds and sentence(row, "both").endswith("within noise.")


def test_one_training_says_nothing_about_the_noise_of_training() -> None:
    row = only({"both": [80], "none": [40]})
    assert math.isnan(row.p_seeds) and row.p == row.p_cases < 0.01
    assert "one training each says nothing" in sentence(row, "both")


def test_equal_variants_do_not_differ_and_p_grows_with_the_number_of_variants() -> None:
    alone = only({"both": [50], "none": [43]})
    among = differences(answers({"both": [50], "none": [43], "rules": [50], "more": [50]}), "both")
    assert among[0].p == pytest.approx(3 * alone.p) and [one.p for one in among[1:]] == [1, 1]
    assert "exactly at both" in sentence(among[1], "both")


def test_equal_differences_of_few_seeds_are_no_certainty() -> None:
    assert only({"both": [50, 50], "none": [40, 40]}).p_seeds == 0.5


def test_variants_without_a_seed_in_common_are_not_compared() -> None:
    apart = answers({"both": [50]}) | answers({"none": [40]}, first=7)
    assert differences(apart, "both") == [] == differences(apart, "rules")
