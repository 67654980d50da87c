"""Self-guided complication (ToolACE §2.2): scripted dialogs become harder or easier until they are useful.

The levers are the number of tools on offer, the number of calls and of tools called, the phrasing (nearer to the
description or further from it), the optional arguments and, from the second round on, another API of the same domain.
Which way a lever moves H_M depends on the model, so it is read off the dialogs measured so far, and of several variants
that one is taken whose expected H_M lies best.

All is decided within the batch that is given: dialogs of one work unit, whoever works on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import msgspec
import numpy

from toolace.config import ComplexityConfig, Config
from toolace.dialogs.cast import Cast, Offer, Scene, offer
from toolace.dialogs.judging import Sketch, sketched
from toolace.dialogs.kinds_single import MANY_TOOLS, one_call, several_calls
from toolace.dialogs.script import Outline
from toolace.dialogs.traits import traits
from toolace.formats.export import row
from toolace.records import Api, Dialog, Verdict
from toolace.verification.dates import first_day
from toolace.verification.rules import verify

if TYPE_CHECKING:
    from toolace.dialogs.complexity import Evaluator, Row  # loads torch

Variation = Callable[[Scene, Offer], Outline | None]
VARIATIONS: dict[str, list[Variation]] = {
    "single": [one_call],
    "parallel": [several_calls],
    "long_context": [one_call, several_calls],
}
"""The kinds that can be varied, and how their calls are asked for; others are measured and left as they are."""
VARIANTS = 24
"""So many variants of a dialog are scripted each round; the most promising is measured."""
_RIDGE = 1.0


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measurement of a dialog: what was done before it (drawn, harder, easier), H_M in nats, and the traits."""

    action: str
    h: float
    candidates: int
    calls: int
    used: int
    dissimilarity: float | None = None


def guided(config: Config, cast: Cast, sketches: Sequence[Sketch], evaluator: Evaluator) -> list[Sketch]:
    """Measure a batch; vary what is out of the range and measure it again, up to `complexity.rounds` times.

    Each dialog comes back in its place, its steps in `provenance["complexity"]`, its id and kind as they were. What
    the rules reject is not measured.
    """
    made, guide = list(sketches), Guide()
    action = {i: "drawn" for i, one in enumerate(made) if verify(one.dialog, config.rules).ok}
    for number in range(config.complexity.rounds + 1):
        rows = [row(made[i].dialog, config.dialogs.thoughts) for i in action]
        for i, given, found in zip(action, rows, evaluator.measure(rows), strict=True):
            step = Step(action[i], round(found.loss, 4), **msgspec.structs.asdict(traits(given)))
            made[i] = _noted(made[i], [*steps(made[i].dialog), step])
            guide.learn(features(given), step.h, i if _keeps(sketches[i], made[i]) else None)
        action = {i: way for i in action if (way := direction(config.complexity, made[i].dialog))}
        if number == config.complexity.rounds or not action:
            break
        for i in list(action):
            drafts = variants(config, cast, sketches[i], number)
            ordered = guide.ordered(config, drafts, i, partial(_keeps, sketches[i]))
            best = next((one for one in ordered if verify(one.dialog, config.rules).ok), None)
            if best is None:
                del action[i]
            else:
                made[i] = _noted(best, steps(made[i].dialog))
    return made


def placed(config: ComplexityConfig, dialog: Dialog) -> Verdict:
    """Reject a dialog of a kind that can be varied if its last measurement lies outside the range."""
    if not direction(config, dialog):
        return Verdict(True)
    done = steps(dialog)
    bounds = f"[{config.lower}, {config.upper}]"
    return Verdict(False, "complexity", f"H_M {done[-1].h} is outside {bounds} after {len(done) - 1} rounds")


def direction(config: ComplexityConfig, dialog: Dialog) -> str:
    """What a dialog should become: harder, easier, or "" as it is."""
    done = steps(dialog)
    if not done or dialog.kind not in VARIATIONS:
        return ""
    if config.lower is not None and done[-1].h < config.lower:
        return "harder"
    return "easier" if config.upper is not None and done[-1].h > config.upper else ""


def steps(dialog: Dialog) -> list[Step]:
    """The measurements of a dialog, first to last."""
    return msgspec.convert(dialog.provenance.get("complexity", []), list[Step])


def features(given: Row) -> list[float]:
    """What H_M is foretold from: the traits of Fig. 2, and the answer's length, over which H_M is a mean."""
    answer = sum(len(message["content"]) for message in given["messages"] if message["role"] == "assistant")
    of = traits(given)
    return [of.candidates, of.calls, of.used, 1.0 if of.dissimilarity is None else of.dissimilarity, 1 / (1 + answer)]


