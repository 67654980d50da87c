"""An endpoint that fails in 30% of its answers, is killed and restarted; and a client that is killed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolace.config import EndpointConfig, LlmConfig
from toolace.llm.cache import Answer, Cache
from toolace.llm.client import Client
from toolace.llm.endpoint import Endpoint

ASKS = 200

CLIENT = """
import asyncio, sys
import msgspec
from toolace.config import EndpointConfig, LlmConfig
from toolace.llm import faults
from toolace.llm.client import Client

class Echo(msgspec.Struct):
    echo: str

async def main():
    endpoint = EndpointConfig(url=sys.argv[1], model="m", attempts=50, timeout_seconds=0.5, concurrency=16)
    async with Client(LlmConfig(endpoint)) as llm:
        async def ask(n):
            answer = await llm.ask("user", [{"role": "user", "content": str(n)}], Echo)
            assert answer.echo == str(n)
            print(n, flush=True)
        await asyncio.gather(*map(ask, range(int(sys.argv[2]))))
    print(llm.ledger.total.cache_hits, "hits")

faults.FIRST_WAIT = 0.01
asyncio.run(main())
"""


class Echo(msgspec.Struct):
    echo: str


def keys(path: Path) -> set[str]:
    """What the cache holds."""
    if not path.exists():
        return set()
    with sqlite3.connect(path) as db:
        return {key.hex() for (key,) in db.execute("SELECT key FROM answers")}


def test_all_questions_are_answered_right_though_the_endpoint_fails_and_restarts(
    faulty: Any, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[bytes] = []
    put, complete = Cache.put, Endpoint.complete

    def watched_put(cache: Cache, key: bytes, answer: Answer) -> None:
        put(cache, key, answer)
        kept.append(key)

    async def watched_complete(endpoint: Endpoint, session: Any, body: bytes) -> Any:
        assert Cache.key(body, 0) not in kept, "sent though the cache holds it"
        return await complete(endpoint, session, body)

    async def restart_twice() -> None:
        for share in (0.3, 0.6):
            while len(kept) < share * ASKS:
                await asyncio.sleep(0.01)
            faulty.kill()
            await asyncio.sleep(0.3)
            await asyncio.to_thread(faulty.start)

    async def main() -> Client:
        endpoint = EndpointConfig(url=faulty.url, model="m", attempts=50, timeout_seconds=0.5, concurrency=16)
        async with Client(LlmConfig(endpoint)) as client:
            asks = [client.ask("user", [{"role": "user", "content": str(n)}], Echo) for n in range(ASKS)]
            answers, _ = await asyncio.gather(asyncio.gather(*asks), restart_twice())
        assert [answer.echo for answer in answers] == [str(n) for n in range(ASKS)]
        return client

    monkeypatch.setattr(Cache, "put", watched_put)
    monkeypatch.setattr(Endpoint, "complete", watched_complete)
    client = asyncio.run(main())
    assert len(kept) == len(keys(own_cache)) == ASKS
    outcomes = [outcome for outcome, _ in faulty.requests]
    assert len(set(outcomes)) == 11, "every kind of fault was met"
    assert outcomes.count("good") >= ASKS
    assert len(outcomes) <= client.ledger.total.attempts


def kill_at_a_random_moment(faulty: Any, cache: Path, seed: int) -> None:
    """Kill a client somewhere between its first answer and its end, and let the next one finish its work."""
    command = [sys.executable, "-c", CLIENT, faulty.url, str(ASKS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    moment = random.Random(seed)
    told = moment.randrange(ASKS - 20)
    for _ in range(told):
        process.stdout.readline()
    time.sleep(moment.uniform(0, 0.02))
    process.kill()
    told += process.communicate()[0].count("\n")
    sent, held = len(faulty.requests), keys(cache)
    assert told <= len(held)
    again = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert again[-1] == f"{len(held)} hits"
    assert sorted(again[:-1], key=int) == [str(n) for n in range(ASKS)]
    assert not held & {key for _, key in faulty.requests[sent:]}, "nothing is sent that the cache holds"
    assert len(keys(cache)) == ASKS


def test_a_killed_client_goes_on_where_it_was(faulty: Any, own_cache: Path) -> None:
    kill_at_a_random_moment(faulty, own_cache, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_client_killed_at_any_moment_goes_on_where_it_was(faulty: Any, own_cache: Path, seed: int) -> None:
    kill_at_a_random_moment(faulty, own_cache, seed)
