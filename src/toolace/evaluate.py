"""`python -m toolace.evaluate`: the base model and the tuned one on BFCL, judged by its official checker.

Writes `scores/{before,after}.jsonl` (one record per case) and `scores/scores.json`, and prints both side by side.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from toolace import serve, weights
from toolace.benchmarks import api_bank_cases, bfcl
from toolace.benchmarks.cases import Answer, Case, answer
from toolace.benchmarks.endpoint import answers as answers_of
from toolace.benchmarks.scoring import scores
from toolace.cli import run
from toolace.config import Config
from toolace.errors import ToolaceError
from toolace.formats.calls import render
from toolace.formats.chat import messages_of, tools_of
from toolace.progress import bar, say
from toolace.records import Score, Verdict
from toolace.store import Run, append, read_complete_lines, write

BENCHMARKS = (bfcl, api_bank_cases)


class Record(msgspec.Struct, frozen=True):
    """One case: what was asked, what came back, how it was read and judged."""

    id: str
    category: str
    prompt: dict[str, Any]
    answer: str
    calls: str | None
    ok: bool
    error: str
    reason: str


def evaluate(config: Config) -> None:
    """Score the base model (before) and the merged one (after); finished cases are not asked again.

    Raises:
        ToolaceError: no trained model yet, or a server or checker that fails.
    """
    merged = config.output / "model" / "merged"
    if not (merged / "config.json").exists():
        raise ToolaceError(f"no trained model in {merged}: run `python -m toolace.train +recipe=NAME` first")
    manifest = Run(config)
    trained = manifest.stages().get("train", {}).get("inputs")
    inputs = {"seed": config.seed, "evaluate": config.evaluate, "backend": config.serve.backend, "train": trained}
    table_path = config.output / "scores" / "scores.json"
    if not manifest.finished("evaluate", inputs):
        cases = load_cases(config.evaluate.categories, config.seed)
        base = weights.prepare(config.model, config.output / "model" / "base")
        with manifest.stage("evaluate", inputs) as facts:
            manifest.begin("evaluate", inputs)
            results = {
                when: _score(config, when, model, cases) for when, model in (("before", base), ("after", merged))
            }
            write(table_path, msgspec.json.format(msgspec.json.encode(results), indent=2))
            facts.update(results)
    print_table(msgspec.json.decode(table_path.read_bytes(), type=dict[str, list[Score]]))


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each category from the benchmark that it belongs to.

    Raises:
        ToolaceError: unknown category, or data that is missing or damaged.
    """
    if unknown := [name for name in categories if not any(name in one.CATEGORIES for one in BENCHMARKS)]:
        known = [name for one in BENCHMARKS for name in one.CATEGORIES]
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}."
        raise ToolaceError(f"evaluate.categories: unknown {unknown[0]!r}: {hint}")
    cases: list[Case] = []
    for one in BENCHMARKS:
        cases += one.load_cases({name: count for name, count in categories.items() if name in one.CATEGORIES}, seed)
    return cases


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge answers, each by its benchmark; one verdict per answer, in order."""
    verdicts: dict[str, Verdict] = {}
    for one in BENCHMARKS:
        own = [answer for answer in answers if answer.category in one.CATEGORIES]
        verdicts |= dict(zip((answer.case_id for answer in own), one.check(own), strict=True))
    return [verdicts[answer.case_id] for answer in answers]


def _score(config: Config, when: str, model: Path, cases: Sequence[Case]) -> list[Score]:
    folder = config.output / "scores"
    texts = _ask(config, when, model, cases, folder / f"{when}-answers.jsonl")
    decoded = [answer(case, texts[case.id]) for case in cases]
    verdicts = check(decoded)
    records = [
        Record(
            id=case.id,
            category=case.category,
            prompt={"messages": messages_of(case.messages), "tools": tools_of(case.tools)},
            answer=texts[case.id],
            calls=None if read.calls is None else render(read.calls),
            ok=verdict.ok,
            error=verdict.rule,
            reason=verdict.reason,
        )
        for case, read, verdict in zip(cases, decoded, verdicts, strict=True)
    ]
    write(folder / f"{when}.jsonl", b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return scores(cases, verdicts)


def _ask(config: Config, when: str, model: Path, cases: Sequence[Case], path: Path) -> dict[str, str]:
    """Give the model's text for each case; those on disk are kept."""
    texts: dict[str, str] = dict(msgspec.json.decode(line) for line in read_complete_lines(path))
    missing = [case for case in cases if case.id not in texts]
    if not missing:
        return texts
    if len(missing) < len(cases):
        say(f"evaluate: {when}: {len(cases) - len(missing)} cases were answered earlier")

    async def ask(url: str) -> None:
        with bar(len(missing), f"bfcl {when}") as progress, append(path) as file:
            async for case, text in answers_of(url, missing, config.evaluate):
                texts[case.id] = text
                file.write(msgspec.json.encode((case.id, text)) + b"\n")
                file.flush()
                progress.update()

    private = replace(config.serve, port=0)  # `serve.port` is for clients from outside
    with serve.running(private, model, config.output / "logs" / f"serve-{when}.log") as url:
        asyncio.run(ask(url))
    return texts


def print_table(results: dict[str, list[Score]]) -> None:
    """Print a Markdown table: a row per category, a column per model."""
    print(f"| BFCL category | cases | {' | '.join(results)} |")
    print("|---" * (2 + len(results)) + "|")
    for row in zip(*results.values(), strict=True):
        cells = [f"{score.correct} = {score.accuracy:.1%} [{score.low:.1%}, {score.high:.1%}]" for score in row]
        print(f"| {row[0].category} | {row[0].cases} | {' | '.join(cells)} |")
    print("(correct answers, accuracy, Wilson 95% interval; official checker)")


if __name__ == "__main__":
    run(evaluate)
