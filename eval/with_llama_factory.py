"""LLaMA-Factory as a contender of `eval/training_speed.py`, in an environment of its own (it wants an older TRL).

Its trainer gets the texts of our samples, prompt and answer apart, in the same order, with the same adapter and rate.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from peers import install

from toolace.config import Config
from toolace.training.packing import IGNORED

PACKAGE = "llamafactory==0.9.5"


def train(
    config: Config, rows: list[dict[str, Any]], tokenizer: Any, model: Path, home: Path
) -> tuple[list[float], Path]:
    """Train on the rows, 8 a step; give the seconds at the end of each step, and the folder of the adapter.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    data, folder = config.output / "factory-data", config.output / "factory"
    data.mkdir()
    (data / "samples.json").write_text(json.dumps([_sample(row, tokenizer) for row in rows]))
    (data / "dataset_info.json").write_text(json.dumps({"samples": {"file_name": "samples.json"}}))
    lora, sft = config.train.lora, config.train.sft
    settings = {
        **{"stage": "sft", "do_train": True, "model_name_or_path": str(model), "template": "empty"},
        **{"dataset": "samples", "dataset_dir": str(data), "cutoff_len": config.model.max_tokens},
        **{"finetuning_type": "lora", "lora_target": "all", "lora_rank": lora["r"]},
        **{"lora_alpha": lora["lora_alpha"], "lora_dropout": lora["lora_dropout"]},
        **{"per_device_train_batch_size": config.train.batch_size, "gradient_accumulation_steps": 1},
        **{"learning_rate": sft["learning_rate"], "max_steps": sft["max_steps"], "lr_scheduler_type": "linear"},
        **{"disable_shuffling": True, "disable_gradient_checkpointing": True, "logging_steps": 1, "use_cpu": True},
        **{"output_dir": str(folder), "overwrite_output_dir": True, "report_to": "none", "seed": config.seed},
    }
    # JSON is YAML, and its own reader of JSON files fails.
    (data / "settings.yaml").write_text(json.dumps(settings))
    env = os.environ | {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "DISABLE_VERSION_CHECK": "1"}
    line = [str(install(home, PACKAGE) / "llamafactory-cli"), "train", str(data / "settings.yaml")]
    done = subprocess.run(line, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-3000:])
    logged = [json.loads(one) for one in (folder / "trainer_log.jsonl").read_text().splitlines()]
    return [_seconds(one["elapsed_time"]) for one in logged if "loss" in one], folder


def _sample(row: dict[str, Any], tokenizer: Any) -> dict[str, str]:
    """The text before the last answer, and that answer with its end of turn."""
    labels = row["labels"]
    start = next(n for n in range(len(labels) - 1, 0, -1) if labels[n] != IGNORED and labels[n - 1] == IGNORED)
    ids = row["input_ids"]
    return {"instruction": tokenizer.decode(ids[:start]), "input": "", "output": tokenizer.decode(ids[start:])}


def _seconds(told: str) -> float:
    return (datetime.strptime(told, "%H:%M:%S") - datetime(1900, 1, 1)).total_seconds()
