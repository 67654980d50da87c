import json
from pathlib import Path
from typing import Any

import pytest

from toolace.records import Call

ROWS = Path(__file__).parents[3] / "shared" / "reference" / "toolace_rows.json"


def offered(row: dict[str, Any]) -> dict[str, Any]:
    """The tools in the system prompt of a published row, by name."""
    system = row["system"]
    tools = json.JSONDecoder().raw_decode(system[system.index('[{"name"') :])[0]
    return {tool["name"]: tool["parameters"] for tool in tools}


@pytest.fixture(scope="session")
def published_rows() -> list[dict[str, Any]]:
    """100 published ToolACE rows, in a copy whose converter cut names with spaces down to their last word."""
    if not ROWS.exists():
        pytest.skip("the published rows are not beside this checkout")
    rows: list[dict[str, Any]] = json.loads(ROWS.read_bytes())
    return rows


@pytest.fixture(scope="session")
def published_turns(published_rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Each turn with calls, with the tools that its row offers."""
    return [
        (offered(row), turn["value"])
        for row in published_rows
        for turn in row["conversations"]
        if turn["from"] == "function_call"
    ]


@pytest.fixture(scope="session")
def published_calls(published_turns: list[tuple[dict[str, Any], str]]) -> list[Call]:
    """All calls; a damaged name is mended where just one offered name ends with it."""
    calls = []
    for tools, text in published_turns:
        value = json.loads(text)
        for call in value if isinstance(value, list) else [value]:
            names = [name for name in tools if name == call["name"]] or [
                name for name in tools if name.endswith(call["name"])
            ]
            if len(names) == 1:
                calls.append(Call(names[0], call["arguments"]))
    return calls


@pytest.fixture
def some_calls(request: pytest.FixtureRequest) -> list[Call]:
    """The published calls, or none where they are not beside this checkout."""
    calls: list[Call] = request.getfixturevalue("published_calls") if ROWS.exists() else []
    return calls
