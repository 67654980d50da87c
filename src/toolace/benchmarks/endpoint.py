"""Ask an OpenAI-compatible endpoint for the answers to benchmark cases."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import Any

import msgspec

from toolace.benchmarks import bfcl_formats, bfcl_memory, bfcl_prompts
from toolace.benchmarks.bfcl_multi_turn import Ask, Executor, converse, executor
from toolace.benchmarks.cases import Case
from toolace.benchmarks.requests import Session, is_up, request, session
from toolace.config import EvaluateConfig, OtherModelConfig
from toolace.errors import ToolaceError
from toolace.formats.calls import render
from toolace.formats.chat import messages_of, tools_of
from toolace.llm.prompts import prompt
from toolace.records import Call, Message, Tool

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
Body = dict[str, Any]


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an endpoint answered to a case: a text, or why there is none after several attempts."""

    case_id: str
    text: str | None
    failure: str = ""
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


async def replies(
    url: str,
    cases: Sequence[Case],
    config: EvaluateConfig,
    other: OtherModelConfig | None = None,
    known: Mapping[str, Reply] = MappingProxyType({}),
) -> AsyncIterator[Reply]:
    """Yield replies as they arrive, greedy ones. A case that fails several times is a failure, never a wrong answer.

    What a model remembers of a scenario (`memory_key`) comes as a reply of its own, before the cases that need it,
    unless it is `known`.

    Our own servers render the tools by the model's chat template and give the raw text; `other` models are asked in the
    mode that it names.

    Raises:
        ToolaceError: the endpoint does not even list its models, or is down.
    """
    gate = asyncio.Semaphore(config.concurrency)
    async with session(url, config.timeout_seconds, _headers(other)) as client:
        model = (other and other.model) or (await request(client, "GET", "/models"))["data"][0]["id"]
        asks = MODES[other.mode if other else "template"]
        # Prompts of like length run at once, so that no short one waits for a long one.
        ordered = sorted(cases, key=lambda case: len(msgspec.json.encode((case.tools, case.messages))))
        common = {"model": model, "temperature": 0, "max_tokens": config.max_new_tokens}
        async with AsyncExitStack() as stack:
            needed = any(case.later or case.memory for case in cases)
            run = await stack.enter_async_context(executor()) if needed else None
            asker = _Asker(client, gate, common, asks, run, _worded(cases, asks))
            first = {memory_key(case): case for case in ordered if case.memory}
            memories = {
                key: asyncio.create_task(asker.remember(key, case)) for key, case in first.items() if key not in known
            }
            tasks = [*memories.values(), *(asyncio.create_task(asker.reply(case, memories, known)) for case in ordered)]
            try:
                for task in asyncio.as_completed(tasks):
                    reply = await task
                    if reply.text is None and not await is_up(client):
                        raise ToolaceError(reply.failure)  # the others would wait for the same in vain
                    yield reply
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def memory_key(case: Case) -> str:
    """The identity of what a model remembers for a case; it begins like no case's."""
    return f"{case.category}:{case.memory.scenario}" if case.memory else ""


