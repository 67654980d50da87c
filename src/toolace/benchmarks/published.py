"""Scores that others published (`published.yaml`, `published_ablations.yaml`), to stand beside ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from toolace.errors import ToolaceError

_FILE = Path(__file__).with_name("published.yaml")
_ABLATIONS = Path(__file__).with_name("published_ablations.yaml")


class Published(msgspec.Struct, frozen=True):
    """A model's published scores, as shares in 0…1: by category, and by group of BFCL v4 (see `leaderboard.GROUPS`)."""

    model: str
    source: str
    origin: str
    date: str
    scores: dict[str, float]
    groups: dict[str, float]


class Ablation(msgspec.Struct, frozen=True):
    """An ablation of the paper: scores (shares in 0…1) by variant and measure, none where it published no number.

    `reference` is the variant that the others are compared with.
    """

    figure: str
    reference: str
    variants: dict[str, dict[str, float]] = {}


def ablations() -> dict[str, Ablation]:
    """Give the paper's ablations by name, in its order."""
    content = yaml.safe_load(_ABLATIONS.read_text())
    origin = f"{content['source']} ({content['date']})"
    return {name: _ablation(origin, one) for name, one in content["ablations"].items()}


def in_order(ablation: str, variants: Iterable[str]) -> list[str]:
    """Variants as the paper orders them, then others, numbers by size."""
    known = ablations()[ablation].variants if ablation in ablations() else {}
    return sorted({*variants}, key=lambda name: ([*known, name].index(name), _size(name)))


def reference(ablation: str, variants: Collection[str]) -> str:
    """The variant that others are compared with: the one chosen for the ablation, else the last in order."""
    known = ablations().get(ablation)
    return known.reference if known and known.reference in variants else in_order(ablation, variants)[-1]


def published(categories: Collection[str]) -> list[Published]:
    """Give the published models that have a score in one of the categories, with those scores and all their groups."""
    content = yaml.safe_load(_FILE.read_text())
    models = (_model(content["sources"][one["source"]], one, categories) for one in content["models"])
    return [one for one in models if one.scores]


def chosen(names: Sequence[str], categories: Collection[str]) -> list[Published]:
    """Give the published models whose names begin like one of `names`, in this order.

    Raises:
        ToolaceError: a name that none begins with.
    """
    known = published(categories)
    found: list[Published] = []
    for name in names:
        some = [one for one in known if one.model.lower().startswith(name.lower())]
        if not some:
            listed = ", ".join(one.model for one in known)
            raise ToolaceError(
                f"evaluate.published: no published scores of {name!r} in these categories; known: {listed}"
            )
        found += some
    return found


def _model(source: dict[str, str], one: dict[str, dict[str, float]], categories: Collection[str]) -> Published:
    return Published(
        model=str(one["model"]),
        source=source["name"],
        origin=source["origin"],
        date=source["date"],
        scores={name: round(score / 100, 4) for name, score in one["scores"].items() if name in categories},
        groups={name: round(score / 100, 4) for name, score in one.get("groups", {}).items()},
    )


def _ablation(origin: str, one: dict[str, Any]) -> Ablation:
    variants = {
        name: {measure: round(score / 100, 4) for measure, score in scores.items()}
        for name, scores in one.get("variants", {}).items()
    }
    return Ablation(f"{origin}, {one['figure']}" if variants else one["figure"], one["reference"], variants)


def _size(name: str) -> tuple[float, str]:
    number = re.search(r"\d+", name)
    return float(number[0]) if number else float("inf"), name
