"""`python -m toolace.pipeline`: all stages in a row; a rerun goes on at the first unfinished one.

With `rounds=3` data and model grow together (the paper's outlook): each round after the first measures H_M of its
dialogs by the model of the round before, keeps what is neither too easy nor too hard for it, and trains it further.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from toolace.cli import run
from toolace.complexity import Bounds, complexity
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.evaluate import check_unseen, evaluate
from toolace.processes import run_apart
from toolace.progress import say
from toolace.synthesize import synthesize
from toolace.train import train


def pipeline(config: Config) -> None:
    """API documents → dataset → adapter → served model → scores, `rounds` times.

    Raises:
        ToolaceError: see the stages.
    """
    if config.rounds < 1:
        raise ToolaceError(f"rounds={config.rounds}: at least 1")
    check_unseen(config)
    first = config.output
    for number in range(1, config.rounds + 1):
        if number > 1:
            run_apart(complexity, config)
            config = following(config, first / f"round-{number}")
            say(f"round {number}: {config.output}, H_M {config.complexity.lower} to {config.complexity.upper}")
        drawn_anew = replace(config, seed=config.seed + number - 1)
        synthesize(drawn_anew)
        run_apart(train, drawn_anew)  # its gigabytes are needed by what follows
        evaluate(config)  # on the same cases in each round


def following(config: Config, folder: Path) -> Config:
    """The config of the next round, in a folder of its own: its base model and evaluator are this round's model."""
    bounds = msgspec.json.decode((config.output / "complexity.json").read_bytes(), type=dict[str, Bounds])["tuned"]
    return replace(
        config,
        output_dir=str(folder),
        model=replace(config.model, path=str(config.output / "model" / "merged")),
        complexity=replace(config.complexity, evaluator=None, lower=bounds.lower, upper=bounds.upper),
    )


if __name__ == "__main__":
    run(pipeline)
