"""One OpenAI-compatible endpoint: a request, what its answer means, and whether it is alive."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from typing import Annotated, NoReturn, TypeVar

import aiohttp
import msgspec
from yarl import URL

from toolace.config import EndpointConfig
from toolace.errors import ToolaceError
from toolace.llm.cache import Answer
from toolace.llm.faults import Attempts, Busy, Fault, Unanswered, retry_after
from toolace.llm.limits import Limit
from toolace.progress import say

T = TypeVar("T")

BUSY = {429, 502, 503, 504, 529}
OVERFLOW = re.compile(
    r"context.{0,40}(length|size|window)|(length|size|window).{0,40}context|too long|too many tokens", re.I
)
NO_SCHEMA = re.compile(r"response_format|json_schema|json schema|structured|guided|grammar", re.I)
TIMED_OUT = "timed out"
DOWN = "no connection"
SHORTEST_SECRET = 8
"""Shorter keys (`none`, `EMPTY`, `test`) are no secrets and may be words of an answer."""


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Completion(msgspec.Struct):
    """The parts of a chat completion that are read."""

    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: _Usage | None = None


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class Endpoint:
    """`name` is its place in the configuration, such as `llm.endpoint`; `patience` is in seconds."""

    def __init__(self, config: EndpointConfig, name: str, patience: float):
        self.config, self.name, self.limit = config, name, Limit(config.concurrency)
        self._patience = patience
        if not (config.url or "").startswith(("http://", "https://")):
            raise ToolaceError(f"no language model: give {name}.url=http://HOST:PORT/v1 (OpenAI-compatible)")
        self._url = str(config.url).rstrip("/")
        self._completions, self._models = URL(f"{self._url}/chat/completions"), URL(f"{self._url}/models")
        self._key = os.environ.get(config.key, "").strip()
        self._headers = {"Content-Type": "application/json"}
        if self._key:
            self._headers["Authorization"] = f"Bearer {self._key}"
        self._timeout = aiohttp.ClientTimeout(total=config.timeout_seconds, sock_connect=10)
        self._model = config.model
        self._listing = asyncio.Lock()
        self._failing_since: float | None = None
        self.proven = False
        """It has given an answer, now or in an earlier run: so it is set up right."""

    async def complete(self, session: aiohttp.ClientSession, body: bytes) -> tuple[Answer, str | None]:
        """Send a request once; give the answer and why it ended.

        Raises:
            Fault: this attempt failed.
            Unanswered: the endpoint refuses this request for good.
            ToolaceError: it would refuse any request, or is down for longer than `patience`.
        """
        window, start = self.limit.window, time.monotonic()
        try:
            completion = _decode(await self._send(session, "POST", self._completions, body), Completion)
        except Fault as fault:
            if fault.reason == TIMED_OUT or (isinstance(fault, Busy) and fault.reason != DOWN):
                self.limit.overloaded(window)
            raise self._judged(fault) from None
        self._failing_since, self.proven = None, True
        self.limit.served(time.monotonic() - start, window)
        choice = completion.choices[0]
        content = self._redact(choice.message.content or "")
        usage = completion.usage
        if usage is None or not usage.prompt_tokens:
            usage = _Usage(len(body) // 4, len(content) // 4)
        return Answer(content, usage.prompt_tokens, usage.completion_tokens), choice.finish_reason

    async def model(self, session: aiohttp.ClientSession) -> str:
        """Give the model's name: the configured one, else the first that the endpoint lists.

        Raises:
            ToolaceError: it lists none, refuses the key, or is down.
        """
        if self._model is not None:
            return self._model
        async with self._listing:
            attempts = Attempts(sys.maxsize, float("inf"))
            while self._model is None:
                try:
                    models = _decode(await self._send(session, "GET", self._models), _Models).data
                except Fault as fault:
                    await asyncio.sleep(attempts.wait(self._judged(fault)))
                else:
                    if not models:
                        raise ToolaceError(f"the endpoint {self._url} lists no model: give {self.name}.model=NAME")
                    self._model = models[0].id
        return self._model

    async def _send(self, session: aiohttp.ClientSession, method: str, url: URL, body: bytes | None = None) -> bytes:
        try:
            async with session.request(
                method, url, data=body, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                raw = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Busy(DOWN, self._redact(str(error))) from None
        except TimeoutError:
            raise Fault(TIMED_OUT, f"after {self.config.timeout_seconds} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Fault("the connection was cut", self._redact(str(error))) from None
        if response.status != 200:
            self._refused(response.status, self._text(raw), retry_after(response.headers.get("Retry-After")))
        return raw

    def _refused(self, status: int, text: str, after: float | None) -> NoReturn:
        says = f"the endpoint {self._url} answers HTTP {status}: {text}"
        if status in BUSY:
            raise Busy(f"HTTP {status}", text, after)
        if status in {401, 403}:
            state = "is refused" if self._key else "is not set"
            raise ToolaceError(f"{says}; the key, environment variable {self.config.key} ({self.name}.key), {state}")
        if status in {402, 404, 405} or 300 <= status < 400:
            raise ToolaceError(f"{says}; check {self.name}.url (it ends with /v1) and {self.name}.model")
        if 400 <= status < 500 and status not in {408, 409, 425}:
            self._refused_for_good(status, text, says)
        raise Fault(f"HTTP {status}", text, after)

    def _refused_for_good(self, status: int, text: str, says: str) -> NoReturn:
        if OVERFLOW.search(text):
            raise Unanswered("longer than the model's context", text)
        if self.proven:
            raise Unanswered(f"HTTP {status}", text)
        if NO_SCHEMA.search(text) and self.config.structured:
            raise ToolaceError(f"{says}; where it takes no JSON schema, set {self.name}.structured=false")
        raise ToolaceError(f"{says}; check {self.name}")

    def _judged(self, fault: Fault) -> Fault:
        """Give the fault back while there is hope; the clock runs from the first fault after the last answer."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
            if isinstance(fault, Busy):
                say(f"{self._url}: {fault}; trying for {self._patience:.0f} s")
        patience = self._patience + (2 * self.config.timeout_seconds if fault.reason == TIMED_OUT else 0)
        if now - self._failing_since > patience or (fault.retry_after or 0) > patience:
            late = f", asks to wait {fault.retry_after:.0f} s" if fault.retry_after else ""
            raise ToolaceError(
                f"the endpoint {self._url} is down ({fault}{late}: {fault.detail}); run the same command again to go on"
            ) from None
        return fault

    def _text(self, raw: bytes) -> str:
        """The message in an error's body, on one line, short, without the key."""
        try:
            body = msgspec.json.decode(raw)
            error = body.get("error", body)
            text = error.get("message", error) if isinstance(error, dict) else error
        except (msgspec.DecodeError, AttributeError):
            text = raw.decode(errors="replace")
        return " ".join(self._redact(str(text)).split())[:300]

    def _redact(self, text: str) -> str:
        return text.replace(self._key, "***") if len(self._key) >= SHORTEST_SECRET else text


def _decode(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Fault("the endpoint's answer is not of the OpenAI API") from None
