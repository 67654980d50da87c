from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolace
from toolace.config import ServeConfig
from toolace.errors import ToolaceError
from toolace.serve import running
from toolace.servers import MODEL_NAME
from toolace.servers.chat_request import ChatRequest, read_request
from toolace.servers.transformers_server import completion

HELLO = [{"role": "user", "content": "Hello"}]
TOOLS = [{"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object"}}}]


def body(**fields: Any) -> bytes:
    return json.dumps({"messages": HELLO, **fields}).encode()


def test_null_and_neutral_fields_change_nothing() -> None:
    neutral = read_request(body(n=1, top_p=1.0, stream=False, tools=None, user="me", response_format={"type": "text"}))
    assert neutral == read_request(body())


def test_text_parts_are_joined_and_call_arguments_become_objects() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": [1]}'}}
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    read = read_request(body(messages=messages)).messages
    assert read[0]["content"] == "ab" and read[1]["content"] == ""
    assert read[1]["tool_calls"][0]["function"] == {"name": "f", "arguments": {"a": [1]}}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"n": 2}, "`n`"),
        ({"top_p": 0.5}, "`top_p`"),
        ({"best_of": 3}, "best_of"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 0, "max_tokens": 5}, "max_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"temperature": -1}, "temperature"),
        ({"seed": 2**64}, "seed"),
        ({"stop": [1]}, "stop"),
        ({"messages": []}, "empty"),
        ({"messages": [{"content": "x"}]}, r"messages\[0\] has no `role`"),
        ({"messages": [{"role": "user", "content": 1}]}, r"messages\[0\]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "not text"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": "{"}}]}]}, r"tool_calls\[0\]"),
        ({"messages": [{"role": "assistant", "tool_calls": "x"}]}, "a list"),
    ],
)
def test_what_is_not_supported_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ToolaceError, match=named):
        read_request(body(**fields))


@given(
    st.one_of(st.binary(), st.recursive(st.none() | st.text(), lambda x: st.lists(x)).map(lambda x: body(messages=x)))
)
def test_any_other_body_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(ToolaceError):
        read_request(content)


def answer(text: str, **fields: Any) -> dict[str, Any]:
    choice: dict[str, Any] = completion("m", ChatRequest(HELLO, **fields), text, "stop", (3, 4))["choices"][0]
    return choice


def test_calls_are_parsed_only_when_asked_for() -> None:
    text = '[f(a=1, b="x"), g()]'
    choice = answer(text, tools=TOOLS)
    functions = [call["function"] for call in choice["message"]["tool_calls"]]
    assert choice["finish_reason"] == "tool_calls" and choice["message"]["content"] is None
    assert [(f["name"], json.loads(f["arguments"])) for f in functions] == [("f", {"a": 1, "b": "x"}), ("g", {})]
    for plain in (answer(text), answer(text, tools=TOOLS, tool_choice="none"), answer("Sorry.", tools=TOOLS)):
        assert "tool_calls" not in plain["message"] and plain["finish_reason"] == "stop"
    assert answer(text, tools=TOOLS, tool_choice="none")["message"]["content"] == text


@pytest.fixture(scope="module")
def url(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    config = ServeConfig(backend="transformers", port=0, batch_size=4, startup_seconds=120)
    with running(config, tiny_model, tmp_path_factory.mktemp("log") / "serve.log") as url:
        yield url


def ask(url: str, **fields: Any) -> httpx.Response:
    request = {"messages": HELLO, "temperature": 0, "max_tokens": 24, **fields}
    return httpx.post(f"{url}/chat/completions", json=request, timeout=60, trust_env=False)


def generate(model: Path, content: str, tools: list[Any] | None, tokens: int) -> tuple[str, int]:
    """What transformers itself answers, and the length of the prompt."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(model, local_files_only=True)
    loaded: Any = AutoModelForCausalLM.from_pretrained(model, local_files_only=True)
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tools=tools, add_generation_prompt=True, return_tensors="pt"
    )
    length = inputs["input_ids"].shape[1]
    out = loaded.generate(**inputs, max_new_tokens=tokens, do_sample=False)[0, length:]
    return tokenizer.decode(out, skip_special_tokens=True), length


@pytest.mark.slow
def test_health_and_models(url: str) -> None:
    assert httpx.get(url.removesuffix("/v1") + "/health", trust_env=False).status_code == 200
    (card,) = httpx.get(f"{url}/models", trust_env=False).json()["data"]
    assert card["id"] == MODEL_NAME and card["max_model_len"] == 512


@pytest.mark.slow
def test_concurrent_greedy_answers_equal_generate(url: str, tiny_model: Path) -> None:
    contents = ["Hello " * n for n in (1, 9, 3, 30, 2, 14, 5)]
    with ThreadPoolExecutor(len(contents)) as pool:
        replies = list(pool.map(lambda content: ask(url, messages=[{"role": "user", "content": content}]), contents))
    for content, reply in zip(contents, replies, strict=True):
        text, length = generate(tiny_model, content, None, 24)
        assert reply.status_code == 200
        assert reply.json()["choices"][0]["message"] == {"role": "assistant", "content": text}
        assert reply.json()["usage"]["prompt_tokens"] == length


@pytest.mark.slow
def test_tool_choice_none_still_shows_the_tools(url: str, tiny_model: Path) -> None:
    text, length = generate(tiny_model, "Hello", TOOLS, 24)
    reply = ask(url, tools=TOOLS, tool_choice="none").json()
    assert reply["choices"][0]["message"]["content"] == text and reply["usage"]["prompt_tokens"] == length
    assert length == len("<tool>f</tool><user>Hello<assistant>")


@pytest.mark.slow
def test_stop_cuts_the_answer_before_the_stop_text(url: str) -> None:
    whole = ask(url).json()["choices"][0]["message"]["content"]
    stop = whole[5:7]
    choice = ask(url, stop=["", stop]).json()["choices"][0]
    assert choice["message"]["content"] == whole[: whole.index(stop)] and choice["finish_reason"] == "stop"


@pytest.mark.slow
def test_what_does_not_fit_is_refused_and_a_limit_beyond_the_context_is_lowered(url: str) -> None:
    refused = ask(url, messages=[{"role": "user", "content": "x" * 600}])
    assert refused.status_code == 400 and "context of this model 512" in refused.json()["error"]["message"]
    assert ask(url, n=2).status_code == 400
    assert ask(url, max_tokens=10**6).json()["usage"]["total_tokens"] <= 512


PARENT = """
import sys
from pathlib import Path
from toolace.config import ServeConfig
from toolace.serve import running
with running(ServeConfig(backend="transformers", port=0), Path(sys.argv[1]), Path(sys.argv[2])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_the_server_dies_with_a_killed_parent(tiny_model: Path, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tiny_model), str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(toolace.__file__).parents[1])},
    )
    assert parent.stdout
    url = parent.stdout.readline().strip()
    assert ask(url, max_tokens=3).status_code == 200
    parent.kill()
    parent.communicate(timeout=20)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/models", trust_env=False)
        except httpx.TransportError:
            return
    pytest.fail("the server outlived its parent")
