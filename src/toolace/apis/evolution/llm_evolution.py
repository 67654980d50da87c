"""Evolution by a language model (ToolACE §2.1): it writes a new API for a sampled subtree, shown an example of the
buffer, then changes it by diversity indicators, one request each.

The outcome depends on the pool, the seed and the model's answers alone, in whatever order the answers come.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from random import Random
from typing import Any, NamedTuple, TypeVar

import msgspec

from toolace.apis.definition import fault, unclear
from toolace.apis.evolution.evolve import BUFFER, FROM_BUFFER
from toolace.apis.evolution.flat import Definition, Unusable, to_api, to_definition
from toolace.apis.evolution.indicators import ANSWERS, applied, lean, schema, suits
from toolace.apis.evolution.operators import differs
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.speciation.adaptation import ContextTree, Subtree
from toolace.apis.speciation.llm_speciation import Children
from toolace.benchmarks.decontamination import TestSet
from toolace.errors import ToolaceError
from toolace.llm.interface import Llm, Unanswered
from toolace.llm.ordered import in_order
from toolace.llm.prompts import prompt
from toolace.progress import bar
from toolace.records import Api

AHEAD = 16
"""So many APIs are written at once; each sees what the buffer held when the one `AHEAD` places before was judged."""
BARREN = 50
"""Evolution is given up after so many APIs in a row that came to nothing."""
BROAD = 3
"""A model is shown at most so many functionalities of a subtree: of more, a small one makes a list, not an API."""
FINER = 2
"""A functionality is shown with at most so many of its children."""

T = TypeVar("T")
Reject = tuple[str, Api]


class Task(NamedTuple):
    """What the model is to write: a subtree, children of its functionalities, an example; `rng` orders indicators."""

    number: int
    subtree: Subtree
    finer: dict[str, list[str]]
    example: Api
    rng: Random


async def evolve(
    pool: list[Api], children: Children, count: int, seed: int, duplicates: NearDuplicates, test_set: TestSet, llm: Llm
) -> AsyncGenerator[Api | Reject, None]:
    """Yield `count` new APIs, and between them what was rejected and why: whole APIs, or one change of an API.

    Raises:
        ToolaceError: too many in a row came to nothing.
    """
    tree = ContextTree(pool)
    names = {api.name for api in pool}
    buffer: dict[str, deque[Api]] = defaultdict(lambda: deque(maxlen=BUFFER))
    accepted = barren = 0

    def start(index: int) -> Coroutine[Any, Any, tuple[Api | None, list[Reject]]]:
        return _grow(_task(tree, children, buffer, seed, index), test_set, llm)

    with bar(count, "evolution") as progress:
        async with aclosing(in_order(start, lambda: count - accepted, AHEAD)) as results:
            async for api, rejected in results:
                reason = api and ("name is taken" if api.name in names else fault(api, duplicates, test_set))
                for one in [*rejected, *([(reason, api)] if api and reason else [])]:
                    yield one
                barren += 1
                if api and not reason:
                    accepted, barren = accepted + 1, 0
                    names.add(api.name)
                    buffer[api.domain].append(api)
                    progress.update()
                    yield api
                if barren == BARREN:
                    raise ToolaceError(
                        f"apis.evolve={count}: only {accepted} new APIs were usable, and none of the last {BARREN}; "
                        "ask for fewer, or name a stronger model in llm.roles.tss"
                    )


def _task(tree: ContextTree, children: Children, buffer: dict[str, deque[Api]], seed: int, index: int) -> Task:
    """Fixes all that chance decides, before any answer of this or a later index is known."""
    subtree = tree.sample(seed, index)
    rng = Random(f"{seed}:evolution:{index}")
    grown = buffer[subtree.domain]
    example = rng.choice(grown) if grown and rng.random() < FROM_BUFFER else subtree.seeds[0]
    finer = {}
    for name in subtree.functionalities[:BROAD]:
        known = children.get((subtree.domain, name), [])
        finer[name] = rng.sample(known, min(FINER, len(known)))
    return Task(index, subtree, finer, example, rng)


async def _grow(task: Task, test_set: TestSet, llm: Llm) -> tuple[Api | None, list[Reject]]:
    """Writes an API and applies as many indicators as the subtree's level says; those that fail are rejects."""
    rejected: list[Reject] = []
    try:
        definition = await _written(task, llm)
        api = _placed(to_api(definition), task, [])
        if reason := unclear(api, test_set):
            return None, [(reason, api)]
    except (Unanswered, Unusable) as error:
        return None, [(_reason(error), _placed(_NOTHING, task, []))]
    done: list[str] = []
    tried = 0
    for indicator in task.rng.sample(list(ANSWERS), len(ANSWERS)):
        if tried == task.subtree.level or not suits(indicator, definition):
            continue
        tried += 1
        try:
            changed = await _changed(task, definition, indicator, llm)
            after = _placed(to_api(changed), task, [*done, indicator])
            if not differs(indicator, api, after):
                raise Unusable(f"promised another change: {indicator}")
            definition, api, done = changed, after, [*done, indicator]
        except (Unanswered, Unusable) as error:
            rejected.append((_reason(error), _placed(api, task, [*done, indicator])))
    return (api if done else None), rejected


_NOTHING = Api("", "", {})


def _reason(error: Exception) -> str:
    return f"no answer that fits: {error}" if isinstance(error, Unanswered) else str(error)


def _placed(api: Api, task: Task, evolution: list[str]) -> Api:
    subtree = task.subtree
    return msgspec.structs.replace(
        api,
        area=subtree.area,
        domain=subtree.domain,
        functionality=subtree.functionalities[0],
        source="evolution",
        license=task.example.license,
        parents=[task.example.name],
        evolution=evolution,
    )


async def _written(task: Task, llm: Llm) -> Definition:
    messages = prompt(
        "evolution",
        area=task.subtree.area,
        domain=task.subtree.domain,
        functionalities=task.finer,
        known=[api.name for api in task.subtree.seeds],
        example=_shown(to_definition(task.example)),
    )
    return await llm.ask("tss", messages, Definition, schema=lean(Definition), sample=task.number)


async def _changed(task: Task, definition: Definition, indicator: str, llm: Llm) -> Definition:
    messages = prompt(
        "indicator",
        indicator=indicator,
        definition=_shown(definition),
        parameters=[one.name for one in definition.parameters],
        returned=[one.name for one in definition.returns],
    )
    answer = await llm.ask(
        "tss", messages, ANSWERS[indicator], schema=schema(indicator, definition), sample=task.number
    )
    return applied(definition, answer)


def _shown(definition: Definition) -> str:
    return msgspec.json.encode(definition).decode()
