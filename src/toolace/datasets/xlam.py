"""Salesforce/xlam-function-calling-60k (CC-BY-4.0): `query`, and `tools` and `answers` as JSON text; no results."""

from __future__ import annotations

from typing import Any

from toolace.datasets.reading import calls, dialog, field, tools
from toolace.errors import ToolaceError
from toolace.records import Dialog, Message


def read(row: dict[str, Any]) -> Dialog:
    """Read one row; raises ToolaceError. Checked on one real row quoted publicly (live giveaways)."""
    if not (answers := calls(row.get("answers"))):
        raise ToolaceError("there are no answers")
    asked = [Message("user", field(row, "query")), Message("assistant", calls=answers)]
    return dialog("xlam", tools(row.get("tools")), asked)
