"""Bespoke Curator: python with_curator.py URL REQUESTS CONCURRENCY, in its environment."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

# the tokenizer by which it counts tokens, from the copy that litellm ships: no download
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(find_spec("litellm").origin).parent / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator

url, requests, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Asker(curator.LLM):
    def prompt(self, row: dict) -> str:
        return f"What is the capital of country number {row['n']}?"

    def parse(self, row: dict, response: str) -> dict:
        return {"n": row["n"], "answer": response}


asker = Asker(
    model_name="mock",
    backend="openai",
    backend_params={
        "base_url": url,
        "max_concurrent_requests": concurrency,
        "max_requests_per_minute": 10_000_000,
        "max_tokens_per_minute": 10_000_000_000,
    },
)
answers = asker([{"n": n} for n in range(requests)]).dataset
assert len(answers) == requests
