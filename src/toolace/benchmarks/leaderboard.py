"""Group and overall scores of the Berkeley Function-Calling Leaderboard, by its own formulas of v4 and of v3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SIMPLE = ("simple_python", "simple_java", "simple_javascript")
LIVE = {"live_simple": 258, "live_multiple": 1053, "live_parallel": 16, "live_parallel_multiple": 24}
"""Sizes of the live categories with calls: the leaderboard weights them by their number of cases."""
LIVE_WITHOUT_CALLS = {"live_irrelevance": 884, "live_relevance": 16}
LIVE_WITHOUT_CALLS_V3 = {"live_irrelevance": 882, "live_relevance": 18}
MULTI_TURN = ("multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param", "multi_turn_long_context")
WEB_SEARCH = ("web_search_base", "web_search_no_snippet")
MEMORY = ("memory_kv", "memory_vector", "memory_rec_sum")
GROUPS = {
    "non_live": {*SIMPLE, "multiple", "parallel", "parallel_multiple"},
    "live": {*LIVE},
    "irrelevance": {"irrelevance", "live_irrelevance"},
    "multi_turn": {*MULTI_TURN},
    "agentic": {*WEB_SEARCH, *MEMORY},
}
"""The groups of v4 and the categories that belong to them."""


def v4(accuracy: Mapping[str, float]) -> dict[str, float]:
    """Group scores and `overall` of v4 from accuracies by category; what was not evaluated counts 0, as there."""
    groups = {
        "non_live": _non_live(accuracy),
        "live": _weighted(accuracy, LIVE),
        "irrelevance": _mean(accuracy, ("irrelevance", "live_irrelevance")),
        "multi_turn": _mean(accuracy, MULTI_TURN),
        "agentic": (_mean(accuracy, WEB_SEARCH) + _mean(accuracy, MEMORY)) / 2,
    }
    weights = {"non_live": 0.1, "live": 0.1, "irrelevance": 0.1, "multi_turn": 0.3, "agentic": 0.4}
    return groups | {"overall": sum(groups[name] * weight for name, weight in weights.items())}


def v3(accuracy: Mapping[str, float]) -> dict[str, float]:
    """Group scores and `overall` of v3 as from 2025-04-09 on, when refusing still belonged to the two groups."""
    groups = {
        "non_live": (4 * _non_live(accuracy) + accuracy.get("irrelevance", 0)) / 5,
        "live": _weighted(accuracy, LIVE | LIVE_WITHOUT_CALLS_V3),
        "multi_turn": _mean(accuracy, MULTI_TURN),
    }
    return groups | {"overall": sum(groups.values()) / 3}


def _non_live(accuracy: Mapping[str, float]) -> float:
    return (_mean(accuracy, SIMPLE) + 3 * _mean(accuracy, ("multiple", "parallel", "parallel_multiple"))) / 4


def _mean(accuracy: Mapping[str, float], categories: Sequence[str]) -> float:
    return sum(accuracy.get(category, 0) for category in categories) / len(categories)


def _weighted(accuracy: Mapping[str, float], sizes: Mapping[str, int]) -> float:
    return sum(accuracy.get(category, 0) * size for category, size in sizes.items()) / sum(sizes.values())
