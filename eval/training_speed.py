"""Tokens per second of training beside TRL's SFTTrainer with padded batches, on the dataset of a run, on CPUs.

python eval/training_speed.py outputs/quickstart [--steps 24] [--rounds 2] [--llama-factory FOLDER]

With a folder, LLaMA-Factory is a contender too; it is installed there, in an environment of its own (3 GB), once.

Same weights, adapter, learning rate and samples in the same order, 8 a step; each contender in a process of its own, in
turn. Tokens are those of the samples (not padding, and each sample's own prompt), whoever computes them how often. The
first two steps are not timed. The loss is that of the trained model on the validation split, by one function for all.
The peak is that of a matrix product in fp32 on all cores, measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from toolace.cli import compose
from toolace.config import Config
from toolace.training.packing import IGNORED, Sample, packs

WARM_UP = 2
SAMPLES = 8
FLOP = 0.43e9
"""Of a LoRA training step, per token: forward, and backward for activations (4 times the weights multiplied)."""
CONTENDERS = ("trl", "ours_fp32", "ours", "llama_factory")


def config_of(run: Path, steps: int, scratch: str) -> Config:
    """The quickstart's settings on the data of `run`, in the order of the packs."""
    (Path(scratch) / "data").symlink_to((run / "data").absolute())
    sft = f"train.sft={{learning_rate:0.001,max_steps:{steps},train_sampling_strategy:sequential,logging_steps:1}}"
    return compose(["+recipe=quickstart", f"output_dir={scratch}", sft])


def in_pack_order(rows: Any, seed: int) -> list[int]:
    """The places of the rows as our packs hold them: packed are their numbers instead of their tokens."""
    numbered = [(tools, Sample([n, n], [IGNORED, n])) for n, tools in enumerate(rows["tools"])]
    return [n for pack in packs(numbered, SAMPLES, Random(seed)) for n in dict.fromkeys(pack["input_ids"])]


def run_one(name: str, run: Path, steps: int, home: Path | None) -> dict[str, float]:
    import torch
    from transformers import TrainerCallback

    from toolace.training import data
    from toolace.weights import load_tokenizer

    times: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_: Any, **__: Any) -> None:
            times.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as scratch:
        config = config_of(run, steps, scratch)
        files = {split: config.output / "data" / "data" / f"{split}.parquet" for split in ("train", "validation")}
        rows = data.read(config, files, load_tokenizer(config.model))
        order = in_pack_order(rows["train"], config.seed)[: steps * SAMPLES]
        lengths = [len(rows["train"][n]["input_ids"]) for n in order]
        torch.manual_seed(0)
        if name == "llama_factory":
            assert home
            times, model = by_llama_factory(config, [rows["train"][n] for n in order], home)
        else:
            trainer = by_trl(config, files["train"], order) if name == "trl" else by_us(config, files, name)
            trainer.add_callback(Clock())
            trainer.train()
            model = trainer.model
        seconds = times[-1] - times[WARM_UP - 1]
        loss = validation_loss(model, rows["validation"])
    return {"tokens_per_second": sum(lengths[WARM_UP * SAMPLES :]) / seconds, "loss": loss}


def by_us(config: Config, files: dict[str, Path], name: str) -> Any:
    from toolace.train import _trainer

    if name == "ours_fp32":
        config.train.sft["bf16"] = False
    return _trainer(config, files)


def by_trl(config: Config, file: Path, order: list[int]) -> Any:
    """As in TRL's documentation, with the adapter of the recipe; without gradient checkpointing, which costs time."""
    import torch
    from datasets import load_dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from toolace.weights import load_tokenizer, resolve

    data = load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(config.output / ".trl"))
    arguments = SFTConfig(
        output_dir=str(config.output / "trl"),
        per_device_train_batch_size=SAMPLES,
        assistant_only_loss=True,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        **config.train.sft,
    )
    model = AutoModelForCausalLM.from_pretrained(resolve(config.model.path), dtype=torch.float32)
    return SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=data.select(order).select_columns(["messages", "tools"]),
        processing_class=load_tokenizer(config.model),
        peft_config=LoraConfig(**config.train.lora),
    )


def by_llama_factory(config: Config, rows: list[dict[str, Any]], home: Path) -> tuple[list[float], Any]:
    """The seconds at the end of each step, and the trained model."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    from with_llama_factory import train

    from toolace.weights import load_tokenizer, prepare

    base = prepare(config.model, config.output / "base")
    times, adapter = train(config, rows, load_tokenizer(config.model), base, home)
    return times, PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), str(adapter))


def validation_loss(model: Any, rows: Any) -> float:
    import torch

    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for row in rows:
            ids, labels = torch.tensor([row["input_ids"]]), torch.tensor(row["labels"])
            scores = model(input_ids=ids).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(scores, labels[1:], ignore_index=IGNORED, reduction="sum"))
            count += int((labels[1:] != IGNORED).sum())
    return total / count


def peak() -> float:
    """FLOP per second of an fp32 matrix product."""
    import torch

    one = torch.randn(2048, 2048)
    one @ one
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        one @ one
        best = max(best, 2 * 2048**3 / (time.perf_counter() - start))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--llama-factory", type=Path, metavar="FOLDER", help="let it take part, installed here")
    parser.add_argument("--contender", choices=CONTENDERS)
    given = parser.parse_args()
    if given.contender == "llama_factory" and not given.llama_factory:
        parser.error("--contender llama_factory needs --llama-factory FOLDER")
    if given.contender:
        print(json.dumps(run_one(given.contender, given.run, given.steps, given.llama_factory)))
        return
    more = ["--llama-factory", str(given.llama_factory)] if given.llama_factory else []
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS if more or name != "llama_factory"}
    for _ in range(given.rounds):
        for name, found in results.items():
            line = [sys.executable, __file__, str(given.run), "--steps", str(given.steps), "--contender", name, *more]
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
            found.append(json.loads(done.stdout.splitlines()[-1]))
            print(name, found[-1], file=sys.stderr, flush=True)
    limit = peak()
    print(
        f"fp32 matrix product: {limit / 1e9:.0f} GFLOP/s, or {limit / FLOP:.0f} tokens/s at {FLOP / 1e9} GFLOP a token"
    )
    print("| contender | tokens/s | of that limit | times TRL | validation loss |\n|---|---|---|---|---|")
    for name, found in results.items():
        rates = [one["tokens_per_second"] for one in found]
        pairs = zip(rates, results["trl"], strict=True)
        times = statistics.median(rate / other["tokens_per_second"] for rate, other in pairs)
        rate = statistics.median(rates)
        print(f"| {name} | {rate:.0f} | {rate * FLOP / limit:.0%} | {times:.2f} | {found[0]['loss']:.4f} |")


if __name__ == "__main__":
    main()
