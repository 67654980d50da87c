"""Ask an OpenAI-compatible endpoint for the answers to benchmark cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import msgspec

from toolace.benchmarks.cases import Case
from toolace.config import EvaluateConfig
from toolace.errors import ToolaceError
from toolace.formats.chat import messages_of, tools_of

_ATTEMPTS = 3


async def answers(url: str, cases: Sequence[Case], config: EvaluateConfig) -> AsyncIterator[tuple[Case, str]]:
    """Yield (case, text) as the answers arrive: greedy, tools rendered by the server's own chat template.

    Raises:
        ToolaceError: the endpoint fails the same request several times; that is never counted as a wrong answer.
    """
    gate = asyncio.Semaphore(config.concurrency)
    limits = httpx.Limits(max_connections=config.concurrency)
    async with httpx.AsyncClient(base_url=url, timeout=config.timeout_seconds, limits=limits) as client:
        model = (await request(client, "GET", "/models"))["data"][0]["id"]
        # Prompts of like length run at once, so that no short one waits for a long one.
        ordered = sorted(cases, key=lambda case: len(msgspec.json.encode((case.tools, case.messages))))
        tasks = [asyncio.create_task(_answer(client, gate, model, case, config)) for case in ordered]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for task in tasks:
                task.cancel()


async def _answer(
    client: httpx.AsyncClient, gate: asyncio.Semaphore, model: str, case: Case, config: EvaluateConfig
) -> tuple[Case, str]:
    body = {
        "model": model,
        "messages": messages_of(case.messages),
        "tools": tools_of(case.tools),
        "tool_choice": "none",  # the raw text: we decode it ourselves, the same for every server
        "temperature": 0,
        "max_tokens": config.max_new_tokens,
    }
    async with gate:
        reply = await request(client, "POST", "/chat/completions", body)
    return case, reply["choices"][0]["message"]["content"] or ""


async def request(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any = None,
    name: str = "the endpoint ",
    fix: str = "run the command again to go on from here",
) -> Any:
    """Ask up to three times; what the request itself is to blame for is not repeated.

    Raises:
        ToolaceError: all attempts failed; it begins with `name` and the address, and ends with `fix`.
    """
    failure = ""
    for attempt in range(_ATTEMPTS):
        await asyncio.sleep(2**attempt - 1)
        try:
            response = await client.request(method, f"{client.base_url}{path.lstrip('/')}", json=body)
        except httpx.HTTPError as error:
            failure = f"{type(error).__name__} {error}".strip()
        else:
            if response.status_code == 200:
                return response.json()
            failure = f"HTTP {response.status_code}: {response.text[:200]}"
            if 400 <= response.status_code < 500 and response.status_code != 429:
                break
    raise ToolaceError(f"{name}{client.base_url} failed ({failure}); {fix}")
