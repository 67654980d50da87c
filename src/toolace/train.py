"""`python -m toolace.train`: LoRA supervised fine-tuning on the synthesised dataset (ToolACE §3.1).

TRL's SFTTrainer underneath, loss on assistant tokens only. Writes `model/adapter`, `model/merged`, `loss.jsonl`,
`loss.png`.
"""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from toolace.cli import run
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.manifest import Run
from toolace.progress import is_main_process, say
from toolace.store import require_space, write, writing
from toolace.training import options
from toolace.training.card import model_card


def train(config: Config) -> None:
    """Train the adapter and merge it, or go on from the last checkpoint of a run that was stopped.

    Raises:
        ToolaceError: no dataset yet or an unfit one, a wrong `train.sft` or `train.lora` key, sizes that do not fit.
    """
    if config.train.method == "grpo":
        from toolace.grpo import refine

        return refine(config)
    if config.train.method != "sft":
        raise ToolaceError(f"train.method={config.train.method} is unknown: use sft or grpo")
    files = dataset_files(config)
    if not all(file.exists() for file in files.values()):
        raise ToolaceError(
            f"no dataset in {config.output / 'data'}: run `python -m toolace.synthesize +recipe=NAME` first"
        )
    manifest = Run(config)
    digests = {split: hashlib.sha256(file.read_bytes()).hexdigest() for split, file in files.items()}
    inputs = {"seed": config.seed, "model": config.model, "train": config.train, "data": digests}
    if manifest.finished("train", inputs):
        return
    with manifest.stage("train", inputs) as facts:
        trainer = _trained(config, files, facts, lambda: manifest.begin("train", inputs))
        if is_main_process():
            card = model_card(config, facts, digests, manifest.versions())
            _save(trainer, config, card)
    say(f"train: {facts}")


def dataset_files(config: Config) -> dict[str, Path]:
    """The files of the run's dataset."""
    return {split: config.output / "data" / "data" / f"{split}.parquet" for split in ("train", "validation")}


