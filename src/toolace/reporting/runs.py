"""A run's folder as the report reads it: its manifest, and which stages are finished, begun or missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from toolace.errors import ToolaceError
from toolace.records import Json

COMMANDS = {
    "apis": "python -m toolace.synthesize +recipe=NAME stage=apis",
    "synthesize": "python -m toolace.synthesize +recipe=NAME",
    "train": "python -m toolace.train +recipe=NAME",
    "evaluate": "python -m toolace.evaluate +recipe=NAME",
}
"""The stages that the report shows, in order, and what makes each."""


class Manifest(msgspec.Struct, frozen=True):
    """What `toolace.store.Run` wrote."""

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
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, OSError) as error:
        raise ToolaceError(f"{path} cannot be read ({error}): run the stage again that wrote it") from error


def lines(path: Path) -> list[bytes]:
    """The whole lines of a file, none if it does not exist; what a stopped process left half-written is passed over."""
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1].splitlines()
