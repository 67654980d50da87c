import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.formats import sharegpt
from toolace.formats.calls import MAX_DEPTH, CallSyntaxError, parse, render
from toolace.records import Call


@given(st.text(alphabet="[](){}=,:'\"\\ab1.-_ \n", max_size=80))
def test_any_text_parses_or_raises_its_own_error(text: str) -> None:
    try:
        calls = parse(text)
    except CallSyntaxError:
        return
    assert parse(render(calls)) == calls


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
        (
            "[Past 7 Days, M4.5+ (all)(), Agent's List ( x=1)]",
            [Call("Past 7 Days, M4.5+ (all)", {}), Call("Agent's List", {"x": 1})],
        ),
        ("[m.f(p=(1, 2), q={'k': [True, None]})]", [Call("m.f", {"p": [1, 2], "q": {"k": [True, None]}})]),
        (r'[f(a="say \"hi\"\n", b="\ud83d\ude00\U0001f600\xe9")]', [Call("f", {"a": 'say "hi"\n', "b": "😀😀é"})]),
        ("[f(a=1,),]", [Call("f", {"a": 1})]),
        ("[f(a=1e-07, b=.5, c=1_000)]", [Call("f", {"a": 1e-7, "b": 0.5, "c": 1000})]),
        ('<think>\n[g()] or f?\n</think>\n\n["f(" ("a b"=1)]', [Call("f(", {"a b": 1})]),
    ],
)
def test_reads_what_models_write(text: str, expected: list[Call]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I cannot help with that.",
        "You can use f(a=1)",
        "",
        "[f(1)]",
        "[f(1), g(a=1)]",
        "[f(a=1)] and more",
        "[f(a=__import__('os').system('x'))]",
        "[f(a=1+1)]",
        "[f(a=70kg)]",
        "[f(a=b)]",
        "[f(a='x]",
        "[f(a=1, a=2)]",
        "[f(a=1e999)]",
        "[f(a=1_)]",
        "[f(a=" + "9" * 5000 + ")]",
        r"[f(a='\ud83d')]",
        "[f(a='\ud83d')]",
        "[f(a=" + "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2) + ")]",
        "[" + "long name " * 100 + "(a=1)]",
    ],
)
def test_rejects_what_is_no_literal_call(text: str) -> None:
    with pytest.raises(CallSyntaxError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "[f(a=" + "1" * 300_000 + "x)]",
        "[f(a=1" + "_" * 300_000 + ")]",
        "[f" + " (a" * 100_000,
        "[" + "f (a=1), " * 50_000,
        '[f(a="' + "\\" * 300_001,
        "[f(" + " " * 300_000,
        "<think>" * 50_000,
    ],
)
def test_long_hostile_text_ends_soon(text: str) -> None:
    """Backtracking would take hours here."""
    with pytest.raises(CallSyntaxError):
        parse(text)


def test_names_are_printed_as_they_are_published_and_quoted_only_where_they_would_be_misread() -> None:
    plain = ["f", "a.b-c/d:e", "Get Price (v2)", "/v1/3D", "Past 7 Days, All", "Agent's", "Größe (%)"]
    quoted = ["f(x)", "f (), g", "a=b", 'say "x"', " f", "f ", "a\nb", "[x]", "'x", "f (x=1)", "n" * 300, "f\u2028"]
    assert render([Call(name, {}) for name in plain]) == "[" + ", ".join(f"{name}()" for name in plain) + "]"
    text = render([Call(name, {"k": 1}) for name in quoted])
    assert text == "[" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}(k=1)" for name in quoted) + "]"
    assert [call.name for call in parse(text)] == quoted


def fits(call: Call, tools: dict[str, Any]) -> bool:
    """Undamaged: an offered tool has this name, all these arguments, and no other required ones."""
    schema = tools.get(call.name)
    return schema is not None and set(schema.get("required") or []) <= set(call.arguments) <= set(schema["properties"])


def test_reads_the_undamaged_published_calls(published_turns: list[tuple[dict[str, Any], str]]) -> None:
    read = [(call, tools) for tools, text in published_turns for call in sharegpt.parse(text)]
    undamaged = [call for call, tools in read if fits(call, tools)]
    assert (len(read), len(undamaged)) == (200, 38)
    for call in undamaged:
        published = ", ".join(f"{key}={value!r}" for key, value in call.arguments.items())
        assert parse(f"[{call.name}({published})]") == [call]
        assert parse(render([call])) == [call]


def test_reads_calls_of_all_published_tools(
    published_turns: list[tuple[dict[str, Any], str]], published_calls: list[Call]
) -> None:
    names = sorted({name for tools, _ in published_turns for name in tools})
    assert len(names) > 400
    calls = [Call(name, {"x": 1, "y": "(a=1), [b]"}) for name in names] + [Call(name, {}) for name in names]
    text = "[" + ", ".join(
        f"{call.name}(x=1, y='(a=1), [b]')" if call.arguments else f"{call.name}()" for call in calls
    )
    assert parse(text + "]") == calls
    assert len(published_calls) > 150
    assert all(parse(render([call])) == [call] for call in published_calls)