class Guide:
    """Foretells H_M: a ridge regression on what was measured in this batch, and how far a dialog's APIs are off it."""

    def __init__(self) -> None:
        self.known: list[list[float]] = []
        self.h: list[float] = []
        self.owners: list[int | None] = []

    def learn(self, known: list[float], h: float, owner: int | None) -> None:
        """Take a measurement; `owner` is the dialog, if this calls an API that it called when it was drawn."""
        self.known.append(known)
        self.h.append(h)
        self.owners.append(owner)

    def fit(self) -> Callable[[list[float]], float]:
        """Give a function from features to the expected H_M."""
        x, y = numpy.array(self.known), numpy.array(self.h)
        mean, spread = x.mean(axis=0), x.std(axis=0)
        spread[spread == 0] = math.inf  # what never varied tells nothing
        x = (x - mean) / spread
        slopes = numpy.linalg.solve(x.T @ x + _RIDGE * numpy.eye(x.shape[1]), x.T @ (y - y.mean())) / spread
        return lambda known: float(y.mean() + (numpy.array(known) - mean) @ slopes)

    def ordered(
        self, config: Config, drafts: Iterable[Sketch], owner: int, keeps: Callable[[Sketch], bool]
    ) -> list[Sketch]:
        """The variants of dialog `owner`, those first whose expected H_M is nearest to where it should be."""
        expected, aim, thoughts = self.fit(), self._aim(config.complexity), config.dialogs.thoughts
        off = [h - expected(x) for x, h, of in zip(self.known, self.h, self.owners, strict=True) if of == owner]
        own = sum(off) / len(off)
        return sorted(
            drafts, key=lambda one: abs(expected(features(row(one.dialog, thoughts))) + own * keeps(one) - aim)
        )

    def _aim(self, config: ComplexityConfig) -> float:
        """The middle of the range; where it is open, one standard deviation of H_M from its bound."""
        spread = float(numpy.std(self.h))
        if config.lower is None or config.upper is None:
            return config.lower + spread if config.lower is not None else (config.upper or 0) - spread
        return (config.lower + config.upper) / 2


def variants(config: Config, cast: Cast, sketch: Sketch, number: int) -> Iterator[Sketch]:
    """Script a dialog anew around its APIs, later also around their siblings.

    A function of the dialog as it was drawn and of the round's number alone.
    """
    dialog = sketch.dialog
    today = first_day(dialog.messages[0].content) if dialog.messages[0].role == "system" else None
    for n in range(VARIANTS):
        rng = Random(f"{dialog.id}:{number}:{n}")
        targets = _called(sketch.outline)
        if number > 0 and n % 2:
            targets = [cast.sibling(api, rng) or api for api in targets[:1]]
        other = _vary(Scene(cast, config.dialogs, rng, rng, today), dialog.kind, targets)
        if other is None or _texts(_called(other)).isdisjoint(_texts(targets)):
            continue
        if new := sketched(dialog.id, dialog.kind, other, today, config.dialogs):
            yield new


def _keeps(drawn: Sketch, variant: Sketch) -> bool:
    """Whether a variant calls an API that the dialog called when it was drawn."""
    return not _texts(_called(drawn.outline)).isdisjoint(_texts(_called(variant.outline)))


def _called(outline: Outline) -> list[Api]:
    names = {call.name for call in outline.plan.calls}
    return [api for api in outline.offered if api.name in names]


def _texts(apis: Sequence[Api]) -> set[str]:
    """What APIs are known by: variants have other names."""
    return {api.description for api in apis}


def _vary(scene: Scene, kind: str, targets: list[Api]) -> Outline | None:
    """Pull all levers at random: distractors around the targets; one of the targets, or more tools, to be called."""
    rng = scene.rng
    few, many = MANY_TOOLS if kind == "long_context" else (1, scene.dialogs.candidates)
    others = max(rng.randint(few, max(few, many)) - len(targets), 0)
    around = offer(scene, targets, [api.parameters.get("properties", {}) for api in targets], others)
    spare = [api for api in around.tools if api not in around.targets]
    chosen = around.targets + rng.sample(spare, min(len(spare), rng.choice([0, 0, 0, 1, 2])))
    if kind == "single":
        chosen = around.targets
    outline = rng.choice(VARIATIONS[kind])(scene, Offer(around.targets, chosen))
    return outline and outline._replace(offered=around.tools)


def _noted(sketch: Sketch, done: list[Step]) -> Sketch:
    provenance = {**sketch.dialog.provenance, "complexity": msgspec.to_builtins(done)}
    return sketch._replace(dialog=msgspec.structs.replace(sketch.dialog, provenance=provenance))
