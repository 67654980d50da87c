"""Salesforce/APIGen-MT-5k (CC-BY-NC-4.0): LLaMA-Factory's turns, `tools` as JSON text, the policy as `system`."""

from __future__ import annotations

from typing import Any

from toolace.datasets import turns
from toolace.datasets.reading import calls, dialog, tools
from toolace.records import Dialog, Message


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError. Checked on real rows of the same turns (a ToolACE copy), none of its own."""
    policy = [Message("system", row["system"])] if isinstance(row.get("system"), str) and row["system"] else []
    return dialog("apigen_mt", tools(row.get("tools")), policy + turns.messages(row.get("conversations"), _answer))


def _answer(speaker: str, text: str) -> Message:
    return Message("assistant", calls=calls(text)) if speaker == "function_call" else Message("assistant", text)
