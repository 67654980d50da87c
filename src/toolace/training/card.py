"""The model card that lies beside an adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from toolace.config import Config


def model_card(config: Config, facts: dict[str, Any], data: dict[str, str], versions: dict[str, Any]) -> str:
    """Write the card: what was trained from what, how, and with which result."""
    settings = msgspec.json.format(msgspec.json.encode(msgspec.to_builtins(config.train)), indent=2).decode()
    base = config.model.path
    header = [] if base.startswith("package:") or Path(base).is_dir() else [f"base_model: {base}"]
    lines = [
        "---",
        *header,
        "library_name: peft",
        "tags: [function-calling, toolace, lora]",
        "---",
        f"# {config.name}",
        "",
        f"A LoRA adapter of `{base}` that calls functions, trained by `python -m toolace.train` on data after ToolACE",
        "(ICLR 2025). Loss on the assistant's tokens only; tools are shown by the chat template in this folder"
        + (f" (`{config.model.template}`)." if config.model.template else "."),
        "",
        "| | |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {value} |" for name, value in facts.items()),
        f"| seed | {config.seed} |",
        *(f"| {split} data, SHA-256 | `{digest}` |" for split, digest in data.items()),
        *(f"| {name} | {version} |" for name, version in versions.items() if version),
        "",
        "Settings (`train`):",
        "",
        "```json",
        settings,
        "```",
        "",
    ]
    return "\n".join(lines)
