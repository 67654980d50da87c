"""H_M by transformers on a tiny random model, by a fake vLLM server, and (slow) both on the real SmolLM2-135M."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, ComplexityConfig, Config, ModelConfig, ServeConfig
from toolace.dialogs.complexity import Endpoint, Local, Row, _complexity, batches, evaluator
from toolace.errors import ToolaceError
from toolace.formats.chat import messages_of, tools_as_json
from toolace.records import Call, Message, Tool
from toolace.serve import running
from toolace.servers import vllm_server
from toolace.training.packing import IGNORED, tokenize


def row(city: str, words: str = "", nights: int = 2) -> Row:
    fields = {"city": {"type": "string"}, "nights": {"type": "integer", "description": words}}
    tool = Tool("find_hotel", "Find a hotel.", {"type": "object", "properties": fields, "required": ["city"]})
    call = Call("find_hotel", {"city": city, "nights": nights})
    said = [Message("user", f"A hotel in {city} for {nights} nights"), Message("assistant", calls=[call])]
    return {"messages": messages_of(said), "tools": tools_as_json([tool])}


LONG = "How many nights " * 60
ROWS = [row("Ulm"), row("San Francisco", LONG, 12), row("Oslo"), row("Bath", LONG * 3), row("Lyon", "Nights.")]
ROWS += [row("Ulm", nights=nights) for nights in range(3, 14)]


@pytest.fixture(scope="module")
def local(tiny_model: Path) -> Local:
    return Local(ModelConfig(path=str(tiny_model)))


def test_the_loss_is_the_mean_over_the_tokens_that_training_labels(local: Local) -> None:
    import torch

    for given_row, measured in zip(ROWS, local.measure(ROWS), strict=True):
        sample = tokenize(given_row, local.tokenizer)
        with torch.inference_mode():
            scores = local.model(input_ids=torch.tensor([sample.tokens])).logits[0].log_softmax(-1)
        losses = [-scores[i - 1, label].item() for i, label in enumerate(sample.labels) if label != IGNORED]
        assert measured.loss == pytest.approx(sum(losses) / len(losses), abs=1e-4)
        assert not measured.solved
        assert local.tokenizer.decode([t for t in sample.labels if t != IGNORED]).endswith(")]<|im_end|>")


def test_a_sample_is_solved_if_each_label_is_the_first_choice() -> None:
    import torch

    logits = torch.tensor([[0.0, 9, 0], [5, 0, 0], [0, 0, 7]])
    assert _complexity(logits[::2], torch.tensor([1, 2])).solved
    half = _complexity(logits[::2], torch.tensor([1, 0]))
    assert not half.solved
    assert half.loss == pytest.approx((math.log(1 + 2 * math.exp(-9)) + 7 + math.log(1 + 2 * math.exp(-7))) / 2)


@given(st.lists(st.integers(1, 90)), st.integers(1, 200))
def test_batches_hold_each_index_once_and_no_more_tokens_than_they_may(sizes: list[int], most: int) -> None:
    made = list(batches(sizes, most))
    assert [i for batch in made for i in batch] == list(range(len(sizes)))
    assert all(len(batch) == 1 or sum(sizes[i] for i in batch) <= most for batch in made)


class FakeServer(ThreadingHTTPServer):
    """Gives every token of a prompt the log-probability −1 (token 0: −2 and rank 2), or `failure` as it is."""

    failure: tuple[int, dict[str, Any]] | None = None
    posted = 0


class Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:
        self._reply(200, {"data": [{"id": "m"}]})

    def do_POST(self) -> None:
        self.server.posted += 1
        asked = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        assert (asked["model"], asked["max_tokens"], asked["prompt_logprobs"]) == ("m", 1, 0)
        hard = {"logprob": -2.0, "rank": 2}
        places = [{str(t): hard if t == 0 else {"logprob": -1.0, "rank": 1}} for t in asked["prompt"]]
        self._reply(*self.server.failure or (200, {"choices": [{"prompt_logprobs": [None, *places[1:]]}]}))

    def _reply(self, status: int, body: dict[str, Any]) -> None:
        content = msgspec.json.encode(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def endpoint(server: FakeServer, model: Path) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1", ModelConfig(path=str(model)))


def test_an_endpoint_is_asked_for_log_probabilities_and_ranks(server: FakeServer, tiny_model: Path) -> None:
    assert [*endpoint(server, tiny_model).measure(ROWS)] == [(1.0, True)] * len(ROWS)
    assert server.posted == len(ROWS)


def test_what_an_endpoint_cannot_do_is_said_in_one_line(server: FakeServer, tiny_model: Path) -> None:
    server.failure = 400, {"error": "the prompt is too long"}
    with pytest.raises(ToolaceError, match=r"complexity\.url=http.*HTTP 400: .*too long"):
        endpoint(server, tiny_model).measure(ROWS[:1])
    assert server.posted == 1
    server.failure = 200, {"choices": [{"text": ""}]}
    with pytest.raises(ToolaceError, match=r"gives no prompt_logprobs: serve the evaluator with vLLM"):
        endpoint(server, tiny_model).measure(ROWS[:1])


def test_the_config_names_the_evaluator(tiny_model: Path) -> None:
    config = Config(complexity=ComplexityConfig(evaluator=str(tiny_model)))
    named = evaluator(config)
    assert isinstance(named, Local) and named.model.config.hidden_size == 32
    assert isinstance(evaluator(replace(config, complexity=replace(config.complexity, url="http://x/v1"))), Endpoint)


@pytest.mark.slow
@pytest.mark.skipif(not vllm_server.is_installed(), reason="needs vLLM")
def test_transformers_and_vllm_agree_on_the_real_model(tmp_path: Path) -> None:
    from toolace.weights import prepare

    config = Config()
    apis = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
    rows = sampled(apis, tmp_path)
    folder = prepare(config.model, tmp_path / "model")
    serving = ServeConfig(backend="vllm", port=0, vllm_args=["--max-model-len", "2048"])
    with running(serving, folder, tmp_path / "serve.log") as url:
        by_server = Endpoint(url, config.model).measure(rows)
    here = Local(config.model).measure(rows)
    assert max(abs(a.loss - b.loss) for a, b in zip(here, by_server, strict=True)) < 0.005
    assert [a.solved for a in here] == [b.solved for b in by_server]


def sampled(apis: list[Any], folder: Path) -> list[Row]:
    """Fifty scripted samples of three kinds."""
    from toolace.dialogs.generate import generate
    from toolace.formats.export import row as row_of

    pool = folder / "pool.jsonl"
    pool.write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
    config = Config(workers=1)
    config.dialogs.kinds = {"single": 30, "parallel": 15, "irrelevant": 5}
    return [row_of(one.dialog) for one in generate(config, pool, folder / "dialogs") if one.verdict.ok]
