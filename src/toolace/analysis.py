"""What the notebooks compute and draw: frames from a run's folder, differences between variants, figures.

A frame of a file that is not there is empty, so that a notebook can name the command that makes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import spearmanr

from toolace.benchmarks.differences import Outcomes
from toolace.benchmarks.published import ablations, in_order, published
from toolace.records import Api
from toolace.reporting.runs import read_manifest, records
from toolace.reporting.samples import read_samples


def root() -> Path:
    """The repository's root: the nearest folder upwards with a pyproject.toml, else the working directory."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").exists()), here)


def run_folder() -> Path:
    """The run to look at: TOOLACE_RUN, from the repository's root, else the quickstart's."""
    return root() / os.environ.get("TOOLACE_RUN", "outputs/quickstart")


def frame(path: Path) -> pd.DataFrame:
    """A file of JSON lines, a row each; without a file, an empty frame."""
    return pd.DataFrame(list(records(path, dict[str, Any])))


# Data


def pool(run: Path) -> pd.DataFrame:
    """A row per API of the pool: its place, its source and how many parameters it has at the top level."""
    kept = ("name", "source", "area", "domain", "service", "license")
    apis = records(run / "apis" / "pool.jsonl", Api)
    return pd.DataFrame(
        {name: getattr(api, name) for name in kept} | {"parameters": len(api.parameters.get("properties", {}))}
        for api in apis
    )


def dialogs(run: Path) -> pd.DataFrame:
    """A row per drawn dialog: kind, the rule that rejected it ("accepted" if none did), sizes, request and calls."""
    settings = read_manifest(run).inputs("synthesize").get("dialogs", {"kinds": {}, "template_share": 0})
    rows = []
    for sample in read_samples(run / "dialogs", settings["kinds"], settings["template_share"]):
        dialog = sample.dialog
        said = " ".join(message.content for message in dialog.messages if message.role == "user")
        calls = [call for message in dialog.messages for call in message.calls]
        rows.append(
            {
                "id": dialog.id,
                "kind": dialog.kind,
                "rule": sample.verdict.rule or "accepted",
                "ok": sample.verdict.ok,
                "turns": len(dialog.messages),
                "tools": len(dialog.tools),
                "calls": len(calls),
                "words": len(said.split()),
                "bytes": len(msgspec.json.encode((dialog.tools, dialog.messages))),
                "request": said,
                "functions": [call.name for call in calls],
                "arguments": [name for call in calls for name in call.arguments],
                "values": [str(value) for call in calls for value in call.arguments.values()],
            }
        )
    return pd.DataFrame(rows)


def distinct(texts: Iterable[str], n: int, words: int) -> float:
    """The share of different n-grams among those of the first `words` words: only equal numbers can be compared."""
    grams, left = [], words
    for text in texts:
        tokens = text.lower().split()[:left]
        left -= len(tokens)
        grams += list(zip(*(tokens[start:] for start in range(n)), strict=False))
    return len(set(grams)) / len(grams) if grams else float("nan")


def draw_fig2(axes: Sequence[Axes], measured: pd.DataFrame) -> None:
    """The paper's Fig. 2: H_M against candidates, APIs used and dissimilarity; dots, and the mean of each value."""
    for ax, trait in zip(axes, ("candidates", "used", "dissimilarity"), strict=True):
        some = measured.dropna(subset=[trait])
        ax.scatter(some[trait], some["h"], s=6, alpha=0.3)
        means = some.groupby(some[trait].astype(float).round(1))["h"].mean()
        ax.plot(means.index, means, "o-", color="black")
        varied = some[trait].nunique() > 1 and some["h"].nunique() > 1
        rank = f"Spearman {spearmanr(some[trait], some['h'])[0]:+.2f}" if varied else "does not vary"
        ax.set(xlabel=trait, title=f"{rank}, {len(some)} samples", ylabel="H_M (nats per token)")


# Scores


def scores(run: Path) -> pd.DataFrame:
    """A row per model and category, with its interval; published models follow, without one."""
    path = run / "scores" / "scores.json"
    ours: dict[str, list[dict[str, Any]]] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    rows = [{"model": model, "published": False, **score} for model, some in ours.items() for score in some]
    others = published({row["category"] for row in rows})
    rows += [
        {"model": f"{one.model}, {one.source}", "published": True, "category": category, "accuracy": share}
        for one in others
        for category, share in one.scores.items()
    ]
    return pd.DataFrame(rows)


def outcomes(run: Path) -> pd.DataFrame:
    """A row per model and benchmark case, as `toolace.evaluate` recorded it."""
    known = scores(run)
    names = [] if known.empty else known[~known["published"]]["model"].unique()
    read = [frame(run / "scores" / f"{name}.jsonl").assign(model=name) for name in names]
    return pd.concat(read, ignore_index=True) if read else pd.DataFrame()


