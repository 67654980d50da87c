"""Accepted dialogs as a Hugging Face dataset: Parquet splits and a dataset card.

`tools` is a JSON string: as a struct, Arrow would fill the keys that one tool lacks and another has with nulls.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow
import pyarrow.parquet

from toolace.formats.chat import messages_of, tools_of
from toolace.records import Dialog
from toolace.store import write

_CARD = """---
license: apache-2.0
language: [en]
task_categories: [text-generation]
tags: [function-calling, tool-use, toolace]
configs:
- config_name: default
  data_files:
  - {{split: train, path: data/train.parquet}}
  - {{split: validation, path: data/validation.parquet}}
---

# {name}

{train:,} dialogs for training and {validation:,} for validation, in which an assistant calls functions; written by
toolace with scripted roles (seed {seed}) and verified by its rule layer.

| kind | accepted dialogs |
|---|---|
{kinds}

Columns: `id`, `kind`, `tools` (JSON string: a list of OpenAI function definitions), `messages` (role and content; calls
in the notation `[name(argument=value), …]`). APIs come from: {sources}.

No function and no question of BFCL is among them: names, descriptions and word 8-grams were compared with all its
categories ({contaminated} items were left out).
"""


def row(dialog: Dialog) -> dict[str, Any]:
    """One row of the dataset."""
    return {
        "id": dialog.id,
        "kind": dialog.kind,
        "tools": msgspec.json.encode(tools_of(dialog.tools)).decode(),
        "messages": messages_of(dialog.messages),
    }


def export(splits: Mapping[str, Sequence[Dialog]], folder: Path, facts: dict[str, Any]) -> None:
    """Write `data/SPLIT.parquet` and the card; `datasets.load_dataset(str(folder))` reads them."""
    for split, dialogs in splits.items():
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row(d) for d in dialogs]), buffer)
        write(folder / "data" / f"{split}.parquet", buffer.getvalue())
    kinds = Counter(dialog.kind for dialogs in splits.values() for dialog in dialogs)
    table = "\n".join(f"| {kind} | {count:,} |" for kind, count in sorted(kinds.items()))
    counts = {split: len(dialogs) for split, dialogs in splits.items()}
    write(folder / "README.md", _CARD.format(**counts, **facts, kinds=table).encode())
