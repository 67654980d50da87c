from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reporting.runs import SHAPE, single, write, write_run

from toolace.records import Api
from toolace.reporting.counts import POINTS, Distributions, binned, loss_of, places_of, pool_of, scores_of


@pytest.mark.parametrize(
    ("counts", "bins"),
    [
        ({}, []),
        ({3: 2}, [("3", 2)]),
        ({0: 1, 2: 4}, [("0", 1), ("1", 0), ("2", 4)]),
        ({0: 5, 30: 5}, [(f"{n}–{n + 1}", 5 if n in (0, 30) else 0) for n in range(0, 31, 2)]),
        ({1: 999, 900: 1}, [("1+", 1000)]),
    ],
)
def test_bins_are_round_and_the_last_takes_all_beyond(counts: dict[int, int], bins: list[tuple[str, int]]) -> None:
    assert binned(counts) == bins


@given(st.dictionaries(st.integers(0, 10**6), st.integers(1, 10**4), max_size=40))
def test_bins_are_few_and_hold_everything(counts: dict[int, int]) -> None:
    bins = binned(counts)
    assert len(bins) <= 24 and sum(count for _, count in bins) == sum(counts.values())


def test_the_pool_is_counted_by_area_and_domain() -> None:
    apis = [Api(f"a{n}", f"d{n}", SHAPE, area="X", domain=f"D{n % 2}", service="s") for n in range(3)]
    pool = pool_of([*apis, Api("b", "e", SHAPE)])
    assert pool["areas"] == [("X", [("D0", 2), ("D1", 1)]), ("without an area", [("without a domain", 1)])]
    assert (pool["total"], pool["services"], pool["levels"]) == (4, 2, [("2", 4)])
    assert places_of(apis)["d1"] == places_of(apis)["a1"] == ("X", "D1")


def test_dialogs_are_counted() -> None:
    counts = Distributions()
    counts.add(single(1).dialog)
    facts = counts.facts()
    assert facts["bins"]["turns"] == [("5", 1)] and facts["bins"]["arguments"] == [("2", 1)]
    assert facts["functions"] == [("berths", 1)] and facts["distinct"] == 1


def test_the_loss_curve_is_thinned_out_to_its_ends(tmp_path: Path) -> None:
    assert loss_of(tmp_path / "loss.jsonl") == []
    write(tmp_path / "loss.jsonl", [{"step": step, "loss": 1.0} for step in range(2 * POINTS + 1)])
    points = loss_of(tmp_path / "loss.jsonl")
    assert len(points) <= POINTS + 1 and (points[0]["step"], points[-1]["step"]) == (0, 2 * POINTS)


def test_scores_stand_beside_published_ones_of_the_same_categories(tmp_path: Path) -> None:
    assert scores_of(tmp_path) == {}
    scores = scores_of(write_run(tmp_path) / "scores")
    assert scores["categories"] == ["multiple", "irrelevance"] and scores["groups"] == {}
    assert scores["errors"] == {"before": Counter(wrong_value=10), "after": Counter(wrong_value=11)}
    assert {name for one in scores["published"] for name in one.scores} == {"multiple", "irrelevance"}
    (pair,) = scores["pairs"]
    assert (pair["only_first"], pair["only_second"]) == (7, 6)
