import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.reporting.runs import RULE, write_run

from toolace.cli import compose
from toolace.errors import ToolaceError
from toolace.report import main, report
from toolace.synthesize import synthesize


def facts_of(page: Path) -> dict[str, Any]:
    facts = re.search(r'id="facts">(.*?)</script>', page.read_text(), re.S)
    assert facts
    return dict(json.loads(facts[1]))


def test_the_page_is_written_into_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(write_run(tmp_path))])
    assert f"report: {tmp_path / 'report.html'} (" in capsys.readouterr().err
    facts = facts_of(tmp_path / "report.html")
    assert facts["funnel"] == {"single": {"accepted": 24, RULE: 2, "duplicate": 1}, "irrelevant": {"accepted": 3}}
    assert [stage["state"] for stage in facts["stages"]] == ["finished"] * 4
    assert facts["shown"] == 30


def test_what_is_missing_is_named_with_its_command(tmp_path: Path) -> None:
    facts = facts_of(report(write_run(tmp_path, trained=False)))
    assert facts["scores"] == {} and facts["loss"] == []
    missing = {stage["name"]: stage["command"] for stage in facts["stages"] if stage["state"] == "missing"}
    assert missing == {
        "train": "python -m toolace.train +recipe=NAME",
        "evaluate": "python -m toolace.evaluate +recipe=NAME",
    }


def test_fewer_samples_can_be_shown_while_all_are_counted(tmp_path: Path) -> None:
    facts = facts_of(report(write_run(tmp_path), samples=10))
    assert facts["shown"] == 11 and facts["funnel"]["single"]["accepted"] == 24


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"is no run \(no such folder\): give the folder that `python -m toolace.synthesize"),
        ("", r"is no run \(no manifest.json\)"),
        ("{", r"manifest.json cannot be read \(.*\): run the stage again"),
        ("{}", "manifest.json cannot be read .*config"),
    ],
)
def test_a_folder_that_is_no_run_is_one_clear_error(content: str | None, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    if content is not None:
        folder.mkdir()
    if content:
        (folder / "manifest.json").write_text(content)
    with pytest.raises(ToolaceError, match=message):
        report(folder)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    shard = write_run(tmp_path) / "dialogs" / "single-00001.jsonl"
    shard.write_bytes(shard.read_bytes().replace(b'"kind":"single"', b'"kind":1', 1))
    with pytest.raises(ToolaceError, match=r"single-00001.jsonl, line 1, cannot be read \(Expected `str`"):
        report(tmp_path)


def test_a_pool_alone_gives_a_page(tmp_path: Path) -> None:
    manifest = json.loads((write_run(tmp_path) / "manifest.json").read_bytes())
    manifest["stages"] = {"apis": manifest["stages"]["apis"]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    facts = facts_of(report(tmp_path))
    assert facts["pool"]["total"] == 2 and facts["shown"] == 0 and facts["funnel"] == {}


def test_the_command_line_fails_with_one_line_and_has_help(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "toolace.report"]
    done = subprocess.run([*command, "nowhere"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("error: nowhere is no run") and done.stderr.count("\n") == 1
    done = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "such as outputs/quickstart" in done.stdout


@pytest.mark.slow
def test_a_real_run_is_counted_as_the_run_itself_counted(tmp_path: Path) -> None:
    kinds = "dialogs.kinds={about_tools:150,small_talk:60,missing_parameter:5,single:0,parallel:0,irrelevant:0}"
    config = compose([f"output_dir={tmp_path}", "apis.sources=[everyday]", kinds])
    synthesize(config)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    funnel = {kind: rules for kind, rules in facts_of(report(tmp_path))["funnel"].items() if rules}
    assert funnel == manifest["stages"]["synthesize"]["facts"]["funnel"]
    assert any(rules.keys() - {"accepted"} for rules in funnel.values())
