"""API-Bank's tests of calls: level 1 (tools given), 2 (a search finds them), 3 (several in turn), scored by comparison.

The official evaluator runs the tools and compares what they return; it reads lists, quotes and a few argument names in
a way that fails some of its own gold calls (see docs/experiments.md). Here a call is right if it has the gold call's
name and arguments, with the tolerance that the official tools have for wordings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from toolace.benchmarks import api_bank
from toolace.benchmarks.api_bank_rows import SEARCH, literal, read
from toolace.benchmarks.cases import Answer, Case, draw
from toolace.errors import ToolaceError
from toolace.records import Call, Json, Verdict

FILES = {
    "api_bank_level_1": "level-1-api.json",
    "api_bank_level_2": "level-2-api.json",
    "api_bank_level_3": "level-3-batch-inf.json",
}
CATEGORIES: tuple[str, ...] = (*FILES,)
FAR = 0.2
"""Below this similarity a tool is found by chance: "rash" finds none, the other gold keywords 0.33 and more."""
_WORDED = {"content", "meeting_topic"}
"""Arguments that people word as they like: more than half of the words must agree, as in the official tools."""


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each level: all (None), or so many drawn at random by (seed, level), in their order.

    Raises:
        ToolaceError: the data was not fetched, or is damaged.
    """
    cases: list[Case] = []
    for category, count in categories.items():
        cases += [case for case, _ in draw(_gold(category), category, count, seed)]
    return cases


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge answers; one verdict per answer, in order.

    Raises:
        ToolaceError: see `load_cases`; or an unknown case.
    """
    gold = {case.id: (case, call) for category in {one.category for one in answers} for case, call in _gold(category)}
    if unknown := [one.case_id for one in answers if one.case_id not in gold]:
        raise ToolaceError(f"API-Bank has no case {unknown[0]!r}")
    return [_judged(answer, *gold[answer.case_id]) for answer in answers]


def _gold(category: str) -> Iterator[tuple[Case, Call]]:
    return ((row.case, row.call) for row in read(category, FILES[category]) if row.call)


def _judged(answer: Answer, case: Case, gold: Call) -> Verdict:
    if not answer.calls:
        return Verdict(False, "no_call", "The answer is not a list of calls.")
    if len(answer.calls) > 1:
        return Verdict(False, "wrong_count", f"{len(answer.calls)} calls instead of one.")
    (call,) = answer.calls
    if call.name != gold.name:
        return Verdict(False, "wrong_name", f"{call.name} instead of {gold.name}.")
    if gold.name == SEARCH:
        library = _library(api_bank.folder())
        found, wanted = (library.best(str(one.arguments.get("keywords", ""))) for one in (call, gold))
        return Verdict(True) if found == wanted else Verdict(False, "wrong_value", f"It finds {found}, not {wanted}.")
    arguments = _as_documented(call, gold, case)
    for name, value in gold.arguments.items():
        if name not in arguments:
            return Verdict(False, "missing_argument", f"{name} is missing.")
        if not _same(name, arguments[name], value):
            return Verdict(False, "wrong_value", f"{name}={arguments[name]!r} instead of {value!r}.")
    if extra := arguments.keys() - gold.arguments.keys():
        return Verdict(False, "extra_argument", f"{min(extra)} is not wanted.")
    return Verdict(True)


def _as_documented(call: Call, gold: Call, case: Case) -> dict[str, Json]:
    """Eight gold calls say `device_id` where the tool's document says `name`: who obeys the document is right, too."""
    tool = next((tool for tool in case.tools if tool.name == gold.name), None)
    known = tool.parameters["properties"].keys() if tool else gold.arguments.keys()
    undocumented, unused = gold.arguments.keys() - known, known - gold.arguments.keys()
    if len(undocumented) == len(unused) == 1 and call.arguments.keys() >= unused:
        (new,), (old,) = undocumented, unused
        return {new if name == old else name: value for name, value in call.arguments.items()}
    return call.arguments


def _same(name: str, value: Json, gold: Json) -> bool:
    if isinstance(gold, list):
        value = literal(value)
        return isinstance(value, list) and len(value) == len(gold) and all(map(_equal, value, gold))
    if name in _WORDED:
        one, other = set(_text(value).split()), set(_text(gold).split())
        return len(one & other) > len(one | other) / 2
    if name == "formula":
        return _text(value).replace(" ", "") == _text(gold).replace(" ", "")
    return _equal(value, gold)


def _equal(value: Json, gold: Json) -> bool:
    if isinstance(gold, dict):
        return isinstance(value, dict) and value.keys() == gold.keys() and all(_equal(value[k], gold[k]) for k in gold)
    return _text(value) == _text(gold)


def _text(value: Json) -> str:
    """Numbers and switches as texts, without case and outer space: the gold calls quote all of them."""
    return " ".join(str(value).lower().split())


class _Library:
    """The tools of all levels, to be searched by keywords: cosine of TF-IDF over parts of words."""

    def __init__(self, folder: Path) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        functions, _ = api_bank.items(folder)
        self.names = sorted(name for name, _ in functions if name != SEARCH)
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        described = dict(functions)
        self.tools = self.vectorizer.fit_transform(_spaced(f"{name} {described[name]}") for name in self.names)

    def best(self, keywords: str) -> str:
        """The name of the nearest tool; the keywords themselves if none is near."""
        scores = (self.tools @ self.vectorizer.transform([_spaced(keywords)]).T).toarray().ravel()
        return self.names[int(scores.argmax())] if scores.max() > FAR else keywords


@cache
def _library(folder: Path) -> _Library:
    return _Library(folder)


def _spaced(text: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
