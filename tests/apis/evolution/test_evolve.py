from collections import Counter

import pytest

from toolace.apis.definition import agrees
from toolace.apis.evolution.evolve import evolve
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.normalise import valid
from toolace.apis.sources import everyday
from toolace.benchmarks import decontamination
from toolace.benchmarks.decontamination import api_match
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api

POOL = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
TEST_SET = decontamination.build([("find_lighthouse", "Find the lighthouse that is nearest to a ship.")], [])


Results = list[Api | tuple[str, Api]]


def grow(count: int, pool: list[Api] = POOL, seed: int = 0, test_set: decontamination.TestSet = TEST_SET) -> Results:
    duplicates = NearDuplicates(0.9)
    for api in pool:
        duplicates.add(api)
    return list(evolve(pool, count, seed, duplicates, test_set))


def accepted(results: Results) -> list[Api]:
    return [one for one in results if isinstance(one, Api)]


def test_new_apis_are_valid_new_and_say_where_they_come_from() -> None:
    grown = accepted(grow(200))
    names = {api.name for api in POOL}
    assert len(grown) == 200 and len({api.name for api in grown} | names) == len(POOL) + 200
    for api in grown:
        assert valid(api) is None and agrees(api)
        assert api.source == "evolution" and api.evolution and api.domain
        assert api.parents and set(api.parents) <= names | {one.name for one in grown}
    assert len(Counter(name for api in grown for name in api.evolution)) == 6


def test_the_buffer_lets_results_grow_further() -> None:
    grown = accepted(grow(400))
    names = {api.name for api in grown}
    assert any(set(api.parents) & names for api in grown)


def test_rejected_ones_have_a_reason() -> None:
    rejected = [one for one in grow(400) if not isinstance(one, Api)]
    assert all(reason and isinstance(api, Api) for reason, api in rejected)


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    assert accepted(grow(60))[:40] == accepted(grow(40))
    assert accepted(grow(40, seed=1)) != accepted(grow(40))


def test_test_functions_do_not_grow_back() -> None:
    first = accepted(grow(50))
    banned = decontamination.build([(api.name, api.description) for api in first[:20]], [])
    results = grow(50, test_set=banned)
    assert any(reason.startswith("in a test set") for reason, _ in (one for one in results if not isinstance(one, Api)))
    assert not any(api_match(banned, api.name, api.description) for api in accepted(results))


def test_a_pool_that_is_too_small_is_named() -> None:
    one = Api("ping", "Ping the server.", {"type": "object", "properties": {}}, domain="Servers", functionality="Ping")
    with pytest.raises(ToolaceError, match=r"apis\.evolve=1000000: only \d+ new APIs could be grown from 1"):
        grow(1_000_000, [one])
