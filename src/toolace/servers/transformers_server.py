"""Serves a local model with transformers behind OpenAI's chat completions interface, for machines without vLLM.

Run `python -m toolace.servers.transformers_server --model DIR --port 8000`. Answers are not streamed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from toolace.errors import ToolaceError
from toolace.records import Json
from toolace.servers import MODEL_NAME

if TYPE_CHECKING:
    from toolace.servers.generation import Engine

_ONLY: dict[str, Json] = {
    "n": 1,
    "stream": False,
    "top_p": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logprobs": False,
    "parallel_tool_calls": True,
    "response_format": {"type": "text"},
}
"""Fields that may be given, but only with the value that changes nothing."""
_IGNORED = ("user", "metadata", "store")


class ChatRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What `POST /v1/chat/completions` understands."""

    messages: list[dict[str, Json]]
    model: str = MODEL_NAME
    tools: list[dict[str, Json]] = []
    tool_choice: Literal["auto", "none"] = "auto"
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float = 1.0
    stop: str | list[str] = []
    seed: int | None = None

    @property
    def stops(self) -> list[str]:
        """The non-empty stop strings."""
        return [text for text in ([self.stop] if isinstance(self.stop, str) else self.stop) if text]


def read_request(body: bytes) -> ChatRequest:
    """Parse and check a request; absent and null fields mean the same.

    Raises:
        ToolaceError: not JSON, an unsupported field or value, or one of the wrong type.
    """
    try:
        fields = {k: v for k, v in msgspec.json.decode(body, type=dict[str, Any]).items() if v is not None}
        for key, only in _ONLY.items():
            if fields.pop(key, only) != only:
                raise ToolaceError(f"`{key}` is not supported by this server: leave it out")
        for key in _IGNORED:
            fields.pop(key, None)
        request = msgspec.convert(fields, ChatRequest)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ToolaceError(f"unsupported request: {error}") from error
    request.messages = [_read_message(message, i) for i, message in enumerate(request.messages)]
    _check(request)
    return request


def _check(request: ChatRequest) -> None:
    limit = request.max_completion_tokens if request.max_completion_tokens is not None else request.max_tokens
    if not request.messages:
        raise ToolaceError("`messages` is empty: send at least one message")
    if limit is not None and limit < 1:
        raise ToolaceError(f"`max_tokens` is {limit}: it must be at least 1")
    if not 0 <= request.temperature <= 2:
        raise ToolaceError(f"`temperature` is {request.temperature}: it must be between 0 and 2")
    if request.seed is not None and not -(2**63) <= request.seed < 2**63:
        raise ToolaceError("`seed` must be a 64-bit integer")


def _read_message(message: dict[str, Json], index: int) -> dict[str, Json]:
    """A message as chat templates want it: text content, call arguments as objects."""
    where = f"messages[{index}]"
    if not isinstance(message.get("role"), str):
        raise ToolaceError(f"{where} has no `role`")
    content, calls = message.get("content"), message.get("tool_calls") or []
    if isinstance(content, list):
        if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content):
            raise ToolaceError(f"{where}.content has a part that is not text")
        content = "".join(part["text"] for part in content)
    if not isinstance(content, str | None) or not isinstance(calls, list):
        raise ToolaceError(f"{where}: `content` must be text and `tool_calls` a list")
    read = {**message, "content": content or ""}
    if calls:
        read["tool_calls"] = [_read_call(call, f"{where}.tool_calls[{i}]") for i, call in enumerate(calls)]
    return read


def _read_call(call: Json, where: str) -> Json:
    try:
        function = call["function"]
        arguments = function["arguments"]
        if isinstance(arguments, str):
            arguments = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        return {**call, "function": {**function, "arguments": arguments}}
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise ToolaceError(f"{where} must be {{function: {{name, arguments: a JSON object as text}}}}") from error


