from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from toolace.errors import ToolaceError

pytestmark = pytest.mark.slow

LENGTHS = (3, 40, 1, 17, 90, 8, 25)
LIMITS = (20, 50, 270, 4, 60, 33, 12)  # 270 tokens outgrow the first room for keys and values


@pytest.fixture(scope="module")
def prompts() -> list[list[int]]:
    return [[(7 * i + 13 * n) % 250 + 3 for i in range(n)] for n in LENGTHS]


def load(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()


@pytest.fixture(scope="module")
def expected(tiny_model: Path, prompts: list[list[int]]) -> list[list[int]]:
    """What `model.generate` answers, prompt by prompt."""
    import torch

    model = load(tiny_model)
    return [
        model.generate(torch.tensor([p]), max_new_tokens=n, do_sample=False, eos_token_id=None)[0, len(p) :].tolist()
        for p, n in zip(prompts, LIMITS, strict=True)
    ]


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Any:
    from toolace.servers.generation import Engine

    engine = Engine(load(tiny_model), batch_size=3, end_tokens=set())
    threading.Thread(target=engine.run, daemon=True).start()
    return engine


def test_a_batch_that_jobs_join_and_leave_equals_generate_one_by_one(
    engine: Any, prompts: list[list[int]], expected: list[list[int]]
) -> None:
    from toolace.servers.generation import Job

    futures = [engine.submit(Job(p, n)) for p, n in zip(prompts, LIMITS, strict=True)]
    for future, tokens in zip(futures, expected, strict=True):
        assert future.result(60) == (tokens, "length")
    assert engine.submit(Job(prompts[1], 1)).result(60) == (expected[1][:1], "length")


def test_memory_that_nobody_has_written_yet_does_no_harm(
    engine: Any, prompts: list[list[int]], expected: list[list[int]]
) -> None:
    """A masked column still counts as 0 x its value, and 0 x NaN is NaN."""
    import torch

    torch.use_deterministic_algorithms(True)  # fills fresh memory with NaN
    try:
        test_a_batch_that_jobs_join_and_leave_equals_generate_one_by_one(engine, prompts, expected)
    finally:
        torch.use_deterministic_algorithms(False)


def test_an_end_token_and_a_stop_condition_end_a_job(
    engine: Any, prompts: list[list[int]], expected: list[list[int]]
) -> None:
    from toolace.servers.generation import Job

    end = expected[1][6]
    first = expected[1].index(end)
    assert engine.submit(Job(prompts[1], 50, stop=lambda tokens: len(tokens) == 4)).result(60) == (
        expected[1][:4],
        "stop",
    )
    engine.end_tokens = {end}
    try:
        assert engine.submit(Job(prompts[1], 50)).result(60) == (expected[1][:first], "stop")
    finally:
        engine.end_tokens = set()


def test_a_seed_makes_sampling_repeatable(engine: Any, prompts: list[list[int]], expected: list[list[int]]) -> None:
    from toolace.servers.generation import Job

    def sample(seed: int | None) -> list[int]:
        tokens: list[int] = engine.submit(Job(prompts[1], 24, temperature=1.5, seed=seed)).result(60)[0]
        return tokens

    assert sample(1) == sample(1) != sample(2)
    assert sample(None) != expected[1][:24]


def test_a_failure_reaches_the_client_and_the_engine_goes_on(
    engine: Any, prompts: list[list[int]], expected: list[list[int]]
) -> None:
    from toolace.servers.generation import Job

    bad = [engine.submit(Job([10**6], 4)) for _ in range(4)]  # no such token
    for future in bad:
        with pytest.raises(IndexError):
            future.result(60)
    assert engine.submit(Job(prompts[0], 4)).result(60) == (expected[0][:4], "length")


def test_a_cancelled_job_leaves_the_batch(engine: Any, prompts: list[list[int]], expected: list[list[int]]) -> None:
    from toolace.servers.generation import Job

    gone = engine.submit(Job(prompts[0], 10**9))
    assert engine.submit(Job(prompts[1], 3)).result(60) == (expected[1][:3], "length")
    assert gone.cancel()
    assert engine.submit(Job(prompts[1], 3)).result(60) == (expected[1][:3], "length")
    assert not engine.jobs


def test_sliding_window_models_are_refused() -> None:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    from toolace.servers.generation import Engine

    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    model = Gemma3ForCausalLM(Gemma3TextConfig(vocab_size=20, intermediate_size=16, head_dim=8, **small))
    with pytest.raises(ToolaceError, match=r"serve\.backend=vllm"):
        Engine(model, 1, set())
    with pytest.raises(ToolaceError, match=r"serve\.batch_size=0"):
        Engine(model, 0, set())
