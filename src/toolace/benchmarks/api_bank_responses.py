"""API-Bank's tests of responses: what the assistant tells the user after its calls, scored by ROUGE-L (Lin 2004).

The F-measure of the package `rouge`, which the official evaluator uses; an empty response has 0, as there.
"""

from __future__ import annotations

from collections.abc import Sequence

from toolace.benchmarks.api_bank_rows import read
from toolace.benchmarks.cases import Answer, Case, draw
from toolace.errors import ToolaceError
from toolace.records import Verdict

FILES = {
    "api_bank_response_1": "level-1-response.json",
    "api_bank_response_2": "level-2-response.json",
    "api_bank_response_3": "level-3-batch-inf-response.json",
}
CATEGORIES: tuple[str, ...] = (*FILES,)


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each level: all (None), or so many drawn at random by (seed, level), in their order.

    Raises:
        ToolaceError: the data was not fetched, or is damaged.
    """
    cases: list[Case] = []
    for category, count in categories.items():
        cases += [row.case for row in draw(read(category, FILES[category]), category, count, seed)]
    return cases


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Grade answers; one verdict per answer, in order.

    Raises:
        ToolaceError: see `load_cases`; or an unknown case.
    """
    gold = {row.case.id: row.response for name in {one.category for one in answers} for row in read(name, FILES[name])}
    if unknown := [one.case_id for one in answers if one.case_id not in gold]:
        raise ToolaceError(f"API-Bank has no case {unknown[0]!r}")
    return [_graded(answer.text or "", gold[answer.case_id]) for answer in answers]


def _graded(text: str, gold: str) -> Verdict:
    from rouge import Rouge

    words = text.replace(".", " ").split()  # the package splits sentences at full stops and fails without any words
    grade = round(Rouge(["rouge-l"]).get_scores(text, gold)[0]["rouge-l"]["f"], 4) if words else 0.0
    return Verdict(True, grade=1.0) if grade == 1 else Verdict(False, "other_words", f"ROUGE-L {grade}", grade)
