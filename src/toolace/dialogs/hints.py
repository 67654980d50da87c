"""What the outline of a dialog knows of the assistant's next step, told to models that are too weak to find it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toolace.dialogs.of_kind import is_error
from toolace.dialogs.script import Outline
from toolace.dialogs.speech import series, words_of
from toolace.records import Message

_DONE = "all is done. Tell the user the values that the results give."
_IN_WORDS = {
    "irrelevant": "none of the tools can do this. Say so.",
    "small_talk": "the user only chats, which needs no tool. Reply as a friend would, and do not speak of tools.",
    "about_tools": "the user asks about the tools. Answer from their descriptions, and ask nothing.",
}


def hint_of(outline: Outline, kind: str, steps: int) -> str:
    """Tell what the assistant does in the outline after so many steps: what it calls, or how it speaks."""
    acts = [place for place, message in enumerate(outline.messages) if message.role == "assistant"]
    if steps >= len(acts):
        return _DONE if outline.plan.calls else ""
    place = acts[steps]
    message, before = outline.messages[place], outline.messages[:place]
    if message.calls:
        first = sum(len(one.calls) for one in before)
        return _calls(outline, range(first, first + len(message.calls)))
    if before and before[-1].role == "tool":
        return _after(before, message)
    if kind == "missing_parameter" and not steps:
        missing = series(list(dict.fromkeys(map(_label, outline.plan.asked))))
        return f"the user did not tell the {missing}. Ask for it."
    return _IN_WORDS.get(kind, "")


def _calls(outline: Outline, indices: Iterable[int]) -> str:
    told = []
    for index in indices:
        call = outline.plan.calls[index]
        found = {one.path.split(".")[1] for one in outline.plan.links if one.path.startswith(f"{index}.")}
        given = [f"{name} from the result" if name in found else name for name in call.arguments]
        told.append(f"call {call.name} with {series(given) if given else 'no arguments'}, and no other arguments")
    return "; ".join(told) + (f". All {len(told)} calls go into this step." if len(told) > 1 else ".")


def _after(before: Sequence[Message], message: Message) -> str:
    if not is_error(before[-1]):
        return _DONE
    return "it failed. Ask the user." if message.content.endswith("?") else "it failed. Tell the user so."


def _label(path: str) -> str:
    return " ".join(words_of(path.rpartition(".")[2]))
