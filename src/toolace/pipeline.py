"""`python -m toolace.pipeline`: all stages in a row; a rerun goes on at the first unfinished one."""

from __future__ import annotations

from toolace.cli import run
from toolace.config import Config
from toolace.evaluate import evaluate
from toolace.processes import run_apart
from toolace.synthesize import synthesize
from toolace.train import train


def pipeline(config: Config) -> None:
    """API documents → dataset → adapter → served model → scores."""
    synthesize(config)
    run_apart(train, config)  # its gigabytes are needed by the server that follows
    evaluate(config)


if __name__ == "__main__":
    run(pipeline)
