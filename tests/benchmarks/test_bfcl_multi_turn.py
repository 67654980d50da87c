"""The leaderboard's tools and checker are real; the model is a script."""

import ast
import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from toolace.benchmarks import bfcl
from toolace.benchmarks.bfcl_multi_turn import CATEGORIES, MAX_STEPS, NEW_TOOLS, check, converse, executor, load_cases
from toolace.benchmarks.cases import Answer, Case
from toolace.errors import RefusedError
from toolace.records import Message, Tool


def with_keywords(call: str, tools: dict[str, Tool]) -> str:
    """Name the positional arguments of a gold call: the leaderboard's decoder would leave them out."""
    node: Any = ast.parse(call, mode="eval").body
    given = zip(tools[node.func.id].parameters["properties"], node.args, strict=False)
    node.keywords, node.args = [ast.keyword(name, value) for name, value in given] + node.keywords, []
    return ast.unparse(node)


def gold(category: str) -> Iterator[tuple[Case, list[list[str]]]]:
    """Give each case with the gold calls of its turns as texts, one step a turn."""
    truths = bfcl.read_rows(bfcl.data_folder() / "possible_answer" / f"BFCL_v4_{category}.json")
    for case, truth in zip(load_cases({category: None}, seed=0), truths, strict=True):
        tools = {tool.name: tool for tool in [*case.tools, *(tool for turn in case.later for tool in turn.tools)]}
        turns = [[with_keywords(call, tools) for call in turn] for turn in truth["ground_truth"]]
        yield case, [[f"[{', '.join(calls)}]"] if calls else [] for calls in turns]


def answer(case: Case, turns: list[list[str]]) -> Answer:
    return Answer(case.id, case.category, None, text=json.dumps(turns))


@pytest.mark.parametrize("category", CATEGORIES)
def test_gold_passes_whatever_was_judged_before(category: str) -> None:
    pairs = list(gold(category))
    wrong = [answer(case, [*turns[:-1], ["I cannot do that."]]) for case, turns in pairs if turns[-1]]
    right = [answer(case, turns) for case, turns in pairs]
    verdicts = check([*wrong, *right, *right])
    assert len(right) == 200 and len(wrong) > 100
    assert not any(one.ok for one in verdicts[: len(wrong)])
    assert all(one.ok for one in verdicts[len(wrong) :])


def play(case: Case, texts: Sequence[str | Exception], in_words: bool = False) -> tuple[Any, list[Any]]:
    """Let a model say these texts in order; give the conversation's texts, and what the model saw each time."""
    left, seen = list(texts), []

    async def ask(messages: Sequence[Message], tools: Sequence[Tool]) -> str:
        seen.append((list(messages), [tool.name for tool in tools]))
        said = left.pop(0) if left else "Done."
        if isinstance(said, Exception):
            raise said
        return said

    async def run() -> str:
        async with executor() as tools:
            return await converse(case, ask, tools, "test", in_words)

    return json.loads(asyncio.run(run())), seen


def test_calls_are_run_in_a_world_that_lasts_over_the_turns() -> None:
    case, turns = next(gold("multi_turn_base"))
    texts = [text for steps in turns for text in (*steps, "Done.")]
    said, seen = play(case, texts)
    assert said == [[*steps, "Done."] for steps in turns]
    (verdict,) = check([answer(case, said)])
    assert verdict.ok
    results = [message for message in seen[-1][0] if message.role == "tool"]
    assert results and all(message.name for message in results)
    assert not any("Error during execution" in message.content for message in results)


def test_a_missing_tool_comes_with_a_turn_of_its_own() -> None:
    case = next(case for case in load_cases({"multi_turn_miss_func": None}, seed=0) if case.id.endswith("_0"))
    (turn,) = (turn for turn in case.later if turn.tools)
    assert turn.messages == [Message("user", NEW_TOOLS)] and turn.tools[0].name not in {one.name for one in case.tools}
    _, seen = play(case, [])
    assert turn.tools[0].name not in seen[0][1] and turn.tools[0].name in seen[-1][1]
    _, seen = play(case, [], in_words=True)
    assert turn.tools[0].name not in seen[-1][1]
    assert any(NEW_TOOLS in one.content and turn.tools[0].name in one.content for one in seen[-1][0])


def test_what_is_no_method_of_the_tools_is_not_run() -> None:
    case = load_cases({"multi_turn_base": None}, seed=0)[0]
    assert "ls" in {tool.name for tool in case.tools}
    attacks = [
        "[print(x=1)]",
        "[_load_scenario(scenario={'a': 1})]",
        "[ls(a={'open': {'file': 'canary'}})]",
        "[os.system(c='x')]",
    ]
    _, seen = play(case, attacks)
    results = [message.content for message in seen[-1][0] if message.role == "tool"]
    assert [one.partition("name '")[2].partition("'")[0] for one in results] == [
        "print",
        "_load_scenario",
        "open",
        "os",
    ]


def test_a_model_that_calls_for_ever_is_stopped_and_has_lost() -> None:
    case = load_cases({"multi_turn_base": 1}, seed=0)[0]
    said, _ = play(case, ["[nothing()]"] * 50)
    assert len(said) == 1 and len(said[0]) == MAX_STEPS + 1
    assert check([answer(case, said)])[0].rule == "multi_turn:force_terminated"


def test_a_conversation_that_outgrows_the_context_has_lost() -> None:
    case = load_cases({"multi_turn_base": 1}, seed=0)[0]
    said, _ = play(case, ["Done.", RefusedError("too long")])
    assert said == [["Done."]]
    with pytest.raises(RefusedError):
        play(case, [RefusedError("a wrong request")])
