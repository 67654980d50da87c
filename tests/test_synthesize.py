"""The stage as a whole, in process; kills, resumes and errors of the command are in test_pipeline."""

import json
from pathlib import Path

import pyarrow.parquet
import pytest

from toolace.cli import compose
from toolace.synthesize import synthesize


@pytest.mark.parametrize(("own", "left_out"), [(True, {}), (False, {"in a test set": 2})])
def test_operations_of_ones_own_are_kept_whatever_test_sets_have(
    own: bool, left_out: dict[str, int], tmp_path: Path
) -> None:
    """The library has a `search_books`, and so has BFCL."""
    kinds = "dialogs.kinds={single:40,parallel:0,irrelevant:0,missing_parameter:0,small_talk:0}"
    synthesize(compose(["+recipe=own_api", f"output_dir={tmp_path}", f"apis.decontaminate={not own}", kinds]))
    facts = json.loads((tmp_path / "manifest.json").read_text())["stages"]["apis"]["facts"]
    assert facts["left_out"] == left_out
    dialogs = [json.loads(line) for file in (tmp_path / "dialogs").glob("*.jsonl") for line in file.open()]
    accepted = [one["dialog"] for one in dialogs if one["verdict"]["ok"]]
    assert any(tool["name"] == "search_books" for one in accepted for tool in one["tools"]) == own


def test_runs_of_an_ablation_keep_common_dialogs_in_the_same_order(tmp_path: Path) -> None:
    ids = []
    for name, parallel in (("all", 20), ("no_parallel", 0)):
        kinds = f"dialogs.kinds={{single:40,parallel:{parallel},irrelevant:10,missing_parameter:0,small_talk:0}}"
        synthesize(compose(["+recipe=own_api", f"output_dir={tmp_path / name}", "dialogs.validation=1", kinds]))
        ids.append(pyarrow.parquet.read_table(tmp_path / name / "data" / "data" / "train.parquet")["id"].to_pylist())
    everything, some = ids
    assert everything != sorted(everything) and {*some} < {*everything} | {*some}
    assert [one for one in everything if one in {*some}] == [one for one in some if one in {*everything}]
    assert any("parallel" in one for one in everything) and len({*everything} & {*some}) >= 48
