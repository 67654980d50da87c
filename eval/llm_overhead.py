"""What a request costs beside a bare aiohttp client and other frameworks, against an endpoint that answers after 50 ms.

python eval/llm_overhead.py [--peers curator,data_designer,distilabel] [--peers-folder FOLDER] [--rounds 3]
python eval/llm_overhead.py --memory 100000

Each client sends the same questions, 200 at once, from a process of its own, in turn. The endpoint itself takes the
time from the second request (the first may be a trial) to the last answer, so that nobody's set-up counts; ours keeps
a fresh cache and the ledger and decodes JSON by a schema, the others give plain text. Peers are installed by pip into
environments of their own in FOLDER, once; their telemetry is off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import ClassVar

import aiohttp
import msgspec
from peers import install

from toolace.config import EndpointConfig, LlmConfig
from toolace.llm.client import Client

LATENCY = 0.05
CONCURRENCY = 200
REQUESTS = {"bare": 10_000, "ours": 10_000}
PEERS = {
    "curator": ["bespokelabs-curator==0.1.31"],
    "data_designer": ["data-designer==0.9.7"],
    "distilabel": ["distilabel[openai]==1.5.3", "requests"],  # it does not say that it needs requests
}
PEER_REQUESTS = 2000
QUIET = {
    "OPENAI_API_KEY": "none",
    "TELEMETRY_ENABLED": "false",
    "DISTILABEL_LOG_LEVEL": "WARNING",
    "CURATOR_DISABLE_RICH_DISPLAY": "1",
    "NEMO_TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


class Capital(msgspec.Struct):
    capital: str


class Mock(asyncio.Protocol):
    """The least HTTP that all clients are content with, so that the endpoint is not what is measured."""

    HEAD = re.compile(rb"^(\w+) (\S+)(?s:.*?)\r\n\r\n")
    LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
    began: ClassVar[list[float]] = []
    ended: ClassVar[list[float]] = []
    answer: ClassVar[dict[str, object]] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "mock",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": '{"capital": "Rome"}'}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28},
    }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while head := self.HEAD.match(self.buffer):
            length = self.LENGTH.search(head[0])
            end = head.end() + (int(length[1]) if length else 0)
            if len(self.buffer) < end:
                return
            self.buffer = self.buffer[end:]
            self.respond(head[2])

    def respond(self, path: bytes) -> None:
        if path == b"/stats":
            self.write({"count": len(self.ended), "seconds": self.ended[-1] - self.began[1] if self.ended else 0.0})
            self.began.clear()
            self.ended.clear()
        elif path.endswith(b"/models"):
            self.write({"object": "list", "data": [{"id": "mock", "object": "model", "created": 1, "owned_by": "me"}]})
        else:
            self.began.append(time.perf_counter())
            asyncio.get_running_loop().call_later(LATENCY, self.complete)

    def complete(self) -> None:
        self.ended.append(time.perf_counter())
        self.write(self.answer)

    def write(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        if not self.transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self.transport.write(head + body)  # type: ignore[attr-defined]


def serve(port: multiprocessing.Queue[int], mock: type[Mock] = Mock) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(mock, "127.0.0.1", 0, backlog=1000)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def question(number: int) -> str:
    return f"What is the capital of country number {number}?"


async def bare(url: str, requests: int) -> None:
    """As one writes it by hand: no retries, no cache, no schema."""
    places = asyncio.Semaphore(CONCURRENCY)

    async def ask(number: int) -> str:
        body = {"model": "mock", "messages": [{"role": "user", "content": question(number)}]}
        async with places, session.post(f"{url}/chat/completions", json=body) as response:
            return str((await response.json())["choices"][0]["message"]["content"])

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*map(ask, range(requests)))


async def ours(url: str, requests: int) -> None:
    async with Client(LlmConfig(EndpointConfig(url=url, model="mock", concurrency=CONCURRENCY))) as llm:
        await asyncio.gather(
            *(llm.ask("user", [{"role": "user", "content": question(n)}], Capital) for n in range(requests))
        )


async def memory(url: str, requests: int) -> None:
    """Print the memory of this process along so many requests, asked by as many workers as may be in flight."""
    numbers = iter(range(requests))

    async def work(llm: Client) -> None:
        for number in numbers:
            if number % (requests // 10) == 0:
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                print(f"{number:>8,} requests: {pages * resource.getpagesize() / 2**20:.1f} MiB", flush=True)
            await llm.ask("user", [{"role": "user", "content": question(number)}], Capital)

    async with Client(LlmConfig(EndpointConfig(url=url, model="mock", concurrency=CONCURRENCY))) as llm:
        await asyncio.gather(*(work(llm) for _ in range(CONCURRENCY)))


def command(name: str, url: str, folder: Path) -> tuple[list[str], int]:
    if name in REQUESTS:
        return [sys.executable, __file__, "--run", name, "--url", url], REQUESTS[name]
    script = Path(__file__).parent / "llm_peers" / f"with_{name}.py"
    python = install(folder / name, *PEERS[name]) / "python"
    return [str(python), str(script), url, str(PEER_REQUESTS), str(CONCURRENCY)], PEER_REQUESTS


def measure(name: str, url: str, folder: Path) -> tuple[float, float]:
    """Give requests per second and CPU milliseconds per request (imports and set-up included)."""
    line, requests = command(name, url, folder)
    with tempfile.TemporaryDirectory() as scratch, (Path(scratch) / "log").open("w+") as log:
        env = os.environ | QUIET | {"HOME": scratch, "TOOLACE_CACHE": scratch}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if subprocess.run(line, cwd=scratch, env=env, stdout=log, stderr=log).returncode:
            log.seek(0)
            sys.exit(f"{name} failed:\n{log.read()[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with urllib.request.urlopen(url.replace("/v1", "/stats")) as response:
        stats = json.load(response)
    if stats["count"] < requests:
        sys.exit(f"{name} sent {stats['count']} of {requests} requests")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return stats["count"] / stats["seconds"], 1000 * cpu / stats["count"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", default="")
    parser.add_argument("--peers-folder", type=Path, default=Path("outputs/llm_peers"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int)
    parser.add_argument("--run", choices=REQUESTS)
    parser.add_argument("--url")
    given = parser.parse_args()
    if given.run:
        return asyncio.run({"bare": bare, "ours": ours}[given.run](given.url, REQUESTS[given.run]))
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{port.get()}/v1"
    if given.memory:
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["TOOLACE_CACHE"] = scratch
            return asyncio.run(memory(url, given.memory))
    names = [*REQUESTS, *filter(None, given.peers.split(","))]
    folder = given.peers_folder.absolute()
    for name in set(names) - set(REQUESTS):
        install(folder / name, *PEERS[name])
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(given.rounds):
        for name in names:
            rounds[name].append(measure(name, url, folder))
            print(f"{name}: {rounds[name][-1][0]:.0f} requests/s", file=sys.stderr, flush=True)
    report(rounds)


def report(rounds: dict[str, list[tuple[float, float]]]) -> None:
    """No client can pass CONCURRENCY / LATENCY requests/s; what a request costs in CPU time has no such ceiling."""
    ours, our_cpu = zip(*rounds["ours"], strict=True)
    print("| client | requests/s | of all rounds | CPU ms per request | ours is … times as fast | … times as cheap |")
    print("|---|---|---|---|---|---|")
    for name, results in rounds.items():
        rates, cpu = [rate for rate, _ in results], statistics.median(cpu for _, cpu in results)
        times = statistics.median(a / b for a, b in zip(ours, rates, strict=True))
        cheaper = cpu / statistics.median(our_cpu)
        spread = f"{min(rates):.0f}–{max(rates):.0f}"
        label = PEERS[name][0] if name in PEERS else name
        print(f"| {label} | {statistics.median(rates):.0f} | {spread} | {cpu:.2f} | {times:.2f} | {cheaper:.1f} |")


if __name__ == "__main__":
    main()
