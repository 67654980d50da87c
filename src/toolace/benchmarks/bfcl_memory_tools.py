"""BFCL's memories, in the isolated process of `bfcl_executor`: one a session, begun with a state that it gives back.

The tools are the leaderboard's own; their snapshots stay with us instead of lying in files.
"""

from __future__ import annotations

import importlib
import inspect
import json
from typing import Any

from toolace.benchmarks.bfcl_decoding import UnreadableError, decode
from toolace.records import Json

_SOURCES = "bfcl_eval.eval_checker.multi_turn_eval.func_source_code"
_STATES = {"kv": ("core_memory", "archival_memory"), "rec_sum": ("memory",)}
"""What a memory of each kind remembers."""


class Memories:
    """The memories of all sessions."""

    def __init__(self) -> None:
        self.open: dict[str, Any] = {}

    def answer(self, request: dict[str, Json]) -> dict[str, Json]:
        """Begin a session (`scenario`, perhaps `state`), run what a `text` calls, or give the state and end it."""
        kind, session = request["memory"], request["session"]
        if "scenario" in request:
            module = importlib.import_module(f"{_SOURCES}.memory_{kind}")
            memory = self.open[session] = getattr(module, f"MemoryAPI_{kind}")()
            for name, value in (request["state"] or {}).items():
                setattr(memory, name, value)
            return {"prompt": _prompt(kind, request["scenario"], memory)}
        if "text" in request:
            return _execute(self.open[session], request["text"])
        memory = self.open.pop(session)
        return {"state": {name: getattr(memory, name) for name in _STATES[kind]}}


def _prompt(kind: str, scenario: str, memory: Any) -> dict[str, str]:
    prompts = importlib.import_module("bfcl_eval.constants.default_prompts")
    unified, parted = prompts.MEMORY_BACKEND_INSTRUCTION_UNIFIED, prompts.MEMORY_BACKEND_INSTRUCTION_CORE_ARCHIVAL
    system = (unified if kind == "rec_sum" else parted).format(
        scenario_setting=prompts.MEMORY_AGENT_SETTINGS[scenario],
        memory_content=memory._dump_core_memory_to_context(),
    )
    return {"system": system, "answer": prompts.ADDITIONAL_SYSTEM_PROMPT_FOR_AGENTIC_RESPONSE_FORMAT}


def _execute(memory: Any, text: str) -> dict[str, Json]:
    try:
        calls = [(name, arguments) for call in decode(text) for name, arguments in call.items()]
    except UnreadableError:
        calls = []
    results = [_run(memory, name, arguments) for name, arguments in calls]
    return {"calls": [f"{name}(" for name, _ in calls], "results": results or None}


def _run(memory: Any, name: str, arguments: Any) -> str:
    methods = {found for found, _ in inspect.getmembers(memory, inspect.ismethod) if not found.startswith("_")}
    if name not in methods:
        return f"Error during execution: name '{name.split('.')[0]}' is not defined"
    try:
        result = getattr(memory, name)(**arguments)
        return result if isinstance(result, str) else json.dumps(result)
    except Exception as error:  # as the leaderboard tells it to the model
        return f"Error during execution: {error}"
