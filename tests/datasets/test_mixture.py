import json
from pathlib import Path

import pytest

from toolace.config import PartConfig
from toolace.datasets.mixture import check, gather, rows, shares
from toolace.errors import ToolaceError


def test_weights_are_exact() -> None:
    assert shares({"a": 1, "b": 1, "c": 2}, {"a": 9, "b": 9, "c": 9}, 10) == {"a": 3, "b": 2, "c": 5}
    assert shares({"a": 1, "b": 3}, {"a": 9, "b": 9}, None) == {"a": 3, "b": 9}
    with pytest.raises(ToolaceError, match=r"mixture\.a: 5 dialogs"):
        shares({"a": 1}, {"a": 4}, 5)


def test_a_mixture_is_checked_first() -> None:
    with pytest.raises(ToolaceError, match="unknown format"):
        check({"mine": PartConfig(path="x.json")})
    with pytest.raises(ToolaceError, match="path is missing"):
        check({"xlam": PartConfig()})


def test_bad_rows_are_counted_and_kept_beside(tmp_path: Path) -> None:
    good = {
        "messages": [
            {"role": "user", "content": "Why do my basil leaves curl in March?"},
            {"role": "assistant", "content": "Hello!"},
        ]
    }
    file = tmp_path / "chat.jsonl"
    file.write_text("\n".join(map(json.dumps, [good, {}, good])))
    _, starts, counts = gather("chat", PartConfig(path=str(file)), tmp_path / "out")
    assert len(starts) == 2 and counts == {"accepted": 2, "readable": 1}
    assert json.loads((tmp_path / "out/chat_rejected.jsonl").read_text())["row"] == 1


def test_a_broken_file_names_the_row(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{}\n{"a"')
    with pytest.raises(ToolaceError, match=r"x\.jsonl: cannot be read behind 1 rows"):
        list(rows(str(tmp_path / "x.jsonl"), "train"))
