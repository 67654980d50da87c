from hypothesis import given
from hypothesis import strategies as st

from toolace.benchmarks.similarity import nearest_functions
from toolace.records import Api

texts = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8).map(" ".join)


def api(name: str, description: str) -> Api:
    return Api(name, description, {"type": "object", "properties": {}})


@given(st.lists(texts, min_size=1, max_size=5), st.lists(texts, min_size=1, max_size=5))
def test_the_nearest_is_what_brute_force_finds(mine: list[str], theirs: list[str]) -> None:
    apis = [api(f"n{i}", text) for i, text in enumerate(mine)]
    functions = [(f"m{i}", text) for i, text in enumerate(theirs)]
    found = {one.api: one for one in nearest_functions(apis, functions)}
    for one in apis:
        said = {one.name, *one.description.split()}
        best = max(len(said & {n, *t.split()}) / len(said | {n, *t.split()}) for n, t in functions)
        assert abs(found[one.name].similarity - best) < 1e-3


def test_the_nearest_pair_comes_first_and_equal_ones_have_similarity_1() -> None:
    apis = [api("ship.find", "Find a ship."), api("tideTable", "The tides of a harbour.")]
    first, second = nearest_functions(apis, [("tide_table", "the tides of a harbour")])
    assert (first.api, first.function, first.similarity) == ("tideTable", "tide_table", 1.0)
    assert second.similarity < 0.5
