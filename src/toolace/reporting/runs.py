"""A run's folder as the report reads it: its manifest, and which stages are finished, begun or missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from toolace.errors import ToolaceError
from toolace.records import Json

T = TypeVar("T")

COMMANDS = {
    "apis": "python -m toolace.synthesize +recipe=NAME stage=apis",
    "synthesize": "python -m toolace.synthesize +recipe=NAME",
    "train": "python -m toolace.train +recipe=NAME",
    "evaluate": "python -m toolace.evaluate +recipe=NAME",
}
"""The stages that the report shows, in order, and what makes each."""


class Manifest(msgspec.Struct, frozen=True):
    """What `toolace.manifest.Run` wrote."""

    config: dict[str, Json]
    stages: dict[str, dict[str, Json]]
    begun: dict[str, Json] = {}
    versions: dict[str, str | None] = {}
    python: str = ""
    machine: str = ""
    git_commit: str | None = None

    def inputs(self, stage: str) -> dict[str, Any]:
        """What a stage is made from, be it finished or only begun; empty if it is neither."""
        done = self.stages.get(stage)
        return dict(done["inputs"] if done else self.begun.get(stage, {}))

    def facts(self, stage: str) -> dict[str, Any]:
        """What a finished stage says of itself; empty if it is not finished."""
        return dict(self.stages.get(stage, {}).get("facts", {}))

    def progress(self) -> list[dict[str, Json]]:
        """How far each stage is, and the command that makes or finishes it."""
        return [
            {
                "name": name,
                "state": "finished" if name in self.stages else "begun" if name in self.begun else "missing",
                "seconds": self.stages.get(name, {}).get("seconds"),
                "command": command,
            }
            for name, command in COMMANDS.items()
        ]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run.

    Raises:
        ToolaceError: the folder is no run, or its manifest is damaged.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        missing = "no manifest.json" if folder.is_dir() else "no such folder"
        raise ToolaceError(f"{folder} is no run ({missing}): give the folder that `{COMMANDS['synthesize']}` wrote")
    return record(path, Manifest)


def record(path: Path, kind: type[T]) -> T:
    """Read a file that holds one record.

    Raises:
        ToolaceError: it is damaged.
    """
    return _decoded(path.read_bytes(), kind, str(path))


def records(path: Path, kind: type[T]) -> Iterator[T]:
    """Read a file of records, one a line; none if there is no file. Half a line at its end, of a stop, is passed over.

    Raises:
        ToolaceError: a line is damaged.
    """
    content = path.read_bytes() if path.exists() else b""
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
        yield _decoded(line, kind, f"{path}, line {number},")


def _decoded(content: bytes, kind: type[T], where: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ToolaceError(f"{where} cannot be read ({error}): run the stage again that wrote it") from error
