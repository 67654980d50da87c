"""Group relative policy optimization after fine-tuning (Shao et al. 2024), with the verifier as reward, through TRL.

`python -m toolace.train +recipe=NAME train=grpo` writes `model/grpo/adapter`, `model/grpo/merged`, `reward.jsonl` and
`reward.png`; `toolace.evaluate` then scores `grpo` beside the base model and the tuned one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.formats.calls import CallSyntaxError, parse, render
from toolace.manifest import Run
from toolace.progress import is_main_process, say
from toolace.store import write
from toolace.train import dataset_files, last_checkpoint, plot, save_folder
from toolace.training import options
from toolace.verification.reward import reward

ANSWER_TOKENS = 64
EDGE = 10
"""Steps at each end whose mean reward is reported."""


def refine(config: Config) -> None:
    """Train an adapter on the tuned model by the rewards of its own answers; a stopped training goes on.

    Raises:
        ToolaceError: no tuned model or dataset yet, no prompt that is short enough, or an option that TRL refuses.
    """
    tuned, data = config.output / "model" / "merged", dataset_files(config)["train"]
    if not (tuned / "config.json").exists() or not data.exists():
        raise ToolaceError(
            f"no tuned model in {tuned}: run `python -m toolace.train +recipe=NAME` without train=grpo first"
        )
    manifest = Run(config)
    weights = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(tuned.glob("*.safetensors")))).hexdigest()
    inputs = {"seed": config.seed, "train": config.train, "model": weights}
    if manifest.finished("grpo", inputs):
        return
    with manifest.stage("grpo", inputs) as facts:
        trainer = _trainer(config, tuned, data)
        manifest.begin("grpo", inputs)
        last = last_checkpoint(Path(trainer.args.output_dir), trainer)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        rewards = [entry for entry in trainer.state.log_history if "reward" in entry]
        facts.update(_facts(rewards, trainer.state.global_step))
        if is_main_process():
            _save(trainer, config, rewards)
    say(f"grpo: {facts}")


def prompts(rows: Sequence[dict[str, Any]], tokenizer: Any, room: int) -> list[dict[str, str]]:
    """Give prompts up to the assistant's first turn, with the calls that are meant there (`gold`) and the kind.

    Raises:
        ToolaceError: none is short enough.
    """
    made = []
    for row in rows:
        place = next(n for n, turn in enumerate(row["messages"]) if turn["role"] == "assistant")
        prompt = tokenizer.apply_chat_template(
            row["messages"][:place],
            tools=msgspec.json.decode(row["tools"]),
            add_generation_prompt=True,
            tokenize=False,
        )
        if len(tokenizer(prompt, add_special_tokens=False)["input_ids"]) <= room:
            gold = _calls(row["messages"][place]["content"])
            made.append({"prompt": prompt, "gold": gold, "kind": row["kind"]})
    if not made:
        raise ToolaceError(f"no prompt has at most {room} tokens: raise train.prompt_tokens or model.max_tokens")
    say(f"grpo: {len(made)} of {len(rows)} prompts have at most {room} tokens")
    return made


def rewarded(completions: list[str], gold: list[str], **_: Any) -> list[float]:
    """Grade completions as TRL asks for it."""
    return [reward(text, parse(meant) if meant else []) for text, meant in zip(completions, gold, strict=True)]


def _calls(text: str) -> str:
    try:
        return render(parse(text))
    except CallSyntaxError:
        return ""


def _trainer(config: Config, tuned: Path, data: Path) -> Any:
    import torch
    from datasets import Dataset, load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOTrainer

    arguments, adapter = _grpo_config(config), options.lora_config(config)
    tokenizer: Any = AutoTokenizer.from_pretrained(tuned, trust_remote_code=False)
    rows = load_dataset("parquet", data_files=str(data), split="train", cache_dir=str(config.output / ".cache"))
    room = config.train.prompt_tokens or config.model.max_tokens - arguments.max_completion_length
    kept = Dataset.from_list(prompts(list(rows), tokenizer, room))
    dtype = torch.bfloat16 if arguments.bf16 and torch.cuda.is_available() else torch.float32
    model = AutoModelForCausalLM.from_pretrained(tuned, dtype=dtype, trust_remote_code=False)
    return GRPOTrainer(
        model=model,
        reward_funcs=rewarded,
        args=arguments,
        train_dataset=kept,
        processing_class=tokenizer,
        peft_config=adapter,
    )


def _grpo_config(config: Config) -> Any:
    import torch

    on_gpu = torch.cuda.is_available()
    ours = {
        "output_dir": str(config.output / "model" / "grpo-checkpoints"),
        "seed": config.seed,
        "per_device_train_batch_size": config.train.micro_batch_size,
        "gradient_accumulation_steps": max(1, config.train.batch_size // config.train.micro_batch_size),
        "max_completion_length": ANSWER_TOKENS,
        "learning_rate": 2e-4,  # on SmolLM2-135M 1e-4 did nothing in 60 steps, 5e-4 collapsed
        "max_steps": 60,
        "bf16": on_gpu or torch.cpu._is_avx512_bf16_supported(),
        "gradient_checkpointing": on_gpu,
        "use_cpu": not on_gpu,
        "logging_steps": 1,
        "save_steps": 10,
        "save_total_limit": 1,
        "report_to": "none",
    }
    return options.passed_on("train.grpo", "trl", "GRPOConfig", {**ours, **config.train.grpo})


def _facts(rewards: list[dict[str, Any]], steps: int) -> dict[str, Any]:
    values = [entry["reward"] for entry in rewards]
    first, last = values[:EDGE], values[-EDGE:]
    means = {"first": sum(first) / len(first), "last": sum(last) / len(last)} if values else {}
    return {"steps": steps, "reward": {name: round(mean, 4) for name, mean in means.items()}}


def _save(trainer: Any, config: Config, rewards: list[dict[str, Any]]) -> None:
    write(config.output / "reward.jsonl", b"".join(msgspec.json.encode(entry) + b"\n" for entry in rewards))
    plot(rewards, "reward", "mean reward of the answers (0…1)", config.output / "reward.png")
    folder, tokenizer = config.output / "model" / "grpo", trainer.processing_class
    folder.mkdir(parents=True, exist_ok=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    save_folder(folder / "adapter", model, tokenizer)
    save_folder(folder / "merged", model.merge_and_unload(), tokenizer)
    shutil.rmtree(trainer.args.output_dir, ignore_errors=True)
