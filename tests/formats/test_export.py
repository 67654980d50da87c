from pathlib import Path

import msgspec

from toolace.formats.chat import messages_of, tools_of
from toolace.formats.export import export
from toolace.records import Call, Dialog, Message, Tool


def dialog(number: int) -> Dialog:
    schema = {"type": "object", "properties": {f"only_{number}": {"type": "string", "enum": ["a"]}}, "required": []}
    return Dialog(
        id=f"0-single-{number}",
        kind="single",
        tools=[Tool(f"tool_{number}", "Does something.", schema)],
        messages=[Message("user", "Do it."), Message("assistant", calls=[Call(f"tool_{number}", {"x": [1, None]})])],
    )


def test_the_dataset_round_trip_changes_no_sample(tmp_path: Path) -> None:
    from datasets import load_dataset

    dialogs = [dialog(i) for i in range(5)]
    facts = {"name": "test", "seed": 0, "sources": "ours", "contaminated": 0}
    export({"train": dialogs[:4], "validation": dialogs[4:]}, tmp_path / "data", facts)
    loaded = load_dataset(str(tmp_path / "data"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 4, "validation": 1}
    for row, sample in zip(loaded["train"], dialogs, strict=False):
        assert msgspec.json.decode(row["tools"]) == tools_of(sample.tools)
        assert row["messages"] == messages_of(sample.messages)
        assert (row["id"], row["kind"]) == (sample.id, "single")


def test_the_card_states_what_is_in_it(tmp_path: Path) -> None:
    facts = {"name": "mine", "seed": 3, "sources": "everyday (Apache-2.0)", "contaminated": 2}
    export({"train": [dialog(0)], "validation": []}, tmp_path, facts)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "| single | 1 |" in card and "everyday (Apache-2.0)" in card and "seed 3" in card
