"""The paper's Fig. 2 on scripted samples: H_M against candidates, APIs used and dissimilarity, by the base model.

python eval/complexity.py FOLDER [key=value …]: makes the samples, measures them, writes FOLDER/complexity.jsonl and
FOLDER/complexity.png, and prints the correlations. What was measured is kept: a second start only plots.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from scipy.stats import pearsonr, spearmanr

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.cli import compose
from toolace.complexity import Record, measure
from toolace.config import Config
from toolace.dialogs.generate import generate
from toolace.formats.export import row
from toolace.progress import bar
from toolace.store import append, read_complete_lines, write

KINDS = "dialogs.kinds={single:400,parallel:350,long_context:250,irrelevant:0}"
BATCH = 40
TRAITS: dict[str, Callable[[Record], float]] = {
    "candidate APIs": lambda one: one.candidates,
    "APIs used": lambda one: one.used,
    "dissimilarity": lambda one: one.dissimilarity or 0,
    "calls": lambda one: one.calls,
}


def main(folder: Path, overrides: list[str]) -> None:
    config = compose(
        [
            KINDS,
            "dialogs.candidates=10",
            "dialogs.max_chars=7500",
            "dialogs.questions_per_tools=4",
            f"output_dir={folder}",
            *overrides,
        ]
    )
    path = folder / "complexity.jsonl"
    done = [msgspec.json.decode(line, type=Record) for line in read_complete_lines(path)]
    if len(done) < sum(config.dialogs.kinds.values()):
        done = measured(config, path, done)
    print_table(done)
    plot(done, folder / "complexity.png")


def measured(config: Config, path: Path, done: list[Record]) -> list[Record]:
    rows = [row(one.dialog) for one in generate(config, pool(config), config.output / "dialogs") if one.verdict.ok]
    known = {one.id for one in done}
    rows = sorted((one for one in rows if one["id"] not in known), key=lambda one: one["tools"])  # they share prompts
    with bar(len(rows), "samples") as progress, append(path) as file:
        for start in range(0, len(rows), BATCH):
            records = measure(config, rows[start : start + BATCH])
            file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in records))
            file.flush()
            done += records
            progress.update(len(records))
    return done


def pool(config: Config) -> Path:
    path = config.output / "pool.jsonl"
    if not path.exists():
        apis = build(config.apis, decontamination.load(), config.seed, config.workers).apis
        write(path, b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
    return path


def print_table(records: Sequence[Record]) -> None:
    print("| H_M against | samples | n | Spearman | p | Pearson |\n|---|---|---|---|---|---|")
    kinds = sorted({one.kind for one in records})
    for name, value in TRAITS.items():
        for kind in ("all", *kinds):
            some = [one for one in records if kind in ("all", one.kind)]
            xs, hs = [value(one) for one in some], [one.h for one in some]
            if len({*xs}) > 1:
                rank, line = spearmanr(xs, hs), pearsonr(xs, hs)
                print(f"| {name} | {kind} | {len(xs)} | {rank[0]:+.2f} | {rank[1]:.1g} | {line[0]:+.2f} |")
    print(f"answered correctly: {sum(one.solved for one in records)} of {len(records)}")


def plot(records: Sequence[Record], path: Path) -> None:
    """The three panels of Fig. 2: dots, and the mean of each value (of each tenth, for dissimilarity)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    for axes, name in zip(figure.subplots(1, 3, sharey=True), list(TRAITS)[:3], strict=True):
        groups: dict[float, list[float]] = {}
        for one in records:
            groups.setdefault(round(TRAITS[name](one), 1), []).append(one.h)
        axes.scatter([TRAITS[name](one) for one in records], [one.h for one in records], s=4, alpha=0.3)
        means = sorted((at, sum(hs) / len(hs)) for at, hs in groups.items() if len(hs) >= 10)
        axes.plot([at for at, _ in means], [mean for _, mean in means], color="black", marker="o")
        axes.set(
            xlabel=name,
            title=f"Spearman {spearmanr([TRAITS[name](o) for o in records], [o.h for o in records])[0]:+.2f}",
        )
        axes.set_ylabel("H_M (nats per token)") if name == "candidate APIs" else None
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    given = parser.parse_args()
    main(given.folder, given.overrides)
