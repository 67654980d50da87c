"""GRPO on a tiny random model, after a fine-tuning of two steps."""

import json
from pathlib import Path

import pytest
from tests.test_train import row, settings, write_data

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
