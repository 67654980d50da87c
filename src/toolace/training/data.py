"""The dataset as a trainer takes it: tokens and labels, checked before any model is loaded."""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.training.augmentation import augmented
from toolace.training.packing import Sample, packs, tokenize

COLUMNS = ("id", "tools", "messages")


def read(config: Config, files: dict[str, Path], tokenizer: Any) -> dict[str, Any]:
    """Read the splits, tokenized: `id`, `tools`, `input_ids` and `labels`, one row per sample.

    Raises:
        ToolaceError: no sample, columns or a template that do not fit, a sample longer than `model.max_tokens`, or a
            budget that holds none.
    """
    for split, file in files.items():
        _check_columns(file, split)
    from accelerate import PartialState
    from datasets import load_dataset

    with PartialState().main_process_first():  # the others then read what the first has written to the cache
        cache = str(config.output / ".cache")
        splits = load_dataset("parquet", data_files={k: str(v) for k, v in files.items()}, cache_dir=cache)
        if config.train.augment.masked or config.train.augment.shuffled:
            varied = partial(augmented, augment=config.train.augment, seed=config.seed)
            splits["train"] = splits["train"].map(varied, desc="augment")
        tokenized = {split: _tokenized(rows, tokenizer, split) for split, rows in splits.items()}
    for split, rows in tokenized.items():
        _check_lengths(rows, config.model.max_tokens, split)
    if config.train.tokens is not None:
        tokenized["train"] = _within(config.train.tokens, tokenized["train"])
    return tokenized


def packed(rows: Any, size: int, seed: int) -> Any:
    """Micro-batches of `size` samples that share prompts (see `packing`), as rows of a dataset."""
    from datasets import Dataset

    samples = [(row["tools"], Sample(row["input_ids"], row["labels"])) for row in rows]
    return Dataset.from_list(packs(samples, size, Random(seed)))


def _check_columns(file: Path, split: str) -> None:
    import pyarrow
    import pyarrow.parquet

    try:
        kept = pyarrow.parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise ToolaceError(f"{file} is no Parquet file ({error}): synthesize again") from error
    if missing := set(COLUMNS) - set(kept.schema_arrow.names):
        raise ToolaceError(
            f"{file} has no column {min(missing)!r}: it needs {', '.join(COLUMNS)} as `python -m toolace.synthesize` "
            "writes them"
        )
    if not kept.metadata.num_rows:
        raise ToolaceError(f"{file} is empty: there is nothing for {split}; ask for more dialogs in dialogs.kinds")


def _tokenized(rows: Any, tokenizer: Any, split: str) -> Any:
    def one(row: dict[str, Any]) -> dict[str, list[int]]:
        sample = tokenize(row, tokenizer)
        return {"input_ids": sample.tokens, "labels": sample.labels}

    dropped = [name for name in rows.column_names if name not in ("id", "tools")]
    return rows.map(one, remove_columns=dropped, desc=f"tokenize {split}")


def _check_lengths(rows: Any, most: int, split: str) -> None:
    long = [row["id"] for row in rows if len(row["input_ids"]) > most]
    if long:
        raise ToolaceError(
            f"{len(long)} samples of {split} ({', '.join(long[:3])}{', …' if len(long) > 3 else ''}) are longer than "
            f"model.max_tokens={most}: raise it, or synthesize with a lower dialogs.max_chars"
        )


def _within(budget: int, rows: Any) -> Any:
    """The first rows that hold `budget` tokens."""
    kept = sum(total <= budget for total in accumulate(len(tokens) for tokens in rows["input_ids"]))
    if not kept:
        raise ToolaceError(f"train.tokens={budget} holds no sample: raise it")
    say(f"train: {kept} of {len(rows)} samples within train.tokens={budget}")
    return rows.select(range(kept))
