"""Right and damaged answers to BFCL's memory questions: texts of a conversation, as models write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

from toolace.benchmarks import bfcl, bfcl_memory
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
