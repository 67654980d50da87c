"""Kinds in which something is wrong at first: a value that the user left out, or an error that a tool returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from toolace.dialogs.cast import Offer, Scene, offer
from toolace.dialogs.phrases import without
from toolace.dialogs.references import in_order, tell_value
from toolace.dialogs.script import Outline, Script
from toolace.dialogs.speech import action, capital, noun, series, wanted, words_of
from toolace.dialogs.wording import Request, ask
from toolace.records import Api, Call, Json

# They all begin alike, as refusals do.
_QUESTIONS = ["Could you tell me {}?", "Could you also give me {}?", "Could you let me know {}, please?"]
_VAGUE = ["Please {}.", "I'd like to {}.", "Can you {}?", "{}", "I need to {}.", "Could you {} for me?", "Help me {}."]
_ANSWERS_ONE = [
    "{1}.",
    "{1}",
    "{1}, please.",
    "It's {1}.",
    "Sure: {1}.",
    "Oh, sorry. {1}.",
    "The {0} is {1}.",
    "{0}: {1}",
]
_ANSWERS = ["the {0} is {1}", "{0}: {1}", "{1} as the {0}", "{1} for the {0}"]
_SORRY = ["That did not work: {0}", "I'm afraid the tool reported an error: {0}", "Unfortunately, it failed: {0}"]
_LATER = ["Please try again later.", "You could try again in a few minutes.", "Shall I try again later?"]
_CHECK = ["Could you check the {0}?", "Is the {0} {1} correct?", "Do you have another {0}?"]
_CORRECTED = ["Oh, I meant {1}.", "Sorry, it's {1}.", "My mistake, {1}.", "Try {1} instead.", "It should be {1}."]
_FALLBACK = [
    "{0} Served from a second source; use it when {1} is not available.",
    "{0} Backup of {1}, for when that one fails.",
    "{0} Slower than {1}, but it still works when {1} is down.",
]
_SAYABLE = ("string", "integer", "number")
_NOT_LOOKED_UP = re.compile(r"date|time|text|body|message|content|description|title|mask|filter|[.\[\]]")


def missing_parameter(scene: Scene) -> Outline | None:
    """The user leaves out required values, the assistant asks for them, the user answers, and the call follows."""
    rng, tools = scene.rng, offer(scene)
    api = rng.choice(tools.tools)
    if (incomplete := _incomplete(api, scene)) is None:
        return None
    request, names = incomplete
    fields = api.parameters["properties"]
    answer = tell_value(api, names, _supplying(api, names, rng), rng, scene.today)
    script = Script(rng)
    script.ask(request.text, request.said)
    script.say(rng.choice(_QUESTIONS).format(series([wanted(name, fields[name]) for name in names])))
    script.user(_begun(answer, api))
    script.miss(names)
    call = Call(api.name, in_order(api, {**request.calls[0].arguments, **answer.calls[0].arguments}))
    script.call([api], [call], request.said + answer.said)
    script.conclude(1)
    return script.outline(tools.tools)


def _begun(answer: Request, api: Api) -> str:
    """The answer with a capital, unless that would say another value: genotype aa is not Aa."""
    options = [option for field in api.parameters["properties"].values() for option in field.get("enum", [])]
    turned = [one.text for one in answer.said if capital(one.text) != one.text and capital(one.text) in options]
    return answer.text if answer.text.startswith(tuple(turned)) else capital(answer.text)


def error_recovery(scene: Scene) -> Outline | None:
    """A tool returns an error: the assistant tries again, takes another tool, tells the user or asks again."""
    recover: Callable[[Scene], Outline | None] = scene.rng.choice(
        [_retry, _retry, _other_tool, _correct, _correct, _give_up]
    )
    return recover(scene)


def _retry(scene: Scene) -> Outline | None:
    tools, script, api, request = _asked(scene)
    kind = scene.rng.choice(["time-out", "rate limit", "unavailable"])
    script.answer([script.role.fail(kind, request.calls[0], scene.rng)])
    script.request(api, request)
    script.conclude(1)
    return script.outline(tools.tools)


def _other_tool(scene: Scene) -> Outline | None:
    """Beside the tool that fails there is one that does the same and says so."""
    tools, script, api, request = _asked(scene)
    name = f"{scene.tools.choice(['backup', 'alt', 'fallback', 'mirror'])}_{'_'.join(words_of(api.name))}"
    if scene.dialogs.masked and api.name.startswith("func_"):
        name = f"func_{len(tools.tools) + 1}"
    description = scene.tools.choice(_FALLBACK).format(api.description.rstrip(".") + ".", api.name)
    other = msgspec.structs.replace(api, name=name, description=description)
    kind = scene.rng.choice(["unavailable", "denied", "time-out"])
    script.answer([script.role.fail(kind, request.calls[0], scene.rng)])
    script.request(other, Request(request.text, [Call(name, request.calls[0].arguments)], request.said))
    script.conclude(1)
    place = scene.tools.randrange(len(tools.tools) + 1)
    return script.outline([*tools.tools[:place], other, *tools.tools[place:]])


def _give_up(scene: Scene) -> Outline | None:
    tools, script, _, request = _asked(scene)
    kind = scene.rng.choice(["denied", "unavailable", "time-out"])
    error = script.role.fail(kind, request.calls[0], scene.rng)
    script.answer([error])
    _apologise(script, error, "" if kind == "denied" else scene.rng.choice(_LATER))
    return script.outline(tools.tools)


def _correct(scene: Scene) -> Outline | None:
    """A value is not known or not accepted; the user gives another one."""
    tools, script, api, request = _asked(scene)
    rng, call, fields = scene.rng, request.calls[0], api.parameters["properties"]
    names = [name for s in request.said if (name := s.path[2:]) in fields and s.text != request.text]
    names = [name for name in names if isinstance(call.arguments[name], str) and "enum" not in fields[name]]
    names = [name for name in names if not _NOT_LOOKED_UP.search(name.lower())]
    if not names:
        return None
    name = rng.choice(names)
    label = _label(name, fields[name])
    error = script.role.fail(rng.choice(["not found", "not found", "invalid"]), call, rng, name)
    script.answer([error])
    _apologise(script, error, rng.choice(_CHECK).format(label, call.arguments[name]))
    answer = tell_value(api, [name], rng.choice(_CORRECTED).format(label, f"{{{name}}}"), rng, scene.today)
    if answer.calls[0].arguments[name] == call.arguments[name]:
        return None
    script.user(answer.text)
    said = [s for s in request.said if s.path != f"0.{name}"] + answer.said
    script.call([api], [Call(api.name, {**call.arguments, **answer.calls[0].arguments})], said)
    script.conclude(1)
    return script.outline(tools.tools)


def _asked(scene: Scene) -> tuple[Offer, Script, Api, Request]:
    """Begin with a request and the call for it."""
    tools = offer(scene)
    api = scene.rng.choice(tools.tools)
    request, script = ask(api, scene.rng, scene.today), Script(scene.rng)
    script.ask(request.text, request.said)
    script.request(api, request)
    return tools, script, api, request


def _apologise(script: Script, error: Json, closing: str) -> None:
    text = script.rng.choice(_SORRY).format(str(error["error"]).rstrip(".")) + "."
    script.say(f"{text} {closing}".strip())


def _askable(api: Api) -> list[str]:
    """Give the required parameters that can be told in a word or two."""
    fields = api.parameters["properties"]
    return [
        name
        for name in api.parameters.get("required", [])
        if fields.get(name, {}).get("type") in _SAYABLE and not re.search(r"[.\[\]{}]", name)
    ]


def _incomplete(api: Api, scene: Scene) -> tuple[Request, list[str]] | None:
    """Word a request without one or two required values; where no wording stands that, without any value at all."""
    rng, names = scene.rng, _askable(api)
    if not names:
        return None
    chosen = rng.sample(names, min(len(names), rng.choice([1, 1, 1, 2])))
    known = without(api, dict.fromkeys(chosen))
    if known is not None and (api.asks or len(names) > len(chosen)):
        return ask(known, rng, scene.today), [name for name in names if name in chosen]
    required = api.parameters.get("required", [])
    if len(names) < len(required) or len(names) > 3:
        return None
    text = capital(rng.choice(_VAGUE).format(action(api.description)))
    return Request(text, [Call(api.name, {})], []), names


def _supplying(api: Api, names: Sequence[str], rng: Random) -> str:
    """Give a wording, with a slot for each parameter, in which the user tells what was asked."""
    fields = api.parameters["properties"]
    if len(names) == 1:
        return rng.choice(_ANSWERS_ONE).format(_label(names[0], fields[names[0]]), f"{{{names[0]}}}")
    form = rng.choice(_ANSWERS)
    return series([form.format(_label(name, fields[name]), f"{{{name}}}") for name in names]) + "."


def _label(name: str, field: dict[str, Any]) -> str:
    return re.sub(r"^the |(?<=\w) in [\w ]+$", "", noun(name, field))
