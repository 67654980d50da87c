"""Loopback endpoints: one in the test's own loop with a given handler, and a process that misbehaves."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from toolace.llm import faults

Handler = Callable[[dict[str, Any], web.Request], Any]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees another's answers or a real key, and waits are short."""
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(faults, "FIRST_WAIT", 0.005)
    monkeypatch.setattr(faults, "LONGEST_WAIT", 0.1)
    return tmp_path / "cache" / "llm" / "answers.sqlite"


@pytest.fixture
def serve() -> Callable[[Handler], AbstractAsyncContextManager[str]]:
    """`async with serve(handler) as url`: `handler(body, request)` gives a response, content, or a dict."""

    @asynccontextmanager
    async def serving(handler: Handler) -> AsyncIterator[str]:
        async def complete(request: web.Request) -> web.StreamResponse:
            given = handler(await request.json(), request)
            given = await given if asyncio.iscoroutine(given) else given
            return given if isinstance(given, web.StreamResponse) else completion(given)

        async def models(_: web.Request) -> web.Response:
            return web.json_response({"data": [{"id": "listed"}]})

        app = web.Application()
        app.router.add_post("/v1/chat/completions", complete)
        app.router.add_get("/v1/models", models)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"  # type: ignore[union-attr]
        finally:
            await runner.cleanup()

    return serving


def completion(given: str | dict[str, Any]) -> web.Response:
    answer = {"content": given} if isinstance(given, str) else given
    choice = {"message": {"content": answer["content"]}, "finish_reason": answer.get("finish", "stop")}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return web.json_response({"choices": [choice], "usage": answer.get("usage", usage)})


class Faulty:
    """The process of `faulty_endpoint.py`: it can be killed and started again at the same port."""

    def __init__(self, folder: Path, port: int):
        self.port = port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._log = folder / "requests.txt"
        self.start()

    def start(self) -> None:
        script = Path(__file__).with_name("faulty_endpoint.py")
        self._process = subprocess.Popen([sys.executable, str(script), str(self.port), str(self._log)])
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self._process.poll() is None, "the fake endpoint ended"
                time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Each request that came: what became of it, and its key in the cache."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [tuple(json.loads(line)) for line in lines]


@pytest.fixture
def faulty(tmp_path: Path, unused_port: int) -> Iterator[Faulty]:
    endpoint = Faulty(tmp_path, unused_port)
    yield endpoint
    endpoint.kill()


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
