from pathlib import Path
from typing import Any

import pytest

from toolace.benchmarks.cases import Answer
from toolace.benchmarks.held_out import HeldOut, judged
from toolace.errors import ToolaceError
from toolace.formats.export import export
from toolace.records import Call, Dialog, Message, Tool

TOOL = Tool("find_hotel", "Finds a hotel.", {"type": "object", "properties": {"city": {"type": "string"}}})
ROME = Call("find_hotel", {"city": "Rome"})
ASK = Message("user", "A hotel in Rome?")
RESULT = Message("tool", '{"name":"Casa"}', name="find_hotel")
CALLED = Message("assistant", calls=[ROME])
SINGLE = [ASK, CALLED, RESULT, Message("assistant", "Casa.")]
MISSING = [Message("user", "A hotel?"), Message("assistant", "Where?"), Message("user", "Rome."), CALLED]
IRRELEVANT = [Message("user", "Sing!"), Message("assistant", "I cannot sing.")]
DIALOGS = [
    Dialog("0-single-1", "single", [TOOL], SINGLE),
    Dialog("0-missing_parameter-1", "missing_parameter", [TOOL], MISSING),
    Dialog("0-irrelevant-1", "irrelevant", [TOOL], IRRELEVANT),
]


@pytest.fixture
def dataset(tmp_path: Path) -> HeldOut:
    export(
        {"train": DIALOGS, "validation": DIALOGS},
        tmp_path,
        {"name": "x", "seed": 0, "sources": "", "contaminated": 0, "license": "apache-2.0", "written": "made"},
    )
    return HeldOut(tmp_path)


def test_a_case_ends_before_the_last_calls_or_the_answer(dataset: HeldOut) -> None:
    single, missing, irrelevant = dataset.load_cases({"held_out": None}, seed=0)
    assert single.messages == [ASK] and single.tools == [TOOL]
    assert [one.content for one in missing.messages] == ["A hotel?", "Where?", "Rome."]
    assert [one.content for one in irrelevant.messages] == ["Sing!"]
    assert len(dataset.load_cases({"held_out": 2}, seed=0)) == 2 and dataset.load_cases({}, seed=0) == []


def test_answers_are_compared_with_the_dialogs(dataset: HeldOut) -> None:
    ids = [one.id for one in DIALOGS]
    right = [Answer(ids[0], "held_out", [ROME]), Answer(ids[1], "held_out", [ROME]), Answer(ids[2], "held_out", None)]
    assert all(one.ok for one in dataset.check(right))
    wrong = [Answer(ids[0], "held_out", None), Answer(ids[2], "held_out", [ROME])]
    assert [one.rule for one in dataset.check(wrong)] == ["under_calling", "over_calling"]
    assert dataset.check([]) == []


def test_without_a_dataset_the_command_that_makes_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match=r"toolace\.synthesize"):
        HeldOut(tmp_path).load_cases({"held_out": None}, seed=0)


CALL = Call("f", {"a": "Rome", "n": 2, "on": True, "list": [1.5, {"b": None}]})


@pytest.mark.parametrize(
    ("calls", "rule"),
    [
        ([CALL], ""),
        ([Call("f", {"a": " rome ", "n": 2.0, "on": True, "list": [1.5, {"b": None}]})], ""),
        ([Call("f", {**CALL.arguments, "on": 1})], "wrong_value"),
        ([Call("f", {**CALL.arguments, "list": [1.5]})], "wrong_value"),
        ([Call("f", {**CALL.arguments, "list": [1.5, {"c": None}]})], "wrong_value"),
        ([Call("f", {**CALL.arguments, "more": 1})], "extra_argument"),
        ([Call("f", {"a": "Rome"})], "missing_argument"),
        ([Call("g", CALL.arguments)], "wrong_function"),
        ([CALL, CALL], "wrong_count"),
        ([], "under_calling"),
    ],
)
def test_calls_are_the_same_by_name_and_arguments(calls: list[Call], rule: str) -> None:
    verdict = judged(calls, [CALL])
    assert (verdict.ok, verdict.rule) == (not rule, rule)


def test_several_calls_may_come_in_any_order_but_each_once() -> None:
    one, two = Call("f", {"a": 1}), Call("f", {"a": 2})
    assert judged([two, one], [one, two]).ok
    assert judged([one, one], [one, two]).rule == "wrong_value"
    gold: list[Any] = []
    assert judged([], gold).ok
