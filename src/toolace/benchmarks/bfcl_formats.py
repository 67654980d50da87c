"""BFCL's format sensitivity: 200 questions in 26 ways of showing tools and asking for calls, for prompted models.

A case's id is `format_sensitivity_N:CONFIG:ID`, as there; accuracy by CONFIG shows how much a model minds the form.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product

import msgspec

from toolace.benchmarks import bfcl
from toolace.benchmarks.bfcl import FILE_PREFIX, INSTALL, data_folder
from toolace.benchmarks.cases import Answer, Case, draw
from toolace.errors import ToolaceError
from toolace.records import Verdict

CATEGORIES: tuple[str, ...] = ("format_sensitivity",)


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases: all 5,200 (None), or so many drawn at random by the seed, in their order.

    Raises:
        ToolaceError: a negative count, or `bfcl-eval` is missing or broken.
    """
    pairs = (draw(_cases(), category, count, seed) for category, count in categories.items())
    return [case for some in pairs for case in some]


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge answers by the official parsers and rules, each in the form that it was asked for.

    Raises:
        ToolaceError: see `bfcl.judge`.
    """
    return bfcl.judge(answers)


def configs() -> Iterator[str]:
    """The 26 ways: return format, tag around calls, format of the documents, layout and style of the prompt."""
    for form, tag, documents in product(
        ("python", "json", "verbose_xml", "concise_xml"), (True, False), ("python", "xml", "json")
    ):
        yield _config(form, tag, documents)
    yield _config("python", False, "json", layout="markdown")
    yield _config("python", False, "json", style="experimental")


def summary(right: Mapping[str, bool]) -> tuple[float, float]:
    """From verdicts by case id: largest difference and deviation of the forms' accuracies, in points, as there."""
    by_config: dict[str, list[bool]] = defaultdict(list)
    for case, ok in right.items():
        by_config[case.split(":")[1]].append(ok)
    shares = [100 * statistics.fmean(some) for some in by_config.values()]
    return max(shares) - min(shares), statistics.pstdev(shares)


def _config(form: str, tag: bool, documents: str, layout: str = "plaintext", style: str = "classic") -> str:
    return f"ret_fmt={form}&tool_call_tag={tag}&func_doc_fmt={documents}&prompt_fmt={layout}&style={style}"


def _cases() -> Iterator[Case]:
    number = 0
    for category, wanted in _ids().items():
        for case in _all_of(category):
            if case.id in wanted:
                for config in configs():
                    identity = f"format_sensitivity_{number}:{config}:{case.id}"
                    yield msgspec.structs.replace(case, id=identity, category="format_sensitivity")
                    number += 1


@cache
def _all_of(category: str) -> list[Case]:
    return bfcl.load_cases({category: None}, 0)


def _ids() -> dict[str, list[str]]:
    path = data_folder() / f"{FILE_PREFIX}format_sensitivity.json"
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ToolaceError(f"Cannot read BFCL's {path.name} ({error}): run `{INSTALL}`.") from error
