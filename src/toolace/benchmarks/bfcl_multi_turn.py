"""The multi-turn categories of BFCL: tools with a state are really run, and the state is compared after each turn.

Tools and checker are the leaderboard's own; both run in an isolated process (`bfcl_executor`).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from toolace.benchmarks.bfcl import FILE_PREFIX, INSTALL, data_folder, read_rows, tool_of
from toolace.benchmarks.cases import Answer, Case, Turn, draw
from toolace.benchmarks.isolation import environment
from toolace.errors import RefusedError, ToolaceError
from toolace.formats.chat import tools_of
from toolace.records import Json, Message, Tool, Verdict

CATEGORIES: tuple[str, ...] = (
    "multi_turn_base",
    "multi_turn_miss_func",
    "multi_turn_miss_param",
    "multi_turn_long_context",
)
MAX_STEPS = 20
"""A model that calls more often than this in a turn is stopped, and the case is lost, as in the leaderboard."""
NEW_TOOLS = "I have updated some more functions you can choose from. What about now?"
_SECONDS = 100_000
_FILES = {
    "GorillaFileSystem": "gorilla_file_system",
    "MathAPI": "math_api",
    "MessageAPI": "message_api",
    "TwitterAPI": "posting_api",
    "TicketAPI": "ticket_api",
    "TradingBot": "trading_bot",
    "TravelAPI": "travel_booking",
    "VehicleControlAPI": "vehicle_control",
}
Ask = Callable[[Sequence[Message], Sequence[Tool]], Awaitable[str]]


def load_cases(categories: dict[str, int | None], seed: int) -> list[Case]:
    """Read the cases of each category: all (None), or so many drawn at random by (seed, category), in file order.

    Raises:
        ToolaceError: a negative count, or `bfcl-eval` is missing or broken.
    """
    cases: list[Case] = []
    for category, count in categories.items():
        rows = draw(read_rows(data_folder() / f"{FILE_PREFIX}{category}.json"), category, count, seed)
        cases += [_case(row, category) for row in rows]
    return cases


def check(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge whole conversations by the official checker; one verdict per answer, in order.

    Raises:
        ToolaceError: the checker ended.
    """
    return asyncio.run(check_all(answers)) if answers else []


async def check_all(answers: Sequence[Answer]) -> list[Verdict]:
    """Judge answers in one isolated process, in order."""
    verdicts: list[Verdict] = []
    async with executor() as run:
        for one in answers:
            found = await run.ask({"category": one.category, "id": one.case_id, "turns": json.loads(one.text or "[]")})
            verdicts.append(Verdict(found["ok"], found["error_type"], found["reason"]))
    return verdicts


async def converse(case: Case, ask: Ask, run: Executor, session: str, in_words: bool = False) -> str:
    """Play a case: ask the model, run what it calls, tell it the results, until it calls nothing; then the next turn.

    Gives the texts of the answer as JSON. A turn with more than MAX_STEPS ends the conversation, and so does a request
    that the endpoint refuses once there was an answer: the conversation has outgrown the model's context. `in_words`:
    the user says which tools are new, for models that are prompted.
    """

    async def execute(text: str) -> Any:
        return await run.ask({"category": case.category, "id": case.id, "session": session, "text": text})

    messages: list[Message] = []
    tools = list(case.tools)
    turns: list[list[str]] = []
    for turn in (Turn(case.messages), *case.later):
        if turn.tools and in_words:
            messages.append(Message("user", f"{[one['function'] for one in tools_of(turn.tools)]}\n{NEW_TOOLS}"))
        else:
            messages += turn.messages
            tools += turn.tools
        try:
            texts, forced = await take_turn(messages, tools, ask, execute)
        except RefusedError:
            if not any(message.role == "assistant" for message in messages):
                raise
            return json.dumps(turns)
        turns.append(texts)
        if forced:
            break
    return json.dumps(turns)


async def take_turn(
    messages: list[Message], tools: Sequence[Tool], ask: Ask, execute: Callable[[str], Awaitable[Any]]
) -> tuple[list[str], bool]:
    """Ask and execute until the model calls nothing; adds to `messages`.

    Gives the texts of the steps, and whether there were more than MAX_STEPS.

    Raises:
        RefusedError: the endpoint refuses a request.
    """
    texts: list[str] = []
    while True:
        text = await ask(messages, tools)
        texts.append(text)
        messages.append(Message("assistant", text))
        done = await execute(text)
        if done["results"] is None:
            return texts, False
        names = (call.partition("(")[0] for call in done["calls"])
        messages += [Message("tool", one, name=name) for name, one in zip(names, done["results"], strict=True)]
        if len(texts) > MAX_STEPS:
            return texts, True


class Executor:
    """The process that runs the tools; it answers one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.turn = asyncio.Lock()

    async def ask(self, request: dict[str, Json]) -> Any:
        """Send a request and wait for its answer.

        Raises:
            ToolaceError: the process ended.
        """
        async with self.turn:
            assert self.process.stdin and self.process.stdout and self.process.stderr
            try:
                self.process.stdin.write(json.dumps(request).encode() + b"\n")
                await self.process.stdin.drain()
                line = await self.process.stdout.readline()
            except (OSError, ValueError) as error:
                raise ToolaceError(f"BFCL's tools failed with case {request['id']!r}: {error}") from error
            if not line:
                tail = (await self.process.stderr.read()).decode(errors="replace").strip().splitlines()[-3:]
                raise ToolaceError(f"BFCL's tools ended with case {request['id']!r} ({' | '.join(tail)}): {INSTALL}")
            return json.loads(line)


@asynccontextmanager
async def executor() -> AsyncIterator[Executor]:
    """Start the process of the tools, in an empty folder, and end it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "toolace.benchmarks.bfcl_executor", str(_SECONDS)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=environment(folder),
            limit=1 << 26,
        )
        try:
            yield Executor(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _case(row: dict[str, Json], category: str) -> Case:
    try:
        documents = [one for name in row["involved_classes"] for one in _documents(name)]
        missed: dict[str, list[str]] = row.get("missed_function", {})
        held_out = {name for names in missed.values() for name in names}
        tools = {one["name"]: tool_of(one) for one in documents}
        first, *later = [
            Turn([Message("user", NEW_TOOLS)], [tools[name] for name in missed[str(number)]])
            if str(number) in missed
            else Turn([Message(turn["role"], turn["content"]) for turn in said])
            for number, said in enumerate(row["question"])
        ]
        offered = [tool for name, tool in tools.items() if name not in held_out]
        return Case(row["id"], category, first.messages, offered, later)
    except (KeyError, TypeError, ValueError) as error:
        raise ToolaceError(
            f"BFCL's {FILE_PREFIX}{category}.json, case {row.get('id')!r}, is damaged ({error!r}): run `{INSTALL}`."
        ) from error


def _documents(name: str) -> list[dict[str, Json]]:
    return list(read_rows(data_folder() / "multi_turn_func_doc" / f"{_FILES[name]}.json"))
