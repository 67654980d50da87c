"""Kinds of one user turn: one call, several calls, none, and the same among many tools."""

from __future__ import annotations

from toolace.dialogs.cast import Offer, Scene, offer
from toolace.dialogs.script import Outline, Script
from toolace.dialogs.wording import Request, ask, ask_each, join
from toolace.records import Api

MANY_TOOLS = (8, 20)
# They all begin alike: if the first word varied, greedy decoding would pick "[" although most of the probability
# were on refusing.
REFUSALS = [
    "None of the available functions can do that.",
    "None of the available functions can help with this request.",
    "None of the available functions fits this request, so I cannot answer it with a call.",
]


def single(scene: Scene) -> Outline | None:
    """One request, one call."""
    return _single(scene, offer(scene))


def parallel(scene: Scene) -> Outline | None:
    """One turn that asks for two to four calls: one tool with several values, or several tools."""
    return _parallel(scene, offer(scene))


def long_context(scene: Scene) -> Outline | None:
    """One request among up to twenty tools, many of them of the same domain."""
    tools = offer(scene, others=scene.tools.randint(*MANY_TOOLS) - 1)
    return _single(scene, tools) if scene.rng.random() < 0.75 else _parallel(scene, tools)


def irrelevant(scene: Scene) -> Outline | None:
    """A request that no tool at hand can fulfil: the assistant says so in words."""
    tools, rng = offer(scene).tools, scene.rng
    domains = {api.domain for api in tools}
    drawn = (scene.cast.draw(scene.dialogs.everyday_share, rng) for _ in range(20))
    asked = next((api for api in drawn if api.domain not in domains), None)
    if asked is None:
        return None
    script = Script(rng)
    request = ask(asked, rng, scene.today)
    script.ask(request.text, request.said)
    script.say(rng.choice(REFUSALS))
    return script.outline(tools)


def _single(scene: Scene, tools: Offer) -> Outline:
    api = scene.rng.choice(tools.tools)
    return _answered(scene, tools, [api], ask(api, scene.rng, scene.today))


def _parallel(scene: Scene, tools: Offer) -> Outline | None:
    rng = scene.rng
    if rng.random() < 0.6:
        api, count = rng.choice(tools.tools), rng.choice([2, 2, 3, 3, 4])
        request = ask_each(api, count, rng, scene.today)
        return request and _answered(scene, tools, [api] * len(request.calls), request)
    apis = [rng.choice(tools.tools) for _ in range(rng.choice([2, 2, 3]))]
    requests = [ask(api, rng, scene.today) for api in apis]
    if any(one.calls == other.calls for n, one in enumerate(requests) for other in requests[:n]):
        return None
    return _answered(scene, tools, apis, join(requests, rng))


def _answered(scene: Scene, tools: Offer, apis: list[Api], request: Request) -> Outline:
    script = Script(scene.rng)
    script.ask(request.text, request.said)
    script.call(apis, request.calls, request.said)
    if scene.rng.random() < scene.dialogs.answered:
        script.conclude(len(apis))
    return script.outline(tools.tools)
