"""The verifier as a graded reward: how right an answer is beside what the plan means, from 0 to 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call
from toolace.verification.plan import same

FORMAT, NAMES, ARGUMENTS, WHOLE = 0.1, 0.3, 0.3, 0.3
"""What an answer gets for being calls at all, for whom it calls, for their arguments, and for all being right."""


def reward(text: str, gold: Sequence[Call]) -> float:
    """Grade a text; where nothing is to be called, words are right and calls are wrong."""
    try:
        calls = parse(text)
    except CallSyntaxError:
        calls = []
    if not gold:
        return float(bool(text.strip()) and not calls)
    if not calls:
        return 0.0
    names = _overlap(Counter(call.name for call in calls), Counter(call.name for call in gold))
    arguments = _arguments(calls, gold)
    return FORMAT + NAMES * names + ARGUMENTS * arguments + WHOLE * (names == arguments == 1)


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(one.total(), other.total())


def _arguments(calls: Sequence[Call], gold: Sequence[Call]) -> float:
    """Mean over the gold calls, and over calls too many, of the share of right arguments of the best call left."""
    left, total = list(calls), 0.0
    for wanted in gold:
        best = max(
            (call for call in left if call.name == wanted.name), key=lambda call: _share(call, wanted), default=None
        )
        if best is not None:
            total += _share(best, wanted)
            left.remove(best)
    return total / max(len(calls), len(gold))


def _share(call: Call, gold: Call) -> float:
    names = call.arguments.keys() | gold.arguments.keys()
    right = sum(same(call.arguments[name], value) for name, value in gold.arguments.items() if name in call.arguments)
    return right / len(names) if names else 1.0