def _trained(config: Config, files: dict[str, Path], facts: dict[str, Any], begin: Callable[[], None]) -> Any:
    """Train; where the memory is too small, go on from the last checkpoint with half the micro-batch."""
    import torch

    while True:
        trainer = _trainer(config, files, facts)
        begin()
        try:
            facts.update(_fit(trainer, config.output / "model" / "checkpoints"))
        except torch.OutOfMemoryError as error:
            size = config.train.micro_batch_size
            if size == 1 or trainer.accelerator.num_processes > 1:
                raise ToolaceError(
                    f"the memory does not hold train.micro_batch_size={size}: set it lower (the effective batch stays "
                    "train.batch_size), or model.max_tokens, or train.quantize=4bit"
                ) from error
            config = replace(config, train=replace(config.train, micro_batch_size=size // 2))
            say(f"train: out of memory; going on with train.micro_batch_size={size // 2} and the same effective batch")
            del trainer
            gc.collect()
            torch.cuda.empty_cache()
        else:
            facts["attention"] = trainer.model.config._attn_implementation
            facts["micro_batch_size"] = config.train.micro_batch_size
            return trainer


def _trainer(config: Config, files: dict[str, Path], facts: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, EarlyStoppingCallback
    from trl import SFTTrainer

    from toolace.training import data
    from toolace.weights import load_tokenizer, resolve

    # What is quick to check comes before the model is loaded.
    arguments, adapter = options.sft_config(config), options.lora_config(config)
    how = options.model_options(config, arguments.bf16)
    tokenizer = load_tokenizer(config.model)
    rows = data.read(config, files, tokenizer)
    facts.update(samples=len(rows["train"]), sample_tokens=sum(map(len, rows["train"]["input_ids"])))
    model = AutoModelForCausalLM.from_pretrained(resolve(config.model.path), **how)
    require_space(config.output, 2 * sum(p.numel() * p.element_size() for p in model.parameters()))
    common = {"model": model, "args": arguments, "processing_class": tokenizer, "peft_config": adapter}
    if config.train.patience is not None:
        common["callbacks"] = [EarlyStoppingCallback(config.train.patience)]
    if torch.cuda.is_available():
        kept = {split: some.select_columns(["input_ids", "labels"]) for split, some in rows.items()}
        return SFTTrainer(train_dataset=kept["train"], eval_dataset=kept["validation"], **common)
    from toolace.training.cpu_trainer import CpuTrainer

    say(f"train: {facts['samples']} samples, {facts['sample_tokens']} tokens before prompts are shared")
    packs = {split: data.packed(some, config.train.micro_batch_size, config.seed) for split, some in rows.items()}
    return CpuTrainer(train_dataset=packs["train"], eval_dataset=packs["validation"], **common)


def _fit(trainer: Any, checkpoints: Path) -> dict[str, Any]:
    last = last_checkpoint(checkpoints, trainer)
    if last:
        say(f"train: going on from {last}")
    earlier = _state(last)["num_input_tokens_seen"] if last else 0
    start = time.perf_counter()
    result = trainer.train(resume_from_checkpoint=str(last) if last else None)
    seconds = time.perf_counter() - start
    validation = trainer.evaluate()
    tokens = trainer.state.num_input_tokens_seen
    return {
        "steps": result.global_step,
        "train_loss": round(result.training_loss, 4),
        "validation_loss": round(validation["eval_loss"], 4),
        "tokens": tokens,  # computed: on CPUs, samples share prompts
        "seconds": round(seconds, 1),
        "tokens_per_second": round((tokens - earlier) / seconds, 1),
    }


def last_checkpoint(folder: Path, trainer: Any) -> Path | None:
    """The last complete checkpoint: its state is written last, so one that a kill cut off has none.

    Raises:
        ToolaceError: it belongs to another model or adapter.
    """
    complete = [path for path in folder.glob("checkpoint-*") if _state(path)]
    if not complete:
        return None
    last = max(complete, key=lambda path: int(path.name.rpartition("-")[2]))
    ours = trainer.model.peft_config["default"]
    try:
        theirs = json.loads((last / "adapter_config.json").read_bytes())
        same = all(theirs[key] == getattr(ours, key) for key in ("base_model_name_or_path", "r"))
    except (OSError, ValueError, KeyError):
        same = False
    if not same:
        raise ToolaceError(f"{last} is of another model or adapter: delete {folder}, or give this run another name=…")
    return last


def _state(checkpoint: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((checkpoint / "trainer_state.json").read_bytes()))
    except (OSError, ValueError):
        return {}


def _save(trainer: Any, config: Config, card: str) -> None:
    """Write adapter, merged model and loss curve; a folder appears only when it is complete."""
    losses = [entry for entry in trainer.state.log_history if "loss" in entry]
    write(config.output / "loss.jsonl", b"".join(msgspec.json.encode(entry) + b"\n" for entry in losses))
    plot(losses, "loss", "loss (nats per assistant token)", config.output / "loss.png")
    folder, tokenizer = config.output / "model", trainer.processing_class
    model = trainer.accelerator.unwrap_model(trainer.model)
    save_folder(folder / "adapter", model, tokenizer, card)
    if config.train.quantize:
        model = _unquantized(config, folder / "adapter")
    save_folder(folder / "merged", model.merge_and_unload(), tokenizer)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)


def _unquantized(config: Config, adapter: Path) -> Any:
    """The adapter on the base model in full precision: merged into 4-bit weights it would lose what it learnt."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from toolace.weights import resolve

    how = options.model_options(replace(config, train=replace(config.train, quantize=None)), bf16=True)
    base = AutoModelForCausalLM.from_pretrained(resolve(config.model.path), **how)
    return PeftModel.from_pretrained(base, str(adapter))


def save_folder(folder: Path, model: Any, tokenizer: Any, card: str | None = None) -> None:
    """Write a model with its tokenizer and perhaps a card; the folder appears only when it is complete."""
    part = folder.with_name(f"{folder.name}.part")
    with writing(folder):
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        tokenizer.save_pretrained(part)
        if card:
            (part / "README.md").write_text(card, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)


def plot(entries: list[dict[str, Any]], key: str, label: str, path: Path) -> None:
    """Draw a value of the trainer's log over its steps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([entry["step"] for entry in entries], [entry[key] for entry in entries])
    axes.set(xlabel="optimizer step", ylabel=label)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    run(train)
