import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from toolace.benchmarks.isolation import environment

START = "from toolace.benchmarks.isolation import isolate; isolate(2)\n"


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = environment(str(folder)) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", START + code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=env, timeout=60)


def test_it_sees_no_keys_and_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    done = run("import os; print(os.environ.get('OPENAI_API_KEY'), os.path.expanduser('~'))", tmp_path)
    assert done.stdout.split() == ["None", str(tmp_path)]


def test_it_writes_no_file(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    done = run(f"open({str(canary)!r}, 'wb', 0).write(b'x')", tmp_path)
    assert done.returncode != 0
    assert not canary.exists() or canary.stat().st_size == 0


def test_it_gets_no_more_memory_and_time_than_allowed(tmp_path: Path) -> None:
    assert "MemoryError" in run("x = bytearray(5 << 30)", tmp_path).stderr
    assert run("while True: pass", tmp_path).returncode < 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces")
def test_it_reaches_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('reached')", tmp_path)
    if done.stdout:
        pytest.skip("this system lets no process leave the network")
    assert "OSError" in done.stderr or "Error" in done.stderr
