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


def test_where_nothing_is_to_be_called_words_are_right() -> None:
    assert reward("I cannot do that.", []) == 1
    assert reward("[f()]", []) == reward(" ", []) == 0
