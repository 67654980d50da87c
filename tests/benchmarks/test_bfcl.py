import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toolace.benchmarks import bfcl
from toolace.benchmarks.bfcl import check, load_cases
from toolace.benchmarks.cases import Answer
from toolace.errors import ToolaceError
from toolace.records import Call, Verdict

pytestmark = pytest.mark.skipif(importlib.util.find_spec("bfcl_eval") is None, reason="needs bfcl-eval")

WITH_GOLD = [category for category in bfcl.CATEGORIES if category not in bfcl.WITHOUT_GOLD]
UNSOLVABLE = {
    "simple_java_36": "its list holds 42 and true, but the Java converter makes strings of elements of type any",
    "simple_java_65": "its list holds true, but the Java converter makes strings of elements of type any",
    "live_simple_106-63-0": "two required lists have no allowed value at all",
    "live_simple_112-68-0": "five required lists have no allowed value at all",
    "live_multiple_862-181-3": "the answer must have journey_start_time, which the function does not have",
    "live_multiple_964-207-0": "the answer names the parameter question, the function statement",
}


def _pick(allowed: list[Any]) -> Any:
    return next((value for value in allowed if value != ""), "")


def _unwrap(value: Any) -> Any:
    """Dictionaries in the ground truth list the allowed values of each key, one level deep."""
    if isinstance(value, dict):
        return {key: _pick(allowed) for key, allowed in value.items() if allowed[0] != ""}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [_unwrap(item) for item in value]
    return value


def _java(value: Any, kind: str, items: str = "") -> str:
    """A value as Java source text, without the quotes that a decoder takes off."""
    if isinstance(value, dict):
        entries = " ".join(f'put("{k}", {_quoted(v)});' for k, v in value.items())
        return f"new HashMap<String, Object>() {{{{ {entries} }}}}"
    if isinstance(value, list) and kind == "ArrayList":
        elements = ", ".join(_quoted(v) if items == "String" else _java(v, items) for v in value)
        return f"new ArrayList<>(Arrays.asList({elements}))"
    if isinstance(value, list):
        return f"new Object[]{{{', '.join(_java(v, items) for v in value)}}}"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text + {"long": "L", "float": "f"}.get(kind, "") if not isinstance(value, str) else text


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else _java(value, "")


def _gold_call(truth: dict[str, dict[str, list[Any]]], functions: list[dict[str, Any]], category: str) -> Call:
    ((name, allowed_by_key),) = truth.items()
    function = next((one for one in functions if one["name"] == name), functions[0])
    schemas, required = function["parameters"]["properties"], function["parameters"]["required"]
    arguments = {}
    for key, allowed in allowed_by_key.items():
        omitted = not allowed or (allowed[0] == "" and key not in required) or (key not in schemas and "" in allowed)
        if omitted:
            continue
        arguments[key] = _unwrap(_pick(allowed))
        if category == "simple_java":
            schema = schemas[key]
            arguments[key] = _java(arguments[key], schema["type"], schema.get("items", {}).get("type", ""))
        elif category == "simple_javascript" and schemas[key]["type"] == "Bigint":
            arguments[key] = f"{arguments[key]}n"
    return Call(name, arguments)


def _gold_answers(category: str) -> Iterator[Answer]:
    name = f"BFCL_v4_{category}.json"
    truths = {row["id"]: row["ground_truth"] for row in bfcl.read_rows(bfcl.data_folder() / "possible_answer" / name)}
    for row in bfcl.read_rows(bfcl.data_folder() / name):
        calls = [_gold_call(truth, row["function"], category) for truth in truths[row["id"]]]
        yield Answer(row["id"], category, calls)


def _check_one(category: str, case_id: str, calls: list[Call] | None) -> Verdict:
    return check([Answer(case_id, category, calls)])[0]


@pytest.fixture(scope="module")
def gold() -> list[Answer]:
    return [answer for category in WITH_GOLD for answer in _gold_answers(category)]


def test_gold_answers_pass_except_where_no_answer_can(gold: list[Answer]) -> None:
    verdicts = check(gold)
    assert len(gold) == 2501
    assert {a.case_id for a, v in zip(gold, verdicts, strict=True) if not v.ok} == set(UNSOLVABLE)


