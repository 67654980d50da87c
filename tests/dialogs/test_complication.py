"""The loop on scripted dialogs of the everyday APIs, judged by formulas instead of models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import msgspec
import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, ComplexityConfig, Config, DialogsConfig, VerificationConfig
from toolace.dialogs.cast import Cast
from toolace.dialogs.complexity import Complexity, Row
from toolace.dialogs.complication import VARIATIONS, Guide, Step, direction, guided, placed, steps
from toolace.dialogs.judging import Sketch, sketch
from toolace.dialogs.traits import Traits, traits
from toolace.records import Dialog, Plan

Formula = Callable[[Traits], float]
RULES = VerificationConfig(rules=["calls_parse", "calls_fit_schema", "agrees_with_plan", "values_grounded"])
CONFIG = Config(
    dialogs=DialogsConfig(candidates=6), verification=RULES, complexity=ComplexityConfig(lower=1.0, upper=1.4)
)
BY_CANDIDATES: Formula = lambda of: 0.5 + 0.2 * of.candidates  # noqa: E731
BY_CALLS: Formula = lambda of: 2.2 - 0.3 * of.calls  # noqa: E731
BY_PHRASING: Formula = lambda of: 1.0 + 2 * ((of.dissimilarity or 0) - 0.8)  # noqa: E731


class Formulaic:
    """An evaluator by a formula; it notes how many dialogs each round measured."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.sizes: list[int] = []

    def measure(self, rows: Sequence[Row]) -> list[Complexity]:
        self.sizes.append(len(rows))
        return [Complexity(self.formula(traits(row)), False) for row in rows]


@cache
def cast() -> Cast:
    apis = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
    return Cast(msgspec.json.encode(api) for api in apis)


@cache
def sketches(kind: str, count: int = 32) -> tuple[Sketch, ...]:
    return tuple(one for i in range(count) if (one := sketch(CONFIG, cast(), kind, i)))


def dialogs(kind: str, formula: Formula, config: Config = CONFIG) -> list[Dialog]:
    return [one.dialog for one in guided(config, cast(), sketches(kind), Formulaic(formula))]


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("single", BY_CANDIDATES),
        ("parallel", BY_CANDIDATES),
        ("parallel", BY_CALLS),
        ("single", BY_PHRASING),
        ("long_context", BY_PHRASING),
    ],
)
def test_most_of_what_is_out_of_the_range_moves_into_it(kind: str, formula: Formula) -> None:
    made = dialogs(kind, formula)
    out = [one for one in made if not 1.0 <= steps(one)[0].h <= 1.4]
    assert len(out) >= 5
    assert sum(placed(CONFIG.complexity, one).ok for one in out) >= 0.7 * len(out)


@pytest.mark.parametrize("kind", VARIATIONS)
def test_a_dialog_keeps_its_place_and_kind_and_first_a_tool_that_it_calls(kind: str) -> None:
    config = replace(CONFIG, complexity=replace(CONFIG.complexity, rounds=1))
    for before, dialog in zip(sketches(kind), dialogs(kind, BY_PHRASING, config), strict=True):
        assert (dialog.id, dialog.kind) == (before.dialog.id, kind)
        calls = [call.name for call in dialog.plan.calls]
        assert {"single": len(calls) == 1, "parallel": len(calls) > 1}.get(kind, bool(calls))
        assert len(dialog.tools) <= (20 if kind == "long_context" else 6)
        assert called(before.dialog) & called(dialog)
        assert before.dialog.messages[0].role == dialog.messages[0].role


def called(dialog: Dialog) -> set[str]:
    names = {call.name for call in dialog.plan.calls}
    return {tool.description for tool in dialog.tools if tool.name in names}


def test_every_step_is_recorded_and_only_what_is_out_is_measured_again() -> None:
    judge = Formulaic(BY_CANDIDATES)
    made = [one.dialog for one in guided(CONFIG, cast(), sketches("single"), judge)]
    assert judge.sizes[0] == len(made)
    assert len(judge.sizes) <= CONFIG.complexity.rounds + 1 and sorted(judge.sizes, reverse=True) == judge.sizes
    assert sum(len(steps(one)) for one in made) == sum(judge.sizes)
    for dialog in made:
        first, *others = steps(dialog)
        assert first.action == "drawn" and all(step.action in ("harder", "easier") for step in others)
        assert all(step.h == pytest.approx(0.5 + 0.2 * step.candidates) for step in steps(dialog))
        assert steps(dialog)[-1].candidates == len(dialog.tools)


def test_the_batch_alone_decides() -> None:
    assert dialogs("parallel", BY_CALLS) == dialogs("parallel", BY_CALLS)


def test_without_rounds_all_is_measured_and_nothing_changed() -> None:
    config = replace(CONFIG, complexity=replace(CONFIG.complexity, rounds=0))
    made = dialogs("single", BY_CANDIDATES, config)
    assert [one.messages for one in made] == [one.dialog.messages for one in sketches("single")]
    assert all(len(steps(one)) == 1 for one in made)


def test_what_the_rules_reject_is_not_measured() -> None:
    broken = [one._replace(dialog=msgspec.structs.replace(one.dialog, plan=Plan())) for one in sketches("single")[:3]]
    assert guided(CONFIG, cast(), broken, Formulaic(BY_CANDIDATES)) == broken


def test_a_kind_without_levers_is_measured_and_kept() -> None:
    made = dialogs("irrelevant", lambda of: 9.0)
    assert all(len(steps(one)) == 1 and placed(CONFIG.complexity, one).ok for one in made)


@pytest.mark.parametrize(
    ("bounds", "h", "way"),
    [((1.0, 2.0), 0.9, "harder"), ((1.0, 2.0), 2.1, "easier"), ((1.0, 2.0), 2.0, ""), ((None, 2.0), 0.1, "")],
)
def test_the_range_says_what_a_dialog_should_become(bounds: tuple[float | None, float], h: float, way: str) -> None:
    config = ComplexityConfig(lower=bounds[0], upper=bounds[1])
    noted = [msgspec.to_builtins(Step("drawn", 1.5, 1, 1, 1)), msgspec.to_builtins(Step("harder", h, 1, 1, 1))]
    dialog = Dialog("0-single-0", "single", [], [], provenance={"complexity": noted})
    assert direction(config, dialog) == way
    assert placed(config, dialog).ok == (not way)
    if way:
        assert placed(config, dialog).rule == "complexity" and f"{h}" in placed(config, dialog).reason


def test_a_guide_reads_off_which_way_a_lever_moves() -> None:
    guide = Guide()
    for calls in range(60):
        guide.learn([3.0, calls % 4, calls % 3], 2.0 - 0.5 * (calls % 4), None)
    expected = guide.fit()
    assert expected([3, 2, 0]) == pytest.approx(1.0, abs=0.05)
    assert expected([3, 2, 2]) == pytest.approx(expected([9, 2, 0]), abs=0.05)
