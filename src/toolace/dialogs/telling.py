"""How the assistant puts results into words: what is asked for, in sentences, with values as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from random import Random

from toolace.dialogs.speech import capital, series, words_of
from toolace.dialogs.tool_role import verb_of
from toolace.records import Api, Call, Json

MAX_FACTS = 5
MAX_TEXT = 240
_DONE = ["Done.", "All set.", "That's done.", "It worked."]
_FOUND = ["I found {0}", "Here is what I found", "There {1} {0}", "This is what came back"]
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d)\S*)?")
_UNITS = ("unit", "currency")
_MEASURES = {
    *("ohms", "watts", "mg", "ml", "mm", "kg", "g", "km", "celsius", "usd", "percent", "minutes", "grams", "meters"),
    *("liters", "kcal", "hours", "years", "months", "days", "calories", "milliseconds", "kwh", "newtons", "pages"),
}
_NO_NOUN = re.compile(
    r"(?:^| )(?:is|has|can|enable|born|died|high|low|in|at|on|to|sow|\w+ed)(?:$| )|^(?:is|enable) |yes$"
)
_DOING = {"list", "search", "find", "query", "browse", "get"}


def tell(api: Api, call: Call, result: Json, rng: Random) -> str:
    """Say a result in words."""
    sentences = [rng.choice(_DONE)] if verb_of(api) not in _DOING else []
    members = dict(result) if isinstance(result, dict) else {"result": result}
    unit = next((f" {members.pop(key)}" for key in _UNITS if isinstance(members.get(key), str)), "")
    echoed = [value for value in call.arguments.values() if not isinstance(value, bool)]
    told = {k: v for k, v in members.items() if v not in echoed} or members
    facts = list(_facts(told, unit))
    states = [] if sentences and not facts else _states(told)
    if facts:
        sentences.append(_sentence(facts[:MAX_FACTS], rng))
    if states:
        sentences.append(f"It is {series(states)}.")
    for key, value in told.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            sentences.append(_items(key, value, rng))
    return " ".join(sentences).replace("\n ", "\n").strip() or "Done."


def tell_all(apis: Sequence[Api], calls: Sequence[Call], results: Sequence[Json], rng: Random) -> str:
    """Say several results; those of one tool are told apart by the argument in which the calls differ."""
    texts = [tell(*one, rng) for one in zip(apis, calls, results, strict=True)]
    if len(calls) > 1 and len({call.name for call in calls}) == 1:
        keys = [k for k in calls[0].arguments if len({str(c.arguments.get(k)) for c in calls}) == len(calls)]
        labels = [value_words(call.arguments.get(keys[0])) if keys else f"call {n + 1}" for n, call in enumerate(calls)]
        texts = [f"{capital(label)}: {_small(text)}" for label, text in zip(labels, texts, strict=True)]
    return " ".join(dict.fromkeys(texts)).replace("\n ", "\n")


def value_words(value: Json) -> str:
    """Say one value: dates as people write them, the rest as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _DATE.sub(_date_words, value) if len(value) <= MAX_TEXT else value[:MAX_TEXT].rsplit(" ", 1)[0] + " …"
    if isinstance(value, list):
        return series([value_words(item) for item in value]) if value else "none"
    return "unknown" if value is None else str(value)


def labelled(result: Json) -> list[tuple[str, str]]:
    """Give what an object holds as (label, value in words), with units at the values."""
    members = dict(result) if isinstance(result, dict) else {}
    unit = next((f" {members.pop(key)}" for key in _UNITS if isinstance(members.get(key), str)), "")
    return [(label, text) for label, text in _facts(members, unit) if label and len(text) < MAX_TEXT / 3]


def key_words(key: str) -> str:
    """Say the key of a result in words; a key that is a name stays as it is."""
    if key[:1].isupper() and "_" not in key:
        return key
    return " ".join("ID" if word == "id" else "URL" if word == "url" else word for word in words_of(key)) or "value"


