import json
from pathlib import Path
from typing import Any

from tests.reporting.runs import KINDS, PLACES, REASON, RULE, single, tool, write, write_run

from toolace.records import Verdict
from toolace.reporting.samples import BLOCK, Table, read_samples

PLACE_OF = {tool(name).description: place for name, place in PLACES.items()}


def table_of(folder: Path, every: dict[tuple[str, str], int] | None = None) -> Table:
    table = Table(PLACE_OF, every or {})
    for sample in read_samples(folder / "dialogs", KINDS, 0.002):
        table.add(sample)
    return table


def index_of(table: Table) -> dict[str, Any]:
    return dict(json.loads(table.index()))


def test_verdicts_are_the_final_ones_up_to_the_last_dialog_that_was_asked_for(tmp_path: Path) -> None:
    samples = list(read_samples(write_run(tmp_path) / "dialogs", KINDS, 0.002))
    accepted = [one for one in samples if one.verdict.ok]
    assert len(accepted) == sum(KINDS.values())
    assert [one.verdict.rule for one in samples if not one.verdict.ok] == [RULE, "duplicate", RULE]
    assert "0-single-24" not in {one.dialog.id for one in samples}  # drawn, but 24 were accepted before


def test_one_shard_of_a_played_kind_is_read_too_and_half_a_line_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "single.jsonl", [single(1), single(2)])
    with (tmp_path / "single.jsonl").open("ab") as file:
        file.write(b'{"verdict":{"o')
    assert [one.dialog.id for one in read_samples(tmp_path, {"single": 5}, 0.1)] == ["0-single-1", "0-single-2"]


def test_columns_tell_verdict_kind_and_the_domain_of_the_first_call(tmp_path: Path) -> None:
    index = index_of(table_of(write_run(tmp_path)))
    row = index["id"].split("\n").index("0-single-7")
    assert index["names"]["kind"][index["kind"][row]] == "single"
    assert index["names"]["domain"][index["domain"][row]] == ["Transport", "Harbours"]
    assert index["names"]["rule"][index["rule"][row]] == ""
    request, functions, reason = index["text"].split("\n")[row].split("\t")
    assert request.startswith("Any berths in Port 7, please?") and functions == "berths" and reason == ""
    row = index["id"].split("\n").index("0-single-100")
    assert index["names"]["rule"][index["rule"][row]] == RULE
    assert index["text"].split("\n")[row].endswith(f"\t{REASON}")


def test_a_duplicate_stands_beside_what_it_repeats_and_others_beside_one_with_the_same_call(tmp_path: Path) -> None:
    index = index_of(table_of(write_run(tmp_path)))
    ids = index["id"].split("\n")
    twin_of = {name: ids[twin] if twin >= 0 else None for name, twin in zip(ids, index["twin"], strict=True)}
    assert twin_of["0-single-101"] == "0-single-2" and twin_of["0-single-2"] == "0-single-101"
    assert twin_of["0-single-100"] == twin_of["0-single-102"] == "0-single-0"  # rooms, too
    assert twin_of["0-single-0"] == "0-single-100" and twin_of["0-irrelevant-0"] is None


def test_blocks_hold_every_dialog_and_each_tool_once(tmp_path: Path) -> None:
    write(tmp_path / "dialogs" / "single-00000.jsonl", [single(number) for number in range(BLOCK + 1)])
    table = Table(PLACE_OF, {})
    for sample in read_samples(tmp_path / "dialogs", {"single": BLOCK + 1}, 1.0):
        table.add(sample)
    blocks = {name: json.loads(content) for name, content in table.blocks()}
    assert {name: len(records) for name, records in blocks.items()} == {
        "tools-0": 3,
        "dialogs-0": BLOCK,
        "dialogs-1": 1,
    }
    last = blocks["dialogs-1"][0]
    assert last["messages"][3]["content"] == f'{{"free": {BLOCK}, "note": "a result"}}'
    assert [blocks["tools-0"][number]["name"] for number in last["tools"]] == ["rooms", "others"]


def test_of_too_many_dialogs_some_of_each_kind_and_rule_are_shown(tmp_path: Path) -> None:
    table = table_of(write_run(tmp_path), {("single", ""): 10, ("single", RULE): 10})
    shown = [name for name in table.ids if "single" in name]
    assert shown == ["0-single-0", "0-single-100", "0-single-101", "0-single-10", "0-single-20"]


def test_texts_cannot_break_the_lines_of_the_index(tmp_path: Path) -> None:
    verdict = Verdict(False, "no_repetition", "a\tb\nc\u2028d")
    write(tmp_path / "single.jsonl", [single(1, verdict=verdict)])
    table = Table({}, {})
    for sample in read_samples(tmp_path, {"single": 1}, 0.1):
        table.add(sample)
    assert index_of(table)["text"].split("\t")[2] == "a b c d"
