"""`python -m toolace.train`: LoRA supervised fine-tuning on the synthesised dataset (ToolACE §3.1).

TRL's SFTTrainer underneath, loss on assistant tokens only. Writes `model/adapter`, `model/merged`, `loss.jsonl`,
`loss.png`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from toolace.cli import run
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.progress import is_main_process, say
from toolace.store import Run, require_space, write, writing


def train(config: Config) -> None:
    """Train the adapter and merge it, or go on from the last checkpoint of a run that was stopped.

    Raises:
        ToolaceError: no dataset yet, a wrong `train.sft` or `train.lora` key, or sizes that do not fit.
    """
    files = {split: config.output / "data" / "data" / f"{split}.parquet" for split in ("train", "validation")}
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
        trainer = _trainer(config, files)
        manifest.begin("train", inputs)
        facts.update(_fit(trainer, config.output / "model" / "checkpoints"))
        if is_main_process():
            _save(trainer, config.output)
    say(f"train: {facts}")


def _trainer(config: Config, files: dict[str, Path]) -> Any:
    import torch
    from transformers import AutoModelForCausalLM
    from trl import SFTTrainer

    from datasets import load_dataset
    from toolace.weights import load_tokenizer, resolve

    arguments = _sft_config(config)  # checked before the model is loaded
    adapter = _passed_on("train.lora", "peft", "LoraConfig", config.train.lora)
    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if arguments.bf16 and on_gpu else torch.float32
    model = AutoModelForCausalLM.from_pretrained(resolve(config.model.path), dtype=dtype, trust_remote_code=False)
    require_space(config.output, 2 * sum(p.numel() * p.element_size() for p in model.parameters()))
    tokenizer = load_tokenizer(config.model)
    data = load_dataset(
        "parquet", data_files={k: str(v) for k, v in files.items()}, cache_dir=str(config.output / ".cache")
    )
    if config.train.tokens is not None:
        data["train"] = _within(config.train.tokens, data["train"], tokenizer)
    common = {"model": model, "args": arguments, "processing_class": tokenizer, "peft_config": adapter}
    if on_gpu:
        return SFTTrainer(train_dataset=data["train"], eval_dataset=data["validation"], **common)
    from toolace.cpu_trainer import CpuTrainer

    packed = {split: _packed(config, rows, tokenizer) for split, rows in data.items()}
    return CpuTrainer(train_dataset=packed["train"], eval_dataset=packed["validation"], **common)


def _within(budget: int, rows: Any, tokenizer: Any) -> Any:
    """The first rows that hold `budget` tokens."""
    from toolace.packing import tokenize

    left, kept = budget, 0
    for row in rows:
        left -= len(tokenize(row, tokenizer).tokens)
        if left < 0:
            break
        kept += 1
    if not kept:
        raise ToolaceError(f"train.tokens={budget} holds no sample: raise it")
    say(f"train: {kept} of {len(rows)} samples within train.tokens={budget}")
    return rows.select(range(kept))


def _packed(config: Config, rows: Any, tokenizer: Any) -> Any:
    """Micro-batches that share prompts, as rows of a dataset."""
    from datasets import Dataset
    from toolace.packing import packs, tokenize

    samples = [(row["tools"], tokenize(row, tokenizer)) for row in rows]
    long = [
        row["id"]
        for row, (_, sample) in zip(rows, samples, strict=True)
        if len(sample.tokens) > config.model.max_tokens
    ]
    if long:
        raise ToolaceError(
            f"{len(long)} samples ({long[0]}, …) are longer than model.max_tokens={config.model.max_tokens}: raise it, "
            "or synthesize with a lower dialogs.max_chars"
        )
    tokens = sum(len(sample.tokens) for _, sample in samples)
    say(f"train: {len(samples)} samples, {tokens} tokens before prompts are shared")
    return Dataset.from_list(packs(samples, config.train.micro_batch_size, Random(config.seed)))


def _sft_config(config: Config) -> Any:
    import torch

    on_gpu = torch.cuda.is_available()
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    per_step = config.train.micro_batch_size * processes
    micro = config.train.micro_batch_size if on_gpu else 1  # on a CPU a row is a packed micro-batch
    if config.train.batch_size % per_step:
        raise ToolaceError(
            f"train.batch_size={config.train.batch_size} is not a multiple of {processes} processes × "
            f"train.micro_batch_size={config.train.micro_batch_size}"
        )
    ours = {
        "output_dir": str(config.output / "model" / "checkpoints"),
        "seed": config.seed,
        "per_device_train_batch_size": micro,
        "per_device_eval_batch_size": micro,
        "gradient_accumulation_steps": config.train.batch_size // per_step,
        "max_length": config.model.max_tokens,
        "assistant_only_loss": on_gpu,  # on a CPU the packs carry the labels
        "train_sampling_strategy": "group_by_length" if on_gpu else "random",
        "dataset_kwargs": None if on_gpu else {"skip_prepare_dataset": True},
        "remove_unused_columns": on_gpu,
        "bf16": on_gpu or torch.cpu._is_avx512_bf16_supported(),  # other CPUs emulate it, many times slower
        "gradient_checkpointing": on_gpu,
        "use_cpu": not on_gpu,
        "logging_steps": 5,
        "eval_strategy": "no",
        "save_steps": 50,
        "save_total_limit": 1,
        "include_num_input_tokens_seen": "non_padding" if on_gpu else "all",
        "report_to": "none",
    }
    return _passed_on("train.sft", "trl", "SFTConfig", {**ours, **config.train.sft})


def _passed_on(key: str, module: str, name: str, options: dict[str, Any]) -> Any:
    """Build a library's config object from our plain dict; its complaint names our key."""
    import importlib

    try:
        return getattr(importlib.import_module(module), name)(**options)
    except (TypeError, ValueError) as error:
        raise ToolaceError(f"{key}: {error} (its options are those of {module}.{name})") from error


