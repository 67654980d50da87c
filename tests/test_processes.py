import subprocess
import sys
import time
from pathlib import Path

import pytest

from toolace.errors import ToolaceError
from toolace.processes import run_apart


def fail(path: Path) -> None:
    path.write_text("ran")
    raise ToolaceError("as it should")


@pytest.mark.slow
def test_an_error_in_the_child_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match="as it should"):
        run_apart(fail, tmp_path / "mark")
    assert (tmp_path / "mark").read_text() == "ran"


@pytest.mark.slow
def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys, time\n"
        "from toolace.processes import run_apart\n"
        "def work(path):\n"
        "    while True:\n"
        "        open(path, 'w').write(str(time.time()))\n"
        "        time.sleep(0.05)\n"
        "if __name__ == '__main__':\n"
        "    run_apart(work, sys.argv[1])\n"
    )
    mark = tmp_path / "mark"
    parent = subprocess.Popen([sys.executable, str(script), str(mark)])
    while not mark.exists():
        assert parent.poll() is None
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    time.sleep(1)
    last = mark.read_text()
    time.sleep(0.5)
    assert mark.read_text() == last
