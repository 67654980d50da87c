"""Runs a command, and ends its whole process group as soon as whoever started this program is gone.

Start it as a file, in a session of its own, with a pipe as standard input: `python guard.py COMMAND…`. However the
starter dies, SIGKILL included, the pipe closes. (PR_SET_PDEATHSIG is Linux only, fires when the starting *thread*
ends, and does not reach grandchildren, of which vLLM has some.)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _watch() -> None:
    os.read(0, 1)  # not sys.stdin: its lock would be held when the interpreter ends
    os.killpg(0, signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run the command to its end and return its exit code."""
    # The group's SIGTERM is meant for the command: outlive it. A handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
