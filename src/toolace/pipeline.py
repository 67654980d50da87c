"""`python -m toolace.pipeline`: all stages in a row; a rerun goes on at the first unfinished one."""

from __future__ import annotations

from toolace.cli import run
from toolace.config import Config


def pipeline(config: Config) -> None:
    """API documents → dataset → adapter → served model → scores."""
    from toolace.evaluate import evaluate
    from toolace.synthesize import synthesize
    from toolace.train import train

    for stage in (synthesize, train, evaluate):
        stage(config)


if __name__ == "__main__":
    run(pipeline)
