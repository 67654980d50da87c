"""The Berkeley Function-Calling Leaderboard (v4): its single-turn cases, judged by its own checker.

Cases and ground truth are read from the data files of the `bfcl-eval` package, which is never imported here:
`check` runs the official checker in a subprocess (`bfcl_checker`), because its code is not ours.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from toolace.benchmarks.cases import Answer, Case, draw
from toolace.benchmarks.isolation import environment
from toolace.errors import ToolaceError, near_or_all
from toolace.records import Json, Message, Tool, Verdict

INSTALL = "pip install --no-deps bfcl-eval==2026.3.23"
FILE_PREFIX = "BFCL_v4_"
LANGUAGES = {"simple_java": "Java", "simple_javascript": "JavaScript"}
"""Categories whose functions are not in Python."""
WITHOUT_GOLD = ("irrelevance", "live_irrelevance", "live_relevance")
"""Categories that only ask whether to call at all."""
CATEGORIES: tuple[str, ...] = (
    "simple_python",
    "simple_java",
    "simple_javascript",
    "multiple",
    "parallel",
    "parallel_multiple",
    "live_simple",
    "live_multiple",
    "live_parallel",
    "live_parallel_multiple",
    *WITHOUT_GOLD,
)

_SYNTAX = {"Java": "Java 8 SDK", "JavaScript": "JavaScript"}
_JSON_TYPES = {
    "dict": "object",
    "HashMap": "object",
    "float": "number",
    "double": "number",
    "long": "integer",
    "tuple": "array",
    "Array": "array",
    "ArrayList": "array",
    "String": "string",
    "char": "string",
    "Boolean": "boolean",
} | {name: name for name in ("object", "number", "integer", "array", "string", "boolean", "null")}


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each category: all (None), or so many drawn at random by (seed, category), in file order.

    Function names stay as they are, dots included; parameter types become JSON Schema. Java and JavaScript
    functions get the official wording that asks for each value in string representation.

    Raises:
        ToolaceError: unknown category, negative count, or `bfcl-eval` is missing or broken.
    """
    cases: list[Case] = []
    for category, count in categories.items():
        _require_category(category)
        rows = draw(read_rows(data_folder() / f"{FILE_PREFIX}{category}.json"), category, count, seed)
        cases += [_case(row, category) for row in rows]
    return cases


def check(answers: Sequence[Answer], timeout_seconds: float = 600) -> list[Verdict]:
    """Judge answers by the official rules; one verdict per answer, in order, `rule` being the official error type.

    Raises:
        ToolaceError: unknown category or case, or the checker failed or ran out of time: neither is ever counted
            as a wrong answer.
    """
    for answer in answers:
        _require_category(answer.category)
    return judge(answers, timeout_seconds)


def judge(answers: Sequence[Answer], timeout_seconds: float = 600) -> list[Verdict]:
    """Judge answers to questions of one turn, whatever their category.

    Raises:
        ToolaceError: see `check`.
    """
    if not answers:
        return []
    data_folder()
    verdicts = [json.loads(line) for line in _run_checker(answers, timeout_seconds).splitlines()]
    if [verdict["id"] for verdict in verdicts] != [answer.case_id for answer in answers]:
        raise ToolaceError(
            f"The BFCL checker gave {len(verdicts)} verdicts for {len(answers)} answers: reinstall it with `{INSTALL}`."
        )
    return [Verdict(verdict["ok"], verdict["error_type"], verdict["reason"]) for verdict in verdicts]


def data_folder() -> Path:
    """Find the data files of the installed `bfcl-eval` package without importing it.

    Raises:
        ToolaceError: the package is not installed.
    """
    spec = importlib.util.find_spec("bfcl_eval")
    if spec is None or not spec.submodule_search_locations:
        raise ToolaceError(f"BFCL is not installed: run `{INSTALL}`.")
    return Path(spec.submodule_search_locations[0]) / "data"


