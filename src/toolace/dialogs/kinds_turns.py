"""Kinds in which calls depend on each other: chains in one turn, and conversations of several turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from toolace.dialogs.cast import Offer, Scene, offer
from toolace.dialogs.chains import Step, draw_chain
from toolace.dialogs.kinds_single import REFUSALS
from toolace.dialogs.references import Linked, refer, then, vary
from toolace.dialogs.script import Outline, Script
from toolace.dialogs.telling import labelled
from toolace.dialogs.wording import ask
from toolace.records import Api

_AGAIN = [
    "What was the {0} again?",
    "Sorry, what's the {0}?",
    "Can you repeat the {0}?",
    "Remind me, what was the {0}?",
]
_THANKS = ["Thanks, that's all.", "Great, thank you!", "Perfect, that's everything.", "Thanks a lot!", "Cool, thanks."]
_WELCOME = ["You're welcome!", "Glad I could help.", "Any time!", "You're welcome. Have a good day!"]


def dependent(scene: Scene) -> Outline | None:
    """One turn that asks for a chain of calls, each with a value from an earlier result."""
    rng = scene.rng
    steps = draw_chain(scene.cast, scene.dialogs.everyday_share, scene.tools.choice([2, 2, 2, 3, 3, 4, 5]), scene.tools)
    if not steps:
        return None
    tools = _offer(scene, steps)
    script = Script(rng)
    text = ""
    for step, api in zip(steps, tools.targets, strict=True):
        linked = refer(api, step.hop, script, step.source, scene.today) if step.hop else _free(api, scene)
        if linked is None:
            return None
        text = then(text, linked.request, rng) if text else linked.request.text
        script.request(api, linked.request, linked.links)
        if any("error" in result for result in script.answer() if isinstance(result, dict)):
            return None
    script.tell(rng.choice([1, min(2, len(steps))]))
    script.open(text)
    return script.outline(tools.tools)


def multi_turn(scene: Scene) -> Outline | None:
    """Two to five turns: new requests, the same with another value, steps that refer to results, questions back."""
    rng = scene.rng
    steps = draw_chain(scene.cast, scene.dialogs.everyday_share, 4, scene.tools) if scene.tools.random() < 0.6 else None
    steps = steps or [Step(scene.draw()), Step(scene.draw())][: scene.tools.choice([1, 2])]
    if len({step.api.name for step in steps}) < len(steps):
        return None
    tools = _offer(scene, steps)
    script = Script(rng)
    pending = list(zip(steps, tools.targets, strict=True))
    turns = rng.choice([2, 2, 3, 3, 4, 5])
    _fresh(script, pending.pop(0)[1], scene)
    for turn in range(1, turns):
        if turn == turns - 1 and turns > 2 and rng.random() < 0.3:
            script.user(rng.choice(_THANKS))
            script.say(rng.choice(_WELCOME))
            break
        if not _turn(script, pending, scene, tools.tools):
            return None
    return script.outline(tools.tools)


def _turn(script: Script, pending: list[tuple[Step, Api]], scene: Scene, tools: Sequence[Api]) -> bool:
    """Add one exchange of a kind that works out here."""
    rng = script.rng
    if pending and rng.random() < 0.7:
        step, api = pending.pop(0)
        if step.hop is None:
            return _fresh(script, api, scene)
        return _follow(script, api, refer(api, step.hop, script, step.source, scene.today))
    options: list[Callable[[], bool]] = [
        lambda: _follow(script, script.apis[-1], vary(script, scene.today)),
        lambda: _follow(script, script.apis[-1], vary(script, scene.today)),
        lambda: _repeat(script, rng),
        lambda: _fresh(script, rng.choice(tools), scene),
        lambda: _refuse(script, tools, scene),
    ]
    weights = [3, 3, 2, 2, 1]
    return any(option() for option in dict.fromkeys(rng.choices(options, weights, k=4)))


def _fresh(script: Script, api: Api, scene: Scene) -> bool:
    return _follow(script, api, _free(api, scene))


def _free(api: Api, scene: Scene) -> Linked:
    return Linked(ask(api, scene.rng, scene.today), [])


def _follow(script: Script, api: Api, linked: Linked | None) -> bool:
    if linked is None or linked.request.calls[0] in script.plan.calls:
        return False
    script.ask(linked.request.text, linked.request.said)
    script.request(api, linked.request, linked.links)
    script.conclude(1)
    return True


def _repeat(script: Script, rng: Random) -> bool:
    """The user asks for a value of the last result once more: no call is needed."""
    facts = labelled(script.results[-1])
    if not facts or script.messages[-2].role == "user":
        return False
    label, text = rng.choice(facts)
    script.user(rng.choice(_AGAIN).format(label))
    script.say(f"The {label} is {text.rstrip('.')}.")
    return True


def _refuse(script: Script, tools: Sequence[Api], scene: Scene) -> bool:
    """The user asks for something that no tool here does."""
    api = scene.cast.draw(1, scene.rng)
    if api.domain in {tool.domain for tool in tools}:
        return False
    request = ask(api, scene.rng, scene.today)
    script.ask(request.text, request.said)
    script.say(scene.rng.choice(REFUSALS))
    return True


def _offer(scene: Scene, steps: Sequence[Step]) -> Offer:
    keep = [step.hop.names if step.hop else [] for step in steps]
    return offer(scene, [step.api for step in steps], keep, scene.tools.randrange(scene.dialogs.candidates + 1))
