"""The tone of a user turn: greetings, thanks, reasons, voice assistants, e-mails, typos."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from toolace.dialogs.language import Voice, Words, load
from toolace.records import Said

_WORD = re.compile(r"(?<![\w'@/.-])[a-z]{4,}(?![\w'@/-]|\.\w)")
_TOKEN = re.compile(r"\w+")
_END = ("?", ".", "!")


def restyle(text: str, rng: Random, said: Sequence[Said] | None = None, language: str = "en") -> str:
    """Say the same in another tone.

    Args:
        text: the request.
        said: the wordings of its values. They keep every letter; without them no typos are made.
        language: an ISO 639 code.
    """
    words = load(language)["styles"]
    voice = Voice(rng, words)
    dice = rng.random()
    if dice < 0.05 and said is not None:
        text = _mistyped(text, said, rng)
    elif dice < 0.15:
        greeting = rng.choice(words["greetings"])
        text = greeting + (lower(text, words) if greeting.endswith((", ", ": ")) else text)
    elif dice < 0.20:
        text = rng.choice(words["polite"]) + text
    elif dice < 0.30:
        text = _capital(_dressed(words["before"], voice)) + text
    elif dice < 0.37:
        text = _ended(text) + " " + _capital(_dressed(words["after"], voice).strip())
    elif dice < 0.44:
        text = _ended(text) + rng.choice(words["closings"])
    elif dice < 0.47:
        return str(rng.choice(words["voice"])) + lower(text, words).rstrip(".?!")
    elif dice < 0.495:
        return _dressed(words["email"], voice, text=_ended(text))
    elif dice < 0.58:
        text = lower(text, words)
    return text.rstrip(".?") if rng.random() < 0.08 else text


def lower(text: str, words: Words) -> str:
    """Lower the first letter, but neither of "I" nor of names and abbreviations."""
    word = text.split(" ", 1)[0]
    keep = word in words["I"] or not word[1:].islower()
    return text if keep else text[0].lower() + text[1:]


def _dressed(templates: list[str], voice: Voice, **parts: Any) -> str:
    fillers = {key: voice.rng.choice(options) for key, options in voice.words["fillers"].items()}
    return voice.pick(templates, **fillers, **parts)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _ended(text: str) -> str:
    return text if text.endswith(_END) else text + "."


def _mistyped(text: str, said: Sequence[Said], rng: Random) -> str:
    kept = {word for one in said for word in _TOKEN.findall(one.text.lower())}
    places = [m for m in _WORD.finditer(text) if m[0] not in kept]
    for match in sorted(rng.sample(places, min(len(places), rng.choice([1, 1, 2]))), key=lambda m: -m.start()):
        text = text[: match.start()] + _slip(match[0], rng) + text[match.end() :]
    return text


def _slip(word: str, rng: Random) -> str:
    """Swap two letters, forget one or double one; the first stays."""
    at = rng.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return rng.choice([swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])