def _fit(trainer: Any, checkpoints: Path) -> dict[str, Any]:
    from transformers.trainer_callback import TrainerState
    from transformers.trainer_utils import get_last_checkpoint

    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    if last:
        say(f"train: going on from {last}")
    earlier = TrainerState.load_from_json(f"{last}/trainer_state.json").num_input_tokens_seen if last else 0
    start = time.perf_counter()
    result = trainer.train(resume_from_checkpoint=last)
    seconds = time.perf_counter() - start
    validation = trainer.evaluate()
    tokens = trainer.state.num_input_tokens_seen
    return {
        "steps": result.global_step,
        "train_loss": round(result.training_loss, 4),
        "validation_loss": round(validation["eval_loss"], 4),
        "tokens": tokens,
        "seconds": round(seconds, 1),
        "tokens_per_second": round((tokens - earlier) / seconds, 1),
    }


def _save(trainer: Any, output: Path) -> None:
    """Write adapter, merged model and loss curve; a folder appears only when it is complete."""
    losses = [entry for entry in trainer.state.log_history if "loss" in entry]
    write(output / "loss.jsonl", b"".join(msgspec.json.encode(entry) + b"\n" for entry in losses))
    _plot(losses, output / "loss.png")
    model = trainer.accelerator.unwrap_model(trainer.model)
    _save_folder(output / "model" / "adapter", model, trainer.processing_class)
    _save_folder(output / "model" / "merged", model.merge_and_unload(), trainer.processing_class)
    shutil.rmtree(output / "model" / "checkpoints", ignore_errors=True)


def _save_folder(folder: Path, model: Any, tokenizer: Any) -> None:
    part = folder.with_name(f"{folder.name}.part")
    with writing(folder):
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        tokenizer.save_pretrained(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)


def _plot(losses: list[dict[str, Any]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([entry["step"] for entry in losses], [entry["loss"] for entry in losses])
    axes.set(xlabel="optimizer step", ylabel="loss (nats per assistant token)")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    run(train)
