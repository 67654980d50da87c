"""`python -m toolace.evaluate`: the base model and the tuned one, and others beside them, on BFCL and API-Bank.

Writes `scores/NAME.jsonl` (one record per case) for each model (`before`, `after`, those of `evaluate.others`) and
`scores/scores.json`, and prints them side by side, with what went wrong and whether they really differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from toolace import serve, weights
from toolace.benchmarks import published, tables
from toolace.benchmarks.cases import Case, answer
from toolace.benchmarks.comparison import kind_of_error
from toolace.benchmarks.endpoint import MODES, Reply, replies
from toolace.benchmarks.held_out import HeldOut
from toolace.benchmarks.scoring import scores
from toolace.benchmarks.suite import benchmarks, check, load_cases
from toolace.cli import run
from toolace.config import Config, OtherModelConfig
from toolace.errors import ToolaceError
from toolace.formats.calls import render
from toolace.formats.chat import messages_of, tools_of
from toolace.manifest import Run
from toolace.progress import bar, say
from toolace.records import Score
from toolace.store import append, read_complete_lines, write

OURS = ("before", "after", "grpo")


class Record(msgspec.Struct, frozen=True):
    """One case: what was asked, what came back, how it was read and judged, and what it took.

    `answer` is None where the endpoint gave none; `error` is one of `comparison.KINDS`, `rule` the benchmark's word.
    """

    id: str
    category: str
    prompt: dict[str, Any]
    answer: str | None
    calls: str | None
    ok: bool
    error: str
    rule: str
    reason: str
    seconds: float
    prompt_tokens: int
    completion_tokens: int


def evaluate(config: Config) -> None:
    """Score all models on the same cases; finished cases are not asked again.

    Raises:
        ToolaceError: no model to score, a server or checker that fails, or an endpoint that left cases unanswered.
    """
    check_unseen(config)
    models = _models(config)
    beside = published.chosen(config.evaluate.published, config.evaluate.categories)
    manifest = Run(config)
    inputs, added = _inputs(config, manifest)
    folder = config.output / "scores"
    if not manifest.finished("evaluate", inputs, added):
        cases = load_cases(benchmarks(config.output / "data"), config.evaluate.categories, config.seed)
        with manifest.stage("evaluate", inputs) as facts:
            manifest.begin("evaluate", inputs)
            asked = {key: inputs[key] for key in ("seed", "evaluate", "backend")} | {"model": config.model}
            manifest.shared.take("before", asked, config.output)
            results = {name: _score(config, name, model, cases) for name, model in models.items()}
            write(folder / "scores.json", msgspec.json.format(msgspec.json.encode(results), indent=2))
            facts.update(results)
            if errors := sum(score.errors for one in results.values() for score in one):
                tables.print_scores(results)
                raise ToolaceError(
                    f"{errors} cases got no answer (see `reason` in {folder}); run the command again to ask them anew"
                )
            manifest.shared.give("before", asked, {}, config.output)
    results = msgspec.json.decode((folder / "scores.json").read_bytes(), type=dict[str, list[Score]])
    tables.print_scores(results, beside)
    tables.print_comparison({name: folder / f"{name}.jsonl" for name in results})


def check_unseen(config: Config) -> None:
    """Refuse to score benchmarks whose functions and questions the training data may hold.

    Raises:
        ToolaceError: `apis.decontaminate=false` with a category that is not the run's own.
    """
    asked = {name for name, count in config.evaluate.categories.items() if count != 0}
    if not config.apis.decontaminate and (public := asked - {*HeldOut.CATEGORIES}):
        raise ToolaceError(
            f"evaluate.categories: {min(public)} may be in the training data (apis.decontaminate=false): "
            "score held_out alone, or leave test functions out with apis.decontaminate=true"
        )


def _inputs(config: Config, manifest: Run) -> tuple[dict[str, Any], list[str]]:
    """What an evaluation is made from, and the keys of it that may come later: more models beside the first two."""
    trained = {name: stage["inputs"] for name, stage in manifest.stages().items() if name in ("train", "grpo")}
    others = {f"others.{name}": other for name, other in config.evaluate.others.items()}
    settings = replace(config.evaluate, published=[], others={})
    first = {"seed": config.seed, "evaluate": settings, "backend": config.serve.backend, "train": trained.get("train")}
    more = {key: value for key, value in trained.items() if key == "grpo"} | others
    return first | more, [*more]


def _models(config: Config) -> dict[str, Path | OtherModelConfig]:
    """What is scored: the base model and the tuned one, if there is one, and others."""
    others = config.evaluate.others
    for name, other in others.items():
        if name in OURS or not name.isidentifier():
            raise ToolaceError(f"evaluate.others.{name}: give it another name, of letters, digits and _")
        if other.mode not in MODES or not other.url:
            raise ToolaceError(f"evaluate.others.{name}: give it a url, and a mode of {', '.join(MODES)}")
    merged = config.output / "model" / "merged"
    if (merged / "config.json").exists():
        base = weights.prepare(config.model, config.output / "model" / "base")
        refined = config.output / "model" / "grpo" / "merged"
        more = {"grpo": refined} if (refined / "config.json").exists() else {}
        return {"before": base, "after": merged, **more, **others}
    if others:
        return {**others}
    raise ToolaceError(f"no trained model in {merged}: run `python -m toolace.train +recipe=NAME` first")


def _score(config: Config, name: str, model: Path | OtherModelConfig, cases: Sequence[Case]) -> list[Score]:
    folder = config.output / "scores"
    asked = _ask(config, name, model, cases, folder / f"{name}-answers.jsonl")
    native = isinstance(model, OtherModelConfig) and model.mode == "native"
    given = {case.id: answer(case, text, native) for case in cases if (text := asked[case.id].text) is not None}
    verdicts = dict(zip(given, check(benchmarks(config.output / "data"), list(given.values())), strict=True))
    records: list[Record] = []
    for case in cases:
        reply, read, verdict = asked[case.id], given.get(case.id), verdicts.get(case.id)
        records.append(
            Record(
                id=case.id,
                category=case.category,
                prompt={"messages": messages_of(case.messages), "tools": tools_of(case.tools)},
                answer=reply.text,
                calls=render(read.calls) if read and read.calls is not None else None,
                ok=bool(verdict and verdict.ok),
                error=kind_of_error(read, verdict) if read and verdict else "no_answer",
                rule=verdict.rule if verdict else "",
                reason=verdict.reason if verdict else reply.failure,
                seconds=reply.seconds,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
            )
        )
    write(folder / f"{name}.jsonl", b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return scores(cases, [verdicts.get(case.id) for case in cases])


def _ask(
    config: Config, name: str, model: Path | OtherModelConfig, cases: Sequence[Case], path: Path
) -> dict[str, Reply]:
    """Give the reply to each case; answers on disk are kept, failures are asked anew."""
    kept = (msgspec.json.decode(line, type=Reply) for line in read_complete_lines(path))
    asked = {reply.case_id: reply for reply in kept}
    missing = [case for case in cases if case.id not in asked]
    if not missing:
        return asked
    if len(missing) < len(cases):
        say(f"evaluate: {name}: {len(cases) - len(missing)} cases were answered earlier")

    async def ask(url: str, other: OtherModelConfig | None) -> None:
        with bar(len(missing), name) as progress, append(path) as file:
            async for reply in replies(url, missing, config.evaluate, other, asked):
                asked[reply.case_id] = reply
                if reply.text is not None:
                    file.write(msgspec.json.encode(reply) + b"\n")
                    file.flush()
                progress.update()

    with _served(config, name, model) as (url, other):
        asyncio.run(ask(url, other))
    return asked


@contextmanager
def _served(config: Config, name: str, model: Path | OtherModelConfig) -> Iterator[tuple[str, OtherModelConfig | None]]:
    if isinstance(model, OtherModelConfig):
        yield model.url, model
        return
    private = replace(config.serve, port=0)  # `serve.port` is for clients from outside
    with serve.running(private, model, config.output / "logs" / f"serve-{name}.log") as url:
        yield url, None


if __name__ == "__main__":
    run(evaluate)
