import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.formats.calls import CallSyntaxError, parse, render
from toolace.records import Call

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
calls = st.lists(st.builds(Call, st.text(min_size=1), st.dictionaries(st.text(), json_values, max_size=3)), max_size=3)


@given(calls)
def test_printing_then_parsing_gives_the_same_calls(value: list[Call]) -> None:
    assert parse(render(value)) == value


@given(st.text(alphabet="[](){}=,:'\"\\ab1.-_ \n", max_size=80))
def test_any_text_parses_or_raises_its_own_error(text: str) -> None:
    with contextlib.suppress(CallSyntaxError):
        assert isinstance(parse(text), list)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[f(a=1, b='x')]", [Call("f", {"a": 1, "b": "x"})]),
        ("f()", [Call("f", {})]),
        ("[]", []),
        (
            '[Get Weather (v2)(city="Rome"), g(x=-1.5e3)]',
            [Call("Get Weather (v2)", {"city": "Rome"}), Call("g", {"x": -1500.0})],
        ),
        ("[m.f(p=(1, 2), q={'k': [True, None]})]", [Call("m.f", {"p": [1, 2], "q": {"k": [True, None]}})]),
        (r'[f(a="say \"hi\"\n")]', [Call("f", {"a": 'say "hi"\n'})]),
        ("[f(a=1,),]", [Call("f", {"a": 1})]),
    ],
)
def test_reads_what_models_write(text: str, expected: list[Call]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I cannot help with that.",
        "",
        "[f(1)]",
        "[f(a=1)] and more",
        "[f(a=__import__('os').system('x'))]",
        "[f(a=1+1)]",
        "[f(a=70kg)]",
        "[f(a=b)]",
        "[f(a='x]",
        "[f(a=" + "[" * 100 + "]" * 100 + ")]",
    ],
)
def test_rejects_what_is_no_literal_call(text: str) -> None:
    with pytest.raises(CallSyntaxError):
        parse(text)


def test_floats_survive() -> None:
    (call,) = parse("[f(a=1e-07, b=.5)]")
    assert math.isclose(call.arguments["a"], 1e-7) and call.arguments["b"] == 0.5
