from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.speciation.adaptation import LEVELS, MOST_SEEDS, ContextTree
from toolace.records import Api


def api(name: str, domain: str, functionality: str, service: str) -> Api:
    return Api(name, "Does something.", {"type": "object"}, None, "Area", domain, functionality, service=service)


pools = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("uvwxyz"), st.sampled_from(["One", "Two", "Three"])),
    min_size=1,
    max_size=60,
).map(lambda rows: [api(f"api_{number}", *row) for number, row in enumerate(rows)])


@given(pools, st.integers(), st.integers(0, 10_000))
def test_a_subtree_holds_apis_of_its_functionalities(pool: list[Api], seed: int, index: int) -> None:
    subtree = ContextTree(pool).sample(seed, index)
    assert 1 <= len(subtree.seeds) <= MOST_SEEDS
    assert all(one in pool and one.domain == subtree.domain for one in subtree.seeds)
    assert {one.functionality for one in subtree.seeds} <= set(subtree.functionalities)
    assert len({one.name for one in subtree.seeds}) == len(subtree.seeds)
    assert len(set(subtree.functionalities)) == len(subtree.functionalities)
    assert subtree.area == "Area"


@given(pools, st.integers(0, 100))
def test_the_level_tells_how_many_functionalities_there_are(pool: list[Api], index: int) -> None:
    subtree = ContextTree(pool).sample(0, index)
    least, most = LEVELS[subtree.level]
    assert least <= len(subtree.functionalities) <= most


@given(pools, st.integers(), st.integers(0, 100))
def test_seed_and_index_fix_the_subtree(pool: list[Api], seed: int, index: int) -> None:
    tree = ContextTree(pool)
    tree.sample(seed, index + 1)
    assert tree.sample(seed, index) == ContextTree(pool).sample(seed, index)


def test_the_first_seed_is_of_the_first_functionality_and_all_have_one() -> None:
    pool = [api(f"api_{n}", "A", f"f{n % 6}", str(n)) for n in range(60)]
    for index in range(100):
        subtree = ContextTree(pool).sample(0, index)
        assert subtree.seeds[0].functionality == subtree.functionalities[0]
        assert {one.functionality for one in subtree.seeds} == set(subtree.functionalities)


def test_donors_come_from_several_services() -> None:
    pool = [api(f"api_{n}", "A", "f", f"service {n % 3}") for n in range(60)]
    tree = ContextTree(pool)
    several = sum(len({one.service for one in tree.sample(0, index).seeds}) > 1 for index in range(200))
    assert several > 180


def test_large_domains_do_not_drown_small_ones_and_tiny_ones_are_left_out() -> None:
    sizes = {"Large": 900, "Small": 9, "Tiny": 2}
    pool = [api(f"{domain}_{n}", domain, "f", "s") for domain, size in sizes.items() for n in range(size)]
    tree = ContextTree(pool)
    drawn = Counter(tree.sample(0, index).domain for index in range(1_000))
    assert drawn["Tiny"] == 0
    assert drawn["Small"] == pytest.approx(1_000 / 11, rel=0.4)


def test_all_levels_are_drawn() -> None:
    tree = ContextTree([api(f"api_{n}", "A", f"f{n % 6}", "s") for n in range(60)])
    drawn = Counter(tree.sample(0, index).level for index in range(300))
    assert set(drawn) == set(LEVELS) and min(drawn.values()) > 60
