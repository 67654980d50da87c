"""Replies of a loopback endpoint, in all modes, sound and broken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from toolace.benchmarks.cases import Case
from toolace.benchmarks.endpoint import Reply, replies
from toolace.config import EvaluateConfig, OtherModelConfig
from toolace.errors import ToolaceError
from toolace.records import Message, Tool

TOOL = Tool("math.add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
Answers = Callable[[dict[str, Any], dict[str, str]], Any]


def case(name: str = "multiple_1", *messages: Message) -> Case:
    return Case(name, "multiple", list(messages) or [Message("user", "1 + 2?")], [TOOL])


def said(content: str | None, calls: Any = None, tokens: int = 3) -> dict[str, Any]:
    message = {"content": content} | ({"tool_calls": calls} if calls else {})
    return {"choices": [{"message": message}], "usage": {"prompt_tokens": 9, "completion_tokens": tokens}}


def ask(url: str, one: Case, other: OtherModelConfig | None = None) -> Reply:
    async def all_of_them() -> list[Reply]:
        return [reply async for reply in replies(url, [one], EvaluateConfig(timeout_seconds=5), other)]

    (reply,) = asyncio.run(all_of_them())
    return reply


def test_our_servers_get_tools_and_give_raw_text(chat_endpoint: Callable[[Answers], str]) -> None:
    seen: list[dict[str, Any]] = []
    reply = ask(chat_endpoint(lambda body, _: seen.append(body) or said("[math.add(a=1)]")), case())
    assert (reply.text, reply.failure, reply.prompt_tokens, reply.completion_tokens) == ("[math.add(a=1)]", "", 9, 3)
    (body,) = seen
    assert body["model"] == "listed" and body["tool_choice"] == "none" and body["temperature"] == 0
    assert body["tools"][0]["function"]["name"] == "math.add"


def test_prompt_mode_writes_the_functions_into_the_system_prompt(chat_endpoint: Callable[[Answers], str]) -> None:
    seen: list[dict[str, Any]] = []
    one = case("multiple_1", Message("system", "Be brief."), Message("user", "Hi"), Message("tool", "{}", name="f"))
    one = msgspec.structs.replace(one, category="held_out")  # those of BFCL have the leaderboard's own words
    ask(chat_endpoint(lambda body, _: seen.append(body) or said("Hello")), one, OtherModelConfig(model="own"))
    (body,) = seen
    system, *turns = body["messages"]
    assert body["model"] == "own" and "tools" not in body
    assert '"name": "math.add"' in system["content"] and system["content"].endswith("Be brief.")
    assert [turn["role"] for turn in turns] == ["user", "user"]


def test_native_mode_reads_tool_calls_and_gives_names_their_dots_back(chat_endpoint: Callable[[Answers], str]) -> None:
    seen: list[dict[str, Any]] = []
    calls = [{"function": {"name": "math_add", "arguments": '{"a": 1}'}}]
    native = OtherModelConfig(mode="native")
    reply = ask(chat_endpoint(lambda body, _: seen.append(body) or said(None, calls)), case(), native)
    assert reply.text == "[math.add(a=1)]"
    assert seen[0]["tools"][0]["function"]["name"] == "math_add" and seen[0]["tool_choice"] == "auto"
    broken = [{"function": {"name": "math_add", "arguments": '{"a": '}}]
    assert ask(chat_endpoint(lambda *_: said(None, broken)), case(), native).text == json.dumps([broken[0]["function"]])


def test_the_key_comes_from_the_environment(
    chat_endpoint: Callable[[Answers], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setenv("MY_KEY", "secret")
    url = chat_endpoint(lambda _, headers: seen.append(headers.get("Authorization")) or said("x"))
    ask(url, case(), OtherModelConfig(key="MY_KEY"))
    ask(url, case())
    assert seen == ["Bearer secret", None]


@pytest.mark.parametrize(
    ("answer", "failure", "asked"),
    [
        (500, "HTTP 500", 3),
        (429, "HTTP 429", 3),
        (400, "HTTP 400", 1),
        ("not JSON", "no chat completion", 3),
        ({"choices": []}, "no chat completion", 3),
        (said("", tokens=0), "an empty answer", 3),
    ],
)
def test_a_case_that_fails_again_and_again_is_a_failure(
    chat_endpoint: Callable[[Answers], str], answer: Any, failure: str, asked: int
) -> None:
    count: list[int] = []
    reply = ask(chat_endpoint(lambda *_: count.append(1) or answer), case())
    assert reply.text is None and failure in reply.failure and len(count) == asked


def test_a_model_that_says_nothing_has_answered(chat_endpoint: Callable[[Answers], str]) -> None:
    assert ask(chat_endpoint(lambda *_: said("", tokens=1)), case()).text == ""


def test_one_good_answer_after_failures_is_enough(chat_endpoint: Callable[[Answers], str]) -> None:
    answers = [500, "cut", said("fine")]
    assert ask(chat_endpoint(lambda *_: answers.pop(0)), case()).text == "fine"


def test_an_endpoint_that_is_down_is_an_error(chat_endpoint: Callable[[Answers], str]) -> None:
    with pytest.raises(ToolaceError, match="failed"):
        ask("http://127.0.0.1:9/v1", case())
