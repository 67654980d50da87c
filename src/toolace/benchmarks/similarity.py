"""How near APIs come to test functions: a check of its own beside `decontamination`, over all pairs."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from toolace.apis.descriptions import words
from toolace.records import Api

_BLOCK = 2_000
_WORD = re.compile(r"\w+")


class Neighbour(NamedTuple):
    """An API, the test function nearest to it, and the Jaccard similarity of the words of name and description."""

    similarity: float
    api: str
    function: str


def nearest_functions(apis: list[Api], functions: list[tuple[str, str]]) -> list[Neighbour]:
    """Give the nearest test function of each API, the nearest pairs first."""
    import numpy

    vocabulary: dict[str, int] = {}
    tests = _incidence([(name, text) for name, text in functions], vocabulary)
    sizes = tests.sum(axis=1).A1
    found: list[Neighbour] = []
    for start in range(0, len(apis), _BLOCK):
        block = apis[start : start + _BLOCK]
        known = dict(vocabulary)
        rows = _incidence([(api.name, api.description) for api in block], known)
        shared = (rows[:, : len(vocabulary)] @ tests.T).toarray()
        similarity = shared / (rows.sum(axis=1).A1[:, None] + sizes[None, :] - shared)
        best = numpy.argmax(similarity, axis=1)
        found += [
            Neighbour(round(float(similarity[row, column]), 4), api.name, functions[column][0])
            for row, (api, column) in enumerate(zip(block, best.tolist(), strict=True))
        ]
    return sorted(found, key=lambda one: (-one.similarity, one.api))


def _incidence(texts: list[tuple[str, str]], vocabulary: dict[str, int]) -> Any:
    """A row for each text, a column for each word; new words are added to the vocabulary."""
    from scipy.sparse import csr_matrix

    columns: list[int] = []
    ends = [0]
    for name, text in texts:
        said = {*words(name), *_WORD.findall(text.lower())}
        columns += [vocabulary.setdefault(word, len(vocabulary)) for word in sorted(said)]
        ends.append(len(columns))
    return csr_matrix(([1.0] * len(columns), columns, ends), shape=(len(texts), len(vocabulary)), dtype="float32")
