"""API-Bank (Li et al., EMNLP 2023): its functions and questions, so that none of them is trained on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from toolace.errors import ToolaceError
from toolace.records import Json
from toolace.weights import cache_dir

FETCH = "hf download liminghao1630/API-Bank --repo-type dataset --local-dir {folder}"

_USER = re.compile(r"^User: (.+)$", re.MULTILINE)


def folder() -> Path:
    """Where the test data belongs: `$TOOLACE_API_BANK`, else `api-bank` in the cache folder."""
    return Path(os.environ.get("TOOLACE_API_BANK") or cache_dir() / "api-bank")


def data_folder() -> Path | None:
    """Where the test data is, None where it was not fetched."""
    return folder() if _files(folder()) else None


def items(data: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give functions (name, description) and questions (file, text) of all three levels.

    Raises:
        ToolaceError: a file is no JSON.
    """
    functions: dict[str, str] = {}
    questions: dict[str, str] = {}
    for path in _files(data):
        try:
            rows = msgspec.json.decode(path.read_bytes())
        except (msgspec.DecodeError, OSError) as error:
            raise ToolaceError(f"{path}: damaged ({error}); {FETCH.format(folder=data)}") from error
        for value in _walk(rows):
            if isinstance(value, dict):
                functions |= {name: text for name, text in _function(value).items() if text or name not in functions}
            elif isinstance(value, str):
                questions |= {text.strip(): path.stem for text in _USER.findall(value)}
        for row in rows:
            if isinstance(row.get("requirement"), str):
                questions[row["requirement"].strip()] = path.stem
    return list(functions.items()), [(file, text) for text, file in questions.items()]


def _files(data: Path) -> list[Path]:
    return sorted(data.rglob("level-*.json"))


def _walk(value: Json) -> Iterator[Json]:
    """Yield all values inside a value; prompts hold function documents as lines of JSON."""
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _walk(inner)
    elif isinstance(value, str):
        for line in value.splitlines():
            if line.startswith('{"'):
                try:
                    yield from _walk(json.loads(line))
                except ValueError:
                    continue


def _function(value: dict[str, Json]) -> dict[str, str]:
    """Give name → description of a function document; a mere call tells the name only."""
    name = value.get("name", value.get("apiCode", value.get("api_name")))
    described = isinstance(value.get("description"), str) and ("parameters" in value or "input_parameters" in value)
    if isinstance(name, str) and (described or "api_name" in value):
        return {name: value["description"] if described else ""}
    return {}
