"""Messages and progress bars, from the first process of a distributed job only."""

from __future__ import annotations

import os
import sys
from typing import Any

from tqdm import tqdm


def is_main_process() -> bool:
    """True unless a launcher says that this is another rank (known before any process group exists)."""
    return os.environ.get("RANK", "0") == "0"


def say(text: str) -> None:
    """Print one line to standard error, above any bar."""
    if is_main_process():
        tqdm.write(text, file=sys.stderr)


def bar(total: int, what: str) -> tqdm[Any]:
    """A bar with an estimate of the time left."""
    return tqdm(
        total=total,
        desc=what,
        file=sys.stderr,
        disable=not is_main_process(),
        mininterval=0.5,
        smoothing=0.1,
    )
