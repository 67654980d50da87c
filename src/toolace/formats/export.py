"""Accepted dialogs as a Hugging Face dataset: Parquet splits and a dataset card.

Dialogs stream through: no more than `ROWS` of a split are in memory at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from toolace.formats.chat import messages_of, tools_as_json
from toolace.records import Dialog
from toolace.store import replacing, write

ROWS = 1_000
"""Rows of a row group of the Parquet files."""

_CARD = """---
license: {license}
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

{train:,} dialogs for training and {validation:,} for validation, in which an assistant calls functions; {written}
(seed {seed}) and verified by the rule layer of toolace.

| kind | accepted dialogs |
|---|---|
{kinds}

Columns: `id`, `kind`, `tools` (JSON string: a list of OpenAI function definitions), `messages` (role and content; calls
in the notation `[name(argument=value), …]`). Sources: {sources}.

No function and no question of BFCL is among them: names, descriptions and word 8-grams were compared with all its
categories ({contaminated} items were left out).
"""


def export(
    splits: Mapping[str, Iterable[Dialog]], folder: Path, facts: Mapping[str, Any], thoughts: bool = False
) -> dict[str, int]:
    """Write `data/SPLIT.parquet` and the card, which `datasets.load_dataset(str(folder))` reads; gives rows per split.

    Raises:
        ToolaceError: the disk is full.
    """
    kinds: Counter[str] = Counter()
    counts: dict[str, int] = {}
    for split, dialogs in splits.items():
        written = _write_split(dialogs, folder / "data" / f"{split}.parquet", thoughts)
        counts[split] = written.total()
        kinds += written
    table = "\n".join(f"| {kind} | {count:,} |" for kind, count in sorted(kinds.items()))
    write(folder / "README.md", _CARD.format(**counts, **facts, kinds=table).encode())
    return counts


def row(dialog: Dialog, thoughts: bool = False) -> dict[str, Any]:
    """One row of the dataset."""
    return {
        "id": dialog.id,
        "kind": dialog.kind,
        "tools": tools_as_json(dialog.tools),
        "messages": messages_of(dialog.messages, thoughts=thoughts),
    }


def _write_split(dialogs: Iterable[Dialog], path: Path, thoughts: bool) -> Counter[str]:
    """Write the rows in groups; gives the kinds of the dialogs."""
    kinds: Counter[str] = Counter()
    stream = iter(dialogs)
    with replacing(path) as file, pyarrow.parquet.ParquetWriter(file, _schema()) as writer:
        while group := list(islice(stream, ROWS)):
            kinds.update(dialog.kind for dialog in group)
            rows = [row(dialog, thoughts) for dialog in group]
            writer.write_table(pyarrow.Table.from_pylist(rows, _schema()))
    return kinds


def _schema() -> pyarrow.Schema:
    text = pyarrow.string()
    messages = pyarrow.list_(pyarrow.struct({"role": text, "content": text}))
    return pyarrow.schema({"id": text, "kind": text, "tools": text, "messages": messages})
