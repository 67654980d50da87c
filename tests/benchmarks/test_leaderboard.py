"""The formulas against the leaderboard's own tables, where these are on disk."""

import csv
from pathlib import Path

import pytest

from toolace.benchmarks.leaderboard import LIVE, LIVE_WITHOUT_CALLS, LIVE_WITHOUT_CALLS_V3, v3, v4

SCORES = Path(__file__).parents[3] / "shared" / "reference" / "scores"
published = pytest.mark.skipif(not SCORES.exists(), reason="the published tables are not on disk")
NON_LIVE = {
    "simple_python": "Python Simple AST",
    "simple_java": "Java Simple AST",
    "simple_javascript": "JavaScript Simple AST",
    "multiple": "Multiple AST",
    "parallel": "Parallel AST",
    "parallel_multiple": "Parallel Multiple AST",
    "irrelevance": "Irrelevance Detection",
}
LIVE_COLUMNS = {
    "live_simple": "Python Simple AST",
    "live_multiple": "Python Multiple AST",
    "live_parallel": "Python Parallel AST",
    "live_parallel_multiple": "Python Parallel Multiple AST",
    "live_irrelevance": "Irrelevance Detection",
}
OTHERS = {
    "multi_turn_base": "Multi Turn Base",
    "multi_turn_miss_func": "Multi Turn Miss Func",
    "multi_turn_miss_param": "Multi Turn Miss Param",
    "multi_turn_long_context": "Multi Turn Long Context",
    "web_search_base": "Web Search Base",
    "web_search_no_snippet": "Web Search No Snippet",
    "memory_kv": "Memory KV",
    "memory_vector": "Memory Vector",
    "memory_rec_sum": "Memory Recursive Summarization",
}
V3 = {
    "multiple": "Non-Live Multiple AST",
    "parallel": "Non-Live Parallel AST",
    "parallel_multiple": "Non-Live Parallel Multiple AST",
    "live_simple": "Live Simple AST",
    "live_multiple": "Live Multiple AST",
    "live_parallel": "Live Parallel AST",
    "live_parallel_multiple": "Live Parallel Multiple AST",
    "live_relevance": "Relevance Detection",
    **{name: column for name, column in OTHERS.items() if name.startswith("multi_turn")},
}


def rows(name: str) -> list[dict[str, str]]:
    with (SCORES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_model(name: str) -> dict[str, dict[str, str]]:
    return {row["Model"]: row for row in rows(name)}


def number(cell: str) -> float:
    return 0.0 if cell == "N/A" else float(cell.rstrip("%"))


@published
def test_v4_gives_the_numbers_of_every_row_of_the_leaderboard() -> None:
    non_live, live = by_model("data_non_live.csv"), by_model("data_live.csv")
    agentic, overall = by_model("data_agentic.csv"), rows("data_overall.csv")
    assert len(overall) > 100
    for row in overall:
        accuracy = {name: number(non_live[row["Model"]][column]) for name, column in NON_LIVE.items()}
        accuracy |= {name: number(live[row["Model"]][column]) for name, column in LIVE_COLUMNS.items()}
        accuracy |= {name: number(row[column]) for name, column in OTHERS.items()}
        found = v4(accuracy)
        assert found["non_live"] == pytest.approx(number(row["Non-Live AST Acc"]), abs=0.011), row["Model"]
        assert found["live"] == pytest.approx(number(row["Live Acc"]), abs=0.011), row["Model"]
        assert found["irrelevance"] == pytest.approx(number(row["Irrelevance Detection"]), abs=0.011), row["Model"]
        assert found["multi_turn"] == pytest.approx(number(row["Multi Turn Acc"]), abs=0.011), row["Model"]
        agentic_acc = number(agentic[row["Model"]]["Agentic Overall Acc"])
        assert found["agentic"] == pytest.approx(agentic_acc, abs=0.011), row["Model"]
        assert found["overall"] == pytest.approx(number(row["Overall Acc"]), abs=0.011), row["Model"]


@published
def test_v3_gives_the_overall_score_of_every_row_of_the_leaderboard() -> None:
    """Its table has no live irrelevance: that follows from the live score, the other half from the mean of both."""
    table = rows("2025-06-14_a53acce6_data_overall.csv")
    assert len(table) > 90
    sizes = LIVE | LIVE_WITHOUT_CALLS_V3
    for row in table:
        accuracy = {name: number(row[column]) for name, column in V3.items()}
        accuracy |= dict.fromkeys(
            ("simple_python", "simple_java", "simple_javascript"), number(row["Non-Live Simple AST"])
        )
        rest = sum(accuracy[name] * size for name, size in sizes.items() if name != "live_irrelevance")
        live = (number(row["Live Acc"]) * sum(sizes.values()) - rest) / sizes["live_irrelevance"]
        accuracy |= {"live_irrelevance": live, "irrelevance": 2 * number(row["Irrelevance Detection"]) - live}
        found = v3(accuracy)
        assert found["multi_turn"] == pytest.approx(number(row["Multi Turn Acc"]), abs=0.011), row["Model"]
        assert found["overall"] == pytest.approx(number(row["Overall Acc"]), abs=0.011), row["Model"]


def test_what_was_not_evaluated_counts_nothing_and_live_is_weighted_by_its_sizes() -> None:
    assert v4({})["overall"] == 0
    full = v4(dict.fromkeys(["irrelevance", "live_irrelevance"], 1.0))
    assert full["irrelevance"] == 1 and full["overall"] == pytest.approx(0.1)
    assert v4({"live_multiple": 1.0})["live"] == pytest.approx(1053 / 1351)
    assert v3({"irrelevance": 1.0})["overall"] == pytest.approx(1 / 15)
    assert sum((LIVE | LIVE_WITHOUT_CALLS).values()) == 2251
