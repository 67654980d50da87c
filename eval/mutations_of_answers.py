"""Right and damaged answers to BFCL's memory questions and in the forms of its format sensitivity."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from toolace.benchmarks import bfcl, bfcl_formats, bfcl_memory
from toolace.benchmarks.cases import Case

CALL = '[memory_retrieve(text="x")]'
Damage = Callable[[str, str, Random], list[str]]
"""From a right and a wrong answer to the texts of the steps."""


def answers_of(category: str, mutants: int, rng: Random) -> Iterator[tuple[Case, str, str]]:
    """Give each question with texts, and how they were made."""
    rows = bfcl.read_rows(bfcl.data_folder() / "possible_answer" / bfcl_memory.ROWS)
    truths = {row["id"].replace("memory", category): row["ground_truth"] for row in rows}
    others = [one for some in truths.values() for one in some]
    for case in bfcl_memory.load_cases({category: None}, seed=0):
        gold = rng.choice(truths[case.id])
        yield case, json.dumps([[CALL, said(gold)]]), "gold"
        for how in rng.sample(list(DAMAGES), min(mutants, len(DAMAGES))):
            yield case, json.dumps([DAMAGES[how](gold, rng.choice(others), rng)]), how


def said(answer: str) -> str:
    return f"{{'answer': '{answer}', 'context': 'You said so.'}}"


DAMAGES: dict[str, Damage] = {
    "another answer": lambda gold, other, rng: [said(other)],
    "in a sentence": lambda gold, other, rng: [f"I think that it is {gold}, as you said."],
    "upper case": lambda gold, other, rng: [said(gold.upper())],
    "with marks between": lambda gold, other, rng: [said(gold.replace(" ", "-"))],
    "without spaces": lambda gold, other, rng: [said(gold.replace(" ", ""))],
    "a part of it": lambda gold, other, rng: [said(gold[: max(1, len(gold) // 2)])],
    "inside a word": lambda gold, other, rng: [said(f"x{gold}x")],
    "in quotes": lambda gold, other, rng: [said(f'"{gold}"')],
    "in brackets": lambda gold, other, rng: [f"[{gold}]"],
    "as a call": lambda gold, other, rng: [f'[answer(text="{gold}")]'],
    "as JSON": lambda gold, other, rng: [json.dumps({"answer": gold})],
    "as a dictionary of dictionaries": lambda gold, other, rng: [f"{{'answer': {{'text': '{gold}'}}}}"],
    "as an empty dictionary": lambda gold, other, rng: [said(gold), "{}"],
    "in a code block": lambda gold, other, rng: [f"```json\n{said(gold)}\n```"],
    "before other words": lambda gold, other, rng: [said(gold), CALL, said(other)],
    "before a call": lambda gold, other, rng: [said(gold), CALL],
    "calls alone": lambda gold, other, rng: [CALL, CALL],
    "an empty list": lambda gold, other, rng: [said(gold), "[]"],
    "nothing": lambda gold, other, rng: [""],
    "nothing after it": lambda gold, other, rng: [said(gold), ""],
    "I do not know": lambda gold, other, rng: [said("I do not know")],
    "cut off": lambda gold, other, rng: [said(gold)[: rng.randrange(1, 14)]],
    "arithmetic": lambda gold, other, rng: [f"[{gold} + 1]"],
    "a broken call": lambda gold, other, rng: [f'[memory_append(text="{gold}"'],
}  # fmt: skip


def forms_of(mutants: int, rng: Random) -> Iterator[tuple[Case, str, str]]:
    """Give each case of format sensitivity with its gold calls in its form, and damaged ones."""
    truths: dict[str, Any] = {}
    bases = {case.id.rpartition(":")[2].rpartition("_")[0] for case in bfcl_formats.load_cases({FORMATS: None}, 0)}
    for name in bases:
        rows = bfcl.read_rows(bfcl.data_folder() / "possible_answer" / f"{bfcl.FILE_PREFIX}{name}.json")
        truths |= {row["id"]: row["ground_truth"] for row in rows}
    for case in bfcl_formats.load_cases({FORMATS: None}, seed=0):
        _, config, base = case.id.split(":")
        asked = dict(part.split("=") for part in config.split("&"))
        calls = [picked(call, rng) for call in truths[base]]
        gold = tagged(FORMS[asked["ret_fmt"]](calls), asked["tool_call_tag"])
        yield case, gold, "gold"
        for how in rng.sample(list(FAULTS), min(mutants, len(FAULTS))):
            yield case, FAULTS[how](gold, calls, rng), how


FORMATS = "format_sensitivity"
Picked = tuple[str, dict[str, Any]]


def picked(call: dict[str, dict[str, list[Any]]], rng: Random) -> Picked:
    ((name, allowed),) = call.items()
    values = {key: rng.choice(values) for key, values in allowed.items() if values}
    return name, {key: plain(value) for key, value in values.items() if value != ""}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(one[0]) if isinstance(one, list) and one else one for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def tagged(text: str, tag: str) -> str:
    return f"<TOOLCALL>{text}</TOOLCALL>" if tag == "True" else text


def kind(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "float", list: "array", dict: "object"}
    return names.get(type(value), "null")


def as_python(calls: list[Picked]) -> str:
    written = (f"{n}({', '.join(f'{k}={v!r}' for k, v in a.items())})" for n, a in calls)
    return f"[{', '.join(written)}]"


def as_xml(calls: list[Picked], param: Callable[[str, Any], str]) -> str:
    functions = (
        f"<function name={quoteattr(n)}>{''.join(param(k, v) for k, v in a.items())}</function>" for n, a in calls
    )
    return f"<functions>{''.join(functions)}</functions>"


FORMS: dict[str, Callable[[list[Picked]], str]] = {
    "python": as_python,
    "json": lambda calls: json.dumps([{"function": n, "parameters": a} for n, a in calls]),
    "verbose_xml": lambda calls: as_xml(
        calls, lambda k, v: f"<param name={quoteattr(k)} value={quoteattr(str(v))} type={quoteattr(kind(v))}/>"
    ),
    "concise_xml": lambda calls: as_xml(
        calls, lambda k, v: f"<param name={quoteattr(k)} type={quoteattr(kind(v))}>{escape(str(v))}</param>"
    ),
}
FAULTS: dict[str, Callable[[str, list[Picked], Random], str]] = {
    "in another form": lambda gold, calls, rng: FORMS[rng.choice(list(FORMS))](calls),
    "with a tag": lambda gold, calls, rng: f"<TOOLCALL>{gold}</TOOLCALL>",
    "without tags": lambda gold, calls, rng: gold.replace("<TOOLCALL>", "").replace("</TOOLCALL>", ""),
    "words before": lambda gold, calls, rng: f"Here it is: {gold}",
    "words after": lambda gold, calls, rng: f"{gold} Done.",
    "in a code block": lambda gold, calls, rng: f"```\n{gold}\n```",
    "in a code block of its language": lambda gold, calls, rng: f"```xml\n{gold}\n```",
    "cut off": lambda gold, calls, rng: gold[: -rng.randrange(1, 14)],
    "a bracket less": lambda gold, calls, rng: gold.replace("]", "", 1),
    "a value less": lambda gold, calls, rng: gold.replace("=", "", 1),
    "another letter": lambda gold, calls, rng: gold.replace(rng.choice(gold), "x", 1),
    "another type": lambda gold, calls, rng: gold.replace("integer", "string").replace("string", "float", 1),
    "new lines": lambda gold, calls, rng: gold.replace(">", ">\n").replace(", ", ",\n"),
    "twice": lambda gold, calls, rng: f"{gold}\n{gold}",
    "an entity": lambda gold, calls, rng: gold.replace("<functions>", "<!DOCTYPE a [<!ENTITY b 'c'>]><functions>&b;"),
    "single quotes around": lambda gold, calls, rng: f"'{gold}'",
    "nothing": lambda gold, calls, rng: "",
    "an empty list": lambda gold, calls, rng: "[]",
    "words": lambda gold, calls, rng: "I'm sorry, I cannot do that.",
    "arithmetic": lambda gold, calls, rng: re.sub(r"(\d)", r"\1 + 0", gold, count=1),
    "without its keys": lambda gold, calls, rng: gold.replace('"function"', '"name"', 1),
}  # fmt: skip
