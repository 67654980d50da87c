"""BFCL's memory categories: conversations in which a model writes into a memory, then questions that need it.

The conversations of a scenario come first, in their order, each with the memory that the last one left; every question
begins with the memory after all of them. Whether the last words hold the answer is judged by the official checker.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from toolace.benchmarks.bfcl import FILE_PREFIX, INSTALL, data_folder, read_rows, tool_of
from toolace.benchmarks.bfcl_multi_turn import Ask, Executor, check_all, take_turn
from toolace.benchmarks.cases import Answer, Case, Memory, Turn, draw
from toolace.errors import RefusedError, ToolaceError
from toolace.records import Json, Message, Tool, Verdict

KINDS = {"memory_kv": "kv", "memory_rec_sum": "rec_sum"}
"""Categories, and the leaderboard's word for what remembers. `memory_vector` needs a model from a hub."""
CATEGORIES: tuple[str, ...] = (*KINDS,)
ROWS = f"{FILE_PREFIX}memory.json"


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the questions of each category: all (None), or so many drawn at random by (seed, category), in file order.

    Raises:
        ToolaceError: a negative count, or `bfcl-eval` is missing or broken.
    """
    cases: list[Case] = []
    for category, count in categories.items():
        cases += [_case(row, category) for row in draw(read_rows(data_folder() / ROWS), category, count, seed)]
    return cases


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge the last words of each answer; one verdict per answer, in order.

    Raises:
        ToolaceError: the checker ended.
    """
    return asyncio.run(check_all(answers)) if answers else []


async def remember(memory: Memory, tools: Sequence[Tool], ask: Ask, run: Executor, session: str) -> str:
    """Have all conversations of a scenario; gives the state of the memory as JSON.

    A conversation that the endpoint refuses after some turns (it outgrew the model's context) leaves nothing behind, as
    in the leaderboard.
    """
    state: Json = None
    for turns in memory.conversations:
        begun = await run.ask(_begin(memory, session, state))
        messages = [Message("system", begun["prompt"]["system"])]
        try:
            for turn in turns:
                messages += turn.messages
                _, forced = await take_turn(messages, tools, ask, lambda text: _execute(run, memory, session, text))
                if forced:
                    break
        except RefusedError:
            continue
        state = (await run.ask({"memory": memory.kind, "session": session, "id": memory.scenario}))["state"]
    return json.dumps(state)


async def question(case: Case, state: str, ask: Ask, run: Executor, session: str) -> str:
    """Ask a question of a model that has its memory; gives the texts of its steps, as those of one turn, as JSON."""
    assert case.memory
    memory = case.memory
    begun = await run.ask(_begin(memory, session, json.loads(state)))
    system = f"{begun['prompt']['system']}\n\n{begun['prompt']['answer']}"
    messages = [Message("system", system), *case.messages]
    texts, _ = await take_turn(messages, case.tools, ask, lambda text: _execute(run, memory, session, text))
    await run.ask({"memory": memory.kind, "session": session, "id": case.id})
    return json.dumps([texts])


def _begin(memory: Memory, session: str, state: Json) -> dict[str, Json]:
    scenario = memory.scenario
    return {"memory": memory.kind, "session": session, "id": scenario, "scenario": scenario, "state": state}


async def _execute(run: Executor, memory: Memory, session: str, text: str) -> Any:
    return await run.ask({"memory": memory.kind, "session": session, "id": memory.scenario, "text": text})


def _case(row: dict[str, Json], category: str) -> Case:
    try:
        kind, scenario = KINDS[category], row["scenario"]
        (said,) = row["question"]
        memory = Memory(kind, scenario, list(_conversations(scenario)))
        identity = row["id"].replace("memory", category)
        return Case(
            identity, category, [Message(one["role"], one["content"]) for one in said], _tools(kind), [], memory
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ToolaceError(
            f"BFCL's {ROWS}, case {row.get('id')!r}, is damaged ({error!r}): run `{INSTALL}`."
        ) from error


def _conversations(scenario: str) -> Iterator[list[Turn]]:
    for row in read_rows(data_folder() / "memory_prereq_conversation" / f"memory_{scenario}.json"):
        yield [Turn([Message(one["role"], one["content"]) for one in said]) for said in row["question"]]


@cache
def _tools(kind: str) -> list[Tool]:
    return [tool_of(row) for row in read_rows(data_folder() / "multi_turn_func_doc" / f"memory_{kind}.json")]
