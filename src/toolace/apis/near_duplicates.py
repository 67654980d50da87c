"""Finds APIs that say the same: MinHash (Broder 1997) proposes, the exact Jaccard similarity of the words decides."""

from __future__ import annotations

import re

from datasketch import MinHash, MinHashLSH

from toolace.apis.descriptions import words
from toolace.records import Api

_WORD = re.compile(r"\w+")
_PERMUTATIONS = 64
_BANDS = 8
"""Bands of 8 values: of pairs with similarity 0.9, 99% share a band, of such with 0.5, 3%."""


class NearDuplicates:
    """The APIs seen so far, by the words of name, description (in pairs, so that order and verb count), parameters."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._index = MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _PERMUTATIONS // _BANDS))
        self._empty = MinHash(_PERMUTATIONS, seed=1)  # copies share its permutations, whose making is slow
        self._features: list[frozenset[str]] = []
        self._names: list[str] = []

    def add(self, api: Api) -> str | None:
        """Add an API, or give the name of an earlier one that it nearly equals."""
        features = _features(api)
        sketch = self._empty.copy()
        sketch.update_batch([feature.encode() for feature in features])
        candidates: list[int] = sorted(self._index.query(sketch))
        for candidate in candidates:
            other = self._features[candidate]
            shared = len(features & other)
            if shared >= self.threshold * (len(features) + len(other) - shared):
                return self._names[candidate]
        self._index.insert(len(self._names), sketch)
        self._features.append(features)
        self._names.append(api.name)
        return None


def _features(api: Api) -> frozenset[str]:
    said = _WORD.findall(api.description.lower())
    pairs = (f"{first} {second}" for first, second in zip(("", *said), said, strict=False))
    named = set(words(api.name)) - set(words(api.service))  # the same API of two versions of a service
    return frozenset([*named, *pairs, *(f"{name}=" for name in api.parameters.get("properties", {}))])
