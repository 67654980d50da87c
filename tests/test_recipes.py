"""Recipes as far as a machine without GPUs and weights goes: each architecture and template, and accelerate's files."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.test_train import row, write_data

from toolace.cli import compose, conf_dir, recipes
from toolace.config import ModelConfig
from toolace.train import train
from toolace.weights import load_tokenizer

ARCHITECTURES = {"llama": "Llama", "smollm2": "Llama", "mistral": "Mistral", "qwen15": "Qwen2", "qwen3": "Qwen3"}
"""The beginning of a recipe's name, and the class of its model."""
MARKS = {
    "toolace_llama3": ("<|begin_of_text|>", "<|eot_id|>", ["<|start_header_id|>", "<|end_header_id|>"]),
    "toolace_mistral": ("<s>", "</s>", ["[INST]", "[/INST]"]),
    "toolace_chatml": ("<|im_start|>", "<|im_end|>", []),
}
TRAINED = [name for name in recipes() if compose([f"+recipe={name}"]).model.template in MARKS]
FILES = sorted((conf_dir() / "recipe" / "accelerate").glob("*.yaml"))


def tiny(folder: Path, kind: str, template: str) -> None:
    """Save a random model of two narrow layers, with SmolLM2's tokenizer and the marks of the template."""
    import transformers

    tokenizer: Any = load_tokenizer(ModelConfig(template=template))
    begin, end, more = MARKS[template]
    tokenizer.add_special_tokens({"bos_token": begin, "eos_token": end, "additional_special_tokens": more})
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def test_recipes_for_gpus_have_a_known_architecture_and_the_papers_settings() -> None:
    assert len(TRAINED) >= 13
    for name in TRAINED:
        assert sum(name.startswith(known) for known in ARCHITECTURES) == 1
        sft, lora = compose([f"+recipe={name}"]).train.sft, compose([f"+recipe={name}"]).train.lora
        assert (sft["learning_rate"], sft["num_train_epochs"], lora["r"], lora["lora_alpha"]) == (1e-4, 3, 16, 32)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["llama3_8b", "mistral_7b", "qwen15_05b", "qwen3_06b", "smollm2_17b"])
def test_each_architecture_is_trained_two_steps_by_its_recipe(recipe: str, tmp_path: Path) -> None:
    kind = next(kind for start, kind in ARCHITECTURES.items() if recipe.startswith(start))
    tiny(tmp_path / "model", kind, compose([f"+recipe={recipe}"]).model.template or "")
    write_data(tmp_path / "run", [row(number) for number in range(16)])
    model = [f"model.path={tmp_path / 'model'}", "train.sft.bf16=false", "train.sft.gradient_checkpointing=false"]
    run = [f"output_dir={tmp_path / 'run'}", "+train.sft.max_steps=2", "train.batch_size=8"]
    train(compose([f"+recipe={recipe}", *model, *run]))
    assert (tmp_path / "run" / "model" / "merged" / "config.json").exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_accelerate_takes_its_files(file: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser

    text = file.read_text()
    assert text.startswith("# ") and (file.stem == "cpu" or f"--config_file recipes/accelerate/{file.name}" in text)
    loaded = load_config_from_file(str(file))
    assert str(loaded.distributed_type).rpartition(".")[2] == str(yaml.safe_load(text)["distributed_type"])
    if file.stem.startswith("zero"):
        pytest.importorskip("deepspeed")
    arguments = launch_command_parser().parse_args(["--config_file", str(file), "-m", "toolace.train"])
    _validate_launch_command(arguments)


def test_there_are_files_for_each_way_to_spread_a_training() -> None:
    assert [file.stem for file in FILES] == ["cpu", "ddp", "fsdp2", "zero2", "zero3"]