def test_mutated_gold_answers_fail(gold: list[Answer]) -> None:
    cases = load_cases(dict.fromkeys(WITH_GOLD), seed=0)
    mutated: list[Answer] = []
    for answer, case in zip(gold, cases, strict=True):
        first, *rest = answer.calls or []
        arguments = dict(first.arguments)
        mutated.append(Answer(answer.case_id, answer.category, [Call(first.name + "_x", arguments), *rest]))
        mutated.append(Answer(answer.case_id, answer.category, [first, first, *rest]))
        mutated.append(Answer(answer.case_id, answer.category, [Call(first.name, {**arguments, "zz": 1}), *rest]))
        required = next(tool for tool in case.tools if tool.name == first.name).parameters["required"]
        for key in arguments.keys() & required:
            fewer = {name: value for name, value in arguments.items() if name != key}
            mutated.append(Answer(answer.case_id, answer.category, [Call(first.name, fewer), *rest]))
        for key in arguments:
            wrong = {**arguments, key: ["zz", {"zz": 987654321}]}
            mutated.append(Answer(answer.case_id, answer.category, [Call(first.name, wrong), *rest]))
    verdicts = check(mutated)
    assert [a for a, v in zip(mutated, verdicts, strict=True) if v.ok] == []
    assert all(v.rule and v.reason for v in verdicts)


def test_official_rules_for_types_and_counts() -> None:
    density = {"optical_density": 0.6, "dilution": 5, "calibration_factor": 10**9}
    distance = {"coord1": (33.4484, -112.074), "coord2": [34.0522, -118.2437], "unit": "Miles"}
    calls: list[tuple[str, list[Call] | None, str]] = [
        ("simple_python_57", [Call("calculate_cell_density", density)], ""),  # an integer is a float
        ("simple_python_57", [Call("calculate_cell_density", {**density, "dilution": 5.0})], "type_error:simple"),
        ("simple_python_83", [Call("calculate_distance", distance)], ""),  # a tuple is a list
        (
            "simple_python_83",
            [Call("calculate_distance", {"coord1": [1.0]})],
            "simple_function_checker:missing_required",
        ),
        ("simple_python_83", None, "ast_decoder:decoder_failed"),
        ("simple_python_83", [], "simple_function_checker:wrong_count"),
    ]
    verdicts = check([Answer(case_id, "simple_python", made) for case_id, made, _ in calls])
    assert [verdict.rule for verdict in verdicts] == [rule for _, _, rule in calls]
    assert [verdict.ok for verdict in verdicts] == [not rule for _, _, rule in calls]


def test_javascript_literals_are_judged_by_their_source_text() -> None:
    for value, ok in ((True, True), ("true", True), (False, False), ("True", False)):
        calls = [Call("validateUserInput", {"inputField": "userInputField", "isComplete": value})]
        assert _check_one("simple_javascript", "simple_javascript_0", calls).ok == ok


@pytest.mark.parametrize(
    ("category", "call_is_right"), [("irrelevance", False), ("live_irrelevance", False), ("live_relevance", True)]
)
def test_relevance_asks_only_whether_it_calls(category: str, call_is_right: bool) -> None:
    case = load_cases({category: 1}, seed=0)[0]
    answers = [Answer(case.id, category, calls) for calls in (None, [], [Call("anything", {})])]
    assert [v.ok for v in check(answers)] == [not call_is_right, not call_is_right, call_is_right]


def test_values_are_never_executed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = f"__import__('os').system('touch {canary}')"
    answers = [Answer(f"{c}_{i}", c, [Call(evil, {evil: evil})]) for c in WITH_GOLD[:3] for i in range(5)]
    for answer in [a for c in WITH_GOLD[:3] for a in _gold_answers(c)]:
        calls = [Call(one.name, dict.fromkeys(one.arguments, evil)) for one in answer.calls or []]
        answers.append(Answer(answer.case_id, answer.category, calls))
    assert not any(verdict.ok for verdict in check(answers))
    assert not canary.exists()


def test_odd_values_are_wrong_not_fatal() -> None:
    numbers, texts = [10**400, float("nan"), float("inf"), -0.0], ["\ud800", "\n\x00", "x" * 10**6]
    odd: list[Any] = [*numbers, *texts, [[]], {"": [None]}, None]
    answers = [
        Answer("simple_python_0", "simple_python", [Call("calculate_triangle_area", {"base": value, "height": 5})])
        for value in odd
    ]
    verdicts = check(answers)
    assert [verdict.ok for verdict in verdicts] == [False] * len(odd)
    assert all(len(verdict.reason) <= 500 for verdict in verdicts)


def test_the_checker_leaves_no_trace_in_this_process() -> None:
    before = dict(os.environ)
    assert check([]) == []
    _check_one("simple_python", "simple_python_0", None)
    assert not [name for name in sys.modules if name.partition(".")[0] == "bfcl_eval"]
    assert dict(os.environ) == before


def test_value_that_is_not_json_names_the_case() -> None:
    with pytest.raises(ToolaceError, match="'simple_python_0' holds a value that is not JSON"):
        _check_one("simple_python", "simple_python_0", [Call("f", {"a": {1, 2}})])


