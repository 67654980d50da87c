"""Ablations: how the command line stands for all variants, every variant for two steps, and sweeps that break off."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.datasets.test_known import ASK, ROWS

from toolace.cli import compose, conf_dir
from toolace.errors import ToolaceError
from toolace.sweeps import ablations, expanded
from toolace.synthesize import synthesize
from toolace.train import train

VARIANTS = [(name, variant) for name, variants in ablations(conf_dir()).items() for variant in variants]
BY_MODELS = {("verification", "both")}
"""Variants that ask an LLM: experts in a run are tested in tests/dialogs/test_played.py."""
TINY = [
    *("apis.sources=[everyday]", "dialogs.kinds={single:12,parallel:4,irrelevant:4}", "dialogs.validation=4"),
    *("train.lora.r=2", "+train.sft.max_steps=2", "model.template=compact", "dialogs.template_share=1.0", "workers=1"),
]


def test_an_ablation_stands_for_its_variants_after_the_recipe() -> None:
    given = ["seed=1,2", "+ablation=types", "-m", "+recipe=small"]
    variants = ",".join(ablations(conf_dir())["types"])
    assert expanded(given, conf_dir()) == [
        *("-m", "+recipe=small", "+ablation=types", f"+ablation/types={variants}", "seed=1,2"),
    ]
    chosen = ["+ablation=types", "+ablation/types=no_nested"]
    assert expanded(chosen, conf_dir()) == chosen
    assert expanded(["seed=1"], conf_dir()) == ["seed=1"]


def test_an_ablation_that_is_unknown_or_not_chosen_is_one_clear_error() -> None:
    with pytest.raises(ToolaceError, match="did you mean 'verification'"):
        expanded(["-m", "+ablation=verfication"], conf_dir())
    with pytest.raises(ToolaceError, match=r"add -m .* or choose one with \+ablation/types="):
        expanded(["+ablation=types"], conf_dir())


def test_every_ablation_of_the_paper_and_its_reviewers_is_there_and_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOOLACE", "XLAM", "TOOLBENCH"):
        monkeypatch.setenv(f"TOOLACE_{name}", "file.json")
    assert {name for name, _ in VARIANTS} >= {
        *("verification", "complexity", "diversity", "types", "scale", "backbone", "evaluator", "data", "data_scale"),
        "augmentation",
    }
    folders = set()
    for name, variant in VARIANTS:
        config = compose(["+recipe=small", f"+ablation={name}", f"+ablation/{name}={variant}"])
        assert (config.ablation, config.variant) == (name, variant)
        folders.add(config.output_dir)
    assert len(folders) == len(VARIANTS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), [one for one in VARIANTS if one not in BY_MODELS])
def test_every_variant_makes_data_and_trains_two_steps(
    name: str, variant: str, tiny_model: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("toolace", "xlam", "toolbench"):
        rows = [json.loads(json.dumps(ROWS[part]).replace(ASK, f"{ASK} It is number {n}.")) for n in range(12)]
        (tmp_path / f"{part}.json").write_text(json.dumps(rows))
        monkeypatch.setenv(f"TOOLACE_{part.upper()}", str(tmp_path / f"{part}.json"))
    more = [f"model.path={tiny_model}", f"output_dir={tmp_path / 'run'}", f"shared={shared}"]
    if name in ("complexity", "evaluator"):  # a random model finds everything hard
        bound = {"easy": "upper=12", "hard": "lower=2"}.get(variant, "upper=12")
        more += [f"complexity.{bound}", "complexity.rounds=1"]
        more += [] if variant == "hard" else ["complexity.lower=null" if variant == "easy" else "complexity.lower=2"]
    if name == "evaluator" and variant != "learner":
        more.append(f"complexity.evaluator={tiny_model}")
    config = compose(["+recipe=small", f"+ablation={name}", f"+ablation/{name}={variant}", *TINY, *more])
    synthesize(config)
    train(config)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_bytes())
    assert manifest["stages"]["train"]["facts"]["steps"] == 2
    assert (manifest["config"]["ablation"], manifest["config"]["variant"]) == (name, variant)


def test_runs_share_data_only_of_the_same_documents(tmp_path: Path) -> None:
    field = {"type": "integer", "description": "Number of the gate."}
    schema = {"type": "object", "properties": {"number": field}, "required": ["number"]}
    tool = {"description": "Opens a gate.", "parameters": schema}
    files = []
    for gate in ("harbour", "garden"):
        (tmp_path / "tools.json").write_text(json.dumps([tool | {"name": f"open_{gate}_gate"}]))
        given = [f"apis.openai_tools.path={tmp_path / 'tools.json'}", f"shared={tmp_path / 'shared'}", "workers=1"]
        given += ["apis.sources=[openai_tools]", "dialogs.kinds={single:3}", "dialogs.validation=1"]
        synthesize(compose([*given, f"output_dir={tmp_path / gate}", "dialogs.template_share=1.0"]))
        files.append((tmp_path / gate / "data" / "data" / "train.parquet").read_bytes())
    assert files[0] != files[1]


def sweep(tmp_path: Path, model: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "toolace.pipeline", "-m", "+recipe=small", "+ablation=augmentation", *TINY),
        *("+ablation/augmentation=plain,masked", f"model.path={model}", f"shared={tmp_path / 'shared'}"),
        f"output_dir={tmp_path}/${{variant}}-${{seed}}",
        *("evaluate.categories={simple_python:3,irrelevance:2}", "evaluate.max_new_tokens=4"),
        *("serve.backend=transformers", f"hydra.sweep.dir={tmp_path / 'hydra'}", *more),
    ]


def finished(tmp_path: Path) -> set[str]:
    return {path.parent.parent.name for path in tmp_path.glob("*/scores/scores.json")}


@pytest.mark.slow
def test_a_sweep_that_is_killed_goes_on_and_a_broken_job_leaves_the_others(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "plain-0"
    broken.write_text("a file where the first job's folder should be")
    process = subprocess.Popen(sweep(tmp_path, tiny_model), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (tmp_path / "masked-0" / "model" / "merged" / "config.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1)  # what the sweep had started ends with it
    before = (tmp_path / "masked-0" / "model" / "merged" / "model.safetensors").stat().st_mtime_ns

    done = subprocess.run(sweep(tmp_path, tiny_model), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "plain-0" in done.stderr and "the other jobs were run" in done.stderr.splitlines()[-1]
    assert finished(tmp_path) == {"masked-0"}
    assert (tmp_path / "masked-0" / "model" / "merged" / "model.safetensors").stat().st_mtime_ns == before

    broken.unlink()
    again = subprocess.run(sweep(tmp_path, tiny_model), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr[-2000:]
    assert finished(tmp_path) == {"plain-0", "masked-0"}
    assert "synthesize: as in another run of this sweep" in again.stderr
    assert again.stderr.count("evaluate: finished earlier, skipped") == 1
    answers = {(tmp_path / name / "scores" / "before-answers.jsonl").read_bytes() for name in finished(tmp_path)}
    assert len(answers) == 1