@dataclass
class Service:
    """A loaded model: turns requests into answers."""

    tokenizer: Any
    engine: Engine
    context: int
    name: str

    def prompt(self, request: ChatRequest) -> list[int]:
        """The tokens of a conversation; with tool_choice "none" the tools are rendered too.

        Raises:
            ToolaceError: the chat template refuses the messages, or the prompt leaves no room to answer.
        """
        try:
            ids: list[int] = self.tokenizer.apply_chat_template(
                request.messages, tools=request.tools or None, add_generation_prompt=True, return_dict=False
            )
        except Exception as error:  # templates are programs: they fail in any way
            raise ToolaceError(f"the chat template cannot render these messages: {error}") from error
        if not 0 < len(ids) < self.context:
            raise ToolaceError(f"the prompt has {len(ids)} tokens, the context of this model {self.context}")
        return ids

    async def answer(self, request: ChatRequest, gone: Callable[[], Any]) -> dict[str, Json]:
        """Generate; stops early (asyncio.CancelledError) when `await gone()` says that nobody listens any more."""
        from toolace.servers.generation import Job

        prompt = self.prompt(request)
        limit = request.max_completion_tokens or request.max_tokens or self.context
        job = Job(
            prompt, min(limit, self.context - len(prompt)), request.temperature, request.seed, self._stop(request)
        )
        future = asyncio.wrap_future(self.engine.submit(job))
        while not (await asyncio.wait([future], timeout=1.0))[0]:
            if await gone():
                future.cancel()
        tokens, reason = await future
        text = _cut(self.tokenizer.decode(tokens, skip_special_tokens=True), request.stops)
        return completion(self.name, request, text, reason, (len(prompt), len(tokens)))

    def _stop(self, request: ChatRequest) -> Callable[[list[int]], bool] | None:
        stops = request.stops
        if not stops:
            return None

        def found(tokens: list[int]) -> bool:
            text = self.tokenizer.decode(tokens, skip_special_tokens=True)
            return any(stop in text for stop in stops)

        return found


def _cut(text: str, stops: list[str]) -> str:
    return text[: min((text.index(stop) for stop in stops if stop in text), default=len(text))]


def completion(name: str, request: ChatRequest, text: str, reason: str, usage: tuple[int, int]) -> dict[str, Json]:
    """OpenAI's chat completion object of an answer. `usage` is (prompt tokens, completion tokens)."""
    calls = _tool_calls(text) if request.tools and request.tool_choice == "auto" else []
    message: dict[str, Json] = {"role": "assistant", "content": None if calls else text}
    if calls:
        message["tool_calls"] = calls
        reason = "tool_calls" if reason == "stop" else reason
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": name,
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
    }


def _tool_calls(text: str) -> list[Json]:
    from toolace.formats.calls import CallSyntaxError, parse

    try:
        calls = parse(text)
    except CallSyntaxError:
        return []  # the model speaks
    return [
        {
            "id": f"call_{uuid.uuid4().hex[:24]}",
            "type": "function",
            "function": {"name": call.name, "arguments": msgspec.json.encode(call.arguments).decode()},
        }
        for call in calls
    ]


def load(model: Path, name: str, batch_size: int) -> Service:
    """Load a model folder in float32 (bf16 is many times slower on most CPUs) and start its engine.

    Raises:
        ToolaceError: the tokenizer has no chat template, or the engine cannot run the architecture.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from toolace.servers.generation import Engine

    tokenizer: Any = AutoTokenizer.from_pretrained(model, local_files_only=True, trust_remote_code=False)
    if not tokenizer.chat_template:
        raise ToolaceError(f"{model} has no chat template: set model.template and train again")
    loaded = AutoModelForCausalLM.from_pretrained(
        model, local_files_only=True, trust_remote_code=False, dtype=torch.float32
    ).eval()
    ends = loaded.generation_config.eos_token_id
    end_tokens = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}
    engine = Engine(loaded, batch_size, end_tokens)
    threading.Thread(target=engine.run, name="engine", daemon=True).start()
    context = getattr(loaded.config, "max_position_embeddings", None) or tokenizer.model_max_length
    return Service(tokenizer, engine, context, name)


def create_app(service: Service) -> FastAPI:
    """The HTTP interface of a service."""
    app = FastAPI(title=service.name, openapi_url=None)

    @app.exception_handler(ToolaceError)
    async def refuse(request: Request, error: ToolaceError) -> JSONResponse:
        return JSONResponse({"error": {"message": str(error), "type": "invalid_request_error"}}, 400)

    @app.get("/health")
    async def health() -> Response:
        return Response()

    @app.get("/v1/models")
    async def models() -> JSONResponse:
        card = {"id": service.name, "object": "model", "owned_by": "toolace", "max_model_len": service.context}
        return JSONResponse({"object": "list", "data": [card]})

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        asked = read_request(await request.body())
        try:
            return JSONResponse(await service.answer(asked, request.is_disconnected))
        except asyncio.CancelledError:
            return Response(status_code=499)  # nobody reads it: the client has hung up

    return app


def main(argv: list[str]) -> None:
    """Parse the command line, load the model and serve it until SIGTERM or Ctrl-C."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--served-model-name", default=MODEL_NAME)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args(argv)
    try:
        service = load(args.model, args.served_model_name, args.batch_size)
    except ToolaceError as error:
        sys.exit(str(error))
    uvicorn.run(create_app(service), host=args.host, port=args.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(sys.argv[1:])
