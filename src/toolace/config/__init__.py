"""Typed configuration: what each command reads. The defaults here are the defaults of all commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from toolace.config.data import (
    ApisConfig,
    ComplexityConfig,
    DialogsConfig,
    DocumentsConfig,
    ExportConfig,
    McpConfig,
    PartConfig,
    VerificationConfig,
)
from toolace.config.llm import EndpointConfig, LlmConfig
from toolace.config.scoring import EvaluateConfig, OtherModelConfig, ServeConfig
from toolace.config.training import AugmentConfig, ModelConfig, TrainConfig

__all__ = [
    "ApisConfig",
    "AugmentConfig",
    "ComplexityConfig",
    "Config",
    "DialogsConfig",
    "DocumentsConfig",
    "EndpointConfig",
    "EvaluateConfig",
    "ExportConfig",
    "LlmConfig",
    "McpConfig",
    "ModelConfig",
    "OtherModelConfig",
    "PartConfig",
    "ServeConfig",
    "TrainConfig",
    "VerificationConfig",
]


@dataclass
class Config:
    """Everything, for every command: the defaults; a recipe holds the differences."""

    name: str = "default"
    seed: int = 0
    rounds: int = 1
    """`toolace.pipeline` makes data and trains so often, from the second time on by the H_M of the tuned model."""
    stage: str = "all"
    """How far `toolace.synthesize` goes: `apis` ends with the pool."""
    output_dir: str = "outputs/${name}"
    ablation: str = ""
    """Set by `+ablation=NAME`: what a sweep varies, and …"""
    variant: str = ""
    """… how this run has it."""
    shared: str | None = None
    """Folder in which the runs of a sweep share finished stages; `null`: nothing is shared."""
    workers: int = 2
    """Processes that read documents and make dialogs; their number changes nothing in the output."""
    apis: ApisConfig = field(default_factory=ApisConfig)
    dialogs: DialogsConfig = field(default_factory=DialogsConfig)
    verification: VerificationConfig = field(default_factory=VerificationConfig)
    complexity: ComplexityConfig = field(default_factory=ComplexityConfig)
    export: ExportConfig = field(default_factory=ExportConfig)
    mixture: dict[str, PartConfig] = field(default_factory=dict)
    """Parts of the dataset by name; `ours` are the dialogs made here. Empty: only those."""
    mixture_size: int | None = None
    """So many dialogs of all parts together; `null`: as many as the weights allow."""
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    llm: LlmConfig = field(default_factory=LlmConfig)
    serve: ServeConfig = field(default_factory=ServeConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    @property
    def rules(self) -> list[str]:
        """The rules that dialogs must pass: `decontaminated` only where the pool is so."""
        return [rule for rule in self.verification.rules if self.apis.decontaminate or rule != "decontaminated"]

    @property
    def output(self) -> Path:
        """Folder of this run."""
        return Path(self.output_dir)
