"""The manifest of a run: which stages are finished, and what each is made from."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.progress import is_main_process, say
from toolace.sharing import Shared
from toolace.store import write

_PACKAGES = ["toolace", "torch", "transformers", "trl", "peft", "accelerate", "datasets", "vllm", "bfcl-eval"]


class Run:
    """A run's folder and its `manifest.json`.

    The manifest holds config, versions and git commit, and for each finished stage its inputs, facts and seconds.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = config.output
        self.path = self.folder / "manifest.json"
        self.shared = Shared(config.shared)

    def stages(self) -> dict[str, Any]:
        """The finished stages: name → {inputs, facts, seconds}."""
        return self._read("stages")

    def versions(self) -> dict[str, Any]:
        """The versions of the packages that matter, None where one is not installed."""
        return dict(_environment()["versions"])

    def finished(self, stage: str, inputs: dict[str, Any], added: Collection[str] = ()) -> bool:
        """Say whether a stage is finished with the same inputs, here or by another run of the same sweep.

        Inputs in `added` may be new: the stage is then done again, and goes on from what it left.

        Raises:
            ToolaceError: it is finished or begun with other inputs; nothing is overwritten or mixed silently.
        """
        done, begun = self.stages().get(stage), self._read("begun").get(stage)
        earlier = done["inputs"] if done else begun
        inputs = _plain(inputs)
        new = [key for key in added if earlier is not None and key not in earlier]
        same = {key: value for key, value in inputs.items() if key not in new}
        if earlier is not None and earlier != same:
            changed = ", ".join(_differences(earlier, same))
            raise ToolaceError(
                f"{self.folder} holds a {stage} stage made with other settings ({changed}): "
                f"give this run another name=…, or delete {self.folder}"
            )
        if done and not new:
            say(f"{stage}: finished earlier, skipped")
            return True
        if (facts := self.shared.take(stage, inputs, self.folder)) is not None:
            self._finish(stage, inputs, facts, 0.0)
            return True
        return False

    def begin(self, stage: str, inputs: dict[str, Any]) -> None:
        """Record what a stage is made from, once its checks have passed and before it writes what may stay unfinished.

        Raises:
            ToolaceError: the manifest cannot be written.
        """
        self._write(begun=self._read("begun") | {stage: inputs}, stages=self.stages())

    @contextmanager
    def stage(self, stage: str, inputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Time a stage; the facts put into the yielded dict go to the manifest when it ends well."""
        start = time.perf_counter()
        facts: dict[str, Any] = {}
        yield facts
        self._finish(stage, inputs, facts, time.perf_counter() - start)
        self.shared.give(stage, _plain(inputs), facts, self.folder)

    def _finish(self, stage: str, inputs: dict[str, Any], facts: dict[str, Any], seconds: float) -> None:
        record = {"inputs": inputs, "facts": facts, "seconds": round(seconds, 2)}
        begun = {name: given for name, given in self._read("begun").items() if name != stage}
        self._write(begun=begun, stages=self.stages() | {stage: record})

    def _read(self, part: str) -> dict[str, Any]:
        return dict(msgspec.json.decode(self.path.read_bytes())[part]) if self.path.exists() else {}

    def _write(self, **parts: dict[str, Any]) -> None:
        if is_main_process():
            manifest = {"config": self.config, **_environment(), **parts}
            write(self.path, msgspec.json.format(msgspec.json.encode(manifest), indent=2))


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif old != new:
        yield f"{path}: {old} → {new}"


def _environment() -> dict[str, Any]:
    versions: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return {
        "versions": versions,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "git_commit": _git_commit(),
    }


def _git_commit() -> str | None:
    """The commit of the checkout that this code is in, None for an installed wheel."""
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