def test_unknown_case_is_an_error_not_a_wrong_answer() -> None:
    with pytest.raises(ToolaceError, match="'simple_python' has no case 'multiple_0'"):
        _check_one("simple_python", "multiple_0", [])


def test_running_out_of_time_names_the_case() -> None:
    with pytest.raises(ToolaceError, match=r"still busy after 0\.001 s with case 'simple_python_0'"):
        check([Answer("simple_python_0", "simple_python", [])], timeout_seconds=0.001)


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `bfcl_eval` that is found before the real one, and holds nothing."""
    data = tmp_path / "bfcl_eval" / "data"
    data.mkdir(parents=True)
    (tmp_path / "bfcl_eval" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return data


def test_a_crash_of_the_checker_shows_its_last_words(fake_package: Path) -> None:
    with pytest.raises(ToolaceError, match=r"exit code 1.*No module named 'bfcl_eval\.\w+'"):
        _check_one("simple_python", "simple_python_0", [])


def test_broken_data_names_file_line_and_fix(fake_package: Path) -> None:
    with pytest.raises(ToolaceError, match=r"BFCL_v4_multiple\.json .*No such file.*pip install"):
        load_cases({"multiple": None}, seed=0)
    (fake_package / "BFCL_v4_multiple.json").write_text('{"id": "multiple_0"}\n')
    with pytest.raises(ToolaceError, match=r"BFCL_v4_multiple\.json.*'question'.*pip install"):
        load_cases({"multiple": None}, seed=0)
    (fake_package / "BFCL_v4_multiple.json").write_text("{}\nnonsense\n")
    with pytest.raises(ToolaceError, match=r"BFCL_v4_multiple\.json, line 2, is damaged"):
        list(bfcl.read_rows(fake_package / "BFCL_v4_multiple.json"))


def test_missing_package_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for use in (lambda: load_cases({"multiple": 1}, seed=0), lambda: check([Answer("multiple_0", "multiple", [])])):
        with pytest.raises(ToolaceError, match=r"pip install --no-deps bfcl-eval==2026\.3\.23"):
            use()


@pytest.mark.parametrize(("wrong", "hint"), [("simple_pyton", "did you mean 'simple_python'"), ("zzz", "choose from ")])
def test_unknown_category_names_the_near_miss(wrong: str, hint: str) -> None:
    with pytest.raises(ToolaceError, match=hint):
        load_cases({wrong: None}, seed=0)
    with pytest.raises(ToolaceError, match=hint):
        check([Answer("x_0", wrong, None)])


def test_drawing_is_seeded_per_category_and_keeps_file_order() -> None:
    everything = [case.id for case in load_cases({"multiple": None}, seed=0)]
    drawn = [case.id for case in load_cases({"parallel": 5, "multiple": 20}, seed=3) if case.category == "multiple"]
    assert drawn == [case.id for case in load_cases({"multiple": 20}, seed=3)]
    assert len(drawn) == 20
    assert drawn == sorted(drawn, key=everything.index)
    assert drawn != [case.id for case in load_cases({"multiple": 20}, seed=4)]
    assert [case.id for case in load_cases({"multiple": 10**6}, seed=0)] == everything
    with pytest.raises(ToolaceError, match="multiple is -1"):
        load_cases({"multiple": -1}, seed=0)


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for value in schema.get("properties", {}).values():
        yield from _schemas(value)
    if "items" in schema:
        yield from _schemas(schema["items"])


def test_all_tools_are_json_schema_and_keep_their_names() -> None:
    cases = load_cases(dict.fromkeys(bfcl.CATEGORIES), seed=0)
    assert len(cases) == 3641
    assert {message.role for case in cases for message in case.messages} == {"user", "system", "assistant"}
    assert any("." in tool.name for case in cases for tool in case.tools)
    kinds = set()
    for case in cases:
        for tool in case.tools:
            assert tool.parameters["type"] == "object"
            kinds |= {schema.get("type") for schema in _schemas(tool.parameters)}
    assert kinds == {"object", "array", "string", "integer", "number", "boolean", None}


def test_java_and_javascript_values_are_asked_for_as_strings() -> None:
    for case in load_cases({"simple_java": None, "simple_javascript": None}, seed=0):
        for tool in case.tools:
            assert "syntax." in tool.description
            for schema in tool.parameters["properties"].values():
                assert schema["type"] == "string"
                assert "in string representation." in schema["description"]


def test_a_property_may_be_called_type_or_items() -> None:
    schema = {
        "type": "dict",
        "properties": {"type": {"type": "any"}, "items": {"type": "tuple", "items": {"type": "float"}}},
    }
    assert bfcl._json_schema(schema) == {
        "type": "object",
        "properties": {"type": {}, "items": {"type": "array", "items": {"type": "number"}}},
    }
