"""The official client against both back ends: calls come back as `tool_calls`, streamed too, and many at once."""

import asyncio
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, OpenAI

from toolace.config import ServeConfig
from toolace.formats.calls import render
from toolace.records import Call
from toolace.serve import running

pytestmark = pytest.mark.slow
ROME, OSLO = Call("world.time", {"city": "Rome", "now": True}), Call("world.time", {"city": 'O"o', "now": None})
ANSWERS = {"one": render([ROME]), "two": render([ROME, OSLO]), "no": "I cannot [do] that, sorry."}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}, "now": {"type": "boolean"}}}
TOOLS: Any = [{"type": "function", "function": {"name": "world.time", "description": "", "parameters": PARAMETERS}}]


@pytest.fixture(scope="module")
def taught(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that has learnt ANSWERS by heart."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_model)
    config = LlamaConfig.from_pretrained(tiny_model)
    config.hidden_size, config.intermediate_size, config.head_dim = 64, 128, 32
    config.num_attention_heads, config.num_key_value_heads, config.initializer_range = 2, 1, 0.05
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    batch = [
        tokenizer.apply_chat_template([user(asked)], tools=TOOLS, add_generation_prompt=True, return_dict=False)
        + tokenizer.encode(answer)
        + [tokenizer.eos_token_id]
        for asked, answer in ANSWERS.items()
    ]
    longest = max(map(len, batch))
    ids = torch.tensor([one + [0] * (longest - len(one)) for one in batch])
    labels = torch.tensor([one + [-100] * (longest - len(one)) for one in batch])
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    for _ in range(400):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if loss < 0.01:
            break
    folder = tmp_path_factory.mktemp("taught") / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


@pytest.fixture(scope="module", params=["transformers", "vllm"])
def url(request: pytest.FixtureRequest, taught: Path) -> Iterator[str]:
    if request.param == "vllm" and not find_spec("vllm"):
        pytest.skip("vLLM is not installed")
    config = ServeConfig(backend=request.param, port=0)
    with running(config, taught, taught.parent / f"{request.param}.log") as address:
        yield address


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "toolace", "messages": [user(text)], "tools": TOOLS, "temperature": 0, "max_tokens": 120, **more}


def calls_in(message: Any) -> list[Call]:
    assert all(call.type == "function" and call.id for call in message.tool_calls or [])
    return [Call(one.function.name, json.loads(one.function.arguments)) for one in message.tool_calls or []]


@pytest.mark.parametrize(("text", "calls"), [("one", [ROME]), ("two", [ROME, OSLO]), ("no", [])])
def test_calls_come_back_structured_and_words_as_words(url: str, text: str, calls: list[Call]) -> None:
    choice = OpenAI(base_url=url, api_key="none").chat.completions.create(**asked(text)).choices[0]
    assert calls_in(choice.message) == calls
    assert choice.finish_reason == ("tool_calls" if calls else "stop")
    assert (choice.message.content or "") == ("" if calls else ANSWERS[text])


@pytest.mark.parametrize(("text", "calls"), [("one", [ROME]), ("two", [ROME, OSLO]), ("no", [])])
def test_streams_add_up_to_the_same(url: str, text: str, calls: list[Call]) -> None:
    stream = OpenAI(base_url=url, api_key="none").chat.completions.create(
        **asked(text, stream=True, stream_options={"include_usage": True})
    )
    words, reasons, usage = "", [], None
    parts: dict[int, list[str]] = {}
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            words += choice.delta.content or ""
            reasons += [choice.finish_reason] if choice.finish_reason else []
            for call in choice.delta.tool_calls or []:
                part = parts.setdefault(call.index, ["", ""])
                part[0] += (call.function and call.function.name) or ""
                part[1] += (call.function and call.function.arguments) or ""
    assert [Call(name, json.loads(arguments)) for name, arguments in parts.values()] == calls
    assert words == ("" if calls else ANSWERS[text])
    assert reasons == ["tool_calls" if calls else "stop"]
    assert usage and usage.completion_tokens > 10


def test_200_requests_at_once_are_all_answered(url: str) -> None:
    async def ask_all() -> list[Any]:
        async with AsyncOpenAI(base_url=url, api_key="none", timeout=300, max_retries=0) as client:
            return await asyncio.gather(
                *(client.chat.completions.create(**asked(["one", "two", "no"][n % 3])) for n in range(200))
            )

    answers = asyncio.run(ask_all())
    expected = [[ROME], [ROME, OSLO], []]
    assert [calls_in(one.choices[0].message) for one in answers] == [expected[n % 3] for n in range(200)]


def test_a_stop_string_ends_the_stream_before_it(url: str) -> None:
    stream = OpenAI(base_url=url, api_key="none").chat.completions.create(**asked("no", stream=True, stop=["that"]))
    assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == "I cannot [do] "


def test_what_cannot_be_answered_is_refused_in_the_clients_words(url: str) -> None:
    with pytest.raises(BadRequestError):
        OpenAI(base_url=url, api_key="none").chat.completions.create(**asked("x" * 5000, stream=True))
