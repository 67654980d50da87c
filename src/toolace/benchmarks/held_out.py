"""The run's own held-out dialogs as a benchmark: whether the model calls the user's tools as those dialogs do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from toolace.benchmarks.cases import Answer, Case, draw
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call, Json, Message, Tool, Verdict


class HeldOut:
    """The validation split of a dataset; a case is a dialog up to its last calls, or to an answer without any."""

    CATEGORIES: tuple[str, ...] = ("held_out",)

    def __init__(self, dataset: Path) -> None:
        self.path = dataset / "data" / "validation.parquet"

    def load_cases(self, categories: dict[str, int | None], seed: int) -> list[Case]:
        """Give all cases (None), or so many drawn at random by the seed, in their order.

        Raises:
            ToolaceError: no dataset yet, or a negative count.
        """
        pairs = (draw(self._read(), category, count, seed) for category, count in categories.items())
        return [case for some in pairs for case, _ in some]

    def check(self, answers: Sequence[Answer]) -> list[Verdict]:
        """Judge answers: the same calls in any order, with the same arguments; or no call where the dialog has none.

        Raises:
            ToolaceError: the dataset is gone.
        """
        gold = {case.id: calls for case, calls in self._read()} if answers else {}
        return [judged(answer.calls or [], gold[answer.case_id]) for answer in answers]

    def _read(self) -> Iterator[tuple[Case, list[Call]]]:
        import pyarrow.parquet

        if not self.path.exists():
            raise ToolaceError(
                f"no dataset in {self.path.parents[1]}: run `python -m toolace.synthesize +recipe=NAME` first"
            )
        for row in pyarrow.parquet.read_table(self.path).to_pylist():
            yield _case(row)


def judged(calls: Sequence[Call], gold: Sequence[Call]) -> Verdict:
    """Compare calls with those of the dialog."""
    if not gold:
        return Verdict(False, "over_calling", "It calls although the dialog does not.") if calls else Verdict(True)
    if not calls:
        return Verdict(False, "under_calling", "It does not call.")
    if len(calls) != len(gold):
        return Verdict(False, "wrong_count", f"{len(calls)} calls instead of {len(gold)}.")
    left = list(calls)
    for wanted in gold:
        best = min((_difference(call, wanted) for call in left), key=lambda one: _RANK[one.rule])
        if not best.ok:
            return best
        left.remove(next(call for call in left if _difference(call, wanted).ok))
    return Verdict(True)


_RANK = {"": 0, "wrong_value": 1, "extra_argument": 2, "missing_argument": 3, "wrong_function": 4}


def _difference(call: Call, gold: Call) -> Verdict:
    if call.name != gold.name:
        return Verdict(False, "wrong_function", f"{call.name} instead of {gold.name}.")
    if missing := gold.arguments.keys() - call.arguments.keys():
        return Verdict(False, "missing_argument", f"{min(missing)} is missing.")
    if extra := call.arguments.keys() - gold.arguments.keys():
        return Verdict(False, "extra_argument", f"{min(extra)} is not wanted.")
    for name, value in gold.arguments.items():
        if not _same(call.arguments[name], value):
            return Verdict(False, "wrong_value", f"{name}={call.arguments[name]!r} instead of {value!r}.")
    return Verdict(True)


def _same(value: Json, gold: Json) -> bool:
    """The same JSON; 2 is 2.0 but True is not 1, and case and outer space of texts do not matter, as in BFCL."""
    if isinstance(gold, dict):
        return isinstance(value, dict) and value.keys() == gold.keys() and all(_same(value[k], gold[k]) for k in gold)
    if isinstance(gold, list):
        return isinstance(value, list) and len(value) == len(gold) and all(map(_same, value, gold))
    if isinstance(gold, str):
        return isinstance(value, str) and value.strip().lower() == gold.strip().lower()
    return isinstance(value, bool) == isinstance(gold, bool) and bool(value == gold)


def _case(row: dict[str, Any]) -> tuple[Case, list[Call]]:
    messages = row["messages"]
    spoken = [place for place, one in enumerate(messages) if one["role"] == "assistant"]
    called = [place for place in spoken if _calls(messages[place]["content"])]
    place = called[-1] if called else spoken[0]
    tools = [Tool(**one["function"]) for one in msgspec.json.decode(row["tools"])]
    before = [_message(one) for one in messages[:place]]
    return Case(row["id"], "held_out", before, tools), _calls(messages[place]["content"])


def _message(given: dict[str, str]) -> Message:
    calls = _calls(given["content"]) if given["role"] == "assistant" else []
    return Message(given["role"], "" if calls else given["content"], calls)


def _calls(text: str) -> list[Call]:
    try:
        return parse(text)
    except CallSyntaxError:
        return []
