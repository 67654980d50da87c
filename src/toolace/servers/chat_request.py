"""What a request to the chat completions interface may hold, and how it is checked."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from toolace.errors import ToolaceError
from toolace.records import Json
from toolace.servers import MODEL_NAME

_ONLY: dict[str, Json] = {
    "n": 1,
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
    stream: bool = False
    stream_options: dict[str, bool] = {}

    @property
    def may_call(self) -> bool:
        """Whether calls are to be told from words."""
        return bool(self.tools) and self.tool_choice == "auto"

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
