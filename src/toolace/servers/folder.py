"""Finds the common defects of a model folder in milliseconds, before a server spends a minute on finding them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from toolace.errors import ToolaceError

_MAX_HEADER = 100_000_000
"""Bytes; the safetensors format's own limit."""


class _Tensor(msgspec.Struct):
    data_offsets: tuple[int, int]


class _Adapter(msgspec.Struct):
    r: int


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


def check_model(model: Path) -> None:
    """Find the common defects of a model folder without loading it.

    Raises:
        ToolaceError: no folder, no config.json, or weights that are missing, cut off or corrupt.
    """
    if (model / "adapter_config.json").exists() and not (model / "config.json").exists():
        raise ToolaceError(f"{model} holds a LoRA adapter, not a model: serve the merged model beside it")
    if not model.is_dir():
        raise ToolaceError(f"{model} is not a folder: set serve.model to a folder with config.json and *.safetensors")
    try:
        msgspec.json.decode((model / "config.json").read_bytes(), type=dict[str, msgspec.Raw])
    except FileNotFoundError as error:
        raise ToolaceError(f"{model} has no config.json: it is not a saved model") from error
    except msgspec.MsgspecError as error:
        raise ToolaceError(f"{model / 'config.json'} is not a JSON object: save the model again") from error
    weights = sorted(model.glob("*.safetensors"))
    if not weights:
        raise ToolaceError(f"{model} has no *.safetensors file: save the model again")
    for file in weights:
        _check_safetensors(file)
    _check_shards(model, {file.name for file in weights})


def rank_of(adapter: Path) -> int:
    """Read the rank of a LoRA adapter.

    Raises:
        ToolaceError: the folder holds none.
    """
    try:
        return msgspec.json.decode((adapter / "adapter_config.json").read_bytes(), type=_Adapter).r
    except (OSError, msgspec.MsgspecError) as error:
        raise ToolaceError(f"{adapter} holds no LoRA adapter (adapter_config.json): set serve.adapters anew") from error


def _check_safetensors(file: Path) -> None:
    """The header (8 bytes of length, then JSON) must be readable and end exactly where the file does."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = stream.read(length) if length <= min(size, _MAX_HEADER) else b""
    try:
        tensors = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        tensors.pop("__metadata__", None)
        ends = [msgspec.json.decode(tensor, type=_Tensor).data_offsets[1] for tensor in tensors.values()]
    except msgspec.MsgspecError as error:
        raise ToolaceError(f"{file} is corrupt (its header is not readable): save or copy the model again") from error
    if 8 + length + max(ends, default=0) != size:
        raise ToolaceError(f"{file} is cut off or corrupt ({size} bytes): save or copy the model again")


def _check_shards(model: Path, there: set[str]) -> None:
    index = model / "model.safetensors.index.json"
    if not index.exists():
        return
    try:
        shards = set(msgspec.json.decode(index.read_bytes(), type=_Index).weight_map.values())
    except msgspec.MsgspecError as error:
        raise ToolaceError(f"{index} is corrupt: save or copy the model again") from error
    if missing := sorted(shards - there):
        raise ToolaceError(f"{model} lacks {', '.join(missing[:3])}, which its index names: copy the model again")
