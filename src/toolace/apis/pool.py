"""The API pool: real documents in, one deduplicated and decontaminated list of `Api` out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from toolace.apis.normalise import valid
from toolace.apis.sources import everyday, google_discovery, openapi
from toolace.benchmarks.decontamination import TestSet, api_match
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Api


def build(config: ApisConfig, test_set: TestSet) -> tuple[list[Api], Counter[str]]:
    """Read all sources; give the pool and a count of what was left out, by reason.

    Raises:
        ToolaceError: an unknown source, a missing package or document, or an empty pool.
    """
    pool: dict[str, Api] = {}
    left_out: Counter[str] = Counter()
    services: Counter[tuple[str, str]] = Counter()
    for api in _read(config):
        reason = _reason(api, pool, test_set)
        if reason is None and api.source != "everyday" and services[api.source, api.service] >= config.per_service:
            reason = "over the cap of its service"
        if reason:
            left_out[reason] += 1
            continue
        services[api.source, api.service] += 1
        pool[api.name] = api
    if not pool:
        raise ToolaceError(f"apis.sources={config.sources}: no usable API in them ({dict(left_out)})")
    return list(pool.values()), left_out


def _read(config: ApisConfig) -> Iterator[Api]:
    for source in config.sources:
        if source == "everyday":
            yield from everyday.read()
        elif source == "google_discovery":
            yield from google_discovery.read()
        elif source == "openapi":
            if not config.openapi_path:
                raise ToolaceError("apis.sources has openapi: give apis.openapi_path=FILE_OR_FOLDER too")
            skipped: list[str] = []
            yield from openapi.read(Path(config.openapi_path), skipped)
            for reason in skipped:
                say(f"apis: skipped {reason}")
        else:
            raise ToolaceError(f"apis.sources: unknown source {source!r}; known: everyday, google_discovery, openapi")


def _reason(api: Api, pool: dict[str, Api], test_set: TestSet) -> str | None:
    if api.name in pool:
        return "name is taken"
    if invalid := valid(api):
        return invalid
    if api_match(test_set, api.name, api.description):
        return "in a test set"
    return None
