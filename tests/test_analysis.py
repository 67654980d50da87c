import json
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from tests.reporting.runs import RULE, write_run

from toolace import analysis
from toolace.benchmarks.differences import differences


def results(variants: dict[str, float], seeds: int = 2, ablation: str = "verification") -> pd.DataFrame:
    rows = [
        {
            **{"run": f"outputs/sweep/{ablation}/{variant}-{seed}", "name": "n", "ablation": ablation},
            **{"variant": variant, "seed": seed, "model": model, "category": category, "cases": 100, "graded": False},
            **{"accuracy": share, "low": max(0.0, share - 0.1), "high": min(1.0, share + 0.1)},
        }
        for variant, share in variants.items()
        for seed in range(seeds)
        for model in ("before", "after")
        for category in ("multiple", "irrelevance")
    ]
    return pd.DataFrame(rows)


def test_the_run_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("TOOLACE_RUN", raising=False)
    assert analysis.run_folder() == tmp_path / "outputs" / "quickstart"
    monkeypatch.setenv("TOOLACE_RUN", "outputs/other")
    assert analysis.run_folder() == tmp_path / "outputs" / "other"


def test_a_run_is_read_into_frames(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    pool, dialogs = analysis.pool(run), analysis.dialogs(run)
    assert list(pool["domain"]) == ["Harbours", "Hotels"] and list(pool["parameters"]) == [2, 2]
    assert dialogs["rule"].value_counts().to_dict() == {"accepted": 27, RULE: 2, "duplicate": 1}
    first = dialogs.iloc[0]
    assert first["functions"] == ["rooms"] and first["arguments"] == ["place", "size"] and first["words"] > 4
    assert len(analysis.frame(run / "loss.jsonl")) == 10 and analysis.frame(run / "reward.jsonl").empty
    scores = analysis.scores(run)
    assert list(scores[~scores["published"]]["accuracy"]) == [0.0, 1.0, 0.6, 0.3] and scores["published"].any()
    assert len(analysis.outcomes(run)) == 40 and analysis.outcomes(tmp_path / "none").empty


def test_distinct_ngrams_are_counted_over_equally_many_words() -> None:
    assert analysis.distinct(["a b a b", "c d"], 1, 4) == 0.5
    assert analysis.distinct(["a b c", "a b d"], 2, 6) == 0.75
    assert pd.isna(analysis.distinct([], 2, 6))


def test_cases_are_won_and_lost_between_two_models() -> None:
    right = {"before": (True, True, False, False), "after": (True, False, True, False)}
    rows = [
        {"model": model, "category": "multiple", "id": str(n), "ok": ok, "error": ""}
        for model, some in right.items()
        for n, ok in enumerate(some)
    ]
    unanswered = {"model": "after", "category": "multiple", "id": "4", "ok": False, "error": "no_answer"}
    frame = pd.DataFrame([*rows, {**unanswered, "model": "before", "error": "x"}, unanswered])
    assert list(analysis.changes(frame, "before", "after")["change"]) == ["right", "lost", "won", "wrong"]
    assert list(analysis.changes(frame, "before", "before")["change"].unique()) == ["right", "wrong"]


def test_a_case_is_told_with_its_reason() -> None:
    prompt = {"messages": [{"role": "user", "content": "Add."}], "tools": [{"function": {"name": "add"}}]}
    row = pd.Series({"id": "m1", "prompt": prompt, "answer": "[sub()]", "rule": "wrong_name", "reason": "sub?"})
    assert analysis.told(row) == "m1\nuser: Add.\ntools: add\nanswer: [sub()]\nreason: wrong_name sub?"


def test_a_run_in_two_stores_counts_once_and_runs_outside_of_ablations_do_not(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    for folder in ("sweep", "sweep/verification"):
        (outputs / folder).mkdir(exist_ok=True, parents=True)
        rows = results({"none": 0.5, "both": 0.6})
        pd.concat([rows, rows.assign(ablation="", run="outputs/quickstart")]).to_parquet(
            outputs / folder / "results.parquet"
        )
    found = analysis.stored(outputs, "results")
    assert len(found) == 16 and set(found["sweep"]) == {"sweep"}
    assert analysis.stored(outputs, "cases").empty and "ablation" in analysis.stored(outputs, "cases")


def test_means_are_over_categories_with_their_joint_interval() -> None:
    row = analysis.means(results({"none": 0.5}, seeds=1)).iloc[0]
    assert row["accuracy"] == 0.5 and row["high"] - 0.5 == pytest.approx(0.1 / 2**0.5)


def test_differences_are_of_answered_cases() -> None:
    rows = [
        {"variant": variant, "seed": 0, "category": "multiple", "id": str(n), "ok": ok, "error": "" if ok else "x"}
        for variant, right in (("both", 15), ("none", 5))
        for n in range(20)
        for ok in [n < right]
    ]
    unanswered = {**rows[-1], "id": "20", "error": "no_answer"}
    frame = pd.DataFrame([*rows, unanswered, {**unanswered, "variant": "both"}])
    (row,) = differences(analysis.by_variant(frame), "both")
    assert (row.variant, row.cases, row.difference) == ("none", 20, -0.5) and row.p < 0.05


def test_every_figure_has_its_points(tmp_path: Path) -> None:
    _, axes = plt.subplots(1, 3)
    analysis.draw_ablation(axes, "verification", results({"none": 0.5, "both": 0.6}))
    assert [ax.get_title() for ax in axes] == ["published", "ours: mean over categories", "ours: tuned, by category"]
    assert [len(ax.containers) for ax in axes] == [4, 4, 2]
    _, axes = plt.subplots(1, 3)
    analysis.draw_ablation(axes, "data_scale", results({"50": 0.5}, ablation="data_scale"))
    assert axes[0].texts[0].get_text() == "no number"
    measured = [
        {"h": n / 10, "candidates": n, "used": 1, "dissimilarity": None if n == 3 else n / 10} for n in range(9)
    ]
    path = tmp_path / "complexity.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in measured))
    _, axes = plt.subplots(1, 3)
    analysis.draw_fig2(axes, analysis.frame(path))
    titles = [ax.get_title() for ax in axes]
    assert titles == ["Spearman +1.00, 9 samples", "does not vary, 9 samples", "Spearman +1.00, 8 samples"]
    plt.close("all")
