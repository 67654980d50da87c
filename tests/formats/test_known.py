"""What every format must do: calls survive printing and parsing, and hostile text raises one kind of error."""

import json
import random
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from toolace.formats.calls import CallSyntaxError
from toolace.formats.known import FORMATS
from toolace.records import Call

MARKS = "aZé1 ._-/:+&()[]{}<>'\"=,\n\\`😀"
texts = st.text(MARKS, max_size=8) | st.text(max_size=8)
names = texts.filter(bool)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
calls = st.builds(Call, names, st.dictionaries(names, json_values, max_size=2))
every_format = pytest.mark.parametrize("name", FORMATS)
CALLS = [
    Call("Get Price (v2)", {"coin": "BTC", "days": [1, 2.5, -3e-7], "deep": {"a": [{"b": None}, True]}}),
    Call("Get Agent's Listings, Sorted", {"said": 'the "best" </tool_call> ``` \n\\ é😀'}),
    Call("weather.now", {}),
]


def check_round_trip(name: str, value: list[Call]) -> None:
    text = FORMATS[name].render(value)
    assert FORMATS[name].parse(text) == value
    assert FORMATS[name].parse(f"<think>\nWhich [tool()]? <tool_call>\n</think>\n\n{text}") == value


@every_format
@settings(derandomize=True, max_examples=50)
@given(value=st.lists(calls, min_size=1, max_size=3))
def test_printing_then_parsing_gives_the_same_calls(name: str, value: list[Call]) -> None:
    check_round_trip(name, value)


@pytest.mark.slow
@settings(derandomize=True, max_examples=20_000, deadline=None, database=None, phases=[Phase.generate])
@given(call=calls)
def test_the_notation_takes_any_name_and_any_value(call: Call) -> None:
    text = FORMATS["toolace"].render([call])
    assert FORMATS["toolace"].parse(text) == [call]


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        text = rng.choice(
            (
                text[:at] + text[end:],
                text[:end] + text[at:],
                text[:at],
                text[:at] + rng.choice(MARKS) + text[at:],
                text[:at] + rng.choice(MARKS) + text[at + 1 :],
                text[:at]
                + rng.choice(("\\u", "\\ud83d", "\\U0011", "1e999", "NaN", "\ud800", "__import__('os')"))
                + text[at:],
            )
        )
    return text


class Forbidden:
    """Records whatever Python runs, compiles, imports or opens while `watching`."""

    def __init__(self) -> None:
        self.watching = False
        self.seen: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, _: Any) -> None:
        if self.watching and event in ("exec", "compile", "import", "open", "os.system", "subprocess.Popen"):
            self.seen.append(event)


def survives(parse: Callable[[str], list[Call]], text: str) -> list[Call]:
    try:
        return parse(text)
    except CallSyntaxError as error:
        assert "\n" not in str(error)
        return []


@pytest.mark.slow
@every_format
def test_mutated_calls_raise_nothing_but_their_own_error_and_run_nothing(name: str, some_calls: list[Call]) -> None:
    rng = random.Random(0)
    seeds = [*CALLS, *some_calls]
    texts = [FORMATS[name].render(rng.sample(seeds, rng.randint(1, 3))) for _ in range(200)]
    forbidden = Forbidden()
    read = 0
    for _ in range(100_000 if name == "toolace" else 20_000):
        text = mutated(rng.choice(texts), rng)
        forbidden.watching = True
        got = survives(FORMATS[name].parse, text)
        forbidden.watching = False
        if got:
            read += 1
            assert FORMATS[name].parse(FORMATS[name].render(got)) == got
            msgspec.json.encode([{**call.arguments, "": call.name} for call in got if small(call.arguments)])
    assert not forbidden.seen
    assert read > 500


def small(value: Any) -> bool:
    """Whether msgspec can write it: integers have 64 bits there."""
    if isinstance(value, dict | list):
        return all(map(small, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int) or abs(value) < 2**63


@every_format
@pytest.mark.parametrize(
    "text",
    [
        "",
        "None of the tools fits.",
        "[" * 100_000,
        '{"name": ' * 50_000,
        '<tool_call>{"name": "f", "arguments": {"a": NaN}}</tool_call>',
        '{"name": "f", "parameters": {"a": 1e999}}',
        '{"name": "f", "arguments": {"a": "\\ud800"}}',
        '{"name": "f", "arguments": "{}{}"}',
        '{"name": "f", "arguments": [1]}',
        '{"name": "", "arguments": {}}',
        '{"arguments": {}}',
        '```json\n[{"name": "f", "arguments": {}}]',
        '<tool_call>\n{"name": "f", "arguments": {}}',
        '[{"name": "f", "arguments": {"a": ' + "[" * 65 + "]" * 65 + "}}]",
        "<think>[f(a=1)]",
    ],
)
def test_text_that_holds_no_calls(name: str, text: str) -> None:
    with pytest.raises(CallSyntaxError):
        FORMATS[name].parse(text)


CALL = Call("f", {"a": 1})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hermes", 'I look.\n<tool_call>\n{"arguments": {"a": 1}, "name": "f"}\n</tool_call>\nDone.'),
        ("llama3", '<|python_tag|>{"name": "f", "parameters": {"a": 1}}'),
        ("llama3", '{"name": "f", "arguments": {"a": 1}}'),
        ("fenced", 'Here:\n```\n{"name": "f", "arguments": {"a": 1}}\n```'),
        ("openai", '{"type": "function", "id": "x", "function": {"name": "f", "arguments": "{\\"a\\": 1}"}}'),
        ("sharegpt", ' {"name": "f", "arguments": {"a": 1}}\n'),
    ],
)
def test_what_models_write(name: str, text: str) -> None:
    assert FORMATS[name].parse(text) == [CALL]


def test_llama_calls_one_after_another() -> None:
    one = json.dumps({"name": "f", "parameters": {"a": 1}})
    assert FORMATS["llama3"].parse(f"{one}; {one}\n{one}") == [CALL] * 3
    with pytest.raises(CallSyntaxError):
        FORMATS["llama3"].parse(f"{one} and words")
