"""The command on a tiny random model, and the bounds on made-up measurements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolace.complexity import FEWEST, Bounds, Record, bounds, complexity
from toolace.config import Config, ModelConfig
from toolace.errors import ToolaceError
from toolace.formats.export import export
from toolace.records import Call, Dialog, Message, Plan, Tool

TOOL = Tool("find_hotel", "Find hotels.", {"type": "object", "properties": {"city": {"type": "string"}}})
CARD = {"name": "n", "seed": 0, "sources": "", "contaminated": 0, "license": "apache-2.0", "written": "made"}


def dialog(number: int) -> Dialog:
    calls = [Call("find_hotel", {"city": f"City {number}"})]
    said = [Message("user", f"Hotels in City {number}"), Message("assistant", calls=calls)]
    return Dialog(f"0-single-{number}", "single", [TOOL], said, Plan(calls))


@pytest.fixture
def config(tiny_model: Path, tmp_path: Path) -> Config:
    dialogs = [dialog(number) for number in range(6)]
    export({"train": dialogs[2:], "validation": dialogs[:2]}, tmp_path / "data", CARD)
    return Config(output_dir=str(tmp_path), model=ModelConfig(path=str(tiny_model)))


def records_of(config: Config) -> list[Record]:
    lines = (config.output / "complexity.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Record) for line in lines]


def test_all_samples_are_measured_and_the_bounds_printed(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    complexity(config)
    records = records_of(config)
    assert sorted(one.id for one in records) == [f"0-single-{number}" for number in range(6)]
    assert all((one.candidates, one.calls, one.used, one.h_tuned) == (1, 1, 1, None) for one in records)
    found = msgspec.json.decode((config.output / "complexity.json").read_bytes(), type=dict[str, Bounds])
    shown = capsys.readouterr().out
    assert list(found) == ["base"] and found["base"].lower < found["base"].upper
    assert f"base: complexity.lower={found['base'].lower} complexity.upper={found['base'].upper}\n" in shown
    complexity(config)
    assert capsys.readouterr().out == shown


def test_a_tuned_model_is_asked_too_and_named_as_evaluator(
    config: Config, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merged = config.output / "model" / "merged"
    merged.parent.mkdir()
    merged.symlink_to(tiny_model)
    complexity(config)
    assert all(one.h_tuned == one.h for one in records_of(config))
    assert f"complexity.evaluator={merged}" in capsys.readouterr().out


def test_without_a_dataset_the_command_that_makes_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match=r"run `python -m toolace\.synthesize"):
        complexity(Config(output_dir=str(tmp_path)))


def test_another_evaluator_is_another_measurement(config: Config) -> None:
    complexity(config)
    other = replace(config, complexity=replace(config.complexity, evaluator="elsewhere"))
    with pytest.raises(ToolaceError, match="evaluator"):
        complexity(other)


def record(h: float, **more: Any) -> Record:
    return Record("i", "single", 1, 1, 1, 0.5, **{"h": h, "solved": False, **more})


def test_solved_samples_give_the_lower_bound_and_late_ones_the_upper() -> None:
    easy = [record(h / 100, solved=True) for h in range(1, 2 * FEWEST)]
    hard = [record(1 + h / 100) for h in range(100 - len(easy))]
    found = bounds(easy + hard)
    assert set(found) == {"base"}
    assert found["base"].lower == pytest.approx(0.1) and 1.6 < found["base"].upper < 1.81


def test_a_model_that_solves_next_to_nothing_gets_quantiles() -> None:
    found = bounds([record(h / 100, solved=h < FEWEST - 1) for h in range(101)])["base"]
    assert (found.lower, found.upper) == pytest.approx((0.1, 0.9))
    assert f"only {FEWEST - 1} of 101" in found.why


def test_what_stays_hard_after_tuning_bounds_the_base_model() -> None:
    stays = [record(3.0, h_tuned=1.0, solved_tuned=False) for _ in range(12)]
    learnt = [record(2.0 + n / 100, h_tuned=0.1, solved_tuned=True) for n in range(88)]
    found = bounds(stays + learnt)
    assert found["base"].upper == 3.0
    assert (found["tuned"].lower, found["tuned"].upper) == (0.1, 1.0)
