from pathlib import Path

import msgspec
import pytest

from toolace.apis_report import count, report
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.records import Api, Json

INNER = {"type": "object", "properties": {"x": {"type": "number"}}}
FIELDS: dict[str, Json] = {
    "ids": {"type": "array", "items": {"type": "string"}},
    "points": {"type": "array", "items": INNER},
    "where": INNER,
}


def api(number: int, **more: Json) -> Api:
    return Api(
        f"harbour.crane_{number}",
        "Move the crane of a harbour.",
        {"type": "object", "properties": FIELDS},
        area="Transport",
        domain="Harbours",
        source="openapi",
        **more,
    )


def test_parameters_are_counted_by_type_and_level() -> None:
    counts = count([api(1, license="MIT"), api(2, evolution=["nest"])])
    assert counts["parameter type"] == {"list of string": 2, "list of object": 2, "object": 2, "number": 4}
    assert counts["levels of parameters"] == {"2": 2}
    assert counts["number of parameters"] == {"3": 2}
    assert counts["licence"] == {"MIT": 1, "not stated": 1}
    assert counts["evolved by"] == {"nest": 1}


def test_the_report_prints_tables_and_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pool = tmp_path / "apis" / "pool.jsonl"
    pool.parent.mkdir()
    pool.write_bytes(b"".join(msgspec.json.encode(api(number)) + b"\n" for number in range(6)))
    report(Config(output_dir=str(tmp_path)))
    printed = capsys.readouterr().out
    assert printed.startswith("6 APIs of 1 services in 1 areas and 1 domains, 1 of them with at least 5 APIs")
    assert "| openapi | 6 | 100.0% |" in printed
    assert "0 APIs are test functions of BFCL" in printed
    assert (tmp_path / "apis" / "report.png").stat().st_size > 10_000


def test_without_a_pool_the_command_that_makes_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match="stage=apis"):
        report(Config(output_dir=str(tmp_path)))