def _facts(members: dict[str, Json], unit: str) -> list[tuple[str, str]]:
    """Give (label, value) pairs; a unit at the end of a key moves behind the value: (remaining, 57.1 mg)."""
    facts: list[tuple[str, str]] = []
    for key, value in members.items():
        label = key_words(key)
        if isinstance(value, dict):
            facts += [(f"{label} {words}".strip(), text) for words, text in _facts(value, "")][:3]
        elif isinstance(value, list) and not (value and isinstance(value[0], dict | list)):
            facts.append((label, value_words(value)))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            *rest, last = label.split(" ")
            measured = last in _MEASURES
            text = (
                f"{value}{'%' if last == 'percent' else ' ' + last.replace('usd', 'USD')}" if measured else f"{value}"
            )
            facts.append((" ".join(rest) if measured else label, text if measured else text + unit))
            unit = "" if not measured else unit
        elif value is not None and not isinstance(value, list) and not (isinstance(value, bool) and " " not in label):
            facts.append((label, value_words(value)))
    return facts


def _states(members: dict[str, Json]) -> list[str]:
    flags = {k: v for k, v in members.items() if isinstance(v, bool) and k not in ("success", "ok", "done")}
    return [("" if v else "not ") + key_words(k) for k, v in flags.items() if " " not in key_words(k)]


def _sentence(facts: list[tuple[str, str]], rng: Random) -> str:
    if not all(label for label, _ in facts):
        bare = [f"{text} {label and f'({label})'}".strip() for label, text in facts]
        return f"It is {series(bare)}."
    if (len(facts) == 1 and rng.random() < 0.3) or any(_NO_NOUN.search(label) for label, _ in facts):
        return f"{capital('; '.join(f'{label}: {text}' for label, text in facts)).rstrip('.')}."
    spoken = [f"the {key} {'are' if _plural(key, text) else 'is'} {text.rstrip('.')}" for key, text in facts]
    return f"{capital(series(spoken))}."


def _plural(key: str, text: str) -> bool:
    return key.endswith("s") and not key.endswith(("ss", "us", "is", "ews")) and (" and " in text or text[:1].isdigit())


def _items(key: str, items: list[dict[str, Json]], rng: Random) -> str:
    """Say the objects of a list, in a row or one a line."""
    spoken = [_item(item).rstrip(".") for item in items]
    count = f"{len(items)} {key_words(key)}" if len(items) > 1 else f"one {_one(key_words(key))}"
    opening = rng.choice(_FOUND).format(count, "are" if len(items) > 1 else "is")
    if len(items) > 1 and rng.random() < 0.4:
        return f"{opening}:\n" + "\n".join(f"- {one}." for one in spoken) + "\n"
    return f"{opening}: {'; '.join(spoken) if any(',' in one for one in spoken) else series(spoken)}."


def _one(words: str) -> str:
    return re.sub(r"(?<=[a-z])s$", "", re.sub(r"ies$", "y", words))


def _item(item: dict[str, Json]) -> str:
    """The item's first text is its name; the rest follows in parentheses."""
    flat = {k: v for k, v in item.items() if v is not None and not isinstance(v, dict | list)}
    texts = [k for k, v in flat.items() if isinstance(v, str)]
    head = next(
        (k for k in texts if re.search("name|title|artist|player|team|text|question", k)), texts[:1] and texts[0]
    )
    rest = [_detail(key_words(k), v) for k, v in flat.items() if k != head][:4]
    if not head:
        return ", ".join(rest) or "an entry without details"
    name = value_words(flat[head]).rstrip(".")
    return f"{name}, {', '.join(rest)}" if rest else name


def _detail(label: str, value: Json) -> str:
    counted = isinstance(value, int) and not isinstance(value, bool) and value != 1 and _one(label) != label
    return f"{value} {label}" if counted or label in _MEASURES else f"{label} {value_words(value)}"


def _small(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _date_words(match: re.Match[str]) -> str:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return match[0]
    return f"{day.day} {day:%B} {day.year}" + (f" at {match[4]}" if match[4] else "")
