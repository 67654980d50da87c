"""The rules for the definition of a new API (ToolACE Table 4, API definition clarity), from a check to a reason."""

from __future__ import annotations

from collections.abc import Iterator

from toolace.apis.descriptions import words
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.normalise import valid
from toolace.benchmarks.decontamination import TestSet, api_match
from toolace.records import Api, Json

STEM = 4
"""Words that begin with the same letters, so many, are taken for the same word: `create`, `creates`, `creation`."""


def fault(api: Api, duplicates: NearDuplicates, test_set: TestSet) -> str | None:
    """Give the reason why a new API is rejected, or None after it was added to those that later ones are held against.

    What follows a colon in the reason tells single cases apart.
    """
    if reason := unclear(api, test_set):
        return reason
    if twin := duplicates.add(api):
        return f"near duplicate: {twin}"
    return None


def unclear(api: Api, test_set: TestSet) -> str | None:
    """Give the reason why an API is rejected whatever other APIs there are."""
    if invalid := valid(api):
        return invalid
    if path := next(_undescribed(api.parameters, ""), None):
        return f"parameter without description: {path}"
    if not agrees(api):
        return f"name and description do not agree: {api.name}"
    if match := api_match(test_set, api.name, api.description):
        return f"in a test set: {match}"
    return None


def agrees(api: Api) -> bool:
    """Say whether the last part of the name and the description share a word (by its first `STEM` letters)."""
    named = {word[:STEM] for word in words(api.name.rpartition(".")[2])}
    return not named.isdisjoint(word[:STEM] for word in words(api.description))


def _undescribed(schema: dict[str, Json], path: str) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield f"{path}{name}"
        yield from _undescribed(field, f"{path}{name}.")
        yield from _undescribed(field.get("items", {}), f"{path}{name}[].")
