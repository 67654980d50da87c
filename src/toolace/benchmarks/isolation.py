"""Limits of a process that reads what a model wrote with code that is not ours."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

MEMORY = 4 << 30
"""Bytes of address space."""
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def environment(folder: str) -> dict[str, str]:
    """What such a process sees of ours: the modules that we find, no keys, and an empty folder as its home.

    Started in that folder, it has nothing there that could shadow a module.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    modules = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    own = dict.fromkeys(("HOME", "TMPDIR", "BFCL_PROJECT_ROOT"), folder)
    return kept | own | {"PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1"}


def isolate(seconds: float) -> None:
    """Give up, in this process: more than MEMORY and so many seconds of work, files, and the network.

    Where the system does not let us leave the network (some containers, macOS), the rest still holds.
    """
    _limit(resource.RLIMIT_CPU, int(seconds) + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, MEMORY)
        ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)


def _limit(what: int, most: int) -> None:
    _, allowed = resource.getrlimit(what)
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (most, most))
