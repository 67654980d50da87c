"""The notebooks run as they are: on a tiny run of the project's own stages, and on a results store of all ablations."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from toolace.benchmarks.published import ablations
from toolace.benchmarks.scoring import wilson
from toolace.complexity import Record

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
CATEGORIES = ("simple_python", "multiple", "irrelevance")
CASES = 20


@pytest.fixture(scope="module")
def outputs(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, its complexity and rewards made up, and two ablations' worth of stores."""
    folder = tmp_path_factory.mktemp("notebooks") / "outputs"
    run = folder / "tiny"
    command = [
        *(sys.executable, "-m", "toolace.pipeline", "+recipe=quickstart", f"output_dir={run}"),
        *(f"model.path={tiny_model}", "apis.sources=[everyday]", "dialogs.kinds={single:60,parallel:10,irrelevant:10}"),
        *("dialogs.validation=4", "train.lora.r=2", "+train.sft.max_steps=4", "+train.sft.logging_steps=1"),
        *("evaluate.categories={simple_python:6,multiple:2,irrelevance:2}", "evaluate.max_new_tokens=8"),
        *("serve.backend=transformers", "workers=1"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    measured = [Record(f"i{n}", "single", n % 4, n % 3, n % 3, n / 20, h=n / 10, solved=False) for n in range(20)]
    write_lines(run / "complexity.jsonl", measured)
    write_lines(run / "reward.jsonl", [{"step": n, "reward": n / 20} for n in range(20)])
    write_stores(folder / "sweep")
    return folder


def write_lines(path: Path, lines: list[Any]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def write_stores(sweep: Path) -> None:
    """Every ablation of the paper with three variants at most and two seeds: the later a variant, the more is right."""
    results, cases = [], []
    for ablation, one in ablations().items():
        for place, variant in enumerate([*one.variants][:3] or ["100", "1000"]):
            for seed in range(2):
                run = {"run": str(sweep / ablation / f"{variant}-{seed}"), "name": f"{variant}-{seed}"}
                key = {**run, "ablation": ablation, "variant": variant, "seed": seed}
                for model, right in (("before", 2), ("after", 5 + 4 * place + seed)):
                    for category in CATEGORIES:
                        low, high = wilson(right, CASES)
                        score = {"cases": CASES, "correct": right, "accuracy": right / CASES, "low": low, "high": high}
                        of = {**key, "model": model, "category": category}
                        results.append({**of, **score, "errors": 0, "graded": False})
                        cases += [
                            {
                                **of,
                                "id": f"{category}_{n}",
                                "ok": n < right,
                                "error": "" if n < right else "wrong_value",
                            }
                            for n in range(CASES)
                        ]
    sweep.mkdir()
    pd.DataFrame(results).to_parquet(sweep / "results.parquet")
    pd.DataFrame(cases).to_parquet(sweep / "cases.parquet")


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Path, Path], tuple[int, str]]:
    """Run a notebook; give the number of its figures and all that it printed."""
    import nbformat
    from nbclient import NotebookClient

    def execute(path: Path, run: Path, outputs: Path) -> tuple[int, str]:
        monkeypatch.setenv("TOOLACE_RUN", str(run))
        monkeypatch.setenv("TOOLACE_OUTPUTS", str(outputs))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
        given = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        figures = sum("image/png" in output.get("data", {}) for output in given)
        return figures, "".join(output.get("text", "") for output in given)

    return execute


def test_there_are_four_notebooks_each_as_its_script_without_outputs() -> None:
    content = runpy.run_path(str(ROOT / "notebooks" / "pair.py"))["content"]
    assert [path.stem for path in NOTEBOOKS] == ["01_data", "02_training", "03_ablations", "04_errors"]
    for path in NOTEBOOKS:
        assert path.read_text() == content(path.with_suffix(".py")), "run `make notebooks`"
        assert '"outputs": []' in path.read_text() and "image/png" not in path.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(
    path: Path, outputs: Path, executed: Callable[[Path, Path, Path], tuple[int, str]]
) -> None:
    figures, text = executed(path, outputs / "tiny", outputs)
    expected = {"01_data": 5, "02_training": 3, "03_ablations": len(ablations()), "04_errors": 1}
    assert figures == expected[path.stem]
    if path.stem == "03_ablations":
        assert "0 with published numbers alone" in text and text.count("trainings") > 10
    assert not any(said in text for said in ("not measured", "none: python", "no scores yet", "no training yet"))


@pytest.mark.slow
def test_without_a_store_the_published_points_stand_alone(
    tmp_path: Path, executed: Callable[[Path, Path, Path], tuple[int, str]]
) -> None:
    figures, text = executed(ROOT / "notebooks" / "03_ablations.ipynb", tmp_path, tmp_path)
    assert figures == sum(bool(one.variants) for one in ablations().values())
    assert "ours: run its variants, then python -m toolace.compare outputs/NAME/verification" in text.splitlines()
