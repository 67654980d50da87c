"""vLLM's plugin for the notation of our models (`--tool-parser-plugin`): calls come back as OpenAI's `tool_calls`.

vLLM's own "pythonic" parser refuses names with dots and JSON's true, false and null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from vllm.entrypoints.generate.base.protocol import (
    DeltaFunctionCall,
    DeltaMessage,
    DeltaToolCall,
    ExtractedToolCallInformation,
    FunctionCall,
    ToolCall,
)
from vllm.tool_parsers import ToolParser, ToolParserManager

from toolace.formats.calls import CallSyntaxError, parse
from toolace.records import Call
from toolace.servers.call_stream import CallStream


@ToolParserManager.register_module("toolace")
class ToolaceToolParser(ToolParser):  # type: ignore[misc]
    """Reads `[f(a=1), g(b="x")]`, all at once or while it is generated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream = CallStream()

    def extract_tool_calls(self, model_output: str, request: Any) -> Any:
        """Read a whole answer."""
        try:
            calls = parse(model_output)
        except CallSyntaxError:
            calls = []
        made = [ToolCall(function=FunctionCall(name=call.name, arguments=_arguments(call))) for call in calls]
        return ExtractedToolCallInformation(
            tools_called=bool(made), tool_calls=made, content=None if made else model_output
        )

    def extract_tool_calls_streaming(
        self,
        previous_text: str,
        current_text: str,
        delta_text: str,
        previous_token_ids: Sequence[int],
        current_token_ids: Sequence[int],
        delta_token_ids: Sequence[int],
        request: Any,
    ) -> Any:
        """Give what is new: words at once, a call as soon as it is complete; None while nothing is certain."""
        words, calls = self.stream.feed(current_text)
        if words:
            return DeltaMessage(content=words)
        return DeltaMessage(tool_calls=[self._delta(call) for call in calls]) if calls else None

    def _delta(self, call: Call) -> Any:
        arguments = _arguments(call)
        self.current_tool_id += 1
        # The server compares these two at the end, and sends what it thinks is missing.
        self.prev_tool_call_arr.append({"name": call.name, "arguments": arguments})
        self.streamed_args_for_tool.append(arguments)
        identity = ToolCall(function=FunctionCall(name=call.name, arguments=arguments)).id
        function = DeltaFunctionCall(name=call.name, arguments=arguments)
        return DeltaToolCall(index=self.current_tool_id, id=identity, type="function", function=function)


def _arguments(call: Call) -> str:
    return msgspec.json.encode(call.arguments).decode()
