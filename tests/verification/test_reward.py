from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.formats.calls import render
from toolace.records import Call
from toolace.verification.reward import reward

CALLS = st.lists(
    st.builds(Call, st.sampled_from("fgh"), st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))), max_size=3
)
GOLD = [Call("f", {"a": 1, "b": "x"}), Call("g", {})]


@given(CALLS, CALLS)
def test_a_reward_is_a_share_and_1_only_for_the_same_calls(calls: list[Call], gold: list[Call]) -> None:
    given_reward = reward(render(calls) if calls else "No.", gold)
    assert 0 <= given_reward <= 1
    assert (given_reward == pytest.approx(1)) == (sorted(map(repr, calls)) == sorted(map(repr, gold)))


@given(CALLS.filter(bool), st.data())
def test_mending_an_argument_never_lowers_it(gold: list[Call], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(gold) - 1))
    wrong = [Call(one.name, dict.fromkeys(one.arguments, 9)) for one in gold]
    mended = [gold[n] if n == at else one for n, one in enumerate(wrong)]
    assert reward(render(mended), gold) >= reward(render(wrong), gold)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (render(GOLD), 1.0),
        (render(GOLD[::-1]), 1.0),
        (render(GOLD[:1]), 0.1 + 0.15 + 0.15),
        ('[f(a=1, b="y"), g()]', 0.1 + 0.3 + 0.3 * 0.75),
        ("[h()]", 0.1),
        ("I cannot do that.", 0.0),
        ("[f(a=1", 0.0),
    ],
)
def test_parts_of_an_answer_are_worth_something(text: str, expected: float) -> None:
    assert reward(text, GOLD) == pytest.approx(expected)


@given(CALLS.filter(bool), CALLS.filter(bool), st.randoms(use_true_random=False))
def test_the_order_of_calls_does_not_matter(calls: list[Call], gold: list[Call], random: Random) -> None:
    shuffled = random.sample(calls, len(calls))
    assert reward(render(shuffled), gold) == pytest.approx(reward(render(calls), gold))


@given(CALLS.filter(bool), st.data())
def test_a_call_too_many_lowers_it(gold: list[Call], data: st.DataObject) -> None:
    extra = data.draw(CALLS.filter(bool))
    assert reward(render([*gold, *extra]), gold) < 1


@given(st.text())
def test_any_text_has_a_reward(text: str) -> None:
    assert 0 <= reward(text, GOLD) <= 1
    assert reward(text, []) in (0, 1)


@pytest.mark.parametrize(
    "text", ["[f()]", " ", "", "[f(a=Paris)]", '[f(a="x"), f(a=', "f(a=Paris)", "<think>a</think>[f("]
)
def test_where_nothing_is_to_be_called_calls_are_wrong_broken_ones_too(text: str) -> None:
    assert reward(text, []) == 0


@pytest.mark.parametrize("text", ["I cannot do that.", "None of the functions (f, g) fits.", "<think>a</think>No."])
def test_where_nothing_is_to_be_called_words_are_right(text: str) -> None:
    assert reward(text, []) == 1
