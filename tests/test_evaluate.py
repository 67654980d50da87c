"""Other models alone are scored through an endpoint; the official checker is real."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolace.benchmarks import bfcl
from toolace.config import ApisConfig, Config, EvaluateConfig, OtherModelConfig
from toolace.errors import ToolaceError
from toolace.evaluate import evaluate

Answers = Callable[[dict[str, Any], dict[str, str]], Any]
CATEGORIES: dict[str, int | None] = {"multiple": 4, "irrelevance": 3}


def said(content: str) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}


def gold(body: dict[str, Any]) -> str:
    """The right answer to a question of `multiple`: the first of the values that are right."""
    question = body["messages"][-1]["content"]
    folder = bfcl.data_folder()
    for row in bfcl.read_rows(folder / "BFCL_v4_multiple.json"):
        if row["question"][0][-1]["content"] == question:
            truths = bfcl.read_rows(folder / "possible_answer" / "BFCL_v4_multiple.json")
            (call,) = next(truth["ground_truth"] for truth in truths if truth["id"] == row["id"])
            ((name, arguments),) = call.items()
            return (
                f"[{name}({', '.join(f'{key}={values[0]!r}' for key, values in arguments.items() if values[0] != '')})]"
            )
    return "I cannot do that."


def config(folder: Path, **urls: str) -> Config:
    others = {name: OtherModelConfig(url=url) for name, url in urls.items()}
    return Config(output_dir=str(folder), evaluate=EvaluateConfig(categories=CATEGORIES, others=others))


def test_other_models_are_compared_on_the_same_cases(
    chat_endpoint: Callable[[Answers], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    good = chat_endpoint(lambda body, _: asked.append(1) or said(gold(body)))
    bad = chat_endpoint(lambda *_: said("[nothing()]"))
    evaluate(config(tmp_path, good=good))
    evaluate(config(tmp_path, good=good, bad=bad))  # a model that comes later is asked alone
    assert len(asked) == 7
    printed = capsys.readouterr().out
    assert "| multiple | 4 | 4 = 100.0%" in printed and "| irrelevance | 3 | 3 = 100.0%" in printed
    assert "| wrong_function | 0 | 4 |" in printed and "| over_calling | 0 | 3 |" in printed
    assert "good against bad: only good right 7, only bad right 0, p = 0.016 (McNemar)" in printed
    records = [json.loads(line) for line in (tmp_path / "scores" / "bad.jsonl").read_text().splitlines()]
    assert {one["error"] for one in records} == {"wrong_function", "over_calling"}
    assert all(one["completion_tokens"] == 1 and one["seconds"] >= 0 and one["rule"] for one in records)


def test_unanswered_cases_are_no_wrong_ones_and_are_asked_again(
    chat_endpoint: Callable[[Answers], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    broken = True

    def answers(body: dict[str, Any], _: dict[str, str]) -> Any:
        asked.append(1)
        text = gold(body)
        return 500 if broken and not text.startswith("[") else said(text)

    setup = config(tmp_path, model=chat_endpoint(answers))
    with pytest.raises(ToolaceError, match="3 cases got no answer"):
        evaluate(setup)
    assert "| irrelevance | 3 | 0 = 0.0% [0.0%, 100.0%] (3 without answer) |" in capsys.readouterr().out
    assert len(asked) == 4 + 3 * 3
    records = [json.loads(line) for line in (tmp_path / "scores" / "model.jsonl").read_text().splitlines()]
    assert [one["error"] for one in records if one["category"] == "irrelevance"] == ["no_answer"] * 3

    broken, asked = False, []
    evaluate(setup)
    assert len(asked) == 3 and "| irrelevance | 3 | 3 = 100.0%" in capsys.readouterr().out


def test_conversations_are_scored_too(chat_endpoint: Callable[[Answers], str], tmp_path: Path) -> None:
    url = chat_endpoint(lambda *_: said("I cannot do that."))
    others = {"silent": OtherModelConfig(url=url)}
    evaluate(Config(output_dir=str(tmp_path), evaluate=EvaluateConfig({"multi_turn_miss_func": 2}, others)))
    records = [json.loads(line) for line in (tmp_path / "scores" / "silent.jsonl").read_text().splitlines()]
    assert [one["error"] for one in records] == ["under_calling"] * 2
    assert all(len(json.loads(one["answer"])) == one["completion_tokens"] > 1 for one in records)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"after": OtherModelConfig(url="x")}, "another name"),
        ({"../x": OtherModelConfig(url="x")}, "another name"),
        ({"a": OtherModelConfig(url="x", mode="magic")}, "mode of template, prompt, native"),
        ({"a": OtherModelConfig()}, "give it a url"),
        ({}, "run `python -m toolace.train"),
    ],
)
def test_what_cannot_be_scored_is_named(others: dict[str, OtherModelConfig], message: str, tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match=message):
        evaluate(Config(output_dir=str(tmp_path), evaluate=EvaluateConfig(others=others)))


def test_a_benchmark_that_may_have_been_trained_on_is_not_scored(tmp_path: Path) -> None:
    apis = ApisConfig(decontaminate=False)
    scored = EvaluateConfig({"held_out": None, "multiple": 4, "simple_python": 0})
    with pytest.raises(ToolaceError, match="multiple may be in the training data"):
        evaluate(Config(output_dir=str(tmp_path), apis=apis, evaluate=scored))
    scored.categories["multiple"] = 0
    with pytest.raises(ToolaceError, match="no trained model"):
        evaluate(Config(output_dir=str(tmp_path), apis=apis, evaluate=scored))


@pytest.mark.slow
def test_a_server_that_is_killed_ends_in_one_error_and_the_evaluation_resumes(tiny_model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_model, run / "model" / "merged")
    line = [
        *(sys.executable, "-m", "toolace.evaluate", f"output_dir={run}", f"model.path={tiny_model}"),
        *("evaluate.categories={simple_python:60}", "evaluate.max_new_tokens=24", "evaluate.concurrency=4"),
        "serve.backend=transformers",
    ]
    answers = run / "scores" / "before-answers.jsonl"
    process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while not answers.exists() or answers.read_bytes().count(b"\n") < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    servers = [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/cmdline")
        if b"transformers_server\0" in read(entry) and str(run).encode() in read(entry)
    ]
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    last = errors.strip().splitlines()[-1]
    assert process.returncode == 1 and last.startswith("error: ") and "run the command again" in last
    kept = answers.read_bytes()
    assert 3 <= kept.count(b"\n") < 60
    again = subprocess.run(line, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr[-2000:]
    assert answers.read_bytes().startswith(kept) and answers.read_bytes().count(b"\n") == 60
    assert f"before: {kept.count(chr(10).encode())} cases were answered earlier" in again.stderr


def read(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except OSError:
        return b""
