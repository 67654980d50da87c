"""The whole chain on a tiny random model: real tokenizer, trainer, server and checker, and `kill -9` in every stage."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
STAGES: dict[str, Callable[[Path], bool]] = {
    "synthesize": lambda run: any(run.glob("dialogs/*.jsonl")),
    "train": lambda run: any(run.glob("model/checkpoints/checkpoint-*/trainer_state.json")),
    "evaluate": lambda run: (run / "scores/before-answers.jsonl").exists(),
}


def command(run: Path, model: Path, *more: str, module: str = "pipeline") -> list[str]:
    return [
        *(sys.executable, "-m", f"toolace.{module}", "+recipe=quickstart", f"output_dir={run}", f"model.path={model}"),
        *("apis.sources=[everyday]", "dialogs.kinds={single:400,parallel:30,irrelevant:30}", "dialogs.validation=4"),
        *("train.lora.r=2", "+train.sft.save_steps=2", "+train.sft.max_steps=12", "train.sft.num_train_epochs=1"),
        *(
            "evaluate.categories={simple_python:6,multiple:2,irrelevance:2}",
            "evaluate.max_new_tokens=8",
            "serve.backend=transformers",
        ),
        *("train.batch_size=8", "train.micro_batch_size=8", *more),
    ]


def data_of(run: Path) -> dict[str, str]:
    files = [p for folder in ("apis", "dialogs", "data") for p in (run / folder).rglob("*") if p.is_file()]
    return {str(p.relative_to(run)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def kill_when(stage: str, run: Path, model: Path) -> None:
    process = subprocess.Popen(command(run, model), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 300
    while not STAGES[stage](run):
        assert process.poll() is None, process.communicate()[0].decode()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert stage not in json.loads((run / "manifest.json").read_bytes())["stages"] if stage != "synthesize" else True


def test_a_run_that_was_killed_in_every_stage_gives_the_same_data(tiny_model: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for stage in STAGES:
        kill_when(stage, killed, tiny_model)
    done = subprocess.run(command(killed, tiny_model), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "synthesize: finished earlier, skipped" in done.stderr
    assert "train: finished earlier, skipped" in done.stderr
    assert done.stdout.startswith("| category | cases | before | after |")

    synthesize = command(whole, tiny_model, "workers=1", module="synthesize")
    assert subprocess.run(synthesize, capture_output=True, check=False).returncode == 0
    assert data_of(killed) == data_of(whole)

    manifest = json.loads((killed / "manifest.json").read_bytes())
    assert list(manifest["stages"]) == ["apis", "synthesize", "train", "evaluate"]
    assert manifest["stages"]["synthesize"]["facts"]["splits"] == {"train": 456, "validation": 4}
    assert manifest["versions"]["trl"] and manifest["config"]["seed"] == 0
    for name in ("model/adapter/adapter_config.json", "model/merged/config.json", "loss.png", "scores/scores.json"):
        assert (killed / name).exists()
    records = [json.loads(line) for line in (killed / "scores/after.jsonl").read_text().splitlines()]
    assert len(records) == 10 and {"id", "prompt", "answer", "calls", "ok", "error", "reason"} <= set(records[0])

    again = subprocess.run(command(killed, tiny_model, "seed=5"), capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "seed: 0 → 5" in again.stderr.splitlines()[-1]


def test_the_second_round_trains_the_first_ones_model_on_what_that_finds_useful(
    tiny_model: Path, tmp_path: Path
) -> None:
    kinds = "dialogs.kinds={single:40,parallel:10,irrelevant:10}"
    more = ["rounds=2", kinds, "train.sft.max_steps=4"]
    arguments = command(tmp_path, tiny_model, *more)
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    bounds = json.loads((tmp_path / "complexity.json").read_bytes())["tuned"]
    second = json.loads((tmp_path / "round-2" / "manifest.json").read_bytes())
    assert list(second["stages"]) == ["apis", "synthesize", "train", "evaluate"]
    assert second["config"]["model"]["path"] == str(tmp_path / "model" / "merged")
    assert second["stages"]["synthesize"]["facts"]["splits"] == {"train": 56, "validation": 4}
    for line in (tmp_path / "round-2" / "dialogs" / "single-00000.jsonl").read_text().splitlines():
        one = json.loads(line)
        inside = bounds["lower"] <= one["dialog"]["provenance"]["complexity"][-1]["h"] <= bounds["upper"]
        assert inside or not one["verdict"]["ok"]
    first, then = (json.loads((tmp_path / run / "scores" / "scores.json").read_bytes()) for run in ("", "round-2"))
    assert [one["cases"] for one in first["after"]] == [one["cases"] for one in then["before"]] == [6, 2, 2]

    again = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert again.returncode == 0 and again.stderr.count("finished earlier, skipped") == 9


@pytest.mark.parametrize(
    ("module", "more", "message"),
    [
        ("train", [], "run `python -m toolace.synthesize"),
        ("evaluate", [], "run `python -m toolace.train"),
        ("serve", [], "run `python -m toolace.train"),
        ("synthesize", ["apis.sources=[openapi]"], "apis.openapi.path"),
        ("synthesize", ["apis.sources=[openapi]", "apis.openapi.path=/nowhere.yaml"], "/nowhere.yaml"),
        ("synthesize", ["apis.sources=[swagger]"], "unknown source 'swagger'"),
    ],
)
def test_what_is_missing_is_named_in_one_line(module: str, more: list[str], message: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = [sys.executable, "-m", f"toolace.{module}", "+recipe=quickstart", f"output_dir={run}", *more]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not any(run.rglob("*.jsonl"))


def test_a_broken_document_is_named_with_its_place(tmp_path: Path) -> None:
    document = tmp_path / "broken.yaml"
    document.write_text("openapi: 3.0.0\npaths: [unclosed\n")
    arguments = [sys.executable, "-m", "toolace.synthesize", f"output_dir={tmp_path / 'run'}"]
    arguments += ["apis.sources=[openapi]", f"apis.openapi.path={document}"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "broken.yaml" in done.stderr and "line" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_library_option_that_does_not_exist_is_named(tiny_model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    subprocess.run(command(run, tiny_model, module="synthesize"), capture_output=True, check=True)
    done = subprocess.run(
        command(run, tiny_model, "+train.sft.learning_rat=1", module="train"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "train.sft:" in done.stderr.splitlines()[-1] and "learning_rat" in done.stderr.splitlines()[-1]
    assert not (run / "model").exists()
