"""Other people's rows as checked dialogs on disk, and how many of each part a mixture takes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from toolace.config import PartConfig
from toolace.datasets.known import SOURCES
from toolace.dialogs.judging import Judged
from toolace.errors import ToolaceError
from toolace.progress import bar
from toolace.records import Verdict
from toolace.store import replacing
from toolace.verification.rules import verify

OURS = "ours"
RULES = ("tools_well_defined", "calls_parse", "names_known", "arguments_complete", "calls_fit_schema", "decontaminated")


def check(parts: Mapping[str, PartConfig]) -> None:
    """Make sure that a mixture can be read, before long work starts; raises ToolaceError."""
    for name, part in parts.items():
        if part.weight < 0 or (name == OURS and part.path):
            raise ToolaceError(f"mixture.{name}: weight is at least 0, and our own dialogs have no path")
        if name != OURS and (part.format or name) not in SOURCES:
            raise ToolaceError(f"mixture.{name}: unknown format; set format to one of {', '.join(SOURCES)}")
        if name != OURS and not part.path:
            raise ToolaceError(f"mixture.{name}.path is missing: a JSON, JSONL or Parquet file, or a hub name")
    if parts and not any(part.weight for part in parts.values()):
        raise ToolaceError("mixture: all weights are 0")


def digests(parts: Mapping[str, PartConfig]) -> dict[str, str]:
    """Give the SHA-256 of each part's file, so that another file under the same name is noticed."""
    files = {name: Path(part.path) for name, part in parts.items() if part.path}
    made: dict[str, str] = {}
    for name, file in files.items():
        if file.is_file():
            with file.open("rb") as content:
                made[name] = hashlib.file_digest(content, "sha256").hexdigest()
    return made


def gather(name: str, part: PartConfig, folder: Path) -> tuple[Path, list[int], Counter[str]]:
    """Write the accepted dialogs and, beside, the rejected rows; gives the file, where its lines begin, and the rules.

    Raises:
        ToolaceError: the file cannot be read.
    """
    source = SOURCES[part.format or name]
    starts: list[int] = []
    counts: Counter[str] = Counter()
    path = folder / f"{name}.jsonl"
    with replacing(path) as good, replacing(folder / f"{name}_rejected.jsonl") as bad, bar(0, name) as progress:
        for number, row in enumerate(rows(part.path or "", part.split)):
            progress.update()
            try:
                dialog = msgspec.structs.replace(source.read(row), id=f"{name}-{number}", kind=name)
                verdict = verify(dialog, RULES)
            except ToolaceError as error:
                verdict = Verdict(False, "readable", str(error))
            counts[verdict.rule or "accepted"] += 1
            if verdict.ok:
                starts.append(good.tell())
                good.write(msgspec.json.encode(Judged(verdict, 0, 0, dialog)) + b"\n")
            else:
                bad.write(msgspec.json.encode({"row": number, "verdict": verdict}) + b"\n")
    return path, starts, counts


def shares(weights: Mapping[str, float], available: Mapping[str, int], size: int | None) -> dict[str, int]:
    """Divide `size` dialogs by weight, exactly (largest remainders); `None`: as many as the weights allow.

    Raises:
        ToolaceError: a part has too few.
    """
    weights = {name: weight for name, weight in weights.items() if weight}
    total = sum(weights.values())
    if size is None:
        size = int(min(available[name] * total / weight for name, weight in weights.items()))
    exact = {name: size * weight / total for name, weight in weights.items()}
    counts = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: size - sum(counts.values())]:
        counts[name] += 1
    for name, count in counts.items():
        if count > available[name]:
            raise ToolaceError(f"mixture.{name}: {count} dialogs are needed, {available[name]} were accepted")
    return counts


def rows(path: str, split: str) -> Iterator[dict[str, Any]]:
    """Stream the rows of a JSON, JSONL or Parquet file, or of a dataset on the hub.

    Raises:
        ToolaceError: the file is missing or broken; names the row.
    """
    file = Path(path)
    number = 0
    try:
        for row in _rows(file, split):
            if not isinstance(row, dict):
                raise ToolaceError(f"{path}: row {number} is no object")
            yield row
            number += 1
    except (OSError, ValueError) as error:
        raise ToolaceError(f"{path}: cannot be read behind {number} rows ({error})") from error


def _rows(file: Path, split: str) -> Iterator[Any]:
    if file.suffix == ".jsonl":
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    elif file.suffix == ".json":  # one array: such files are read whole
        yield from json.loads(file.read_text(encoding="utf-8"))
    elif file.suffix == ".parquet":
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(file).iter_batches(1_000):
            yield from batch.to_pylist()
    else:
        from datasets import load_dataset

        yield from load_dataset(str(file), split=split, streaming=True)
