"""The verifier as a graded reward: how right an answer is beside what the plan means, from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scipy.optimize import linear_sum_assignment

from toolace.formats.calls import CallSyntaxError, parse
from toolace.formats.thoughts import without_thought
from toolace.records import Call
from toolace.verification.plan import same

FORMAT, NAMES, ARGUMENTS, WHOLE = 0.1, 0.3, 0.3, 0.3
"""What an answer gets for being calls at all, for whom it calls, for their arguments, and for all being right."""

_LIKE_A_CALL = re.compile(r"\[|[^\W\d][\w.]*\(")


def reward(text: str, gold: Sequence[Call]) -> float:
    """Grade a text; where nothing is to be called, words are right and calls are wrong, broken ones too."""
    if not gold:
        words = without_thought(text).strip()
        return float(bool(words) and not _LIKE_A_CALL.match(words))  # else a call cut off would count as words
    try:
        calls = parse(text)
    except CallSyntaxError:
        calls = []
    if not calls:
        return 0.0
    names = _overlap(Counter(call.name for call in calls), Counter(call.name for call in gold))
    arguments = _arguments(calls, gold)
    return FORMAT + NAMES * names + ARGUMENTS * arguments + WHOLE * (names == arguments == 1)


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(one.total(), other.total())


def _arguments(calls: Sequence[Call], gold: Sequence[Call]) -> float:
    """Mean share of right arguments, calls paired with gold ones as suits the answer best; one without a pair has 0."""
    shares = [[_share(call, wanted) for wanted in gold] for call in calls]
    pairs = zip(*linear_sum_assignment(shares, maximize=True), strict=True)
    return float(sum(shares[call][wanted] for call, wanted in pairs) / max(len(calls), len(gold)))


def _share(call: Call, gold: Call) -> float:
    if call.name != gold.name:
        return 0.0
    names = call.arguments.keys() | gold.arguments.keys()
    right = sum(same(call.arguments[name], value) for name, value in gold.arguments.items() if name in call.arguments)
    return right / len(names) if names else 1.0
