"""Sweeps: `-m +ablation=NAME` runs every variant of an ablation, each job as a process of its own.

Hydra's launchers only start the jobs (one after another, or by joblib, or by submitit on SLURM): a job that fails
leaves the others alone, and leaks no memory or GPU state into the next one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from toolace.errors import ToolaceError, near
from toolace.processes import end_with_parent
from toolace.progress import say

_JOB = "TOOLACE_JOB"


def ablations(conf: Path) -> dict[str, list[str]]:
    """Each ablation with its variants: `conf/ablation/NAME.yaml` and `conf/ablation/NAME/VARIANT.yaml`."""
    found = sorted((conf / "ablation").glob("[!_]*.yaml"))
    return {path.stem: sorted(one.stem for one in path.with_suffix("").glob("*.yaml")) for path in found}


def expanded(arguments: Sequence[str], conf: Path) -> list[str]:
    """Let `+ablation=NAME` stand for all variants; they come after the recipe, whose values they change.

    Raises:
        ToolaceError: an unknown ablation, or one without `-m` and without a variant.
    """
    asked = [one for one in arguments if one.startswith("+ablation=")]
    if not asked:
        return [*arguments]
    name, known = asked[0].partition("=")[2], ablations(conf)
    if name not in known:
        raise ToolaceError(f"unknown ablation {name!r}{near(name, known)}; there are: {', '.join(known)}")
    variants = [one for one in arguments if one.startswith(f"+ablation/{name}=")]
    if not variants:
        if not {"-m", "--multirun"} & {*arguments}:
            raise ToolaceError(
                f"+ablation={name}: add -m to run all variants ({', '.join(known[name])}), or choose one with "
                f"+ablation/{name}={known[name][0]}"
            )
        variants = [f"+ablation/{name}={','.join(known[name])}"]
    recipe = [one for one in arguments if one.startswith("+recipe=")]
    rest = [one for one in arguments if one not in (*recipe, *asked, *variants)]
    options = [one for one in rest if one.startswith("-")]  # Hydra takes none between overrides
    return [*options, *recipe, *asked, *variants, *(one for one in rest if one not in options)]


def run_job(module: str, overrides: Sequence[str]) -> None:
    """Run one job of a sweep and wait for it.

    Raises:
        ToolaceError: it failed; it has said why.
    """
    told = " ".join(overrides)
    say(f"job: {told}")
    command = [sys.executable, "-m", module, *overrides]
    if subprocess.run(command, env=os.environ | {_JOB: "1"}, check=False).returncode:
        raise ToolaceError(
            f"the job `{told}` failed (its reason stands above); the other jobs were run, and the same command runs "
            "only what is missing"
        )


def follow_sweep() -> None:
    """Let a job end with its sweep: one that went on alone would write where the next call writes."""
    if os.environ.get(_JOB):
        end_with_parent()
