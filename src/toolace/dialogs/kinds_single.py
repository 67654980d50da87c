"""Kinds of one user turn: one call, several calls, none, and the same among many tools."""

from __future__ import annotations

from toolace.dialogs.cast import Offer, Scene, offer, same
from toolace.dialogs.script import Outline, Script
from toolace.dialogs.wording import Request, ask, ask_each, join
from toolace.records import Api

MANY_TOOLS = (8, 20)
NEAR_MISS = 0.15
"""Share of the misfitting requests that are of the domain of a tool on offer."""
# They all begin alike: if the first word varied, greedy decoding would pick "[" although most of the probability
# were on refusing.
REFUSALS = [
    "None of the available functions can do that.",
    "None of the available functions can help with this request.",
    "None of the available functions fits this request, so I cannot answer it with a call.",
]


def single(scene: Scene) -> Outline | None:
    """One request, one call."""
    return one_call(scene, offer(scene))


def parallel(scene: Scene) -> Outline | None:
    """One turn that asks for two to four calls: one tool with several values, or several tools."""
    return several_calls(scene, offer(scene))


def long_context(scene: Scene) -> Outline | None:
    """One request among up to twenty tools, many of them of the same domain."""
    tools = offer(scene, others=scene.tools.randint(*MANY_TOOLS) - 1)
    return one_call(scene, tools) if scene.rng.random() < 0.75 else several_calls(scene, tools)


def irrelevant(scene: Scene) -> Outline | None:
    """A request that no tool at hand can fulfil, some of the tools' own domain: the assistant says so in words."""
    tools, rng = offer(scene).tools, scene.rng
    asked = None if rng.random() < NEAR_MISS else _far_miss(scene, tools)
    asked = asked or _near_miss(scene, tools)  # a pool of one domain has no others
    if asked is None:  # nor have a few tools that are all on offer: one is not
        asked = rng.choice(tools)
        tools = [tool for tool in tools if not same(tool, asked)]
    if not tools:
        return None
    script = Script(rng)
    request = ask(asked, rng, scene.today)
    script.ask(request.text, request.said)
    script.say(rng.choice(REFUSALS))
    return script.outline(tools)


def _near_miss(scene: Scene, tools: list[Api]) -> Api | None:
    siblings = (scene.cast.sibling(scene.rng.choice(tools), scene.rng) for _ in range(5))
    return next((api for api in siblings if api and not any(same(api, tool) for tool in tools)), None)


def _far_miss(scene: Scene, tools: list[Api]) -> Api | None:
    domains = {tool.domain for tool in tools}
    drawn = (scene.cast.draw(scene.dialogs.everyday_share, scene.rng) for _ in range(20))
    return next((api for api in drawn if api.domain not in domains), None)


def one_call(scene: Scene, tools: Offer) -> Outline:
    """Ask one of the tools for one call."""
    api = scene.rng.choice(tools.tools)
    return _answered(scene, tools, [api], ask(api, scene.rng, scene.today))


def several_calls(scene: Scene, tools: Offer) -> Outline | None:
    """Ask for two to four calls in one turn; None where they would not differ."""
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
