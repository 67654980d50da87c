"""Serve a model behind an OpenAI-compatible endpoint: `python -m toolace.serve +recipe=NAME`."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from toolace import weights
from toolace.config import Config, ServeConfig
from toolace.errors import ToolaceError
from toolace.servers import MODEL_NAME, guard, vllm_server
from toolace.servers.folder import check_model

_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.1


@dataclass
class _Server:
    process: subprocess.Popen[bytes]
    url: str
    log: Path


@contextmanager
def running(config: ServeConfig, model: Path, log: Path) -> Iterator[str]:
    """Serve a model folder for the duration of a `with` block, which gets the base URL `http://HOST:PORT/v1`.

    The server's output goes to `log`. The server ends with the block, and with this process however that dies.

    Raises:
        ToolaceError: a bad model folder, a port in use, a missing back end (all before anything starts), or a server
            that ends early or is not ready within `startup_seconds`.
    """
    with _started(config, model, log) as server:
        yield server.url


def serve(config: Config) -> None:
    """Serve `serve.model`, else the merged model of this run, until Ctrl-C or SIGTERM.

    Raises:
        ToolaceError: no model yet, or as `running`, or the server ended by itself.
    """
    model = _model(config)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt), _started(config.serve, model, config.output / "serve.log") as server:
        print(_welcome(server.url), flush=True)
        code = server.process.wait()
        raise ToolaceError(f"the server ended with exit code {code}: {_last_line(server.log)} (see {server.log})")


def _model(config: Config) -> Path:
    if config.serve.model:
        return Path(config.serve.model)
    if config.serve.adapters:
        return weights.prepare(config.model, config.output / "model" / "base")
    merged = config.output / "model" / "merged"
    if not merged.exists():
        raise ToolaceError(
            f"{merged} does not exist: run `python -m toolace.train +recipe={config.name}` first, or set serve.model"
        )
    return merged


@contextmanager
def _started(config: ServeConfig, model: Path, log: Path) -> Iterator[_Server]:
    check_model(model)
    backend = _backend(config)
    port = _free_port(config.host, config.port)
    command, extra = _command(config, backend, model.resolve(), port)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, guard.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **extra, "PYTHONUNBUFFERED": "1"},  # or its last words stand before its first
            start_new_session=True,
        )
    try:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
        _await_health(process, host, port, config.startup_seconds, log)
        yield _Server(process, f"http://{f'[{host}]' if ':' in host else host}:{port}/v1", log)
    finally:
        _stop(process)


def _backend(config: ServeConfig) -> str:
    if config.backend == "auto":
        return "vllm" if vllm_server.is_installed() else "transformers"
    if config.backend not in ("vllm", "transformers"):
        raise ToolaceError(f"serve.backend={config.backend} is unknown: use auto, vllm or transformers")
    if config.backend == "vllm" and not vllm_server.is_installed():
        raise ToolaceError("serve.backend=vllm, but vLLM is not installed: run `make vllm`, or set serve.backend=auto")
    return config.backend


def _command(config: ServeConfig, backend: str, model: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """Command line and additions to the environment."""
    if backend == "vllm":
        gpu = vllm_server.has_gpu()
        adapters = {name: Path(folder) for name, folder in config.adapters.items()}
        command = vllm_server.command(model, config.host, port, gpu, config.vllm_args, adapters)
        return command, vllm_server.environment(gpu, config.hot_load)
    if config.adapters or config.hot_load:
        raise ToolaceError("serve.adapters and serve.hot_load need vLLM: run `make vllm`, or serve the merged model")
    command = [sys.executable, "-m", "toolace.servers.transformers_server", "--model", str(model)]
    command += ["--served-model-name", MODEL_NAME, "--host", config.host, "--port", str(port)]
    return [*command, "--batch-size", str(config.batch_size)], {"HF_HUB_OFFLINE": "1"}


def _free_port(host: str, port: int) -> int:
    """The port itself, or for 0 one that is free."""
    if not 0 <= port < 2**16:
        raise ToolaceError(f"serve.port={port} is no port: use 1 to 65535, or 0 for any that is free")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ToolaceError(f"port {port} is in use: set serve.port=… to another one, or to 0 for any") from error
        raise ToolaceError(f"cannot listen on serve.host={host} serve.port={port}: {error}") from error


def _await_health(process: subprocess.Popen[bytes], host: str, port: int, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not _healthy(host, port):
        if process.poll() is not None:
            raise ToolaceError(f"the server did not start: {_last_line(log)} (see {log})")
        if time.monotonic() > deadline:
            raise ToolaceError(
                f"the server was not ready after {seconds:g} s: set serve.startup_seconds higher, or see {log}"
            )
        time.sleep(_POLL_SECONDS)


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)  # knows of no proxies
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4096))
        lines = [line.strip() for line in stream.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL, to the whole group. A second Ctrl-C here loses nothing: the guard sees our end."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)  # whatever is left of the group
    process.wait()
    if process.stdin:
        process.stdin.close()


def _welcome(url: str) -> str:
    body = f'{{"model": "{MODEL_NAME}", "messages": [{{"role": "user", "content": "Hello"}}]}}'
    curl = f"curl {url}/chat/completions -H 'Content-Type: application/json' -d '{body}'"
    return f"Serving on {url} (Ctrl-C ends it). Try:\n  {curl}"


if __name__ == "__main__":
    from toolace.cli import run

    run(serve)
