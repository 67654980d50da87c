"""Tool Self-evolution Synthesis (ToolACE §2.1): API documents in, one pool of distinct, described, placed APIs out."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any

import msgspec

from toolace.apis.cache import cached, state
from toolace.apis.descriptions import readable_name
from toolace.apis.evolution import llm_evolution
from toolace.apis.evolution.evolve import evolve
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.normalise import valid
from toolace.apis.reading import COLLECTIONS, find_documents, read_all
from toolace.apis.speciation import llm_speciation
from toolace.apis.speciation.context_tree import speciate
from toolace.benchmarks.decontamination import TestSet, api_match
from toolace.config import ApisConfig, LlmConfig
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Api

ROLES = ("scripted", "llm")


class Rejected(msgspec.Struct, frozen=True):
    """An API that did not enter the pool, and why."""

    reason: str
    api: Api


class Pool(msgspec.Struct):
    """The pool and what was left out of it."""

    apis: list[Api] = []
    rejected: list[Rejected] = []
    llm: dict[str, Any] = {}
    """What was asked of language models and what it cost."""

    def left_out(self) -> dict[str, int]:
        """Counts what was left out by reason; what follows a colon in a reason tells single cases apart."""
        return dict(Counter(one.reason.partition(":")[0] for one in self.rejected))


def build(config: ApisConfig, test_set: TestSet, seed: int, workers: int, llm: LlmConfig | None = None) -> Pool:
    """Give the pool of a config: made, or from the cache if no documents of users are in it and none has changed.

    With `apis.roles=llm` it is made by the endpoint in `llm`, whose answers are cached one by one.

    Raises:
        ToolaceError: an unknown source or kind of roles, a missing package or document, an empty pool, an endpoint
            that fails or a budget that is spent.
    """
    if not 0 < config.areas <= 1:
        raise ToolaceError(f"apis.areas={config.areas}: a share above 0 and up to 1")
    if config.roles not in ROLES:
        raise ToolaceError(f"apis.roles={config.roles}: unknown; known: {', '.join(ROLES)}")
    sources = find_documents(config)
    if config.roles == "llm":
        pool, duplicates = _read(config, sources, test_set, seed, workers)
        asyncio.run(_by_llm(pool, duplicates, config, test_set, seed, llm or LlmConfig()))
        return pool
    make = partial(_build, config, sources, test_set, seed, workers)
    if not set(sources) <= COLLECTIONS | {"everyday"}:
        return make()
    documents = [document for several in sources.values() for document in several]
    depends = [msgspec.json.encode((config, seed, test_set.functions)).decode(), *map(state, documents)]
    return cached("pool", depends, Pool, make)


def _build(config: ApisConfig, sources: dict[str, list[str]], test_set: TestSet, seed: int, workers: int) -> Pool:
    """Read the documents, place their APIs in the context tree, and evolve them."""
    pool, duplicates = _read(config, sources, test_set, seed, workers)
    _choose(pool, speciate(pool.apis), config, seed)
    for result in evolve(pool.apis, config.evolve, seed, duplicates, test_set):
        _take(pool, result)
    return pool


async def _by_llm(
    pool: Pool, duplicates: NearDuplicates, config: ApisConfig, test_set: TestSet, seed: int, llm: LlmConfig
) -> None:
    """Place and evolve what was read, both by a language model."""
    from toolace.llm.client import Client

    async with Client(llm) as client:
        placed, children = await llm_speciation.speciate(pool.apis, client)
        _choose(pool, placed, config, seed)
        grown = llm_evolution.evolve(pool.apis, children, config.evolve, seed, duplicates, test_set, client)
        async with aclosing(grown) as results:
            async for result in results:
                _take(pool, result)
        pool.llm = client.ledger.facts()


def _choose(pool: Pool, placed: list[Api], config: ApisConfig, seed: int) -> None:
    """Keep the APIs of so many areas, drawn apart for those that have phrasings, and perhaps only flat ones."""
    pool.apis = []
    kept = [
        _drawn({api.area for api in placed if bool(api.asks) == told}, config.areas, seed) for told in (False, True)
    ]
    for api in placed:
        if api.area not in kept[bool(api.asks)]:
            pool.rejected.append(Rejected("of an area that apis.areas leaves out", api))
        elif not config.nested and nested(api.parameters):
            pool.rejected.append(Rejected("nested parameters", api))
        else:
            pool.apis.append(api)


def _drawn(areas: set[str], share: float, seed: int) -> set[str]:
    order = sorted(areas, key=lambda area: hashlib.sha256(f"{seed} {area}".encode()).digest())
    return {*order[: math.ceil(share * len(order))]}


def nested(parameters: dict[str, Any]) -> bool:
    """Whether a parameter is an object, or a list of objects or of lists (the paper's nested types)."""
    return any(
        "object" in _kinds(field) or ("array" in _kinds(field) and {"object", "array"} & _kinds(field.get("items", {})))
        for field in parameters.get("properties", {}).values()
    )


def _kinds(field: Any) -> set[str]:
    """The JSON types that a schema names."""
    given = field.get("type", []) if isinstance(field, dict) else []
    return {given} if isinstance(given, str) else {*given}


def _take(pool: Pool, result: Api | tuple[str, Api]) -> None:
    if isinstance(result, Api):
        pool.apis.append(result)
    else:
        pool.rejected.append(Rejected(*result))


def _read(
    config: ApisConfig, sources: dict[str, list[str]], test_set: TestSet, seed: int, workers: int
) -> tuple[Pool, NearDuplicates]:
    """Keep of all documents what is valid, new and in no test set."""
    pool = Pool()
    duplicates = NearDuplicates(config.near_duplicate)
    distinct = _distinct(read_all(sources, workers), duplicates, test_set, pool.rejected)
    pool.apis = _capped(distinct, config, seed, pool.rejected)
    if not pool.apis:
        raise ToolaceError(f"apis.sources={config.sources}: no usable API in them ({pool.left_out()})")
    say(f"apis: placing {len(pool.apis)} APIs in the context tree")
    return pool, duplicates


def _distinct(
    apis: Iterable[Api], duplicates: NearDuplicates, test_set: TestSet, rejected: list[Rejected]
) -> Iterator[Api]:
    """Yields the APIs that are valid, in no test set and new; a name that is taken gets its service in front."""
    names: set[str] = set()
    for api in apis:
        reason = valid(api)
        if reason is None and (match := api_match(test_set, api.name, api.description)):
            reason = f"in a test set: {match}"
        if reason is None and (twin := duplicates.add(api)):
            reason = f"near duplicate: {twin}"
        if api.name in names:
            api = msgspec.structs.replace(api, name=readable_name(api.service, *api.name.split(".")))
        if reason is None and (api.name in names or valid(api)):
            reason = "name is taken"
        if reason is None:
            names.add(api.name)
            yield api
        else:
            rejected.append(Rejected(reason, api))


def _capped(apis: Iterable[Api], config: ApisConfig, seed: int, rejected: list[Rejected]) -> list[Api]:
    """Draws at most so many APIs of a service and a provider, in a random order that only name and seed decide."""
    every = list(apis)
    kept: set[str] = set()
    counts: Counter[tuple[str, str]] = Counter()
    for api in sorted(every, key=lambda api: hashlib.sha256(f"{seed} {api.name}".encode()).digest()):
        caps = {("service", api.service): config.per_service, ("provider", api.provider): config.per_provider}
        if api.source in COLLECTIONS and any(counts[key] >= cap for key, cap in caps.items()):
            rejected.append(Rejected("over the cap of its service or provider", api))
            continue
        counts.update(caps.keys())
        kept.add(api.name)
    return [api for api in every if api.name in kept]
