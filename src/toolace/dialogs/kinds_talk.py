"""Kinds without any call: small talk, and questions about the tools themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from toolace.dialogs.cast import Scene, offer
from toolace.dialogs.script import Outline, Script
from toolace.dialogs.speech import action, capital, noun, series, wanted, words_of
from toolace.records import Api

_ABILITIES = [
    "What can you do for me here?",
    "What can you help me with?",
    "Which tools do you have?",
    "What are you able to do for me here?",
    "Which functions can you call?",
    "Before we start: what can I ask you for?",
    "Give me an overview of what you can do.",
]
_NEEDS = [
    "What do you need to know to {0}?",
    "Which details do I have to give you if I want to {0}?",
    "If I asked you to {0}, what information would you need?",
    "What does {1} need from me?",
    "Which parameters does {1} take?",
    "Which inputs are required for {1}?",
]
_PURPOSE = [
    "What is {1} for?",
    "What does {1} do?",
    "Can you explain {1} to me?",
    "When would you use {1}?",
    "What happens when you call {1}?",
]
_CHOICES = [
    "Which values can I choose from for the {0} in {1}?",
    "What are the options for the {0} of {1}?",
    "What can the {0} be when you use {1}?",
]
_DEFAULTS = [
    "What happens if I don't give the {0} for {1}?",
    "Do I have to give the {0} when you use {1}?",
    "Is the {0} optional in {1}?",
    "What is the default {0} of {1}?",
]


def small_talk(scene: Scene) -> Outline | None:
    """One to three turns that need no tool, whatever tools there are."""
    rng, tools = scene.rng, offer(scene).tools
    script = Script(rng)
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        question, answer = _exchange(rng)
        if _touches(question, tools) or any(message.content == question for message in script.messages):
            return None
        script.ask(question)
        script.say(answer)
    return script.outline(tools)


def about_tools(scene: Scene) -> Outline | None:
    """One or two questions about the tools, answered from their descriptions."""
    rng, tools = scene.rng, offer(scene, others=scene.tools.randint(1, 4)).tools
    script = Script(rng)
    for _ in range(rng.choice([1, 1, 2])):
        question, answer = rng.choice(_QUESTIONS)(rng.choice(tools), tools, rng)
        if not answer or any(answer == message.content for message in script.messages):
            return None
        script.ask(question)
        script.say(answer)
    return script.outline(tools)


def _abilities(api: Api, tools: Sequence[Api], rng: Random) -> tuple[str, str]:
    return rng.choice(_ABILITIES), f"I can {series([action(one.description) for one in tools])}."


def _purpose(api: Api, tools: Sequence[Api], rng: Random) -> tuple[str, str]:
    return rng.choice(_PURPOSE).format("", api.name), f"With {api.name} I can {action(api.description)}."


def _requirements(api: Api, tools: Sequence[Api], rng: Random) -> tuple[str, str]:
    fields, required = api.parameters["properties"], api.parameters.get("required", [])
    optional = [wanted(name, field) for name, field in fields.items() if name not in required]
    question = rng.choice(_NEEDS).format(action(api.description), api.name)
    if not required:
        return (
            question,
            f"Nothing is required. You may tell me {series(optional[:5], 'or')}." if optional else "Nothing.",
        )
    answer = f"I need {series([noun(name, fields[name]) for name in required if name in fields])}."
    return question, f"{answer} You may also tell me {series(optional[:5], 'or')}." if optional else answer


def _choices(api: Api, tools: Sequence[Api], rng: Random) -> tuple[str, str]:
    listed = {n: f["enum"] for n, f in api.parameters["properties"].items() if len(f.get("enum", [])) in range(2, 13)}
    if not listed:
        return "", ""
    name = rng.choice(list(listed))
    label = noun(name, api.parameters["properties"][name]).removeprefix("the ")
    return rng.choice(_CHOICES).format(
        label, api.name
    ), f"The {label} can be {series(list(map(str, listed[name])), 'or')}."


def _defaults(api: Api, tools: Sequence[Api], rng: Random) -> tuple[str, str]:
    required, fields = api.parameters.get("required", []), api.parameters["properties"]
    optional = [n for n, f in fields.items() if n not in required and "default" in f and f.get("type") != "boolean"]
    if not optional:
        return "", ""
    name = rng.choice(optional)
    label = noun(name, fields[name]).removeprefix("the ")
    answer = f"The {label} is optional. Unless you tell me, it is {fields[name]['default']}."
    return rng.choice(_DEFAULTS).format(label, api.name), answer


_QUESTIONS: list[Callable[[Api, Sequence[Api], Random], tuple[str, str]]] = [
    _abilities,
    _purpose,
    _requirements,
    _requirements,
    _choices,
    _defaults,
]


def _exchange(rng: Random) -> tuple[str, str]:
    """Draw a question with its answer: a topic, with one of its rows where it is a table."""
    topics = _topics()
    topic = rng.choices(topics, [topic.get("weight", 1) for topic in topics])[0]
    row = [str(cell) for cell in rng.choice(topic.get("rows", [[]]))]
    return rng.choice(topic["asks"]).format(*row), capital(rng.choice(topic["answers"]).format(*row))


def _touches(question: str, tools: Sequence[Api]) -> bool:
    """Whether a tool might have to do with the question after all."""
    words = {word for word in words_of(question) if len(word) > 4}
    return any(words & set(words_of(f"{tool.name} {tool.description} {tool.domain}")) for tool in tools)


@cache
def _topics() -> list[dict[str, Any]]:
    return list(yaml.safe_load(Path(__file__).with_name("small_talk.yaml").read_text(encoding="utf-8")))
