"""Mutations of what is said in a dialog for the corruption benchmark: each gives a dialog, or None where it cannot."""

from __future__ import annotations

import re
from random import Random

from mutations_of_dialogs import DialogMutation, pick, replaced, with_turn

from toolace.records import Dialog

_FOREIGN = [
    "请告诉我明天上海的天气怎么样",
    "подскажите пожалуйста какая сегодня погода",
    "今日の東京の天気を教えてください",
    "ما هو الطقس غدا في القاهرة من فضلك",
    "내일 서울 날씨를 알려 주세요",
]

_QUOTE = re.compile(r"[\"“`]|(?<!\w)'")


def text_truncated(dialog: Dialog, rng: Random) -> Dialog | None:
    """The assistant's text ends inside a sentence."""
    at = pick(dialog, rng, lambda m: m.role == "assistant" and len(m.content.split()) > 4)
    if at is None:
        return None
    words = dialog.messages[at].content.split(" ")
    cut = " ".join(words[: rng.randrange(2, len(words))])
    return (
        replaced(dialog, with_turn(dialog.messages, at, content=cut)) if cut[-1].isalnum() or cut[-1] == "," else None
    )


def control_characters(dialog: Dialog, rng: Random) -> Dialog | None:
    mark = rng.choice(["\x00", "\x07", "\x1b[0m", "�", "\ud83d", "\ufeff", "\u202e"])
    return _inserted(dialog, rng, mark, ("user", "assistant"))


def script_mixed(dialog: Dialog, rng: Random) -> Dialog | None:
    """Where nothing is quoted: quotations may be in any script."""
    mutant = _inserted(dialog, rng, f" {rng.choice(_FOREIGN)} ", ("user", "assistant"))
    return None if mutant is None or any(_QUOTE.search(message.content) for message in mutant.messages) else mutant


def look_alike_letters(dialog: Dialog, rng: Random) -> Dialog | None:
    """A Latin letter becomes the Cyrillic one that looks the same, where nothing is quoted and not in a value."""
    values = str([call.arguments for message in dialog.messages for call in message.calls])
    at = pick(dialog, rng, lambda m: m.role in ("user", "assistant") and not _QUOTE.search(m.content))
    content = dialog.messages[at].content if at is not None else ""
    places = [m.start() + 1 for m in re.finditer(r"[a-z][aeo][a-z]", content) if m[0] not in values]
    if at is None or not places:
        return None
    place = rng.choice(places)
    letter = {"a": "а", "e": "е", "o": "о"}[content[place]]
    return replaced(dialog, with_turn(dialog.messages, at, content=content[:place] + letter + content[place + 1 :]))


def words_in_a_loop(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role in ("user", "assistant") and len(m.content.split()) > 3)
    if at is None:
        return None
    words = dialog.messages[at].content.split(" ")
    size = rng.randrange(1, min(7, len(words)))
    start = rng.randrange(len(words) - size)
    loop = words[start : start + size]
    if not any(word.isalpha() for word in loop):
        return None
    text = " ".join([*words[:start], *(loop * rng.randrange(5, 9)), *words[start + size :]])
    return replaced(dialog, with_turn(dialog.messages, at, content=text))


def answer_repeated(dialog: Dialog, rng: Random) -> Dialog | None:
    """The last two turns come again."""
    if dialog.messages[-1].calls or dialog.messages[-2].role != "user":
        return None
    return replaced(dialog, [*dialog.messages, *dialog.messages[-2:]])


def slot_not_rendered(dialog: Dialog, rng: Random) -> Dialog | None:
    marks = ["{city}", "{when.date}", "{{name}}", "<|im_end|>", "[/INST]", "${amount}", "</tool_call>"]
    return _inserted(dialog, rng, f" {rng.choice(marks)} ", ("user", "assistant"))


def answer_endless(dialog: Dialog, rng: Random) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role == "assistant" and bool(m.content))
    if at is None:
        return None
    text = " ".join(f"Fact {i}: {rng.getrandbits(64):x} is known." for i in range(rng.randrange(200, 400)))
    return replaced(dialog, with_turn(dialog.messages, at, content=text))


def _inserted(dialog: Dialog, rng: Random, mark: str, roles: tuple[str, ...]) -> Dialog | None:
    at = pick(dialog, rng, lambda m: m.role in roles and bool(m.content))
    if at is None:
        return None
    words = dialog.messages[at].content.split(" ")
    words.insert(rng.randrange(1, len(words) + 1), mark)
    return replaced(dialog, with_turn(dialog.messages, at, content=" ".join(words)))


STRUCTURAL: list[DialogMutation] = [
    text_truncated,
    control_characters,
    script_mixed,
    look_alike_letters,
    words_in_a_loop,
    answer_repeated,
    slot_not_rendered,
    answer_endless,
]
