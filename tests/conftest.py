import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

# Tests run side by side, each in one thread: OpenMP programs that share cores cost each other a factor of ten.
os.environ.setdefault("OMP_NUM_THREADS", "1")

Answers = Callable[[dict[str, Any], dict[str, str]], Any]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two narrow layers with SmolLM2's real tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed

    from toolace.config import ModelConfig
    from toolace.weights import load_tokenizer

    folder = tmp_path_factory.mktemp("tiny-model")
    tokenizer = load_tokenizer(ModelConfig())
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def endpoint(answers: Answers) -> Iterator[str]:
    """An endpoint for the duration of a block: `answers(body, headers)` gives a JSON object, a status or text."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({"data": [{"id": "listed"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.reply(answers(body, dict(self.headers)))

        def reply(self, given: Any) -> None:
            self.send_response(given if isinstance(given, int) else 200)
            content = given if isinstance(given, str) else json.dumps(given)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


@pytest.fixture
def chat_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answers], str]]:
    """Start endpoints; waits before a request is sent again take no time."""

    async def at_once(seconds: float) -> None: ...

    from toolace.benchmarks import requests

    monkeypatch.setattr(requests.asyncio, "sleep", at_once)
    with ExitStack() as servers:
        yield lambda answers: servers.enter_context(endpoint(answers))
