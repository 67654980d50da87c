"""Other frameworks in environments of their own, for the comparisons in this folder."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path


def install(home: Path, *packages: str) -> Path:
    """Give the folder of commands of an environment with these packages, made by pip if it is not there yet."""
    if not (home / "installed").exists():
        print(f"installing {packages[0]} in {home}", file=sys.stderr, flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([home / "bin" / "pip", "install", "-q", *packages], check=True)
        (home / "installed").touch()
    return home / "bin"
