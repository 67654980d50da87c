"""What went wrong, in words that all benchmarks share, and whether two models really differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from toolace.benchmarks.cases import Answer
from toolace.records import Verdict

K = TypeVar("K")

KINDS = (
    "wrong_function",
    "missing_argument",
    "extra_argument",
    "wrong_value",
    "wrong_type",
    "wrong_count",
    "wrong_state",
    "never_ending",
    "over_calling",
    "under_calling",
    "unparsable",
    "other_words",
    "wrong_answer",
)
"""All kinds of error, as `kind_of_error` gives them."""
_RULES = {
    "wrong_name": "wrong_function",
    "other_words": "other_words",
    "agentic:answer_not_found": "wrong_answer",
    "agentic:no_last_message": "never_ending",
    "simple_function_checker:wrong_func_name": "wrong_function",
    "simple_function_checker:missing_required": "missing_argument",
    "simple_function_checker:missing_optional": "missing_argument",
    "simple_function_checker:unexpected_param": "extra_argument",
    "irrelevance_error:decoder_success": "over_calling",
    "relevance_error:decoder_failed": "under_calling",
    "multi_turn:instance_state_mismatch": "wrong_state",
    "multi_turn:execution_response_mismatch": "wrong_state",
    "multi_turn:empty_turn_model_response": "under_calling",
    "multi_turn:force_terminated": "never_ending",
}


class Paired(NamedTuple):
    """Two models on the same cases: how often only one of them is right, and McNemar's exact two-sided p."""

    only_first: int
    only_second: int
    p: float


def kind_of_error(answer: Answer, verdict: Verdict) -> str:
    """Sort a wrong answer into one of `KINDS`; "" for a right one.

    BFCL's parallel categories do not say why no gold call matches: they count as a wrong value, which it mostly is.
    """
    if verdict.ok:
        return ""
    if known := _RULES.get(verdict.rule):
        return known
    if not answer.calls:
        return "unparsable" if answer.attempted else "under_calling"
    if verdict.rule in KINDS:
        return verdict.rule
    if verdict.rule.endswith("wrong_count"):
        return "wrong_count"
    return "wrong_type" if verdict.rule.startswith("type_error") else "wrong_value"


def paired(first: Mapping[K, bool], second: Mapping[K, bool]) -> Paired:
    """Compare what is right by case, on the cases that both have (McNemar 1947, exact binomial)."""
    both = first.keys() & second.keys()
    only_first = sum(first[case] and not second[case] for case in both)
    only_second = sum(second[case] and not first[case] for case in both)
    differ, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(differ, k) for k in range(fewer + 1)) / 2**differ
    return Paired(only_first, only_second, min(1.0, 2 * tail))


def holm(values: Sequence[float]) -> list[float]:
    """Correct p values for how many there are (Holm 1979)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    corrected, highest = [1.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, values[place] * (len(values) - rank)))
        corrected[place] = highest
    return corrected
