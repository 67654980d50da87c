from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolace.formats.chat import messages_of, tools_of
from toolace.formats.export import ROWS, export
from toolace.formats.known import FORMATS
from toolace.records import Call, Dialog, Json, Message, Tool

FACTS = {
    "name": "mine",
    "seed": 3,
    "sources": "everyday (Apache-2.0)",
    "contaminated": 2,
    "license": "apache-2.0",
    "written": "made",
}


def dialog(number: int, arguments: dict[str, Json] | None = None) -> Dialog:
    schema = {"type": "object", "properties": {f"only_{number}": {"type": "string", "enum": ["a"]}}, "required": []}
    call = Call(f"tool_{number}", {"x": [1, None]} if arguments is None else arguments)
    calling = [Message("assistant", calls=[call]), Message("tool", '{"a": null}', name=call.name)] if number % 2 else []
    return Dialog(
        id=f"0-single-{number}",
        kind="single",
        tools=[Tool(f"tool_{number}", "Does something.", schema)],
        messages=[Message("user", "Do it."), *calling, Message("assistant", "Done.")],
    )


def test_the_dataset_round_trip_changes_no_sample(tmp_path: Path) -> None:
    from datasets import load_dataset

    dialogs = [dialog(i) for i in range(5)]
    assert export({"train": dialogs[:4], "validation": dialogs[4:]}, tmp_path / "data", FACTS) == {
        "train": 4,
        "validation": 1,
    }
    loaded = load_dataset(str(tmp_path / "data"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 4, "validation": 1}
    for row, sample in zip(loaded["train"], dialogs, strict=False):
        assert msgspec.json.decode(row["tools"]) == tools_of(sample.tools)
        assert row["messages"] == messages_of(sample.messages)
        assert (row["id"], row["kind"]) == (sample.id, "single")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
ragged = st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values, max_size=3)


@given(arguments=st.lists(ragged, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parquet_changes_no_nested_arguments(arguments: list[dict[str, Json]], tmp_path: Path) -> None:
    dialogs = [dialog(2 * number + 1, one) for number, one in enumerate(arguments)]
    export({"train": dialogs, "validation": []}, tmp_path, FACTS)
    rows = pyarrow.parquet.read_table(tmp_path / "data" / "train.parquet").to_pylist()
    assert [row["messages"] for row in rows] == [messages_of(one.messages) for one in dialogs]
    assert [FORMATS["toolace"].parse(row["messages"][1]["content"])[0].arguments for row in rows] == arguments


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@given(arguments=st.lists(ragged, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_json_lines_change_nothing_in_datasets(name: str, arguments: list[dict[str, Json]], tmp_path: Path) -> None:
    """Turns with and without `tool_calls` stand side by side: Arrow must not fill in None keys."""
    from datasets import load_dataset

    samples = [FORMATS[name].sample(dialog(number, one)) for number, one in enumerate([{}, *arguments])]
    path = tmp_path / "samples.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(sample) + b"\n" for sample in samples))
    assert list(load_dataset("json", data_files=str(path), cache_dir=str(tmp_path / "cache"), split="train")) == samples


def test_dialogs_stream_into_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "data" / ".train.parquet.part"
    sizes = []

    def stream() -> Iterator[Dialog]:
        for number in range(2 * ROWS + 1):
            yield dialog(number)
            if number % ROWS == 0:
                sizes.append(path.stat().st_size)

    export({"train": stream(), "validation": iter([])}, tmp_path, FACTS)
    file = pyarrow.parquet.ParquetFile(tmp_path / "data" / "train.parquet")
    assert (file.num_row_groups, file.metadata.num_rows) == (3, 2 * ROWS + 1)
    assert sizes[0] < sizes[1] < sizes[2]
    assert file.schema_arrow.names == pyarrow.parquet.read_schema(tmp_path / "data" / "validation.parquet").names


def test_a_dataset_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    def broken() -> Iterator[Dialog]:
        yield dialog(0)
        raise ValueError("no more")

    export({"train": [dialog(0)], "validation": []}, tmp_path, FACTS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="no more"):
        export({"train": broken(), "validation": []}, tmp_path, FACTS)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_card_states_what_is_in_it(tmp_path: Path) -> None:
    export({"train": [dialog(0)], "validation": []}, tmp_path, FACTS)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "| single | 1 |" in card and "everyday (Apache-2.0)" in card and "seed 3" in card
