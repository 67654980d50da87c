"""GRPO on a tiny random model, after a fine-tuning of two steps."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.test_train import row, settings, write_data

from toolace import grpo
from toolace.cli import compose, recipes
from toolace.errors import ToolaceError
from toolace.train import train


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_takes_it(recipe: str) -> None:
    assert compose([f"+recipe={recipe}"]).train.method == "sft"
    assert compose([f"+recipe={recipe}", "train=grpo"]).train.method == "grpo"


def test_what_must_be_there_first_is_named(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ToolaceError, match="without train=grpo first"):
        train(compose(settings(tmp_path, tiny_model, "train=grpo")))
    with pytest.raises(ToolaceError, match="unknown: use sft or grpo"):
        train(compose(settings(tmp_path, tiny_model, "train.method=dpo")))


@pytest.mark.slow
def test_it_goes_on_from_the_tuned_model(tmp_path: Path, tiny_model: Path) -> None:
    run = tmp_path / "run"
    write_data(run, [row(number, "Sorry, no." if number % 3 else '[get_time(city="Rome")]') for number in range(16)])
    train(compose(settings(run, tiny_model, "train.sft={max_steps:2}")))
    options = "train.grpo={max_steps:2,max_completion_length:8,num_generations:4,save_steps:1}"
    with pytest.raises(ToolaceError, match=r"no prompt has at most 3 tokens"):
        train(compose(settings(run, tiny_model, "train=grpo", options, "train.prompt_tokens=3")))
    with pytest.raises(ToolaceError, match=r"train\.grpo: .*GRPOConfig"):
        train(compose(settings(run, tiny_model, "train=grpo", "train.grpo={num_generation:4}")))
    train(compose(settings(run, tiny_model, "train=grpo", options)))
    facts = json.loads((run / "manifest.json").read_bytes())["stages"]["grpo"]["facts"]
    assert facts["steps"] == 2 and set(facts["reward"]) == {"first", "last"}
    for name in (
        "model/grpo/adapter/adapter_config.json",
        "model/grpo/merged/config.json",
        "reward.png",
        "reward.jsonl",
    ):
        assert (run / name).exists()
    assert not (run / "model/grpo-checkpoints").exists()


@pytest.mark.slow
def test_a_stopped_one_goes_on(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    options = "train.grpo={max_steps:3,max_completion_length:8,num_generations:4,save_steps:1}"
    for run in (whole, stopped):
        write_data(run, [row(number, "Sorry, no.") for number in range(16)])
        train(compose(settings(run, tiny_model, "train.sft={max_steps:1}")))
    train(compose(settings(whole, tiny_model, "train=grpo", options)))
    graded, asked = grpo.rewarded, 0

    def stop(*given: Any, **more: Any) -> list[float]:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise KeyboardInterrupt
        return graded(*given, **more)

    monkeypatch.setattr(grpo, "rewarded", stop)
    with pytest.raises(KeyboardInterrupt):
        train(compose(settings(stopped, tiny_model, "train=grpo", options)))
    assert not (stopped / "model/grpo").exists()
    with pytest.raises(ToolaceError, match="other settings"):
        train(compose(settings(stopped, tiny_model, "train=grpo", options, "seed=1")))
    train(compose(settings(stopped, tiny_model, "train=grpo", options)))
    assert asked == 4  # the third step once more, not the first two
    logs = [[json.loads(line) for line in (run / "reward.jsonl").open()] for run in (whole, stopped)]
    for key in ("reward", "entropy", "grad_norm"):
        one, other = ([entry[key] for entry in log] for log in logs)
        assert one == pytest.approx(other, rel=1e-4) and len(one) == 3
