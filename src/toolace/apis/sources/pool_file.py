"""The APIs of an earlier run's `apis/pool.jsonl`: so a pool is extended instead of built anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from toolace.apis.normalise import valid
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api


def documents(config: ApisConfig) -> list[str]:
    """Gives the path of the pool.

    Raises:
        ToolaceError: There is none.
    """
    if not config.pool.path or not Path(config.pool.path).is_file():
        raise ToolaceError(f"apis.pool.path={config.pool.path}: give the pool.jsonl of an earlier run")
    return [config.pool.path]


def read(document: str) -> Iterator[Api]:
    """Yields the APIs, one line each.

    Raises:
        ToolaceError: A line is not a valid Api; with its number.
    """
    with Path(document).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                api = msgspec.json.decode(line, type=Api)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ToolaceError(f"{document}, line {number}: no Api ({error}); build the pool again") from error
            if fault := valid(api):
                raise ToolaceError(f"{document}, line {number}: {api.name}: {fault}; mend or delete this line")
            yield api
