from pathlib import Path

import pytest

from toolace.sharing import Shared


def run(folder: Path) -> Path:
    (folder / "model" / "adapter").mkdir(parents=True)
    (folder / "model" / "adapter" / "weights").write_text("w")
    (folder / "loss.jsonl").write_text("{}\n")
    return folder


def test_a_stage_is_taken_by_who_has_the_same_inputs(tmp_path: Path) -> None:
    first = run(tmp_path / "first")
    Shared(str(tmp_path / "shared")).give("train", {"seed": 1, "lr": 0.1}, {"steps": 3}, first)
    second = Shared(str(tmp_path / "shared"))
    assert second.take("train", {"lr": 0.1, "seed": 1}, tmp_path / "second") == {"steps": 3}
    taken = tmp_path / "second" / "model" / "adapter" / "weights"
    assert taken.read_text() == "w" and taken.samefile(first / "model" / "adapter" / "weights")
    assert second.take("train", {"lr": 0.1, "seed": 2}, tmp_path / "third") is None
    assert not (tmp_path / "third").exists()


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    Shared(str(tmp_path / "shared")).give("train", 1, {}, run(tmp_path / "first"))
    half = tmp_path / "half" / "model" / "adapter"
    half.mkdir(parents=True)
    (half / "rest").write_text("old")
    assert Shared(str(tmp_path / "shared")).take("train", 1, tmp_path / "half") == {}
    assert [path.name for path in half.iterdir()] == ["weights"]


def test_another_job_at_the_same_stage_is_waited_for(tmp_path: Path) -> None:
    first, second = Shared(str(tmp_path / "shared")), Shared(str(tmp_path / "shared"))
    assert first.take("train", 1, tmp_path / "first") is None
    (lock,) = first._locks.values()
    assert lock.is_locked
    first.give("train", 1, {"steps": 1}, run(tmp_path / "first"))
    assert not lock.is_locked
    assert second.take("train", 1, tmp_path / "second") == {"steps": 1}


def test_nothing_is_shared_without_a_folder_or_by_the_processes_of_one_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Shared(None)
    none.give("train", 1, {}, run(tmp_path / "first"))
    assert none.take("train", 1, tmp_path / "second") is None
    monkeypatch.setenv("WORLD_SIZE", "2")
    Shared(str(tmp_path / "shared")).give("train", 1, {}, tmp_path / "first")
    assert not (tmp_path / "shared").exists()
