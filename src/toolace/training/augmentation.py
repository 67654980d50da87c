"""Function masking and tool shuffling: cheap variations of the training samples."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec

from toolace.config import AugmentConfig
from toolace.formats.calls import CallSyntaxError, parse, render


def augmented(row: dict[str, Any], augment: AugmentConfig, seed: int) -> dict[str, Any]:
    """Vary a row of the dataset; the dice depend on the seed and the tools, so that prompts can still be shared.

    A sample whose texts say a function's name outside of calls stays unmasked: it would speak of what is not there.
    """
    rng = Random(f"{seed} {row['tools']}")
    tools = msgspec.json.decode(row["tools"])
    masked, numbers = rng.random() < augment.masked, rng.sample(range(1, len(tools) + 1), len(tools))
    if augment.shuffled:
        rng.shuffle(tools)
    messages = row["messages"]
    if masked:
        names = {tool["function"]["name"]: f"func_{number}" for tool, number in zip(tools, numbers, strict=True)}
        renamed = [_renamed(message, names) for message in messages]
        if not any(name in message["content"] for message in renamed for name in names):
            messages = renamed
            tools = [
                tool | {"function": tool["function"] | {"name": names[tool["function"]["name"]]}} for tool in tools
            ]
    return row | {"tools": msgspec.json.encode(tools).decode(), "messages": messages}


def _renamed(message: dict[str, str], names: Mapping[str, str]) -> dict[str, str]:
    if message["role"] != "assistant":
        return message
    try:
        calls = parse(message["content"])
    except CallSyntaxError:
        return message
    renamed = [msgspec.structs.replace(call, name=names.get(call.name, call.name)) for call in calls]
    return message | {"content": render(renamed)} if calls else message
