from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from toolace import serve as module
from toolace.config import Config, ServeConfig
from toolace.errors import ToolaceError
from toolace.serve import running, serve
from toolace.servers import vllm_server

SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
%s
print("pid", os.getpid(), flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    return folder


def replace_server(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the back end be a small program instead of a model."""
    monkeypatch.setattr(
        module, "_command", lambda config, backend, model, port: ([sys.executable, "-c", code, str(port)], {})
    )


def config(**fields: object) -> ServeConfig:
    return ServeConfig(backend="transformers", port=0, startup_seconds=30, **fields)  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    """Whether a process has ended (an orphan may stay a zombie until init reaps it)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def await_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return gone(pid)


def server_pid(log: Path) -> int:
    return int(log.read_text().split()[1])


def test_the_server_lives_as_long_as_the_block(monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path) -> None:
    replace_server(monkeypatch, SERVER % "")
    log = tmp_path / "logs" / "serve.log"
    with pytest.raises(KeyboardInterrupt), running(config(), model, log) as url:
        assert httpx.get(url.removesuffix("/v1") + "/health", trust_env=False).status_code == 200
        assert not gone(server_pid(log))
        raise KeyboardInterrupt
    assert gone(server_pid(log))


def test_a_server_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path) -> None:
    replace_server(monkeypatch, SERVER % "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.1)
    with running(config(), model, tmp_path / "log"):
        pass
    assert await_gone(server_pid(tmp_path / "log"))


def test_a_server_that_ends_early_is_quoted(monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    replace_server(monkeypatch, "import sys; print('loading'); sys.exit('out of luck')")
    with (
        pytest.raises(ToolaceError, match=r"did not start: .*out of luck.*\(see .*log\)"),
        running(config(), model, tmp_path / "log"),
    ):
        pytest.fail("it must not start")


def test_a_server_that_never_gets_ready_is_given_up(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    replace_server(monkeypatch, "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)")
    slow = config()
    slow.startup_seconds = 0.3
    with pytest.raises(ToolaceError, match="startup_seconds"), running(slow, model, tmp_path / "log"):
        pytest.fail("it must not start")
    assert not (text := (tmp_path / "log").read_text()) or await_gone(int(text.split()[1]))


def test_a_port_in_use_is_an_error_before_anything_starts(model: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = ServeConfig(backend="transformers", port=taken.getsockname()[1])
        with pytest.raises(ToolaceError, match=r"serve\.port=…"), running(busy, model, tmp_path / "log"):
            pytest.fail("it must not start")
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"backend": "vllm"}, "make vllm"),
        ({"backend": "tgi"}, "serve.backend=tgi"),
        ({"host": "256.1.1.1"}, "serve.host"),
        ({"port": 99999}, "serve.port=99999"),
    ],
)
def test_settings_that_cannot_work_are_named(
    fields: dict[str, object], named: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_server, "is_installed", lambda: False)
    with pytest.raises(ToolaceError, match=named), running(ServeConfig(**fields), model, tmp_path / "log"):  # type: ignore[arg-type]
        pytest.fail("it must not start")


def test_auto_prefers_vllm_where_it_is_installed(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    for installed, module_name in ((True, "vllm.entrypoints.openai.api_server"), (False, "toolace.servers.")):
        monkeypatch.setattr(vllm_server, "is_installed", lambda installed=installed: installed)
        monkeypatch.setattr(vllm_server, "has_gpu", lambda: False)
        auto = ServeConfig(vllm_args=["--max-model-len", "9"], batch_size=5)
        command, environment = module._command(auto, module._backend(auto), model, 1)
        assert module_name in " ".join(command) and environment["HF_HUB_OFFLINE"] == "1"
        assert command[-2:] == (["--max-model-len", "9"] if installed else ["--batch-size", "5"])


def test_a_missing_model_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match=r"python -m toolace.train \+recipe=quickstart"):
        serve(Config(name="quickstart", output_dir=str(tmp_path)))
    with pytest.raises(ToolaceError, match="nowhere is not a folder"):
        serve(Config(output_dir=str(tmp_path), serve=ServeConfig(model=str(tmp_path / "nowhere"))))


PARENT = """
import signal, sys
from pathlib import Path
from toolace import serve
from toolace.config import Config, ServeConfig
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
code, model, output = sys.argv[1:]
serve._command = lambda config, backend, model, port: ([sys.executable, "-c", code, str(port)], {})
serve.serve(Config(output_dir=output, serve=ServeConfig(backend="transformers", model=model, port=0)))
"""


def start_parent(model: Path, output: Path) -> subprocess.Popen[str]:
    """`toolace.serve` in a process of its own, once it has printed its URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, SERVER % "", str(model), str(output)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[1])},
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("Serving on http://127.0.0.1:"), line
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0)])
def test_however_the_command_ends_the_server_ends_too(number: int, code: int, model: Path, tmp_path: Path) -> None:
    parent = start_parent(model, tmp_path)
    pid = server_pid(tmp_path / "serve.log")
    assert not gone(pid)
    parent.send_signal(number)
    parent.communicate(timeout=20)
    assert parent.returncode == code
    assert await_gone(pid)


def test_a_server_that_dies_ends_the_command(model: Path, tmp_path: Path) -> None:
    parent = start_parent(model, tmp_path)
    os.kill(server_pid(tmp_path / "serve.log"), signal.SIGKILL)
    parent.communicate(timeout=20)
    assert parent.returncode == 1


@pytest.mark.slow
def test_a_model_that_does_not_load_is_quoted(model: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(ToolaceError, match=r"did not start: .+serve.log\)"),
        running(config(), model, tmp_path / "serve.log"),
    ):
        pytest.fail("it must not start")
