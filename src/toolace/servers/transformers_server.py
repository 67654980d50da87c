"""Serves a local model with transformers behind OpenAI's chat completions interface, for machines without vLLM.

Run `python -m toolace.servers.transformers_server --model DIR --port 8000`.
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
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from toolace.errors import ToolaceError
from toolace.records import Call, Json
from toolace.servers import MODEL_NAME
from toolace.servers.chat_request import ChatRequest, read_request

if TYPE_CHECKING:
    from toolace.servers.generation import Engine


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
        prompt = self.prompt(request)
        future = self.start(request, prompt)
        while not (await asyncio.wait([future], timeout=1.0))[0]:
            if await gone():
                future.cancel()
        tokens, reason = await future
        return completion(self.name, request, self.text(request, tokens), reason, (len(prompt), len(tokens)))

    def start(
        self, request: ChatRequest, prompt: list[int], seen: Callable[[list[int]], object] | None = None
    ) -> asyncio.Future[tuple[list[int], str]]:
        """Hand a prompt to the engine; `seen` gets the tokens so far, in the engine's thread."""
        from toolace.servers.generation import Job

        def stop(tokens: list[int]) -> bool:
            if seen:
                seen(tokens)
            return bool(stops) and any(
                stop in self.tokenizer.decode(tokens, skip_special_tokens=True) for stop in stops
            )

        stops = request.stops
        limit = request.max_completion_tokens or request.max_tokens or self.context
        room = min(limit, self.context - len(prompt))
        job = Job(prompt, room, request.temperature, request.seed, stop if stops or seen else None)
        return asyncio.wrap_future(self.engine.submit(job))

    def text(self, request: ChatRequest, tokens: list[int]) -> str:
        """The words of tokens, up to the first stop string."""
        return _cut(self.tokenizer.decode(tokens, skip_special_tokens=True), request.stops)


def _cut(text: str, stops: list[str]) -> str:
    return text[: min((text.index(stop) for stop in stops if stop in text), default=len(text))]


def completion(name: str, request: ChatRequest, text: str, reason: str, usage: tuple[int, int]) -> dict[str, Json]:
    """OpenAI's chat completion object of an answer. `usage` is (prompt tokens, completion tokens)."""
    calls = _tool_calls(text) if request.may_call else []
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
    return [tool_call(call) for call in calls]


def tool_call(call: Call) -> dict[str, Json]:
    """OpenAI's form of a call."""
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": call.name, "arguments": msgspec.json.encode(call.arguments).decode()},
    }


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
    from toolace.servers.streaming import events

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
        if asked.stream:
            prompt = service.prompt(asked)  # what cannot be answered is refused before the stream begins
            return StreamingResponse(events(service, asked, prompt), media_type="text/event-stream")
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
