"""Ask language models for structured answers, by any OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from toolace.config import LlmConfig
from toolace.errors import ToolaceError
from toolace.llm.answers import Messages, read, request
from toolace.llm.cache import Answer, Cache
from toolace.llm.endpoint import Endpoint
from toolace.llm.faults import Attempts, Fault, Unfit
from toolace.llm.interface import Llm, Unanswered
from toolace.llm.ledger import Ledger
from toolace.weights import cache_dir

__all__ = ["Client", "Llm", "Unanswered"]

T = TypeVar("T")
COMPLETE = {"stop", "tool_calls", "eos", None}
"""`finish_reason` of an answer that was not cut short."""
PATIENCE = 90.0
"""Seconds for which an endpoint that is down, or says that it is busy, is tried again: it may be restarting."""
GARBAGE = 10_000
"""New objects between two garbage collections. The 700 of Python 3.11 cost a fifth of the time."""


class Client:
    """The `Llm` over HTTP: answers are cached on disk, requests that are the same and in flight are sent once.

    `ledger` tells what was spent. `patience`: see PATIENCE.
    """

    def __init__(self, config: LlmConfig, *, patience: float = PATIENCE):
        self._config, self._patience = config, patience
        self.ledger = Ledger(config)
        self._endpoints: dict[str, Endpoint] = {}
        self._flying: dict[bytes, asyncio.Future[None]] = {}

    async def __aenter__(self) -> Self:
        """Open the cache. Until the end, this process collects garbage less often (see GARBAGE).

        Raises:
            ToolaceError: it is damaged.
        """
        self._cache = Cache(cache_dir() / "llm" / "answers.sqlite")
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._threshold = gc.get_threshold()
        gc.set_threshold(max(GARBAGE, self._threshold[0]), *self._threshold[1:])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections and the cache."""
        gc.set_threshold(*self._threshold)
        await self._session.close()
        self._cache.close()

    async def ask(
        self,
        role: str,
        messages: Messages,
        reply: type[T],
        *,
        schema: dict[str, Any] | None = None,
        sample: int = 0,
        temperature: float | None = None,
    ) -> T:
        """See `Llm.ask`. With `reply=str` and no schema the answer is plain text."""
        endpoint = self._endpoint(role)
        body = request(endpoint.config, await endpoint.model(self._session), messages, reply, schema, temperature)
        key, account = Cache.key(body, sample), self.ledger.account(role)
        account.requests += 1
        try:
            while flying := self._flying.get(key):
                await asyncio.wait([flying])
                if not flying.cancelled():
                    flying.result()
            if known := self._cache.get(key):
                with suppress(Unfit):  # kept by older code: asked anew
                    answer = read(known.content, reply, schema)
                    self.ledger.save(role, endpoint.config, known)
                    endpoint.proven = True
                    return answer
            return await self._fetch(role, endpoint, body, key, lambda text: read(text, reply, schema))
        except Unanswered:
            account.unanswered += 1
            raise

    def _endpoint(self, role: str) -> Endpoint:
        own = self._config.roles.get(role)
        name = f"llm.roles.{role}" if own else "llm.endpoint"
        if name not in self._endpoints:
            self._endpoints[name] = Endpoint(own or self._config.endpoint, name, self._patience)
        return self._endpoints[name]

    async def _fetch(self, role: str, endpoint: Endpoint, body: bytes, key: bytes, fit: Callable[[str], T]) -> T:
        """Send the request until an answer fits, keep that one, and tell those who wait for the same."""
        flying = self._flying[key] = asyncio.get_running_loop().create_future()
        try:
            answer, fitting = await self._try(role, endpoint, body, fit)
            await self._keep(key, answer)
            flying.set_result(None)
            return fitting
        except (Unanswered, ToolaceError) as error:
            flying.set_exception(error)
            flying.exception()  # nobody has to wait for it
            raise
        finally:
            flying.cancel()
            del self._flying[key]

    async def _keep(self, key: bytes, answer: Answer) -> None:
        self._cache.put(key, answer)
        try:
            await asyncio.sleep(0)  # answers that came at the same time share a transaction: its end is what costs
        finally:
            self._cache.commit()

    async def _try(self, role: str, endpoint: Endpoint, body: bytes, fit: Callable[[str], T]) -> tuple[Answer, T]:
        attempts = Attempts(endpoint.config.attempts, self._patience)
        while True:
            async with endpoint.limit:
                self.ledger.check()
                self.ledger.account(role).attempts += 1
                try:
                    answer, ended = await endpoint.complete(self._session, body)
                    self.ledger.spend(role, endpoint.config, answer)
                    if ended not in COMPLETE:
                        raise Unfit(f"the answer ended by {ended}")
                    return answer, fit(answer.content)
                except Fault as fault:  # the place is kept while waiting: the endpoint is left alone
                    await asyncio.sleep(attempts.wait(fault))
