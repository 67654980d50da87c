"""Properties of the kinds on the everyday APIs; ids are small so that a failure names one dialog."""

import re
from datetime import date
from functools import cache
from random import Random
from typing import Any

import msgspec
import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, DialogsConfig
from toolace.dialogs.cast import Cast, Scene
from toolace.dialogs.kinds import KINDS
from toolace.dialogs.script import Outline
from toolace.dialogs.thinking import think
from toolace.records import Json, Plan

TRIES = 40
NAMES = sorted(KINDS)
WITHOUT_CALLS = {"irrelevant", "small_talk", "about_tools"}
ONE_TURN = {"single", "parallel", "irrelevant", "long_context", "dependent"}


@cache
def cast() -> Cast:
    apis = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
    return Cast(msgspec.json.encode(api) for api in apis)


def scene(index: int, today: date | None = None, **dialogs: Any) -> Scene:
    return Scene(cast(), DialogsConfig(**dialogs), Random(f"t{index}"), Random(index), today)


def outlines(kind: str, **dialogs: Any) -> list[Outline]:
    made = [KINDS[kind](scene(index, **dialogs)) for index in range(TRIES)]
    return [outline for outline in made if outline]


def at(value: Json, path: str) -> Json:
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def results_of(outline: Outline) -> list[Json]:
    return [msgspec.json.decode(m.content) for m in outline.messages if m.role == "tool"]


@pytest.mark.parametrize("kind", NAMES)
def test_most_draws_work_out_and_are_a_function_of_the_dice(kind: str) -> None:
    assert len(outlines(kind)) > TRIES * 0.5
    assert outlines(kind) == outlines(kind)


@pytest.mark.parametrize("kind", NAMES)
def test_roles_come_in_order_and_each_call_has_its_result(kind: str) -> None:
    for messages in [outline.messages for outline in outlines(kind, answered=0.5)]:
        assert messages[0].role == "user" and messages[-1].role == "assistant"
        due: list[str] = []
        for before, message in zip([None, *messages], messages, strict=False):
            if message.role == "tool":
                assert message.name == due.pop(0)
                continue
            assert not due
            assert before is None or before.role != message.role
            assert bool(message.calls) != bool(message.content)
            due = [call.name for call in message.calls]
        assert not due or due == [call.name for call in messages[-1].calls]


@pytest.mark.parametrize("kind", NAMES)
def test_the_plan_holds_all_calls_in_order(kind: str) -> None:
    for outline in outlines(kind):
        calls = [call for message in outline.messages for call in message.calls]
        assert calls == outline.plan.calls
        assert bool(calls) != (kind in WITHOUT_CALLS)
        assert {call.name for call in calls} <= {api.name for api in outline.offered}
        assert len({api.name for api in outline.offered}) == len(outline.offered)


@pytest.mark.parametrize("kind", NAMES)
def test_links_hold_what_stands_in_the_result(kind: str) -> None:
    for outline in outlines(kind):
        results = results_of(outline)
        for link in outline.plan.links:
            source, target = int(link.source.split(".")[0]), int(link.path.split(".")[0])
            assert source < target
            assert at(results[source], link.source.split(".", 1)[1]) == link.value
            assert at(outline.plan.calls[target].arguments, link.path.split(".", 1)[1]) == link.value


@pytest.mark.parametrize("kind", NAMES)
def test_what_the_user_says_stands_in_a_turn_before_the_call(kind: str) -> None:
    for outline in outlines(kind):
        starts = [n for n, m in enumerate(outline.messages) for _ in m.calls]
        for said in outline.plan.said:
            index = int(said.path.split(".")[0])
            heard = " ".join(m.content.lower() for m in outline.messages[: starts[index]] if m.role == "user")
            assert " ".join(re.findall(r"\w+", said.text.lower())) in " ".join(re.findall(r"\w+", heard)), said


def test_every_argument_of_a_chain_is_said_or_linked() -> None:
    made = outlines("dependent")
    assert {len(outline.plan.calls) for outline in made} >= {2, 3}
    for outline in made:
        known = {one.path for one in (*outline.plan.said, *outline.plan.links)}
        for index, call in enumerate(outline.plan.calls):
            for name in call.arguments:
                assert any(path.startswith(f"{index}.{name}") for path in known)
        assert outline.plan.links and sum(m.role == "user" for m in outline.messages) == 1


def test_what_was_missing_is_asked_for_and_told_only_then() -> None:
    for outline in outlines("missing_parameter"):
        first, question, answer, action = outline.messages[:4]
        assert question.content.startswith("Could you") and action.calls
        assert outline.plan.asked
        for path in outline.plan.asked:
            said = next(s.text for s in outline.plan.said if s.path == path)
            assert said.lower() in answer.content.lower()
            if len(said) > 3:
                assert said.lower() not in first.content.lower()


