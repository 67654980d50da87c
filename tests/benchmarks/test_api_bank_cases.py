import json
from pathlib import Path
from typing import Any

import pytest

from toolace.benchmarks import api_bank_cases
from toolace.benchmarks.api_bank_cases import CATEGORIES, check, load_cases
from toolace.benchmarks.cases import Answer
from toolace.errors import ToolaceError
from toolace.formats.calls import parse
from toolace.records import Call, Message

SHARED = Path(__file__).parents[3] / "shared" / "reference" / "data" / "api_bank"
LEVEL_1, LEVEL_2, LEVEL_3 = CATEGORIES


def function(called: str, /, **kinds: str) -> dict[str, Any]:
    fields = {key: {"type": kind, "description": f"The {key}."} for key, kind in kinds.items()}
    return {"name": called, "description": f"It will {called}.", "input_parameters": fields, "output_parameters": {}}


MEET = function("AddMeeting", meeting_topic="str", time="str", attendees="list(str)", rooms="int")
SWITCH = function("TimedSwitch", name="str", on="bool")
SEARCHER = function("ToolSearcher", keywords="str")


def row(turns: str, expected: str, *documents: dict[str, Any]) -> dict[str, Any]:
    instruction = "Generate an API request.\n" + "\n".join(map(json.dumps, documents))
    return {"instruction": instruction, "input": f"{turns}\nGenerate API Request:\n", "expected_output": expected}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    first = [
        row(
            "User: Meet John and Jane.\nAI: When?\nUser: At 9.\nAI: I'll add it.",
            "API-Request: [AddMeeting(meeting_topic='Plan the new office', time='09:00', "
            "attendees='['John', 'Jane']', rooms='2')]",
            MEET,
        ),
        row("User: Lamp on.", "API-Request: [TimedSwitch(device_id='10', on='True')]", SWITCH),
    ]
    found = str(function("DeleteAgenda", time="str"))
    second = [
        row("User: Delete it.", "API-Request: [ToolSearcher(keywords='delete agenda')]", SEARCHER),
        row(
            f"User: Delete it.\nAI: Sure.\nAPI-Request: [ToolSearcher(keywords='delete agenda')]->{found}",
            "API-Request: [DeleteAgenda(time='09:00')]",
            SEARCHER,
        ),
    ]
    (tmp_path / "level-1-api.json").write_text(json.dumps(first))
    (tmp_path / "level-2-api.json").write_text(json.dumps([*second, {"apis": [MEET, SWITCH]}][:2]))
    coded = {"apiCode": "ToolSearcher", "description": "It searches.", "parameters": {}, "response": {}}
    result = {
        "api_name": "ToolSearcher",
        "input": {},
        "output": function("DeleteAgenda", time="str"),
        "exception": None,
    }
    asked = f"{json.dumps(coded)}\nUser: Delete it.\nAPI-Request: [ToolSearcher(keywords='delete')]->{result}"
    third = {"instruction": "…", "input": asked, "output": "API-Request: [DeleteAgenda(time='09:00')]"}
    (tmp_path / "level-3-batch-inf.json").write_text(json.dumps([third]))
    (tmp_path / "level-3.json").write_text(json.dumps([{"apis": [MEET, function("DeleteAgenda", time="str")]}]))
    monkeypatch.setenv("TOOLACE_API_BANK", str(tmp_path))
    return tmp_path


def verdict(case: str, text: str) -> str:
    (one,) = check([Answer(case, case.rpartition("_")[0], parse(text) if text else None)])
    return one.rule or "ok"


def test_a_conversation_becomes_messages_that_end_before_the_call(data: Path) -> None:
    first, _ = load_cases({LEVEL_1: None}, seed=0)
    assert first.messages == [
        Message("system", "The current year is 2023."),
        Message("user", "Meet John and Jane."),
        Message("assistant", "When?"),
        Message("user", "At 9."),
    ]
    assert first.tools[0].parameters["properties"]["attendees"]["items"] == {"type": "string"}
    assert first.tools[0].parameters["properties"]["rooms"]["type"] == "integer"


def test_a_tool_that_was_searched_for_is_on_offer(data: Path) -> None:
    _, second = load_cases({LEVEL_2: None}, seed=0)
    assert [tool.name for tool in second.tools] == ["ToolSearcher", "DeleteAgenda"]
    assert [m.role for m in second.messages] == ["system", "user", "assistant", "tool"]
    assert second.messages[2].calls == [Call("ToolSearcher", {"keywords": "delete agenda"})]


