"""Child processes that do not outlive us."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def end_with_parent() -> None:
    """Let this process end when its parent does: a worker whose parent was killed would wait for work for ever."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def run_apart(work: Callable[[T], None], argument: T) -> None:
    """Run a function in a fresh process, so that all its memory is free afterwards; its exceptions are raised here."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), end_with_parent) as process:
        process.submit(work, argument).result()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