def test_an_answer_begins_with_a_capital_unless_that_is_another_value() -> None:
    genotypes = Cast(msgspec.json.encode(api) for api in cast().everyday if api.name == "punnettCross")
    made = [
        outline
        for index in range(5 * TRIES)
        if (
            outline := KINDS["missing_parameter"](Scene(genotypes, DialogsConfig(), Random(index), Random(index), None))
        )
    ]
    answers = [(outline.messages[2].content, outline.plan) for outline in made]
    told = [(text, s.text) for text, plan in answers for s in plan.said if s.path in plan.asked]
    assert any(value == "aa" and text.startswith(value) for text, value in told)
    assert all(value in text for text, value in told)


def test_errors_are_followed_by_another_call_or_by_words() -> None:
    made = outlines("error_recovery")
    endings = {len(outline.plan.calls) for outline in made}
    assert endings == {1, 2}
    for outline in made:
        assert "error" in results_of(outline)[0]
        assert all("error" not in result for result in results_of(outline)[1:])


def test_turns_refer_to_earlier_ones() -> None:
    made = outlines("multi_turn")
    turns = {sum(m.role == "user" for m in outline.messages) for outline in made}
    assert turns <= {2, 3, 4, 5} and len(turns) > 2
    repeated = [o for o in made if len({c.name for c in o.plan.calls}) < len(o.plan.calls)]
    assert repeated and any(outline.plan.links for outline in made)


@pytest.mark.parametrize("kind", sorted(ONE_TURN - {"dependent"}))
def test_one_turn_stays_one_turn_unless_it_is_to_be_answered(kind: str) -> None:
    assert all(len(outline.messages) == 2 for outline in outlines(kind))
    if kind not in WITHOUT_CALLS:
        assert all(outline.messages[-1].content and results_of(outline) for outline in outlines(kind, answered=1.0))


def test_a_long_context_offers_many_tools() -> None:
    sizes = [len(outline.offered) for outline in outlines("long_context")]
    assert max(sizes) <= 20 and min(sizes) >= 5 and sum(sizes) / len(sizes) > 10


def test_of_a_few_tools_of_one_domain_the_one_that_is_asked_for_in_vain_is_not_on_offer() -> None:
    apis = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)][:3]
    few = Cast(msgspec.json.encode(api) for api in apis)
    for index in range(TRIES):
        dice = Random(f"t{index}"), Random(index)
        outline = KINDS["irrelevant"](Scene(few, DialogsConfig(), *dice, None))
        assert outline and 1 <= len(outline.offered) < 3


def test_nothing_offered_is_of_the_domain_that_is_asked_for_in_vain() -> None:
    for outline in outlines("irrelevant"):
        assert outline.messages[-1].content.startswith("None of the available functions")


@pytest.mark.parametrize("kind", NAMES)
def test_masked_functions_have_neutral_names_everywhere(kind: str) -> None:
    for outline in outlines(kind, masked=1.0):
        assert all(re.fullmatch(r"func_\d+", api.name) for api in outline.offered)
        assert all(re.fullmatch(r"func_\d+", call.name) for call in outline.plan.calls)


@pytest.mark.parametrize("kind", NAMES)
def test_each_action_of_the_assistant_has_a_thought_that_names_tool_and_values(kind: str) -> None:
    for outline in outlines(kind):
        thinking = think(outline.messages, outline.plan, outline.offered)
        assert [msgspec.structs.replace(m, thought="") for m in thinking] == outline.messages
        for message in thinking:
            assert bool(message.thought) == (message.role == "assistant")
            for call in message.calls:
                assert f"Tool: {call.name}." in message.thought
                assert all(f"{name} = " in message.thought for name in call.arguments)


def test_a_thought_says_what_is_missing_and_where_a_value_comes_from() -> None:
    outline = outlines("missing_parameter")[0]
    asking = think(outline.messages, outline.plan, outline.offered)[1]
    assert "Missing: " in asking.thought and "ask for it" in asking.thought
    chain = outlines("dependent")[0]
    thoughts = " ".join(m.thought for m in think(chain.messages, chain.plan, chain.offered))
    assert f"(from the result of {chain.plan.calls[0].name})" in thoughts


def test_days_may_be_relative_where_the_date_is_known() -> None:
    made = [KINDS["single"](scene(index, date(2024, 3, 8))) for index in range(200)]
    said = [one.text.lower() for outline in made if outline for one in outline.plan.said]
    assert any(re.search(r"tomorrow|today|next |this |coming ", text) and len(text) < 30 for text in said)


def test_an_empty_plan_needs_no_thought() -> None:
    assert think([], Plan(), []) == []
