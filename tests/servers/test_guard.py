from __future__ import annotations

import os
import signal
import subprocess
import sys

from toolace.servers import guard

CHILD = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


def start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, guard.__file__, sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_exit_code_is_the_commands() -> None:
    process = start("raise SystemExit(7)")
    assert process.wait(20) == 7
    process.communicate()


def test_the_group_dies_when_standard_input_closes() -> None:
    process = start(CHILD)
    assert process.stdin and process.stdout
    assert int(process.stdout.readline()) != process.pid
    process.stdin.close()
    assert process.wait(20) == -signal.SIGKILL
    assert process.stdout.read() == ""  # end of file: the child, which held the other end, is gone too
    process.stdout.close()


def test_the_guard_outlives_a_sigterm_until_the_command_has_ended() -> None:
    process = start(
        "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(3))\nprint(flush=True)\ntime.sleep(60)"
    )
    assert process.stdout
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(20) == 3
    process.communicate()
