"""Answers as server-sent events, in the chunks of OpenAI's streaming interface."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator

import msgspec

from toolace.records import Json
from toolace.servers.call_stream import CallStream, Piece
from toolace.servers.chat_request import ChatRequest
from toolace.servers.transformers_server import Service, tool_call

_HALF_A_CHARACTER = "\ufffd"


async def events(service: Service, request: ChatRequest, prompt: list[int]) -> AsyncIterator[bytes]:
    """Yield the events of an answer while it is generated; when the client hangs up, the generation ends."""
    loop, news = asyncio.get_running_loop(), asyncio.Queue[list[int] | None]()
    future = service.start(request, prompt, lambda tokens: loop.call_soon_threadsafe(news.put_nowait, list(tokens)))
    future.add_done_callback(lambda _: news.put_nowait(None))
    chunks = _Chunks(service.name, CallStream(request.may_call))
    try:
        yield _event(chunks.chunk({"role": "assistant", "content": ""}))
        while (tokens := await news.get()) is not None:
            for chunk in chunks.of(chunks.stream.feed(_certain(service.text(request, tokens), request.stops))):
                yield _event(chunk)
        tokens, reason = await future
        for chunk in chunks.of(chunks.stream.feed(service.text(request, tokens), ended=True)):
            yield _event(chunk)
        yield _event(chunks.chunk({}, "tool_calls" if chunks.called and reason == "stop" else reason))
        if request.stream_options.get("include_usage"):
            usage = {"prompt_tokens": len(prompt), "completion_tokens": len(tokens)}
            total = {"total_tokens": len(prompt) + len(tokens)}
            yield _event(chunks.chunk({}) | {"choices": [], "usage": usage | total})
        yield b"data: [DONE]\n\n"
    finally:
        future.cancel()


class _Chunks:
    """Makes the chunks of one answer."""

    def __init__(self, name: str, stream: CallStream) -> None:
        self.head: dict[str, Json] = {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": "chat.completion.chunk"}
        self.head |= {"created": int(time.time()), "model": name}
        self.stream = stream
        self.called = 0

    def of(self, piece: Piece) -> Iterator[dict[str, Json]]:
        """Words as they are, each call in a chunk of its own."""
        if piece.words:
            yield self.chunk({"content": piece.words})
        for call in piece.calls:
            yield self.chunk({"tool_calls": [{"index": self.called, **tool_call(call)}]})
            self.called += 1

    def chunk(self, delta: dict[str, Json], reason: str | None = None) -> dict[str, Json]:
        return self.head | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}


def _certain(text: str, stops: list[str]) -> str:
    """What more tokens cannot change: neither half a character nor the beginning of a stop string at the end."""
    text = text.rstrip(_HALF_A_CHARACTER)
    held = (n for stop in stops for n in range(len(stop), 0, -1) if text.endswith(stop[:n]))
    return text[: len(text) - max(held, default=0)]


def _event(chunk: dict[str, Json]) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
