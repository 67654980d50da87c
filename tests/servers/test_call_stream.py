import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.formats.calls import parse, render
from toolace.records import Call
from toolace.servers.call_stream import CallStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
CALLS = st.builds(Call, st.sampled_from(["f", "a.b", "get_time"]), st.dictionaries(st.sampled_from("abc"), VALUES))


def streamed(text: str, size: int = 1) -> tuple[str, list[Call]]:
    stream, words, calls = CallStream(), "", []
    for end in [*range(size, len(text), size), len(text)]:
        piece = stream.feed(text[:end], ended=end == len(text))
        words += piece.words
        calls += piece.calls
    return words, calls


@given(st.lists(CALLS, min_size=1, max_size=3), st.integers(1, 7))
def test_calls_are_given_once_and_no_words(calls: list[Call], size: int) -> None:
    assert streamed(render(calls), size) == ("", calls)


@given(st.text(max_size=30), st.integers(1, 7))
def test_nothing_of_any_text_is_lost(text: str, size: int) -> None:
    words, calls = streamed(text, size)
    assert words == text or (not words and calls == parse(text))


@pytest.mark.parametrize("text", ["Hello.", "[1] says so", "[link](https://a.b)", "[f(a=1", "", "[", "  [x"])
def test_words_stay_words(text: str) -> None:
    assert streamed(text) == (text, [])


def test_a_call_is_given_as_soon_as_it_is_complete() -> None:
    stream = CallStream()
    assert stream.feed("[f(a=1").calls == []
    assert stream.feed("[f(a=1), g").calls == [] and stream.feed("[f(a=1)").calls == [Call("f", {"a": 1})]
    assert stream.feed("[f(a=1), g(b=2)]", ended=True).calls == [Call("g", {"b": 2})]
