"""What TRL, PEFT and transformers are told: our settings, what the machine has, and the user's own options on top."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

from toolace.config import Config
from toolace.errors import ToolaceError


def sft_config(config: Config) -> Any:
    """Give TRL's SFTConfig.

    Raises:
        ToolaceError: sizes that do not fit, or an option that TRL refuses.
    """
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
        "train_sampling_strategy": "group_by_length" if on_gpu else "random",
        "dataset_kwargs": None if on_gpu else {"skip_prepare_dataset": True},
        "remove_unused_columns": on_gpu,
        "bf16": on_gpu or torch.cpu._is_avx512_bf16_supported(),  # other CPUs emulate it, many times slower
        "gradient_checkpointing": on_gpu,
        "use_liger_kernel": on_gpu and _installed("liger_kernel"),
        "use_cpu": not on_gpu,
        "logging_steps": 5,
        "save_steps": 50,
        "save_total_limit": 1,
        "include_num_input_tokens_seen": "non_padding" if on_gpu else "all",
        "report_to": "none",
        **_stopping(config),
    }
    return passed_on("train.sft", "trl", "SFTConfig", {**ours, **config.train.sft})


def lora_config(config: Config) -> Any:
    """Give PEFT's LoraConfig.

    Raises:
        ToolaceError: an option that PEFT refuses.
    """
    return passed_on("train.lora", "peft", "LoraConfig", config.train.lora)


def model_options(config: Config, bf16: bool) -> dict[str, Any]:
    """Give the options of `from_pretrained`: precision, attention, and 4-bit weights where they are asked for (QLoRA).

    Raises:
        ToolaceError: `train.quantize` is unknown, or needs what is not here.
    """
    import torch

    on_gpu = torch.cuda.is_available()
    options: dict[str, Any] = {
        "dtype": torch.bfloat16 if bf16 and on_gpu else torch.float32,
        "trust_remote_code": False,
    }
    if on_gpu:
        options["attn_implementation"] = "flash_attention_2" if _installed("flash_attn") else "sdpa"
    if config.train.quantize is None:
        return options
    if config.train.quantize != "4bit":
        raise ToolaceError(f"train.quantize={config.train.quantize} is unknown: use 4bit, or null for none")
    if not on_gpu or not _installed("bitsandbytes"):
        raise ToolaceError("train.quantize=4bit needs a GPU and `pip install bitsandbytes`; leave it null without them")
    four_bits = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    return options | {
        "quantization_config": passed_on(
            "train.quantize",
            "transformers",
            "BitsAndBytesConfig",
            {**four_bits, "bnb_4bit_compute_dtype": torch.bfloat16},
        )
    }


def passed_on(key: str, module: str, name: str, options: dict[str, Any]) -> Any:
    """Build a library's config object from our plain dict; its complaint names our key."""
    try:
        return getattr(importlib.import_module(module), name)(**options)
    except (TypeError, ValueError) as error:
        raise ToolaceError(f"{key}: {error} (its options are those of {module}.{name})") from error


def _stopping(config: Config) -> dict[str, Any]:
    """Without patience the last step is kept; with it, the step of the lowest validation loss."""
    if config.train.patience is None:
        return {"eval_strategy": "no"}
    return {
        "eval_strategy": "steps",
        "eval_steps": config.train.sft.get("save_steps", 50),
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
    }


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
