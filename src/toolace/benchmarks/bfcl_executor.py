"""Run the tools of BFCL's multi-turn cases, and check whole conversations: JSON lines in, JSON lines out.

This is the program behind `toolace.benchmarks.bfcl_multi_turn`. The tools are the leaderboard's own, small simulations
of a file system, a car, … It calls them by `eval`: only calls of their public methods with literal arguments get there.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from toolace.benchmarks.bfcl import FILE_PREFIX, data_folder, read_rows
from toolace.benchmarks.bfcl_checker import stub_model_table
from toolace.benchmarks.bfcl_decoding import UnreadableError, decode
from toolace.benchmarks.bfcl_memory_tools import Memories
from toolace.benchmarks.isolation import isolate
from toolace.records import Json

MEMORIES = ("memory_kv", "memory_rec_sum")
_MULTI_TURN = "bfcl_eval.eval_checker.multi_turn_eval"


def main() -> None:
    """Answer requests until standard input ends; the argument is how many seconds of work are allowed."""
    isolate(float(sys.argv[1]))
    stub_model_table()
    answers, memories = sys.stdout, Memories()
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        for number, line in enumerate(sys.stdin.buffer):
            request = json.loads(line)
            if "memory" in request:
                answer = memories.answer(request)
            elif "turns" in request:
                judge = _check_words if request["category"] in MEMORIES else _check
                answer = judge(request, f"check{number}")
            else:
                answer = _execute(request)
            print(json.dumps(answer), file=answers, flush=True)


class _Call(NamedTuple):
    """A call as Python source, and the names of the functions that the leaderboard would call by it."""

    source: str
    names: list[str]


def _execute(request: dict[str, Json]) -> dict[str, Json]:
    """Run what a text calls, in the world of its `session`: `results`, one a call, or None if it calls nothing."""
    entry = _entries(request["category"])[request["id"]]
    calls = _calls(request["text"])
    results = [_run(call, entry, request["session"]) for call in calls] or None
    return {"calls": [call.source for call in calls], "results": results}


def _run(call: _Call, entry: dict[str, Any], session: str) -> str:
    """Run one call; what is no method of the case's tools ends like an unknown name, as it does there for most."""
    if unknown := next((name for name in call.names if name not in _methods(entry["id"])), None):
        return f"Error during execution: name '{unknown.split('.')[0]}' is not defined"
    (result,), _ = _official("multi_turn_utils").execute_multi_turn_func_call(
        func_call_list=[call.source],
        initial_config=entry["initial_config"],
        involved_classes=entry["involved_classes"],
        model_name=session,
        test_entry_id=entry["id"],
        long_context="long_context" in entry["id"],
    )
    return str(result)


def _nested(values: Iterable[Any]) -> Iterator[str]:
    """Names that the leaderboard calls inside arguments: a dictionary of dictionaries alone stands for a call there."""
    for value in values:
        if isinstance(value, dict):
            if all(isinstance(inner, dict) for inner in value.values()):
                yield from map(str, value)
            yield from _nested(value.values())
        elif isinstance(value, list | tuple):
            yield from _nested(value)


def _check(request: dict[str, Json], name: str) -> dict[str, Json]:
    """Judge a whole conversation: for each turn the texts of its steps."""
    category, case, turns = request["category"], request["id"], request["turns"]
    entry, truth = _entries(category)[case], _truths(category)[case]
    if len(turns) != len(truth):
        return {
            "ok": False,
            "error_type": "multi_turn:force_terminated",
            "reason": f"{len(turns)} of {len(truth)} turns",
        }
    steps = [[calls for text in texts if (calls := _sound(_calls(text), entry))] for texts in turns]
    # A name of its own each time: the leaderboard keeps the worlds of a name for ever.
    found = _official("multi_turn_checker").multi_turn_checker(steps, truth, entry, category, name)
    return {
        "ok": found["valid"],
        "error_type": "" if found["valid"] else found["error_type"],
        "reason": "" if found["valid"] else str(found["error_message"])[:500],
    }


def _check_words(request: dict[str, Json], name: str) -> dict[str, Json]:
    """Judge the last words of a conversation of one turn (the official `_evaluate_single_agentic_entry`)."""
    (texts,) = request["turns"]
    words = [text for text in texts if not _calls(text)]  # what cannot be read, or calls nothing, are words there
    if not words or not words[-1]:
        return {"ok": False, "error_type": "agentic:no_last_message", "reason": "it only calls"}
    truths = _truths("memory")[request["id"].replace(request["category"], "memory")]
    module = importlib.import_module("bfcl_eval.eval_checker.agentic_eval.agentic_checker")
    found = module.agentic_checker(words[-1], truths)
    return {
        "ok": found["valid"],
        "error_type": "" if found["valid"] else found["error_type"],
        "reason": "" if found["valid"] else str(found["error_message"])[:500],
    }


def _sound(calls: list[_Call], entry: dict[str, Any]) -> list[str]:
    """Calls without those of unknown names, which change nothing; but a step of such alone is still a step."""
    known = _methods(entry["id"])
    return [call.source if known.issuperset(call.names) else "unknown_function()" for call in calls]


def _calls(text: str) -> list[_Call]:
    """The calls of a text (the official `default_decode_execute_prompting`), none where it cannot be read."""
    utils = importlib.import_module("bfcl_eval.model_handler.utils")
    try:
        return [_call(source) for source in utils.decoded_output_to_execution_list(decode(text))]
    except (UnreadableError, IndexError):  # an empty dictionary is too much for the official function
        return []


def _call(source: str) -> _Call:
    calls = decode(source)
    if len(calls) != 1:
        raise UnreadableError(f"{source} is no single call")
    ((name, arguments),) = calls[0].items()
    return _Call(source, [name, *_nested(arguments.values())])


def _official(module: str) -> Any:
    return importlib.import_module(f"{_MULTI_TURN}.{module}")


@cache
def _methods(case: str) -> frozenset[str]:
    entry = _entries(case.rpartition("_")[0])[case]
    files = importlib.import_module("bfcl_eval.constants.executable_backend_config").CLASS_FILE_PATH_MAPPING
    classes = [getattr(importlib.import_module(files[name]), name) for name in entry["involved_classes"]]
    members = (name for one in classes for name, _ in inspect.getmembers(one, inspect.isfunction))
    return frozenset(name for name in members if not name.startswith("_"))


@cache
def _entries(category: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in read_rows(data_folder() / f"{FILE_PREFIX}{category}.json")}


@cache
def _truths(category: str) -> dict[str, Any]:
    rows = read_rows(data_folder() / "possible_answer" / f"{FILE_PREFIX}{category}.json")
    return {row["id"]: row["ground_truth"] for row in rows}


if __name__ == "__main__":
    main()
