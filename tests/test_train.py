"""Training on a tiny random model: resume, several processes, options, and what is wrong with the input."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from toolace.cli import compose
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.formats.chat import tools_as_json
from toolace.records import Tool
from toolace.train import train

TOOL = Tool("get_time", "Gets the time in a city.", {"type": "object", "properties": {"city": {"type": "string"}}})


def row(number: int, answer: str = '[get_time(city="Rome")]') -> dict[str, Any]:
    messages = [("user", f"What time is it in Rome, for the {number}th time?"), ("assistant", answer)]
    tools = tools_as_json([TOOL] if number % 2 else [TOOL, Tool("wait", "Waits.", {"type": "object"})])
    said = [{"role": role, "content": text} for role, text in messages]
    return {"id": f"0-single-{number}", "kind": "single", "tools": tools, "messages": said}


def write_data(run: Path, rows: list[dict[str, Any]]) -> None:
    folder = run / "data" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation"):
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{split}.parquet")


def settings(run: Path, model: Path | str, *more: str) -> list[str]:
    return [
        *(f"output_dir={run}", f"model.path={model}", "train.batch_size=8", "train.micro_batch_size=4"),
        *("train.lora={r:2,target_modules:all-linear,lora_dropout:0.1}", *more),
    ]


SFT = "train.sft={max_steps:8,logging_steps:1,save_steps:2,learning_rate:0.01}"


ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}
"""Trainings that are compared sum in the same order."""


def command(run: Path, model: Path, *more: str, processes: int = 1) -> list[str]:
    launcher = ["torch.distributed.run", f"--nproc_per_node={processes}", "-m"] if processes > 1 else []
    return [sys.executable, "-m", *launcher, "toolace.train", *settings(run, model, SFT, *more)]


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "loss.jsonl").read_text().splitlines()]


def finish(line: list[str]) -> str:
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=ONE_THREAD)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_data(tmp_path / "run", [row(number) for number in range(48)])
    return tmp_path / "run"


@pytest.mark.slow
def test_a_killed_training_ends_as_one_that_was_not(run: Path, tiny_model: Path) -> None:
    import torch
    from safetensors.torch import load_file

    whole = run.with_name("whole")
    shutil.copytree(run, whole)
    finish(command(whole, tiny_model))
    quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(command(run, tiny_model), env=ONE_THREAD, **quiet)
    state = run / "model/checkpoints/checkpoint-4/trainer_state.json"
    while not state.exists():
        assert process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    half = run / "model/checkpoints/checkpoint-7"  # as one that was killed while it was written
    shutil.copytree(state.parent, half)
    (half / "trainer_state.json").write_text('{"global_step": 7, "lo')
    assert "going on from" in finish(command(run, tiny_model))
    assert losses(run) == pytest.approx(losses(whole), rel=1e-5) and len(losses(run)) == 8
    one, other = (load_file(folder / "model/adapter/adapter_model.safetensors") for folder in (run, whole))
    assert one.keys() == other.keys()
    assert all(torch.allclose(one[name], other[name], rtol=1e-5, atol=1e-8) for name in one)


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_that_accumulates(run: Path, tiny_model: Path) -> None:
    both = run.with_name("both")
    shutil.copytree(run, both)
    plain = ["train.lora={r:2,target_modules:all-linear,lora_dropout:0.0}", "+train.sft.bf16=false"]
    finish(command(run, tiny_model, *plain))
    finish(command(both, tiny_model, *plain, processes=2))
    assert losses(both) == pytest.approx(losses(run), rel=1e-4) and len(losses(both)) == 8
    assert (both / "model/adapter/README.md").exists() and (both / "model/merged/config.json").exists()


def config(run: Path, model: Path | str, *more: str) -> Config:
    return compose(settings(run, model, "train.sft={max_steps:2,save_steps:1}", *more))


def wrong(run: Path, model: Path, message: str, *more: str) -> None:
    with pytest.raises(ToolaceError, match=message):
        train(config(run, model, *more))
    assert not (run / "model").exists()


def test_an_unfit_dataset_is_one_error_before_anything_starts(run: Path, tmp_path: Path) -> None:
    model = tmp_path / "there-is-no-model"  # it would be loaded later
    wrong(tmp_path / "nowhere", model, "toolace.synthesize")
    wrong(run, model, "not a multiple of 1 processes", "train.micro_batch_size=3")
    wrong(run, model, "train.lora: .*LoraConfig", "train.lora={rr:4}")
    wrong(run, model, "unknown: use 4bit", "train.quantize=3bit")
    wrong(run, model, "needs a GPU", "train.quantize=4bit")


def test_samples_are_looked_at_before_the_model_is_loaded(run: Path, tiny_model: Path) -> None:
    (tiny_model / "model.safetensors").rename(tiny_model / "hidden")  # the tokenizer is there, the weights are not
    try:
        wrong(
            run,
            tiny_model,
            r"48 samples of train \(0-single-0, .*longer than model.max_tokens=20",
            "model.max_tokens=20",
        )
        wrong(run, tiny_model, "train.tokens=5 holds no sample", "train.tokens=5")
        write_data(run, [{"id": "1", "text": "Hello"}])
        wrong(run, tiny_model, "has no column 'messages'")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row(1)])[:0], run / "data/data/train.parquet")
        wrong(run, tiny_model, "train.parquet is empty")
        (run / "data/data/train.parquet").write_bytes(b"PAR")
        wrong(run, tiny_model, "is no Parquet file")
    finally:
        (tiny_model / "hidden").rename(tiny_model / "model.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize("more", ["use_dora:true", "use_rslora:true"])
def test_variants_of_lora_and_the_best_checkpoint(run: Path, tiny_model: Path, more: str) -> None:
    write_data(run, [row(number) for number in range(16)])
    train(config(run, tiny_model, f"train.lora={{r:2,target_modules:all-linear,{more}}}", "train.patience=1"))
    card = (run / "model/adapter/README.md").read_text()
    assert "| steps | 2 |" in card and "SHA-256" in card and more.partition(":")[0] in card


@pytest.mark.slow
def test_a_checkpoint_of_another_adapter_is_an_error(run: Path, tiny_model: Path) -> None:
    write_data(run, [row(number) for number in range(16)])
    checkpoint = run / "model/checkpoints/checkpoint-1"
    checkpoint.mkdir(parents=True)
    (checkpoint / "trainer_state.json").write_text('{"global_step": 1}')
    (checkpoint / "adapter_config.json").write_text('{"base_model_name_or_path": "another", "r": 2}')
    with pytest.raises(ToolaceError, match=r"checkpoint-1 is of another model or adapter: delete"):
        train(config(run, tiny_model))


@pytest.mark.slow
def test_too_little_memory_halves_the_micro_batch(run: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from toolace.training.cpu_trainer import CpuTrainer

    compute = CpuTrainer.compute_loss

    def small(self: Any, model: Any, inputs: dict[str, Any], *others: Any, **more: Any) -> Any:
        if inputs["position_ids"].numel() > 120:
            raise torch.OutOfMemoryError("out of memory")
        return compute(self, model, inputs, *others, **more)

    monkeypatch.setattr(CpuTrainer, "compute_loss", small)
    write_data(run, [row(number) for number in range(16)])
    train(config(run, tiny_model))
    facts = json.loads((run / "manifest.json").read_bytes())["stages"]["train"]["facts"]
    assert facts["micro_batch_size"] < 4 and facts["steps"] == 2
    assert facts["samples"] == 16 and facts["sample_tokens"] >= facts["tokens"] > 0
    monkeypatch.setattr(CpuTrainer, "compute_loss", lambda *_, **__: (_ for _ in ()).throw(torch.OutOfMemoryError()))
    other = replace(config(run, tiny_model), output_dir=str(run.with_name("other")))
    write_data(other.output, [row(number) for number in range(16)])
    with pytest.raises(ToolaceError, match=r"does not hold train\.micro_batch_size=1"):
        train(other)
