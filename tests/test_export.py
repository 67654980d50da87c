from pathlib import Path
from typing import Any

import huggingface_hub
import msgspec
import pytest

from toolace.config import Config, ExportConfig
from toolace.errors import ToolaceError
from toolace.export import export
from toolace.formats import export as dataset
from toolace.formats.known import FORMATS
from toolace.records import Call, Dialog, Message


def dialog(number: int) -> Dialog:
    messages = [
        Message("user", f"Ask {number}."),
        Message("assistant", calls=[Call("f", {"n": number})], thought="Hm."),
    ]
    return Dialog(f"0-single-{number}", "single", [], messages)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run with five dialogs, of which four are in the dataset, in another order than in the shards."""
    folder = tmp_path / "run"
    for shard in ([0, 1, 2], [3, 4]):
        lines = b"".join(
            msgspec.json.encode({"verdict": {"ok": n != 2}, "words": 0, "template": 0, "dialog": dialog(n)}) + b"\n"
            for n in shard
        )
        (folder / "dialogs").mkdir(parents=True, exist_ok=True)
        (folder / "dialogs" / f"single-{shard[0]:05}.jsonl").write_bytes(lines)
    facts = {
        "name": "mine",
        "seed": 0,
        "sources": "ours",
        "contaminated": 0,
        "license": "apache-2.0",
        "written": "made",
    }
    dataset.export({"train": map(dialog, (4, 0, 3)), "validation": [dialog(1)]}, folder / "data", facts)
    return folder


def config(run: Path, **options: Any) -> Config:
    return Config(output_dir=str(run), export=ExportConfig(**options))


def test_the_files_follow_the_rows_of_the_dataset(run: Path) -> None:
    export(config(run, formats=["sharegpt", "openai"], thoughts=True))
    for name in ("sharegpt", "openai"):
        lines = (run / "data" / name / "train.jsonl").read_bytes().splitlines()
        expected = [FORMATS[name].sample(dialog(number), True) for number in (4, 0, 3)]
        assert [msgspec.json.decode(line) for line in lines] == expected
        assert len((run / "data" / name / "validation.jsonl").read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, "nothing to do"),
        ({"formats": ["sharegtp"]}, "unknown 'sharegtp'; known: fenced, hermes"),
        ({"hub": "me/mine", "upload": True}, "HF_TOKEN"),
    ],
)
def test_bad_input_is_one_clear_line(
    run: Path, options: dict[str, Any], error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(ToolaceError, match=error):
        export(config(run, **options))


def test_without_a_dataset_or_with_dialogs_missing(run: Path) -> None:
    with pytest.raises(ToolaceError, match="no dataset in"):
        export(config(run / "other", formats=["hermes"]))
    (run / "dialogs" / "single-00003.jsonl").unlink()
    with pytest.raises(ToolaceError, match="0-single-4 of the dataset is missing"):
        export(config(run, formats=["hermes"]))
    assert not list((run / "data" / "hermes").iterdir())


class FakeApi:
    """Records what would reach the hub."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.repository: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        apis.append(self)

    def create_repo(self, repo_id: str, *, repo_type: str, private: bool, exist_ok: bool) -> None:
        self.repository = {"id": repo_id, "type": repo_type, "private": private, "exist_ok": exist_ok}

    def upload_folder(
        self, *, repo_id: str, repo_type: str, folder_path: Path, allow_patterns: list[str], commit_message: str
    ) -> None:
        if repo_id == "me/forbidden":
            raise OSError("403 Forbidden\nmore")
        assert (repo_id, repo_type) == (self.repository["id"], self.repository["type"]) and commit_message
        self.files = {name: (folder_path / name).read_bytes() for name in allow_patterns}


apis: list[FakeApi] = []


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[FakeApi]:
    apis.clear()
    monkeypatch.setattr(huggingface_hub, "HfApi", FakeApi)
    monkeypatch.setenv("HF_TOKEN", "secret")
    return apis


def test_pushing_is_a_dry_run_unless_it_is_asked_for(
    run: Path, hub: list[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    export(config(run, hub="me/mine"))
    assert not hub
    printed = capsys.readouterr().err
    assert "would upload README.md, data/train.parquet, data/validation.parquet (" in printed
    assert "to private dataset me/mine" in printed and "secret" not in printed


def test_pushing_uploads_the_card_and_all_files(run: Path, hub: list[FakeApi]) -> None:
    (run / "data" / ".half.part").write_bytes(b"unfinished")
    export(config(run, formats=["hermes"], hub="me/mine", upload=True, private=False))
    (api,) = hub
    assert api.token == "secret"
    assert api.repository == {"id": "me/mine", "type": "dataset", "private": False, "exist_ok": True}
    assert sorted(api.files) == [
        "README.md",
        "data/train.parquet",
        "data/validation.parquet",
        "hermes/train.jsonl",
        "hermes/validation.jsonl",
    ]
    assert b"3 dialogs for training and 1 for validation" in api.files["README.md"]
    assert api.files["data/train.parquet"] == (run / "data" / "data" / "train.parquet").read_bytes()


def test_the_adapter_is_pushed_with_its_card_and_the_manifest(run: Path, hub: list[FakeApi]) -> None:
    with pytest.raises(ToolaceError, match="no adapter in"):
        export(config(run, model="me/mine"))
    adapter = run / "model" / "adapter"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("adapter")
    (adapter / "README.md").write_text("card")
    (run / "manifest.json").write_text("manifest")
    export(config(run, model="me/mine", upload=True))
    (api,) = hub
    assert api.repository["type"] == "model" and api.repository["private"]
    assert api.files == {"README.md": b"card", "adapter_config.json": b"adapter", "manifest.json": b"manifest"}


def test_a_refusal_of_the_hub_is_one_line(run: Path, hub: list[FakeApi]) -> None:
    with pytest.raises(ToolaceError, match=r"^cannot upload to me/forbidden: 403 Forbidden$"):
        export(config(run, hub="me/forbidden", upload=True))
