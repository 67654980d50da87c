import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolace.compare import CASES, RESULTS, compare, main

VERDICTS = {"one": [True] * 30 + [False] * 10, "two": [False] * 20 + [True] * 20}


def write_run(folder: Path, variant: str, seed: int, right: list[bool]) -> None:
    config = {"name": "n", "ablation": "types", "variant": variant, "seed": seed, "model": {"path": "m"}}
    facts = {"sample_tokens": 600, "samples": 3, "train_loss": 0.5}
    train = {"inputs": {}, "facts": facts, "seconds": 2.5}
    (folder / "scores").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"config": config, "stages": {"train": train}}))
    score = {"category": "simple_python", "cases": 40, "correct": sum(right), "accuracy": sum(right) / 40}
    scores = {model: [score | {"low": 0.0, "high": 1.0}] for model in ("before", "after")}
    (folder / "scores" / "scores.json").write_text(json.dumps(scores))
    for model, verdicts in (("before", [False] * 40), ("after", right)):
        lines = [
            {"id": f"c{n}", "category": "simple_python", "ok": ok, "error": "" if ok else "wrong_value"}
            for n, ok in enumerate(verdicts)
        ]
        (folder / "scores" / f"{model}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_sweep_becomes_two_tables_with_paired_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for variant, right in VERDICTS.items():
        for seed in (1, 2):
            write_run(tmp_path / "types" / f"{variant}-{seed}", variant, seed, right)
    assert compare([tmp_path]) == tmp_path / "types"
    results, cases = (pq.read_table(tmp_path / "types" / f"{name}.parquet") for name in ("results", "cases"))
    assert results.schema == RESULTS and cases.schema == CASES
    assert results.num_rows == 8 and cases.num_rows == 320
    first = results.to_pylist()[1]
    assert (first["variant"], first["model"], first["correct"], first["train_tokens"]) == ("one", "after", 30, 600)
    assert first["seconds"] == 2.5 and first["train_samples"] == 3
    printed = capsys.readouterr().out
    assert "| one | 60/80 = 75.0% [64.5%, 83.2%] | 75.0% / 75.0% |" in printed
    # In each seed 20 cases that only the first has right, 10 that only the second has: of 40. The seeds are alike.
    assert "| one − two | 40 × 2 | +25.0% [" in printed and "+50.7%] | 0.1 | 0.5 | 0.5 | within noise |" in printed
    assert "| before − two | 40 × 2 | -50.0% [" in printed


def test_a_folder_without_runs_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no run"):
        main([str(tmp_path)])


def test_a_run_without_scores_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "one-1", "one", 1, VERDICTS["one"])
    write_run(tmp_path / "two-1", "two", 1, VERDICTS["two"])
    (tmp_path / "two-1" / "scores" / "scores.json").unlink()
    compare([tmp_path / "one-1", tmp_path / "two-1"])
    assert "two-1 has no scores yet" in capsys.readouterr().err
