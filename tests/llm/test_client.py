from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from toolace.config import EndpointConfig, LlmConfig
from toolace.errors import ToolaceError
from toolace.llm.client import GARBAGE, Client, Llm, Unanswered

Serve = Callable[[Any], Any]


class Echo(msgspec.Struct):
    echo: str


def echo(body: dict[str, Any], request: web.Request | None = None) -> str:
    return json.dumps({"echo": body["messages"][-1]["content"]})


def question(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def llm(url: str | None, **endpoint: Any) -> LlmConfig:
    return LlmConfig(EndpointConfig(**{"url": url, "model": "m", **endpoint}))


async def ask(config: LlmConfig, text: str = "hello", patience: float = 0.3) -> str:
    async with Client(config, patience=patience) as client:
        return (await client.ask("user", question(text), Echo)).echo


def test_equal_questions_are_sent_once_at_a_time_and_later_answered_from_disk(serve: Serve) -> None:
    seen = []

    def handler(body: dict[str, Any], request: web.Request) -> str:
        seen.append(body)
        return echo(body)

    async def run(url: str) -> Client:
        async with Client(llm(url)) as client:
            asker: Llm = client
            asks = [asker.ask("user", question(str(n % 5)), Echo, sample=n % 2) for n in range(40)]
            assert [answer.echo for answer in await asyncio.gather(*asks)] == [str(n % 5) for n in range(40)]
            return client

    async def main() -> None:
        async with serve(handler) as url:
            first, second = await run(url), await run(url)
        assert len(seen) == 10
        total = first.ledger.total
        assert (total.requests, total.attempts, total.cache_hits, total.tokens) == (40, 10, 30, 150)
        total = second.ledger.total
        assert (total.requests, total.attempts, total.cache_hits, total.tokens) == (40, 0, 40, 0)
        assert total.saved_tokens == 40 * 15

    asyncio.run(main())


def test_garbage_is_collected_less_often_as_long_as_a_client_is_open(serve: Serve) -> None:
    before = gc.get_threshold()

    async def main() -> None:
        async with serve(echo) as url, Client(llm(url)), Client(llm(url)):
            assert gc.get_threshold() == (GARBAGE, *before[1:])

    asyncio.run(main())
    assert gc.get_threshold() == before


def test_who_waits_for_a_question_in_flight_shares_its_failure_but_not_its_cancellation(serve: Serve) -> None:
    seen = []

    async def handler(body: dict[str, Any], request: web.Request) -> Any:
        seen.append(body)
        await asyncio.sleep(0.05)
        return {"content": "" if body["messages"][-1]["content"] == "bad" else echo(body)}

    async def main() -> None:
        async with serve(handler) as url, Client(llm(url, attempts=1)) as client:
            bad = [client.ask("user", question("bad"), Echo) for _ in range(3)]
            assert [str(e) for e in await asyncio.gather(*bad, return_exceptions=True)] == ["the answer is no JSON"] * 3
            assert len(seen) == 1
            first, second = (asyncio.create_task(client.ask("user", question("good"), Echo)) for _ in range(2))
            while len(seen) < 2:
                await asyncio.sleep(0)
            first.cancel()
            assert (await second).echo == "good"

    asyncio.run(main())


def test_roles_have_endpoints_of_their_own_and_a_model_may_be_looked_up(serve: Serve) -> None:
    def name(body: dict[str, Any], request: web.Request) -> str:
        return json.dumps({"echo": f"{body['model']} {body['temperature']} {request.headers.get('Authorization')}"})

    async def main(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JUDGE_KEY", "judges-own-key\n")
        async with serve(name) as url:
            config = llm(url)
            config.roles["expert"] = EndpointConfig(url=url + "/", key="JUDGE_KEY", temperature=0.1)
            async with Client(config) as client:
                assert (await client.ask("user", question(""), Echo, temperature=0.0)).echo == "m 0.0 None"
                # the endpoint may show the key in an answer: it is kept out of the cache, too
                assert (await client.ask("expert", question(""), Echo)).echo == "listed 0.1 Bearer ***"

    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(main(monkeypatch))


@pytest.mark.parametrize("url", [None, "", "127.0.0.1:8000/v1", "ftp://127.0.0.1/v1"])
def test_no_address_no_run(url: str | None) -> None:
    with pytest.raises(ToolaceError, match=r"llm\.endpoint\.url="):
        asyncio.run(ask(llm(url)))


def test_an_endpoint_that_allows_few_requests_a_second_answers_all_in_the_end(serve: Serve) -> None:
    async def main() -> None:
        allowed = asyncio.Semaphore(2)

        async def handler(body: dict[str, Any], request: web.Request) -> Any:
            if allowed.locked():
                return web.Response(status=429)
            async with allowed:
                await asyncio.sleep(0.002)
            return echo(body)

        async with serve(handler) as url, Client(llm(url, attempts=1), patience=5) as client:
            asks = [client.ask("user", question(str(n)), Echo) for n in range(200)]
            assert [answer.echo for answer in await asyncio.gather(*asks)] == [str(n) for n in range(200)]

    asyncio.run(main())


@pytest.mark.parametrize("status", [401, 403, 404, 400, 500])
def test_the_key_is_shown_nowhere(
    serve: Serve, status: int, monkeypatch: pytest.MonkeyPatch, own_cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "sk-very/secret+key=="
    monkeypatch.setenv("SOME_KEY", key)

    def refuse(body: dict[str, Any], request: web.Request) -> web.Response:
        text = f"bad {request.headers['Authorization']}"
        return web.json_response({"error": {"message": text}}, status=status)

    async def main() -> str:
        async with serve(refuse) as url:
            with pytest.raises((ToolaceError, Unanswered)) as caught:
                await ask(llm(url, key="SOME_KEY", attempts=2))
            shown = [str(caught.value), *getattr(caught.value, "__notes__", [])]
            assert caught.value.__cause__ is None
            return "\n".join(shown)

    shown = asyncio.run(main())
    assert "***" in shown
    assert ("SOME_KEY" in shown) == (status in {401, 403})
    written = b"".join(file.read_bytes() for file in own_cache.parent.iterdir())
    out, err = capfd.readouterr()
    assert key.encode() not in written
    assert key not in shown + out + err


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("This model's maximum context length is 4096 tokens.", Unanswered),
        ("the request exceeds the available context size, try increasing it", Unanswered),
        ("'response_format' of type 'json_schema' is not supported", r"set llm\.endpoint\.structured=false"),
        ("unknown field temperature", r"HTTP 400: unknown field temperature; check llm\.endpoint"),
    ],
)
def test_refusals_say_what_to_do(serve: Serve, text: str, wanted: Any) -> None:
    async def main() -> None:
        async with serve(lambda *_: web.json_response({"error": {"message": text}}, status=400)) as url:
            await ask(llm(url))

    if wanted is Unanswered:
        with pytest.raises(Unanswered, match="longer than the model's context"):
            asyncio.run(main())
    else:
        with pytest.raises(ToolaceError, match=wanted):
            asyncio.run(main())


def test_a_refusal_by_an_endpoint_that_has_answered_concerns_only_that_question(serve: Serve) -> None:
    def handler(body: dict[str, Any], request: web.Request) -> Any:
        odd = body["messages"][-1]["content"] == "odd"
        return web.Response(status=400, text="bad grammar") if odd else echo(body)

    async def main() -> None:
        async with serve(handler) as url, Client(llm(url)) as client:
            await client.ask("user", question("even"), Echo)
            with pytest.raises(Unanswered, match="HTTP 400"):
                await client.ask("user", question("odd"), Echo)
            assert client.ledger.total.unanswered == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"content": '{"echo": "hello"}', "finish": "length"}, "the answer ended by length"),
        ({"content": None}, "the answer is no JSON"),
        ({"content": "Hello!"}, "the answer is no JSON"),
        ({"content": '{"echo": 1}'}, "the answer does not fit the schema"),
        (web.Response, "the endpoint's answer is not of the OpenAI API"),
    ],
)
def test_bad_answers_are_asked_again_never_kept_and_at_last_counted(serve: Serve, bad: Any, reason: str) -> None:
    async def main() -> None:
        answers: list[Any] = []

        def handler(body: dict[str, Any], request: web.Request) -> Any:
            answer = answers.pop(0)
            return answer() if callable(answer) else answer

        async with serve(handler) as url:
            answers[:] = [bad] * 3
            with pytest.raises(Unanswered, match=reason):
                await ask(llm(url, attempts=3))
            answers[:] = [bad] * 2 + [{"content": '```json\n{"echo": "at last"}\n```'}]
            assert await ask(llm(url, attempts=3)) == "at last"
            assert answers == []

    asyncio.run(main())