def changes(cases: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """The cases that both models answered, each "won", "lost", "right" or "wrong" (both times) from first to second."""
    answered = cases[cases["error"] != "no_answer"]
    both = answered.pivot(index=["category", "id"], columns="model", values="ok")
    both = both[list(dict.fromkeys([first, second]))].dropna().astype(bool)
    names = {(False, True): "won", (True, False): "lost", (True, True): "right", (False, False): "wrong"}
    return both.assign(change=[names[pair] for pair in zip(both[first], both[second], strict=True)]).reset_index()


def told(row: Any) -> str:
    """A case of `outcomes` as text to read: its turns, the tools on offer, the answer and the reason of the verdict."""
    said = [f"{turn['role']}: {turn['content']}" for turn in row.prompt["messages"]]
    tools = ", ".join(tool["function"]["name"] for tool in row.prompt["tools"])
    return "\n".join([row.id, *said, f"tools: {tools}", f"answer: {row.answer}", f"reason: {row.rule} {row.reason}"])


def draw_points(ax: Axes, points: pd.DataFrame, x: str, hue: str) -> None:
    """Accuracy over the values of `x`, side by side and in a colour by `hue`, with intervals where there are any."""
    places, hues = list(dict.fromkeys(points[x])), list(dict.fromkeys(points[hue]))
    for number, name in enumerate(hues):
        some = points[points[hue] == name]
        at = [places.index(value) + 0.7 * ((number + 0.5) / len(hues) - 0.5) for value in some[x]]
        low, high = (some[side] if side in some else some["accuracy"] for side in ("low", "high"))
        spread = [(some["accuracy"] - low).fillna(0).clip(lower=0), (high - some["accuracy"]).fillna(0).clip(lower=0)]
        ax.errorbar(at, some["accuracy"], spread, fmt="o", markersize=4, capsize=2, label=name)
    ax.set_xticks(range(len(places)), places, rotation=30, ha="right")
    ax.set(ylabel="accuracy", ylim=(-0.03, 1.03))
    ax.grid(axis="y", alpha=0.3)
    ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))


# Ablations


def stored(outputs: Path, name: str) -> pd.DataFrame:
    """All rows of the results stores below a folder (`toolace.compare`): `name` is "results" or "cases".

    A run that two stores hold counts once, as in the newer. `sweep` is the folder that a run's ablation lies in.
    """
    files = sorted(outputs.glob(f"**/{name}.parquet"), key=lambda path: path.stat().st_mtime)
    read = [pd.read_parquet(file) for file in files]
    rows = pd.concat([one for one in read if len(one)] or [pd.DataFrame(columns=["run", "ablation"])])
    rows["run"] = [str((outputs.parent / run).resolve()) for run in rows["run"]]
    rows["sweep"] = [Path(run).parents[1].name for run in rows["run"]]
    key = [column for column in ("run", "model", "category", "id") if column in rows]
    return rows.drop_duplicates(key, keep="last")[lambda all_rows: all_rows["ablation"] != ""].reset_index(drop=True)


def means(results: pd.DataFrame) -> pd.DataFrame:
    """A row per variant, seed and model: mean accuracy over categories (graded ones aside), with a 95% interval.

    The interval is of the test cases alone, from the half-widths of the categories' intervals.
    """
    rows = []
    for key, some in results[~results["graded"].astype(bool)].groupby(["variant", "seed", "model"]):
        half = numpy.sqrt(((some["high"] - some["low"]) ** 2).sum()) / 2 / len(some)
        mean = some["accuracy"].mean()
        rows.append((*key, mean, max(0.0, mean - half), min(1.0, mean + half)))
    return pd.DataFrame(rows, columns=["variant", "seed", "model", "accuracy", "low", "high"])


def by_variant(cases: pd.DataFrame) -> dict[str, Outcomes]:
    """The answered cases of each variant, for `benchmarks.differences`."""
    answered = cases[cases["error"] != "no_answer"]
    variants: dict[str, dict[tuple[int, str, str], bool]] = {}
    for row in answered.itertuples():
        variants.setdefault(str(row.variant), {})[int(row.seed), str(row.category), str(row.id)] = bool(row.ok)
    return {**variants}


def draw_ablation(axes: Sequence[Axes], name: str, results: pd.DataFrame) -> None:
    """Published points, our means with a dot per training, and ours by category (means over seeds)."""
    known = ablations()[name].variants if name in ablations() else {}
    theirs = [
        {"variant": variant, "measure": measure, "accuracy": share}
        for variant, some in known.items()
        for measure, share in some.items()
    ]
    parts = [("published", "measure", pd.DataFrame(theirs))]
    if not results.empty:
        order = in_order(name, results["variant"])
        ours = means(results[results["model"].isin(["before", "after"])])
        ours["training"] = ours["model"] + ", seed " + ours["seed"].astype(str)
        tuned = results[results["model"] == "after"].groupby(["variant", "category"], as_index=False)["accuracy"].mean()
        for title, hue, some in (("mean over categories", "training", ours), ("tuned, by category", "category", tuned)):
            ranked = some.sort_values("variant", key=lambda column: column.map(order.index), kind="stable")
            parts.append((f"ours: {title}", hue, ranked))
    for ax, (title, hue, points) in zip(axes, parts, strict=False):
        ax.set_title(title, fontsize=9)
        if points.empty:
            ax.text(0.5, 0.5, "no number", ha="center", transform=ax.transAxes)
        else:
            draw_points(ax, points, "variant", hue)