class _Asker:
    """Asks one endpoint, at most so many cases at once."""

    def __init__(
        self,
        client: Session,
        gate: asyncio.Semaphore,
        common: Body,
        asks: Callable[[Case], Body],
        run: Executor | None,
        worded: Mapping[str, list[Message]],
    ) -> None:
        self.client, self.gate, self.common, self.asks, self.run = client, gate, common, asks, run
        self.worded = worded

    async def reply(self, case: Case, memories: Mapping[str, asyncio.Task[Reply]], known: Mapping[str, Reply]) -> Reply:
        """Answer a case, after what its scenario is remembered by."""
        remembered = ""
        if case.memory:
            key = memory_key(case)
            memory = known[key] if key in known else await asyncio.shield(memories[key])
            if memory.text is None:
                return Reply(case.id, None, memory.failure)
            remembered = memory.text
        if case.id in self.worded:
            return await self._timed(case.id, lambda ask: ask(self.worded[case.id], []), _as_it_stands)
        return await self._timed(case.id, lambda ask: self._answer(case, ask, remembered))

    async def remember(self, key: str, case: Case) -> Reply:
        """Have the conversations of a case's scenario."""
        memory, run = case.memory, self.run
        assert memory and run
        return await self._timed(
            key, lambda ask: bfcl_memory.remember(memory, case.tools, ask, run, self._session(key))
        )

    async def _answer(self, case: Case, ask: Ask, remembered: str) -> str:
        if case.memory and self.run:
            return await bfcl_memory.question(case, remembered, ask, self.run, self._session(case.id))
        if case.later and self.run:
            return await converse(case, ask, self.run, self._session(case.id), self.asks is _by_prompt)
        return await ask(case.messages, case.tools)

    def _session(self, name: str) -> str:
        return f"{id(self.client)}_{name}"

    async def _timed(
        self, name: str, answer: Callable[[Ask], Awaitable[str]], asks: Callable[[Case], Body] | None = None
    ) -> Reply:
        used: Counter[str] = Counter()

        async def ask(messages: Sequence[Message], tools: Sequence[Tool]) -> str:
            now = Case("", "", list(messages), list(tools))
            body = {**self.common, **(asks or self.asks)(now)}
            found = await request(self.client, "POST", "/chat/completions", body, check=_said)
            used.update({key: n for key, n in (found.get("usage") or {}).items() if isinstance(n, int)})
            return _text(found, {_plain(tool.name): tool.name for tool in tools})

        async with self.gate:
            start = time.perf_counter()
            try:
                text = await answer(ask)
            except ToolaceError as error:
                return Reply(name, None, str(error))
            seconds = round(time.perf_counter() - start, 3)
        return Reply(name, text, "", seconds, used["prompt_tokens"], used["completion_tokens"])


def _worded(cases: Sequence[Case], asks: Callable[[Case], Body]) -> dict[str, list[Message]]:
    """The leaderboard's own words, for models that are prompted and for the cases that are about the words."""
    formats = [case for case in cases if case.category in bfcl_formats.CATEGORIES]
    if formats and asks is _natively:
        raise ToolaceError("format_sensitivity asks for calls in words: leave it out for models in native mode")
    return bfcl_prompts.prompts(cases if asks is _by_prompt else formats)


def _as_it_stands(case: Case) -> Body:
    return {"messages": messages_of(case.messages)}


def _by_template(case: Case) -> Body:
    # The raw text: we decode it ourselves, the same for every server.
    return {"messages": messages_of(case.messages), "tools": tools_of(case.tools), "tool_choice": "none"}


def _by_prompt(case: Case) -> Body:
    """The leaderboard's own system prompt, for models whose chat template knows no tools."""
    functions = json.dumps([tool["function"] for tool in tools_of(case.tools)], indent=4)
    system, _ = prompt("bfcl", functions=functions)
    said = messages_of(case.messages)
    if said and said[0]["role"] == "system":
        system["content"] += f"\n\n{said.pop(0)['content']}"
    turns = [{**turn, "role": "user" if turn["role"] == "tool" else turn["role"]} for turn in said]
    return {"messages": [system, *turns]}


def _natively(case: Case) -> Body:
    """OpenAI's `tools`, answered by `tool_calls`: names lose what is not allowed there, as in the leaderboard."""
    tools = tools_of(case.tools)
    for tool in tools:
        tool["function"]["name"] = _plain(tool["function"]["name"])
    return {"messages": messages_of(case.messages), "tools": tools, "tool_choice": "auto"}


MODES: dict[str, Callable[[Case], Body]] = {"template": _by_template, "prompt": _by_prompt, "native": _natively}


def _said(answer: Any) -> str:
    """Say what is wrong with an answer that has neither words nor calls though no token was generated."""
    message = answer["choices"][0]["message"]
    silent = not message.get("content") and not message.get("tool_calls")
    return "an empty answer" if silent and not (answer.get("usage") or {}).get("completion_tokens") else ""


def _text(answer: Any, names: dict[str, str]) -> str:
    message = answer["choices"][0]["message"]
    called = [one["function"] for one in message.get("tool_calls") or []]
    try:
        calls = [Call(names.get(one["name"], one["name"]), json.loads(one["arguments"] or "{}")) for one in called]
        return render(calls) if calls else message.get("content") or ""
    except (ValueError, TypeError, AttributeError):
        return json.dumps(called)  # arguments that are no JSON object: a wrong answer, kept as it came


def _plain(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)


def _headers(other: OtherModelConfig | None) -> dict[str, str]:
    key = os.environ.get(other.key) if other else None
    return {"Authorization": f"Bearer {key}"} if key else {}
