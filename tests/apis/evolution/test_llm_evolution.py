import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from toolace.apis.definition import agrees
from toolace.apis.evolution.flat import Definition, Field, Parameter, to_api
from toolace.apis.evolution.indicators import (
    Constraint,
    MoreAnswers,
    MoreFunctionality,
    MoreParameters,
    Nesting,
    OtherType,
)
from toolace.apis.evolution.llm_evolution import AHEAD, BARREN, evolve
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.normalise import valid
from toolace.apis.sources import everyday
from toolace.benchmarks import decontamination
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.llm.client import Unanswered
from toolace.llm.ordered import in_order
from toolace.llm.prompts import prompt
from toolace.records import Api

POOL = [
    msgspec.structs.replace(api, functionality=api.name)
    for document in everyday.documents(ApisConfig())
    for api in everyday.read(document)
]
TEST_SET = decontamination.build([("find_lighthouse", "Find the lighthouse that is nearest to a ship.")], [])
WORDS = [one for api in POOL for one in api.name.replace(".", "_").split("_")]
Results = list[Api | tuple[str, Api]]
Answer = Callable[[Any, Any, int], Any]


def write(reply: Any, schema: Any, sample: int) -> Any:
    """Good answers, different for each sample."""
    name = f"find_{WORDS[sample % len(WORDS)]}_{WORDS[(7 * sample + 3) % len(WORDS)]}_{WORDS[31 * sample % len(WORDS)]}"
    said = f"{name.replace('_', ' ').capitalize()} in a town of {WORDS[17 * sample % len(WORDS)]}."
    town = Parameter("town", "string", "Town to look in.", True)
    if reply is Definition:
        few = Parameter("few", "integer", "At most so many.")
        return Definition(name, said, [town, few], [Field("found", "string[]", "What is there.")])
    names = schema["properties"].get("parameter", {}).get("enum", ["town"])
    return {
        MoreFunctionality: lambda: MoreFunctionality(
            f"{said} Can also sort it.", [Parameter("by", "string", "Sort by.")]
        ),
        MoreParameters: lambda: MoreParameters([Parameter("radius", "number", "How far around.")]),
        Constraint: lambda: Constraint(names[-1], "One of a or b, from 1 to 9.", ["a", "b"], 1, 9),
        OtherType: lambda: OtherType(names[0], "object", "What it is.", [], [Field("part", "string", "Part of it.")]),
        MoreAnswers: lambda: MoreAnswers("Returns how many.", [Field("count", "integer", "Number of them.")]),
        Nesting: lambda: Nesting("both", "Two in one.", schema["properties"]["parameters"]["items"]["enum"][:2]),
    }[reply]()


class Fake:
    """A model whose answers depend on the question alone; later questions may be answered sooner."""

    def __init__(self, answer: Answer = write, delay: Callable[[int], float] = lambda sample: 0.0) -> None:
        self.answer, self.delay = answer, delay

    async def ask(
        self, role: str, messages: Any, reply: Any, *, schema: Any = None, sample: int = 0, temperature: Any = None
    ) -> Any:
        assert role == "tss" and [one["role"] for one in messages] == ["system", "user"]
        await asyncio.sleep(self.delay(sample))
        return self.answer(reply, schema, sample)


def grow(count: int, llm: Fake, test_set: decontamination.TestSet = TEST_SET) -> Results:
    duplicates = NearDuplicates(0.9)
    for api in POOL:
        duplicates.add(api)

    async def collect() -> Results:
        return [one async for one in evolve(POOL, {}, count, 0, duplicates, test_set, llm)]

    return asyncio.run(collect())


def accepted(results: Results) -> list[Api]:
    return [one for one in results if isinstance(one, Api)]


def reasons(results: Results) -> Counter[str]:
    return Counter(one[0].partition(":")[0] for one in results if not isinstance(one, Api))


def test_new_apis_are_valid_new_and_say_where_they_come_from() -> None:
    grown = accepted(grow(60, Fake()))
    names = {api.name for api in POOL}
    assert len(grown) == 60 and len({api.name for api in grown} | names) == len(POOL) + 60
    for api in grown:
        assert valid(api) is None and agrees(api)
        assert api.source == "evolution" and api.evolution and api.domain and api.functionality
    assert len(Counter(name for api in grown for name in api.evolution)) == 6


