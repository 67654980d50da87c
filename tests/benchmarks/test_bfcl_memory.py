"""The leaderboard's memories and checker are real; the model is a script."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from toolace.benchmarks.bfcl import data_folder, read_rows
from toolace.benchmarks.bfcl_memory import CATEGORIES, check, load_cases, question, remember
from toolace.benchmarks.bfcl_multi_turn import MAX_STEPS, executor
from toolace.benchmarks.cases import Answer, Case
from toolace.benchmarks.endpoint import memory_key, replies
from toolace.config import EvaluateConfig
from toolace.errors import RefusedError

Say = Callable[[list[dict[str, str]]], str]


def verdicts(category: str, words: Callable[[str], list[str]]) -> list[str]:
    truths = {
        row["id"]: row["ground_truth"][0] for row in read_rows(data_folder() / "possible_answer/BFCL_v4_memory.json")
    }
    cases = load_cases({category: None}, 0)
    texts = [words(truths[case.id.replace(category, "memory")]) for case in cases]
    answers = [Answer(c.id, category, None, text=json.dumps([t])) for c, t in zip(cases, texts, strict=True)]
    return [one.rule or "ok" for one in check(answers)]


@pytest.mark.parametrize("category", CATEGORIES)
def test_gold_is_right_and_all_else_wrong(category: str) -> None:
    call = '[memory_retrieve(text="x")]'
    assert verdicts(category, lambda gold: [call, f"{{'answer': '{gold}', 'context': ''}}"]) == ["ok"] * 155
    assert set(verdicts(category, lambda gold: ["I do not know"])) == {"agentic:answer_not_found"}
    assert set(verdicts(category, lambda gold: [f"It is {gold}.", call, "Hm?"])) == {"agentic:answer_not_found"}
    assert set(verdicts(category, lambda gold: [call] * 3)) == {"agentic:no_last_message"}
    assert set(verdicts(category, lambda gold: [f"{gold}", ""])) == {"agentic:no_last_message"}


def played(case: Case, say: Say) -> tuple[Any, Any]:
    """Let a model remember a scenario and answer; gives the state of its memory and its answer."""

    async def ask(messages: Any, tools: Any) -> str:
        return say([{"role": one.role, "content": one.content} for one in messages])

    async def main() -> tuple[Any, Any]:
        async with executor() as run:
            assert case.memory
            state = await remember(case.memory, case.tools, ask, run, "one")
            return json.loads(state), json.loads(await question(case, state, ask, run, "two"))

    return asyncio.run(main())


def first(category: str) -> Case:
    return load_cases({category: None}, 0)[0]


def test_what_is_written_down_is_there_in_later_conversations_and_questions() -> None:
    prompts = set()

    def say(messages: list[dict[str, str]]) -> str:
        prompts.add(messages[0]["content"])
        if messages[-1]["role"] == "user" and "My name is Michael" in messages[-1]["content"]:
            return (
                '[core_memory_add(key="first_name", value="Michael"), archival_memory_add(key="job", value="designer")]'
            )
        if "What is my first name?" in messages[-1]["content"]:
            return "{'answer': 'Michael'}" if '"first_name": "Michael"' in messages[0]["content"] else "I do not know"
        return "Noted."

    state, answer = played(first("memory_kv"), say)
    assert state == {"core_memory": {"first_name": "Michael"}, "archival_memory": {"job": "designer"}}
    assert answer == [["{'answer': 'Michael'}"]]
    assert len(prompts) == 3  # an empty memory, a full one, and a full one with the form of answers
    assert all("customer support assistant" in prompt for prompt in prompts)


def test_wrong_calls_are_told_and_endless_ones_end() -> None:
    seen: list[str] = []

    def say(messages: list[dict[str, str]]) -> str:
        seen.extend(one["content"] for one in messages[-4:] if one["role"] == "tool")
        return '[memory_append(words="x"), __init__(), system(a=1), memory_append(text="a")]'

    state, answer = played(first("memory_rec_sum"), say)
    assert len(state["memory"]) > MAX_STEPS and len(answer[0]) == MAX_STEPS + 1
    assert any("unexpected keyword argument" in one for one in seen)
    assert "Error during execution: name 'system' is not defined" in seen
    assert not any("__init__" in one and "not defined" not in one for one in seen)


def test_a_conversation_that_outgrows_the_context_leaves_nothing_behind() -> None:
    def say(messages: list[dict[str, str]]) -> str:
        if len(messages) > 4:
            raise RefusedError("too long")
        return '[memory_append(text="a")]' if messages[-1]["role"] == "user" else "Noted."

    state, _ = played(with_one_conversation(first("memory_rec_sum")), say)
    assert state is None


def with_one_conversation(case: Case) -> Case:
    import msgspec

    assert case.memory
    memory = msgspec.structs.replace(case.memory, conversations=case.memory.conversations[:1])
    return msgspec.structs.replace(case, memory=memory)


def test_a_scenario_is_remembered_once_and_kept(chat_endpoint: Any) -> None:
    asked: list[str] = []

    def answers(body: dict[str, Any], headers: dict[str, str]) -> Any:
        asked.append(body["messages"][-1]["content"])
        return {"choices": [{"message": {"content": "Noted."}}], "usage": {"completion_tokens": 1}}

    cases = [with_one_conversation(case) for case in load_cases({"memory_kv": None}, 0)[:3]]
    key, turns = memory_key(cases[0]), len(cases[0].memory.conversations[0]) if cases[0].memory else 0

    async def all_of(known: dict[str, Any]) -> dict[str, Any]:
        found = replies(chat_endpoint(answers), cases, EvaluateConfig(), known=known)
        return {reply.case_id: reply async for reply in found}

    made = asyncio.run(all_of({}))
    assert set(made) == {key, *(case.id for case in cases)} and len(asked) == turns + 3
    again = asyncio.run(all_of({key: made[key]}))
    assert set(again) == {case.id for case in cases} and len(asked) == turns + 6
