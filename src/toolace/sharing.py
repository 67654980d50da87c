"""Finished stages that the runs of a sweep share, by the hash of what they are made from: made once, then linked."""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock

from toolace.progress import say
from toolace.store import write, writing

OUTPUTS = {
    "synthesize": ("dialogs", "data", "mixture"),
    "train": ("model/adapter", "model/merged", "loss.jsonl", "loss.png"),
    "before": ("scores/before-answers.jsonl",),
    "evaluate": ("scores",),
}
"""What each stage that is shared leaves in a run's folder."""


class Shared:
    """The shared folder of a sweep; without one, nothing is taken or given."""

    def __init__(self, folder: str | None) -> None:
        # The processes of one distributed training would wait for each other.
        alone = int(os.environ.get("WORLD_SIZE", "1")) == 1
        self.folder = Path(folder) if folder and alone else None
        self._locks: dict[str, FileLock] = {}

    def take(self, stage: str, inputs: Any, run: Path) -> dict[str, Any] | None:
        """Link a stage that another run has finished into this run, and give its facts; None if this run makes it.

        Another job that is at the same stage is waited for.
        """
        if self.folder is None or stage not in OUTPUTS:
            return None
        kept = self._place(stage, inputs)
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._locks[stage] = FileLock(kept.with_suffix(".lock"))
        lock.acquire()
        if not kept.exists():
            return None
        for name in OUTPUTS[stage]:
            if (kept / name).exists():
                _link(kept / name, run / name)
        lock.release()
        say(f"{stage}: as in another run of this sweep, linked from {kept}")
        return dict(msgspec.json.decode((kept / "facts.json").read_bytes()))

    def give(self, stage: str, inputs: Any, facts: dict[str, Any], run: Path) -> None:
        """Let other runs have a finished stage of this one."""
        if self.folder is None or stage not in OUTPUTS:
            return
        kept = self._place(stage, inputs)
        if not kept.exists():
            part = kept.with_suffix(".part")
            with writing(part):
                shutil.rmtree(part, ignore_errors=True)
                for name in OUTPUTS[stage]:
                    if (run / name).exists():
                        _link(run / name, part / name)
                write(part / "facts.json", msgspec.json.encode(facts))
                part.rename(kept)
        if stage in self._locks:
            self._locks.pop(stage).release()

    def _place(self, stage: str, inputs: Any) -> Path:
        assert self.folder is not None
        key = msgspec.json.encode([version("toolace"), stage, inputs], order="deterministic")
        return self.folder / f"{stage}-{hashlib.sha256(key).hexdigest()[:16]}"


def _link(source: Path, target: Path) -> None:
    """Put hard links of a file or a folder in the place of what is there: it takes no room, and no run changes it."""
    part = target.with_name(f".{target.name}.part")
    with writing(target):
        shutil.rmtree(part, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, part, symlinks=True, copy_function=_linked)
            shutil.rmtree(target, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
            _linked(str(source), str(part))
        part.replace(target)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)
