import json
from pathlib import Path

import pytest

from toolace.benchmarks.api_bank_responses import CATEGORIES, check, load_cases
from toolace.benchmarks.cases import Answer
from toolace.errors import ToolaceError
from toolace.records import Message

LEVEL_1 = CATEGORIES[0]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tool = {"name": "Cancel", "description": "It cancels.", "input_parameters": {}, "output_parameters": {}}
    row = {
        "instruction": f"Respond.\n{json.dumps(tool)}",
        "input": "User: Cancel it.\nAI: I will.\nAPI-Request: [Cancel()]->success\nGenerate AI Response:\n",
        "expected_output": "Your appointment has been cancelled.",
    }
    (tmp_path / "level-1-response.json").write_text(json.dumps([row]))
    monkeypatch.setenv("TOOLACE_API_BANK", str(tmp_path))
    return tmp_path


def grade(text: str) -> float | None:
    (verdict,) = check([Answer(f"{LEVEL_1}_0", LEVEL_1, None, text=text)])
    assert verdict.ok == (verdict.grade == 1)
    return verdict.grade


def test_a_case_ends_with_the_result_that_is_to_be_told(data: Path) -> None:
    (case,) = load_cases({LEVEL_1: None}, seed=0)
    assert [message.role for message in case.messages] == ["system", "user", "assistant", "tool"]
    assert case.messages[-1] == Message("tool", '"success"', name="Cancel")


def test_a_response_is_graded_by_the_words_that_it_shares_in_their_order(data: Path) -> None:
    assert grade("Your appointment has been cancelled.") == 1
    assert grade("Your appointment has been moved.") == 0.8
    assert grade("") == grade("...") == grade("Nothing in common") == 0


def test_unknown_cases_are_errors(data: Path) -> None:
    with pytest.raises(ToolaceError, match="no case"):
        check([Answer(f"{LEVEL_1}_7", LEVEL_1, None, text="")])
