"""The messages by which the leaderboard asks a prompted model, word for word, by its own code in another process."""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from toolace.benchmarks import bfcl, bfcl_formats
from toolace.benchmarks.bfcl import INSTALL
from toolace.benchmarks.bfcl_checker import stub_model_table
from toolace.benchmarks.cases import Case
from toolace.benchmarks.isolation import environment, isolate
from toolace.errors import ToolaceError
from toolace.records import Message

_SECONDS = 600
_CATEGORIES = (*bfcl.CATEGORIES, *bfcl_formats.CATEGORIES)


def prompts(cases: Sequence[Case]) -> dict[str, list[Message]]:
    """Give the messages of each single-turn case by its id; none for cases of other benchmarks.

    Raises:
        ToolaceError: the leaderboard's code failed.
    """
    asked = [(case.category, case.id) for case in cases if case.category in _CATEGORIES]
    if not asked:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "toolace.benchmarks.bfcl_prompts"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            cwd=folder,
            env=environment(folder),
        )
    if done.returncode:
        tail = " | ".join(done.stderr.decode(errors="replace").strip().splitlines()[-3:])
        raise ToolaceError(f"BFCL's prompts cannot be made ({tail}): run `{INSTALL}`")
    said = map(json.loads, done.stdout.splitlines())
    return {
        case: [Message(one["role"], one["content"]) for one in messages]
        for (_, case), messages in zip(asked, said, strict=True)
    }


def main() -> None:
    """Read (category, id) pairs as one line of JSON; write the messages of each as a line."""
    isolate(_SECONDS)
    stub_model_table()
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for category, case in json.load(sys.stdin):
            print(json.dumps(_messages(category, case)), file=answers)


def _messages(category: str, case: str) -> Any:
    entry = _entries(category)[case]
    make = importlib.import_module("bfcl_eval.model_handler.utils").system_prompt_pre_processing_chat_model
    return make(deepcopy(entry["question"][0]), entry["function"], case)


@cache
def _entries(category: str) -> dict[str, Any]:
    load = importlib.import_module("bfcl_eval.utils").load_dataset_entry
    return {entry["id"]: entry for entry in load(category)}


if __name__ == "__main__":
    main()
