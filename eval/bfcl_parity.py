"""Verdicts on gold and damaged answers: ours beside those of the leaderboard's own evaluation code.

python eval/bfcl_parity.py [--mutants 6] [--seed 0] [--only memory]

For each case of all categories that need no service: texts as models write them, right and wrong. Ours
judges them as `toolace.evaluate` does; the leaderboard's `eval_runner` judges the same texts in a process of its own
(it evaluates parts of them, so only texts of this script's making are given to it). Prints how many verdicts agree, and
those that do not.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from mutations_of_answers import answers_of, forms_of

from toolace.benchmarks import bfcl, bfcl_formats, bfcl_memory, bfcl_multi_turn
from toolace.benchmarks.bfcl import CATEGORIES, WITHOUT_GOLD
from toolace.benchmarks.cases import Case, answer
from toolace.benchmarks.suite import check

OFFICIAL = Path(__file__).with_name("bfcl_official.py")
Arguments = dict[str, str]
"""Names and values as source text."""
Calls = list[tuple[str, Arguments]]


def main(mutants: int, seed: int, only: str) -> None:
    rng = Random(seed)
    texts = [pair for category in CATEGORIES for pair in texts_of(category, mutants, rng)]
    texts += [pair for category in bfcl_multi_turn.CATEGORIES for pair in conversations_of(category, mutants, rng)]
    texts += [pair for category in bfcl_memory.CATEGORIES for pair in answers_of(category, mutants, rng)]
    texts += forms_of(mutants, rng)
    if only:
        texts = [one for one in texts if one[0].category.startswith(only)]
    start = time.perf_counter()
    ours = check((bfcl, bfcl_formats, bfcl_multi_turn, bfcl_memory), [answer(case, text) for case, text, _ in texts])
    categories = {case.category for case, _, _ in texts}
    print(f"{len(texts)} texts over {len(categories)} categories; ours: {time.perf_counter() - start:.1f} s")
    official = by_the_leaderboard([(case, text) for case, text, _ in texts])
    differ = [
        (case.id, how, text, mine.ok, mine.rule, theirs)
        for (case, text, how), mine, theirs in zip(texts, ours, official, strict=True)
        if (mine.ok, mine.rule) != (theirs["valid"], theirs["error_type"])
    ]
    for name, count in sorted(Counter(case.category for case, _, _ in texts).items()):
        print(f"{name}: {count - sum(one[0].startswith(name) for one in differ)} of {count} verdicts agree")
    print(f"right ones: {sum(one.ok for one in ours)}; verdicts that differ: {len(differ)}")
    print(Counter(how for _, how, *_ in differ))
    for one in differ[:40]:
        print(json.dumps(one)[:600])


def by_the_leaderboard(texts: list[tuple[Case, str]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"id": case.id, "category": case.category, "text": text}) + "\n" for case, text in texts)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(OFFICIAL)],
            input=lines.encode(),
            stdout=subprocess.PIPE,
            check=True,
            cwd=folder,
            env={**os.environ, "BFCL_PROJECT_ROOT": folder},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts_of(category: str, mutants: int, rng: Random) -> Iterator[tuple[Case, str, str]]:
    """Give each case with texts and how they were made."""
    name = f"{bfcl.FILE_PREFIX}{category}.json"
    truths: dict[str, Any] = {}
    if category not in WITHOUT_GOLD:
        truths = {
            row["id"]: row["ground_truth"] for row in bfcl.read_rows(bfcl.data_folder() / "possible_answer" / name)
        }
    for case in bfcl.load_cases({category: None}, seed=0):
        gold = (
            gold_calls(truths[case.id], category, rng)
            if case.id in truths
            else [(case.tools[0].name if case.tools else "f", {"a": "1"})]
        )
        yield case, written(gold), "gold"
        for how in rng.sample(list(MUTATIONS), mutants):
            yield case, MUTATIONS[how](gold, rng), how


def conversations_of(category: str, mutants: int, rng: Random) -> Iterator[tuple[Case, str, str]]:
    """Give each multi-turn case with conversations: the gold calls, and damaged ones."""
    truths = bfcl.read_rows(bfcl.data_folder() / "possible_answer" / f"{bfcl.FILE_PREFIX}{category}.json")
    for case, truth in zip(bfcl_multi_turn.load_cases({category: None}, seed=0), truths, strict=True):
        tools = [*case.tools, *(tool for turn in case.later for tool in turn.tools)]
        names = {tool.name: list(tool.parameters["properties"]) for tool in tools}
        gold = [[f"[{', '.join(with_keywords(call, names) for call in turn)}]"] for turn in truth["ground_truth"]]
        yield case, json.dumps([steps if steps != ["[]"] else [] for steps in gold]), "gold"
        for how in rng.sample(list(DAMAGES), min(mutants, len(DAMAGES))):
            turns = json.loads(json.dumps(gold))
            DAMAGES[how](rng.choice(turns), rng)
            yield case, json.dumps(turns[:-1] if how == "a turn less" else turns), how


def with_keywords(call: str, names: dict[str, list[str]]) -> str:
    """Name the positional arguments of a gold call: the decoder would leave them out."""
    node: Any = ast.parse(call, mode="eval").body
    given = zip(names[node.func.id], node.args, strict=False)
    node.keywords = [ast.keyword(name, value) for name, value in given] + node.keywords
    node.args = []
    return ast.unparse(node)


def each_call_a_step(steps: list[str], rng: Random) -> None:
    """Split the calls of a turn."""
    calls = ast.parse(steps[0], mode="eval").body
    steps[:] = [f"[{ast.unparse(call)}]" for call in calls.elts]  # type: ignore[attr-defined]


def changed(change: Callable[[str], str]) -> Callable[[list[str], Random], None]:
    """Change the calls of a turn."""

    def damage(steps: list[str], rng: Random) -> None:
        steps[0] = change(steps[0])

    return damage


DAMAGES: dict[str, Callable[[list[str], Random], None]] = {
    "each call a step": each_call_a_step,
    "no calls in a turn": lambda steps, rng: steps.clear(),
    "words in a turn": lambda steps, rng: steps.append("All is done."),
    "words alone": changed(lambda text: "I cannot do that."),
    "a turn twice": lambda steps, rng: steps.append(steps[0]),
    "a turn less": lambda steps, rng: None,
    "an unknown function": lambda steps, rng: steps.append("[frobnicate(x=1)]"),
    "a private method": lambda steps, rng: steps.append("[_load_scenario(scenario={})]"),
    "a builtin": lambda steps, rng: steps.append("[print(x=1)]"),
    "another value": changed(lambda text: text.replace("='", "='x", 1)),
    "another number": changed(lambda text: re.sub(r"=(\d)", r"=1\1", text, count=1)),
    "positional arguments": changed(lambda text: re.sub(r"\(\w+=", "(", text, count=1)),
    "a call without arguments": changed(lambda text: re.sub(r"\([^()]*\)", "()", text, count=1)),
    "cut off": changed(lambda text: text[:-3]),
    "a dictionary of dictionaries": lambda steps, rng: steps.append("[ls(a={'cd': {'folder': 'x'}})]"),
    "an empty dictionary": lambda steps, rng: steps.append("[ls(a={})]"),
}  # fmt: skip


def gold_calls(truth: list[dict[str, dict[str, list[Any]]]], category: str, rng: Random) -> Calls:
    source = repr if category not in bfcl.LANGUAGES else in_other_languages
    calls = []
    for call in truth:
        ((name, allowed),) = call.items()
        picked = {key: rng.choice(values) for key, values in allowed.items() if values}
        calls.append((name, {key: source(unwrapped(value)) for key, value in picked.items() if value != ""}))
    return calls


def in_other_languages(value: Any) -> str:
    """Values of Java and JavaScript are given as source text already; strings need their quotes now and then."""
    return json.dumps(value) if not isinstance(value, str) or not value[:1].isdigit() else value


def unwrapped(value: Any) -> Any:
    """In dictionaries, each value is a list of those that are right."""
    if isinstance(value, dict):
        return {key: unwrapped(one[0]) if isinstance(one, list) and one else one for key, one in value.items()}
    return [unwrapped(one) for one in value] if isinstance(value, list) else value


def written(calls: Calls) -> str:
    return f"[{', '.join(call_text(name, arguments) for name, arguments in calls)}]"


def call_text(name: str, arguments: Arguments) -> str:
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def with_value(change: Callable[[str, Random], str]) -> Callable[[Calls, Random], str]:
    """Change one value of one call."""

    def mutate(calls: Calls, rng: Random) -> str:
        spots = [(number, key) for number, (_, arguments) in enumerate(calls) for key in arguments]
        if not spots:
            return written(calls)
        at, key = rng.choice(spots)
        changed = [(name, dict(arguments)) for name, arguments in calls]
        changed[at][1][key] = change(changed[at][1][key], rng)
        return written(changed)

    return mutate


def with_call(change: Callable[[str, Arguments, Random], tuple[str, Arguments]]) -> Callable[[Calls, Random], str]:
    """Change one call."""

    def mutate(calls: Calls, rng: Random) -> str:
        at = rng.randrange(len(calls))
        return written([change(*call, rng) if number == at else call for number, call in enumerate(calls)])

    return mutate


def without_one(name: str, arguments: Arguments, rng: Random) -> tuple[str, Arguments]:
    kept = list(arguments)
    if kept:
        kept.remove(rng.choice(kept))
    return name, {key: arguments[key] for key in kept}


def shuffled(name: str, arguments: Arguments, rng: Random) -> tuple[str, Arguments]:
    return name, dict(rng.sample(list(arguments.items()), len(arguments)))


MUTATIONS: dict[str, Callable[[Calls, Random], str]] = {
    "another name": with_call(lambda name, arguments, _: (f"{name}_x", arguments)),
    "an argument less": with_call(without_one),
    "an argument more": with_call(lambda name, arguments, _: (name, {**arguments, "zz": "1"})),
    "arguments in another order": with_call(shuffled),
    "a dotted prefix": with_call(lambda name, arguments, _: (f"tools.{name}", arguments)),
    "in quotes": with_value(lambda value, _: f"'{value}'" if "'" not in value else f'"{value}"'.replace("''", "")),
    "a number more": with_value(lambda value, _: f"{value} + 1"),
    "doubled": with_value(lambda value, _: f"{value} * 2"),
    "negative": with_value(lambda value, _: f"-{value}"),
    "positive": with_value(lambda value, _: f"+{value}"),
    "a power": with_value(lambda value, rng: f"2**{rng.randrange(9)}"),
    "a float": with_value(lambda value, _: f"{value}.0"),
    "a bare name": with_value(lambda value, _: value.strip("'\"").replace(" ", "_") or "x"),
    "None": with_value(lambda value, _: "None"),
    "true": with_value(lambda value, rng: rng.choice(["true", "True", "false", "False"])),
    "an empty string": with_value(lambda value, _: "''"),
    "in a list": with_value(lambda value, _: f"[{value}]"),
    "in a tuple": with_value(lambda value, _: f"({value},)"),
    "in a set": with_value(lambda value, _: f"{{{value}}}"),
    "in a dictionary": with_value(lambda value, _: f"{{'a': {value}}}"),
    "a nested call": with_value(lambda value, _: f"f(x={value})"),
    "a nested call without arguments": with_value(lambda value, _: "f()"),
    "a subscript": with_value(lambda value, _: "f[0]"),
    "an attribute": with_value(lambda value, _: "Colour.RED"),
    "an ellipsis": with_value(lambda value, _: "..."),
    "an f-string": with_value(lambda value, _: "f'{x}'"),
    "a lambda": with_value(lambda value, _: "lambda: 1"),
    "a comparison": with_value(lambda value, _: "1 < 2"),
    "upper case": with_value(lambda value, _: value.upper()),
    "spaces around": with_value(lambda value, _: f" {value} "),
    "a dash": with_value(lambda value, _: value.replace(" ", "-")),
    "the call twice": lambda calls, rng: written([*calls, calls[0]]),
    "a call less": lambda calls, rng: written(calls[1:]),
    "calls in another order": lambda calls, rng: written(rng.sample(calls, len(calls))),
    "without brackets": lambda calls, rng: written(calls)[1:-1],
    "no bracket at the end": lambda calls, rng: written(calls)[:-1],
    "in a code block": lambda calls, rng: f"```\n{written(calls)}\n```",
    "in a code block of Python": lambda calls, rng: f"```python\n{written(calls)}\n```",
    "words before": lambda calls, rng: f"Here it is: {written(calls)}",
    "words after": lambda calls, rng: f"{written(calls)} Done.",
    "in single quotes": lambda calls, rng: f"'{written(calls)}'",
    "cut off": lambda calls, rng: written(calls)[: -rng.randrange(1, 9)],
    "no parentheses": lambda calls, rng: f"[{calls[0][0]}]",
    "an empty list": lambda calls, rng: "[]",
    "words": lambda calls, rng: "I'm sorry, I cannot do that.",
    "nothing": lambda calls, rng: "",
    "JSON": lambda calls, rng: json.dumps([{"name": name, "arguments": arguments} for name, arguments in calls]),
    "new lines": lambda calls, rng: written(calls).replace(", ", ",\n  "),
    "a keyword twice": lambda calls, rng: f"[{calls[0][0]}(a=1, a=2)]",
    "arguments spread": lambda calls, rng: f"[{calls[0][0]}(**{{'a': 1}})]",
    "a positional value": lambda calls, rng: f"[{calls[0][0]}('x', 1)]",
    "a call of a call": lambda calls, rng: f"[{calls[0][0]}()(a=1)]",
    "a tuple of calls": lambda calls, rng: f"({written(calls)[1:-1]},)",
}  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=6, help="damaged texts of each case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="categories that begin like this")
    given = parser.parse_args()
    main(given.mutants, given.seed, given.only)
