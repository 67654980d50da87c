from pathlib import Path

import pytest

from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.manifest import Run
from toolace.store import append, read_complete_lines, require_space, write


def test_write_replaces_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write(path, b"one")
    write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_path_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ToolaceError, match="output_dir"):
        write(tmp_path / "file" / "below", b"x")
    with pytest.raises(ToolaceError, match="output_dir"), append(tmp_path / "file" / "below"):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    (tmp_path / ".table.part").symlink_to("/dev/full")
    with pytest.raises(ToolaceError, match="No space left"):
        write(tmp_path / "table", b"x")
    assert list(tmp_path.iterdir()) == []


def test_too_little_space_is_named_before_the_work(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "yet", 1)
    with pytest.raises(ToolaceError, match=r"MiB are needed: free space or set output_dir"):
        require_space(tmp_path / "not" / "yet", 2**62)


def test_half_a_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    assert read_complete_lines(path) == []
    path.write_bytes(b"one\ntwo\nthr")
    assert read_complete_lines(path) == [b"one", b"two"]
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_finished_stage_is_skipped_and_never_overwritten(tmp_path: Path) -> None:
    run = Run(Config(output_dir=str(tmp_path)))
    inputs = {"seed": 1, "sizes": {"a": 1}}
    assert not run.finished("synthesize", inputs)
    with run.stage("synthesize", inputs) as facts:
        facts["count"] = 7
    assert Run(Config(output_dir=str(tmp_path))).finished("synthesize", inputs)
    assert run.stages()["synthesize"]["facts"] == {"count": 7}
    with pytest.raises(ToolaceError, match=r"sizes\.a: 1 → 2"):
        run.finished("synthesize", {"seed": 1, "sizes": {"a": 2}})


def test_a_stage_that_fails_is_not_finished(tmp_path: Path) -> None:
    run = Run(Config(output_dir=str(tmp_path)))
    with pytest.raises(RuntimeError), run.stage("train", {}):
        raise RuntimeError
    assert not run.finished("train", {})


def test_a_stage_that_was_begun_goes_on_with_the_same_inputs_only(tmp_path: Path) -> None:
    run = Run(Config(output_dir=str(tmp_path)))
    run.begin("synthesize", {"seed": 1})
    assert not run.finished("synthesize", {"seed": 1})
    assert run.stages() == {}
    with pytest.raises(ToolaceError, match="seed: 1 → 2"):
        run.finished("synthesize", {"seed": 2})
    with run.stage("synthesize", {"seed": 1}):
        pass
    assert run.finished("synthesize", {"seed": 1})