def test_the_order_of_the_answers_changes_nothing() -> None:
    assert grow(40, Fake()) == grow(40, Fake(delay=lambda sample: (AHEAD - sample % AHEAD) / 2_000))


def test_the_buffer_grows_and_its_apis_are_examples() -> None:
    grown = accepted(grow(150, Fake()))
    names = {api.name for api in grown}
    assert any(set(api.parents) & names for api in grown)


def test_bad_definitions_are_rejected_with_reasons() -> None:
    def bad(reply: Any, schema: Any, sample: int) -> Any:
        good = write(reply, schema, sample)
        if reply is not Definition or sample % 2:
            return good
        town = good.parameters[0]
        changes: list[dict[str, Any]] = [
            {"parameters": [town, town]},
            {"parameters": [msgspec.structs.replace(town, description="")]},
            {"description": "Yes."},
            {"name": "swim_around"},
            {"name": "find_lighthouse", "description": "Find the lighthouse of a town."},
            {"name": POOL[0].name, "description": POOL[0].description},
        ]
        return msgspec.structs.replace(good, **changes[sample // 2 % len(changes)])

    results = grow(20, Fake(bad))
    assert len(accepted(results)) == 20
    assert set(reasons(results)) == {
        "parameter twice",
        "parameter without description",
        "description is shorter than 10 characters",
        "name and description do not agree",
        "in a test set",
        "name is taken",
    }
    assert sum(reasons(results).values()) == len(results) - 20


def test_a_model_that_repeats_itself_is_noticed() -> None:
    def same(reply: Any, schema: Any, sample: int) -> Any:
        good = write(reply, schema, sample)
        return msgspec.structs.replace(good, description="Find whatever is in a town.") if reply is Definition else good

    with pytest.raises(ToolaceError, match=r"apis\.evolve=400: only \d+ new APIs were usable, and none of the last 50"):
        grow(400, Fake(lambda reply, schema, sample: same(reply, schema, sample % 30)))


def test_a_change_that_is_not_the_promised_one_is_rejected_alone() -> None:
    def lazy(reply: Any, schema: Any, sample: int) -> Any:
        if reply is OtherType:
            return OtherType("town", "string", "Town to look in.")
        return Constraint("town", "A town.") if reply is Constraint else write(reply, schema, sample)

    results = grow(40, Fake(lazy))
    done = {name for api in accepted(results) for name in api.evolution}
    assert done == {"add_functionality", "add_parameters", "change_returns", "nest"}
    assert reasons(results).keys() >= {"type is the same", "promised another change"}
    assert all(one[1].name for one in results if not isinstance(one, Api))


def test_without_answers_evolution_ends() -> None:
    def silent(reply: Any, schema: Any, sample: int) -> Any:
        raise Unanswered("the answer is no JSON")

    with pytest.raises(ToolaceError, match=f"none of the last {BARREN}"):
        grow(5, Fake(silent))


def test_no_more_is_started_than_is_wanted() -> None:
    started: list[int] = []
    results: list[int] = []

    async def start(index: int) -> int:
        started.append(index)
        return index

    async def run() -> None:
        async for one in in_order(start, lambda: 5 - len(results), AHEAD):
            results.append(one)

    asyncio.run(run())
    assert started == results == [0, 1, 2, 3, 4]


def test_a_failure_ends_what_runs() -> None:
    ended: list[int] = []

    async def start(index: int) -> None:
        try:
            await asyncio.sleep(0 if index == 0 else 60)
        except asyncio.CancelledError:
            ended.append(index)
            raise
        raise ToolaceError("the endpoint is down")

    async def run() -> None:
        async for _ in in_order(start, lambda: 3, AHEAD):
            pass

    with pytest.raises(ToolaceError, match="the endpoint is down"):
        asyncio.run(run())
    assert ended == [1, 2]


def test_the_example_of_the_prompt_is_a_definition() -> None:
    system = prompt("evolution", area="", domain="", functionalities={"Ferries": []}, known=[], example="")[0][
        "content"
    ]
    shown = next(line for line in system.splitlines() if line.startswith("Answer: "))
    api = to_api(msgspec.convert(json.loads(shown.removeprefix("Answer: ")), Definition))
    assert valid(api) is None and agrees(api)
