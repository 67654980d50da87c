import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from toolace.cli import compose, conf_dir, recipes
from toolace.errors import ToolaceError


def test_there_are_recipes() -> None:
    assert {"quickstart", "llama3_8b"} <= set(recipes())


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_composes_strictly(recipe: str) -> None:
    config = compose([f"+recipe={recipe}"])
    assert config.name == recipe
    assert config.output_dir == f"outputs/{recipe}"
    assert type(config.train.lora) is dict and type(config.train.sft) is dict  # plain: a ListConfig breaks JSON


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_says_how_it_is_launched(recipe: str) -> None:
    text = (conf_dir() / "recipe" / f"{recipe}.yaml").read_text()
    assert text.startswith("# @package _global_\n")
    for word in ("Prerequisites:", "Launch:", "Override:", f"+recipe={recipe}"):
        assert word in text
    assert isinstance(yaml.safe_load(text), dict)


def test_llama3_8b_has_the_hyper_parameters_of_the_paper() -> None:
    train = compose(["+recipe=llama3_8b"]).train
    assert train.batch_size == 48
    assert (train.lora["r"], train.lora["lora_alpha"], train.lora["target_modules"]) == (16, 32, "all-linear")
    assert train.sft["learning_rate"] == 1e-4
    assert train.sft["lr_scheduler_type"] == "cosine"
    assert train.sft["warmup_steps"] == 0.1
    assert train.sft["num_train_epochs"] == 3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+recipie=x", "unknown key 'recipie'; did you mean 'recipe'?"),
        ("train.lrr=1", "unknown key 'train.lrr'; did you mean 'train.lora'?"),
        ("+train.lrr=1", "unknown key 'train.lrr'"),
        ("+recipe=quickstrat", "unknown recipe 'quickstrat'; did you mean 'quickstart'?"),
        ("seed=many", "seed: Value 'many'"),
        ("train.sft.learning_rate=1", "add it with +train.sft.learning_rate=…"),
    ],
)
def test_bad_overrides_are_one_clear_error(override: str, message: str) -> None:
    with pytest.raises(ToolaceError) as error:
        compose([override])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("override", ["+recipie=x", "train.lrr=1"])
def test_the_command_line_prints_one_line_and_fails(override: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "toolace.pipeline", override], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "did you mean" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_names_a_chat_template_that_exists(recipe: str) -> None:
    from toolace.weights import template_text

    template = compose([f"+recipe={recipe}"]).model.template
    assert template is None or "{%- generation -%}" in template_text(template)


def test_a_dictionary_on_the_command_line_replaces_that_of_the_recipe() -> None:
    config = compose(["+recipe=quickstart", "evaluate.categories={live_simple:null,multiple:3}", "train.lora={r:4}"])
    assert config.evaluate.categories == {"live_simple": None, "multiple": 3}
    assert config.train.lora == {"r": 4}
    assert compose(["+recipe=own_api", "evaluate.categories={held_out:3}"]).evaluate.categories == {"held_out": 3}
    assert compose(["+recipe=quickstart", "evaluate.categories.multiple=3"]).evaluate.categories["simple_python"] == 100


def test_what_else_is_wrong_is_said_when_a_dictionary_is_replaced() -> None:
    with pytest.raises(ToolaceError, match="did you mean 'seed'"):
        compose(["+recipe=quickstart", "train.lora={r:4}", "sed=1"])


def test_a_dictionary_is_replaced_in_what_cfg_job_prints_too(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "toolace.pipeline", "seed=1", "serve.adapters={tuned:folder}", "train.lora={r:3}"]
    done = subprocess.run([*line, "--cfg", "job"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["serve"]["adapters"] == {"tuned": "folder"}