def read_rows(path: Path) -> Iterator[dict[str, Json]]:
    """Read a JSON lines file of BFCL.

    Raises:
        ToolaceError: the file is missing, or a line is not a JSON object.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ToolaceError(f"Cannot read BFCL's {path.name} ({error.strerror}): run `{INSTALL}`.") from error
    for number, line in enumerate(lines, 1):
        try:
            yield msgspec.json.decode(line, type=dict[str, Json])
        except msgspec.MsgspecError as error:
            raise ToolaceError(f"BFCL's {path.name}, line {number}, is damaged ({error}): run `{INSTALL}`.") from error


def _require_category(category: str) -> None:
    if category not in CATEGORIES:
        raise ToolaceError(f"BFCL has no single-turn category {category!r}{near_or_all(category, CATEGORIES)}")


def _case(row: dict[str, Json], category: str) -> Case:
    try:
        return _read_case(row, category)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ToolaceError(
            f"BFCL's {FILE_PREFIX}{category}.json, case {row.get('id')!r}, is damaged ({error!r}): run `{INSTALL}`."
        ) from error


def _read_case(row: dict[str, Json], category: str) -> Case:
    messages = [Message(turn["role"], turn["content"]) for turn in row["question"][0]]
    language = LANGUAGES.get(category)
    functions = [_worded(function, language) if language else function for function in row["function"]]
    tools = [tool_of(one) for one in functions]
    return Case(row["id"], category, messages, tools)


def tool_of(document: dict[str, Json]) -> Tool:
    """Turn a function document of BFCL into a tool; its types become those of JSON Schema."""
    return Tool(document["name"], document["description"], _json_schema(document["parameters"]))


def _json_schema(schema: dict[str, Json]) -> dict[str, Json]:
    """Turn BFCL's type names into JSON Schema's, at every level; a type without a counterpart is left out."""
    result = {key: value for key, value in schema.items() if key != "type"}
    if schema.get("type") in _JSON_TYPES:
        result = {"type": _JSON_TYPES[schema["type"]]} | result
    if isinstance(schema.get("properties"), dict):
        result["properties"] = {name: _json_schema(value) for name, value in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        result["items"] = _json_schema(schema["items"])
    return result


def _worded(function: dict[str, Json], language: str) -> dict[str, Json]:
    """Ask for Java and JavaScript values as strings, as the official prompts do: the checker takes nothing else."""
    parameters = function["parameters"]
    properties = {name: _worded_value(schema, language) for name, schema in parameters["properties"].items()}
    description = f"{function['description']} Note that the provided function is in {_SYNTAX[language]} syntax."
    return function | {"description": description, "parameters": parameters | {"properties": properties}}


def _worded_value(schema: dict[str, Json], language: str) -> dict[str, Json]:
    kind, result = schema["type"], dict(schema)
    if kind == "any":
        text = f" This parameter can be of any type of {language} object in string representation."
    else:
        text = f" This is {language} {kind} type parameter in string representation."
    if kind in ("Array", "ArrayList", "array"):
        text += f" The list elements are of type {result.pop('items')['type']}; they are not in string representation."
    if kind == "dict" and "properties" in result:
        entries = json.dumps(result.pop("properties"))
        text += f" The dictionary entries have the following schema; they are not in string representation. {entries}"
    return result | {"type": "string", "description": result.get("description", "") + text}


def _run_checker(answers: Sequence[Answer], timeout_seconds: float) -> str:
    lines = "".join(_line(answer) for answer in answers)
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "toolace.benchmarks.bfcl_checker", str(timeout_seconds)],
                input=lines.encode(),
                capture_output=True,
                check=False,
                timeout=timeout_seconds,
                cwd=folder,
                env=environment(folder),
            )
        except subprocess.TimeoutExpired as expired:
            judged = (expired.stdout or b"").count(b"\n")
            raise ToolaceError(
                f"The BFCL checker was still busy after {timeout_seconds:g} s with case "
                f"{answers[min(judged, len(answers) - 1)].case_id!r}: leave that case out or allow more time."
            ) from expired
    if done.returncode != 0:
        tail = " | ".join(done.stderr.decode(errors="replace").strip().splitlines()[-5:])
        raise ToolaceError(f"The BFCL checker failed (exit code {done.returncode}): {tail}")
    return done.stdout.decode()


def _line(answer: Answer) -> str:
    """One line of JSON: the text, or the calls of a native answer.

    Unlike msgspec, `json` also takes big integers, NaN and lone surrogates from a model.
    """
    calls = None if answer.calls is None else [{call.name: call.arguments} for call in answer.calls]
    line = {"id": answer.case_id, "category": answer.category, "text": answer.text, "calls": calls}
    try:
        return json.dumps(line) + "\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolaceError(f"The answer to case {answer.case_id!r} holds a value that is not JSON: {error}.") from error
