import json
from pathlib import Path

import pytest

from toolace.benchmarks import api_bank, decontamination
from toolace.errors import ToolaceError

SHARED = Path(__file__).parents[3] / "shared" / "reference" / "data" / "api_bank"


def function(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "description": f"It does {name}.", "input_parameters": {}, **more}


def test_functions_and_questions_are_found_wherever_they_stand(tmp_path: Path) -> None:
    prompt = "API descriptions:\n" + "\n".join(json.dumps(function(name)) for name in ("Berths", "Tides"))
    (tmp_path / "level-1-api.json").write_text(
        json.dumps([{"instruction": prompt, "input": "User: When is high tide?\nAI: Where?\nUser: In Hull.\n"}])
    )
    calls = [{"api_name": "Pilots", "input": {}}, {"api_name": "Tides", "output": {"output": function("Cranes")}}]
    (tmp_path / "level-3.json").write_text(json.dumps([{"requirement": " Order a pilot. ", "apis": calls}]))
    functions, questions = api_bank.items(tmp_path)
    named = {"Berths": "It does Berths.", "Tides": "It does Tides.", "Pilots": "", "Cranes": "It does Cranes."}
    assert dict(functions) == named
    assert {text for _, text in questions} == {"When is high tide?", "In Hull.", "Order a pilot."}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "level-1-api.json").write_text("[")
    with pytest.raises(ToolaceError, match=r"level-1-api\.json: damaged"):
        api_bank.items(tmp_path)


def test_it_belongs_to_the_test_set_where_it_was_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_API_BANK", str(tmp_path))
    assert api_bank.data_folder() is None
    (tmp_path / "level-1-api.json").write_text(json.dumps([function("CraneForeman")]))
    test_set = decontamination.load()
    assert decontamination.api_match(test_set, "crane_foreman", "Anything at all.") == "CraneForeman"
    assert decontamination.api_match(test_set, "factorial", "Anything at all.")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs API-Bank's data")
def test_the_real_data_holds_all_its_functions() -> None:
    functions, questions = api_bank.items(SHARED)
    assert len(functions) == 68 and all(text for _, text in functions)
    assert {"QueryHealthData", "Calculator", "ToolSearcher"} <= {name for name, _ in functions}
    assert len(questions) > 700
