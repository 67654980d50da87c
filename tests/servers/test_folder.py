from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolace.errors import ToolaceError
from toolace.servers.folder import check_model


def safetensors(header: object, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


GOOD = safetensors(
    {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234"
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(GOOD)
    return tmp_path


def test_a_good_folder_passes(model: Path) -> None:
    check_model(model)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD[:-1], "cut off"),
        (GOOD + b"x", "cut off"),
        (GOOD[:20], "corrupt"),
        (b"", "corrupt"),
        (b"version https://git-lfs.github.com/spec/v1", "corrupt"),
        (b"\xff" * 64, "corrupt"),
        (safetensors([1], b""), "corrupt"),
        (safetensors({"w": {"data_offsets": "x"}}, b""), "corrupt"),
    ],
)
def test_bad_weights_are_named(model: Path, content: bytes, message: str) -> None:
    (model / "model.safetensors").write_bytes(content)
    with pytest.raises(ToolaceError, match=f"model.safetensors .*{message}"):
        check_model(model)


def test_missing_pieces_are_named(model: Path) -> None:
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}))
    with pytest.raises(ToolaceError, match=r"lacks model-2\.safetensors"):
        check_model(model)
    index.write_text("{")
    with pytest.raises(ToolaceError, match=r"index\.json is corrupt"):
        check_model(model)
    (model / "model.safetensors").unlink()
    with pytest.raises(ToolaceError, match=r"no \*.safetensors"):
        check_model(model)
    (model / "config.json").write_text("[]")
    with pytest.raises(ToolaceError, match="not a JSON object"):
        check_model(model)
    (model / "config.json").unlink()
    with pytest.raises(ToolaceError, match=r"no config\.json"):
        check_model(model)
    (model / "adapter_config.json").write_text("{}")
    with pytest.raises(ToolaceError, match="LoRA adapter"):
        check_model(model)
    with pytest.raises(ToolaceError, match="not a folder"):
        check_model(model / "nowhere")