def test_an_endpoint_that_is_down_ends_the_run_after_a_while(unused_port: int) -> None:
    with pytest.raises(ToolaceError, match=r"is down .*run the same command again to go on"):
        asyncio.run(ask(llm(f"http://127.0.0.1:{unused_port}/v1"), patience=0.05))


def test_the_key_follows_no_redirection(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret-key")
    visited = []

    async def main() -> None:
        async with (
            serve(lambda body, _: visited.append(body) or echo(body)) as other,
            serve(lambda *_: web.Response(status=307, headers={"Location": f"{other}/chat/completions"})) as url,
        ):
            await ask(llm(url))

    with pytest.raises(ToolaceError, match=r"HTTP 307.*check llm\.endpoint\.url"):
        asyncio.run(main())
    assert visited == []


@pytest.mark.parametrize(("status", "size"), [(429, 4), (503, 4), (500, 8)])
def test_an_endpoint_that_is_overloaded_is_sent_less_at_once(serve: Serve, status: int, size: int) -> None:
    async def main() -> None:
        responses = [web.Response(status=status)]
        async with (
            serve(lambda body, _: responses.pop() if responses else echo(body)) as url,
            Client(llm(url)) as client,
        ):
            await client.ask("user", question("hello"), Echo)
            assert client._endpoint("user").limit.size == size

    asyncio.run(main())


@pytest.mark.parametrize("after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_an_endpoint_that_asks_to_wait_for_an_hour_ends_the_run_at_once(serve: Serve, after: str) -> None:
    async def main() -> None:
        async with serve(lambda *_: web.Response(status=429, headers={"Retry-After": after})) as url:
            await ask(llm(url), patience=60)

    with pytest.raises(ToolaceError, match="asks to wait"):
        asyncio.run(main())


@pytest.mark.parametrize("budget", [{"budget_tokens": 300}, {"budget_dollars": 0.0003}])
def test_a_budget_is_passed_by_no_more_than_what_is_in_flight(serve: Serve, budget: dict[str, Any]) -> None:
    async def main() -> None:
        async with serve(echo) as url:
            config = LlmConfig(EndpointConfig(url=url, model="m", concurrency=4, price_in=1, price_out=1), **budget)
            async with Client(config) as client:
                asks = [client.ask("user", question(str(n)), Echo) for n in range(100)]
                answers = await asyncio.gather(*asks, return_exceptions=True)
            stopped = [answer for answer in answers if isinstance(answer, ToolaceError)]
            assert 20 <= len(answers) - len(stopped) <= 20 + 3
            assert all("budget spent" in str(answer) for answer in stopped)
            for allowed in budget:
                setattr(config, allowed, None)
            async with Client(config) as client:
                await asyncio.gather(*(client.ask("user", question(str(n)), Echo) for n in range(100)))
            assert client.ledger.total.attempts == len(stopped)

    asyncio.run(main())


def test_tokens_are_estimated_where_the_endpoint_does_not_count(serve: Serve) -> None:
    async def main() -> None:
        async with (
            serve(lambda body, _: {"content": echo(body), "usage": None}) as url,
            Client(llm(url)) as client,
        ):
            await client.ask("user", question("x" * 4000), Echo)
            assert 2000 < client.ledger.total.tokens < 3000

    asyncio.run(main())