def test_level_3_spells_documents_and_results_in_another_way(data: Path) -> None:
    (third,) = load_cases({LEVEL_3: None}, seed=0)
    assert [tool.name for tool in third.tools] == ["ToolSearcher", "DeleteAgenda"]
    assert third.messages[-1].content.startswith('{"name": "DeleteAgenda"')
    assert verdict(f"{LEVEL_3}_0", '[DeleteAgenda(time="09:00")]') == "ok"


MEETING = {"meeting_topic": "plan the office", "time": "09:00", "attendees": ["john", "Jane"], "rooms": 2}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "ok"),
        ({"attendees": "['John', 'Jane']", "rooms": "2"}, "ok"),
        ({"meeting_topic": "Lunch"}, "wrong_value"),
        ({"time": "9"}, "wrong_value"),
        ({"attendees": ["John"]}, "wrong_value"),
        ({"attendees": "John, Jane"}, "wrong_value"),
        ({"rooms": None}, "wrong_value"),
        ({"rooms": ...}, "missing_argument"),
        ({"more": 1}, "extra_argument"),
    ],
)
def test_arguments_are_compared_by_their_words(data: Path, changed: dict[str, Any], expected: str) -> None:
    arguments = {name: value for name, value in (MEETING | changed).items() if value is not ...}
    (one,) = check([Answer(f"{LEVEL_1}_0", LEVEL_1, [Call("AddMeeting", arguments)])])
    assert (one.rule or "ok") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[AddAgenda(time="09:00")]', "wrong_name"),
        ('[AddMeeting(time="9"), AddMeeting(time="9")]', "wrong_count"),
        ("", "no_call"),
    ],
)
def test_there_must_be_one_call_of_the_right_name(data: Path, text: str, expected: str) -> None:
    assert verdict(f"{LEVEL_1}_0", text) == expected


@pytest.mark.parametrize("name", ["name", "device_id"])
def test_an_argument_may_have_the_name_of_the_document_or_of_the_gold_call(data: Path, name: str) -> None:
    assert verdict(f"{LEVEL_1}_1", f'[TimedSwitch({name}="10", on=true)]') == "ok"
    assert verdict(f"{LEVEL_1}_1", f'[TimedSwitch({name}="11", on=true)]') == "wrong_value"


def test_keywords_are_right_that_find_the_same_tool(data: Path) -> None:
    assert verdict(f"{LEVEL_2}_0", '[ToolSearcher(keywords="agenda deletion")]') == "ok"
    assert verdict(f"{LEVEL_2}_0", '[ToolSearcher(keywords="timed switch")]') == "wrong_value"
    assert verdict(f"{LEVEL_2}_0", "[ToolSearcher()]") == "wrong_value"


def test_missing_data_and_unknown_cases_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    with pytest.raises(ToolaceError, match="no case"):
        check([Answer(f"{LEVEL_1}_9", LEVEL_1, [])])
    (data / "level-1-api.json").write_text('[{"input": 1}]')
    with pytest.raises(ToolaceError, match="damaged"):
        load_cases({LEVEL_1: None}, seed=0)
    monkeypatch.setenv("TOOLACE_API_BANK", str(tmp_path / "nowhere"))
    with pytest.raises(ToolaceError, match="hf download"):
        load_cases({LEVEL_1: 1}, seed=0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs API-Bank's data")
def test_all_gold_calls_are_right_and_perturbed_ones_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_API_BANK", str(SHARED))
    right, wrong = [], []
    for category in CATEGORIES:
        for case, gold in api_bank_cases._gold(category):
            right.append(Answer(case.id, category, [gold]))
            wrong.append(Answer(case.id, category, [Call(f"{gold.name}s", gold.arguments)]))
            wrong.append(Answer(case.id, category, [gold, gold]))
            for name, value in gold.arguments.items():
                rest = {key: one for key, one in gold.arguments.items() if key != name}
                other = [*value, "Nobody"] if isinstance(value, list) else "zygote quark"
                wrong += [
                    Answer(case.id, category, [Call(gold.name, changed)]) for changed in (rest, rest | {name: other})
                ]
            if gold.name != "ToolSearcher":
                wrong.append(Answer(case.id, category, [Call(gold.name, gold.arguments | {"more": 1})]))
    assert [sum(a.category == one for a in right) for one in CATEGORIES] == [399, 135, 245]
    assert all(one.ok for one in check(right))
    accepted = [(a.case_id, a.calls) for a, one in zip(wrong, check(wrong), strict=True) if one.ok]
    assert len(wrong) > 3000 and not accepted
