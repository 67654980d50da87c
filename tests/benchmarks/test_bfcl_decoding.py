from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.benchmarks import bfcl
from toolace.benchmarks.bfcl_decoding import UnreadableError, decode
from toolace.benchmarks.cases import Answer, answer


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("[f(a=1)]", [{"f": {"a": 1}}]),
        ("f(a=1), g.h(b='x')", [{"f": {"a": 1}}, {"g.h": {"b": "x"}}]),
        ("```\n[f(a=[1, (2, 3)])]\n```", [{"f": {"a": [1, (2, 3)]}}]),
        ("[f(a=Paris, b=x[0], c=g())]", [{"f": {"a": "Paris", "b": "x[0]", "c": "g()"}}]),
        ("[f(a=g(e=1))]", [{"f": {"a": {"g": {"e": 1}}}}]),
        ("[f('x', 1)]", [{"f": {}}]),
        ("[f(a=1, a=2)]", [{"f": {"a": 2}}]),
        ("[f(a=2*3+1, b=-2, c='a'+'b', d=2**10, e=7//2, f=[1]*2)]",
         [{"f": {"a": 7, "b": -2, "c": "ab", "d": 1024, "e": 3, "f": [1, 1]}}]),
        ("[f(a=...)]", [{"f": {"a": "..."}}]),
        ("[]", []),
        ("", []),
    ],
)  # fmt: skip
def test_texts_are_read_as_the_leaderboard_does(text: str, calls: list[dict[str, Any]]) -> None:
    assert decode(text) == calls


@pytest.mark.parametrize(
    "text",
    [
        "I cannot do that.",
        "[1, 2]",
        "[f(a=]",
        "[f(a=f'{x}')]",
        "[f(a=lambda: 1)]",
        "[f(a={1, 2})]",
        "[f(a=1 < 2)]",
        "[f(a=2*pi)]",
        "[f(a=1/0)]",
        "[f(a=9**9**9)]",
        "[f(a='x'*10**9)]",
        "[f(a=1 << 10**9)]",
        "(" * 100_000,
        "[" * 5_000 + "f(a=1)" + "]" * 5_000,
        "[f(a=" + "-" * 100_000 + "1)]",
    ],
)
def test_what_the_leaderboard_cannot_read_or_would_have_to_run_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        decode(text)


@given(st.text() | st.text("[]()=,'f(a1+*/-.{}:\" \n`", max_size=40))
@settings(max_examples=2_000)
def test_any_text_is_read_or_unreadable(text: str) -> None:
    with suppress(UnreadableError):
        assert isinstance(decode(text), list)


@pytest.mark.parametrize(
    "attack",
    [
        "[f(a=1 + __import__('os').system('touch {}'))]",
        "[f(a=open('{}', 'w'))]",
        "[f(a=open('{}', 'w').write('x') + 1)]",
        "[f(a=(lambda: open('{}', 'w'))())]",
        "[f(a=[open('{}', 'w') for _ in range(1)])]",
        "__import__('os').system('touch {}')",
        "[f(a=().__class__.__base__.__subclasses__()[0]('{}') * 2)]",
        "[f(a=exec(\"open('{}', 'w')\") or 1 * 2)]",
    ],
)
def test_nothing_that_a_model_writes_is_run(attack: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = attack.replace("{}", str(canary))
    cases = bfcl.load_cases({"simple_python": 1, "simple_java": 1, "simple_javascript": 1, "irrelevance": 1}, seed=0)
    verdicts = bfcl.check([answer(case, text) for case in cases])
    assert not canary.exists()
    assert not any(one.ok for one in verdicts[:3])


def test_a_huge_answer_is_wrong_and_ends_nothing() -> None:
    texts = ["[f(a='" + "x" * 10_000_000 + "')]", "x" * 10_000_000, "[f(a=1)]"]
    answers = [Answer("simple_python_0", "simple_python", None, text=text) for text in texts]
    assert [one.rule for one in bfcl.check(answers)] == [
        "simple_function_checker:wrong_func_name",
        "ast_decoder:decoder_failed",
        "simple_function_checker:wrong_func_name",
    ]
