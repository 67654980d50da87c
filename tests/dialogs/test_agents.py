import asyncio
from collections import Counter
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialogs.fake_llm import Fake

from toolace.dialogs import agents
from toolace.dialogs.agents import Reply, Step, Thought, Turn, Utterance, assistant, transcript
from toolace.dialogs.schemas import MOST_QUOTES, describe, form_of, narrow, quotes_of, turn_schema
from toolace.llm.client import Unanswered
from toolace.records import Api, Call, Message, Tool

PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "The city.", "minLength": 2, "pattern": "^[A-Z]", "x-values": "city"},
        "days": {"type": "integer", "default": 3, "maximum": 9},
        "units": {"type": "string", "enum": ["metric", "imperial"]},
        "when": {"type": "object", "properties": {"date": {"type": "string"}, "time": {"type": "string"}}},
    },
    "required": ["city"],
}
WEATHER = Tool("get_weather", "Tells the weather.", PARAMETERS)
CLOCK = Tool("get_time", "Tells the time.", {"type": "object", "properties": {}, "required": []})
ASKED = [Message("system", "Today is Friday, 8 March 2024."), Message("user", "Weather in Oslo and Rome?")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def turn(action: str, *calls: Call, content: str = "") -> Reply:
    return Reply(Turn(Thought("goal", "get_weather", {"city": "Oslo."}, ""), Step(action, list(calls), content)))


def decide(*turns: Any, messages: list[Message] = ASKED, agreement: float = 0.6) -> tuple[agents.Decision, Fake]:
    fake = Fake(lambda role, text, sample: turns[sample])
    return asyncio.run(assistant(fake, [WEATHER, CLOCK], messages, len(turns), agreement)), fake


OSLO, ROME = Call("get_weather", {"city": "Oslo", "days": 2}), Call("get_weather", {"city": "Rome"})


def test_samples_agree_on_the_calls_in_any_order_of_calls_and_arguments() -> None:
    turned = Call("get_weather", {"days": 2, "city": "Oslo"})
    decision, _ = decide(turn("call", OSLO), turn("call", OSLO, ROME), turn("call", ROME, turned))
    assert decision.agreement == pytest.approx(2 / 3)
    assert decision.message.calls == [OSLO, ROME] and decision.action == "call"


def test_words_agree_whatever_they_are_and_the_first_are_taken() -> None:
    decision, _ = decide(turn("answer", content="No."), turn("ask", content="Where?"), turn("ask", content="Which?"))
    assert decision.message.content == "Where?" and decision.agreement == pytest.approx(2 / 3)


def test_a_sample_without_an_answer_agrees_with_none_and_none_at_all_is_no_decision() -> None:
    decision, _ = decide(turn("call", OSLO), Unanswered("cut off"), turn("call", OSLO))
    assert decision.agreement == pytest.approx(2 / 3)
    with pytest.raises(Unanswered, match="cut off"):
        decide(Unanswered("empty"), Unanswered("cut off"))


def test_no_more_samples_are_asked_for_once_nothing_depends_on_them() -> None:
    call, ask = turn("call", OSLO), turn("ask", content="Where?")
    for turns, agreement, asked, share in [
        ([call, call, ask], 0.6, 2, 1),  # two of three are enough
        ([call, ask, call], 0.6, 3, 2 / 3),
        ([call, call, call], 1.0, 3, 1),
        ([call, ask, call], 1.0, 2, 1 / 2),  # all three cannot agree any more
        ([call, call, ask, ask, ask], 0.4, 5, 3 / 5),  # two are enough, but others may outnumber them
    ]:
        decision, fake = decide(*turns, agreement=agreement)
        assert (len(fake.asked), decision.agreement) == (asked, pytest.approx(share))


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=7), st.floats(0.01, 1))
def test_asking_for_fewer_samples_changes_no_decision(letters: list[str], agreement: float) -> None:
    decision, _ = decide(*(turn("call", Call(one, {})) for one in letters), agreement=agreement)
    best, agreed = Counter(letters).most_common(1)[0]
    enough = agreed >= agreement * len(letters)
    assert (decision.agreement >= agreement) == enough
    assert not enough or decision.message.calls == [Call(best, {})]


def test_the_thought_is_structured_and_ends_its_sentences() -> None:
    decision, _ = decide(turn("call", OSLO))
    assert decision.message.thought == "Goal: goal. Tool: get_weather. Values: city = Oslo. Missing: none."


def test_the_assistant_is_shown_tools_date_and_turns_and_may_only_do_what_the_schema_says() -> None:
    _, fake = decide(turn("call", OSLO))
    ((role, text, schema),) = fake.asked
    assert role == "assistant" and describe([WEATHER, CLOCK]) in text and ASKED[0].content in text
    assert "User: Weather in Oslo and Rome?" in text

    def fits(city: str | None, **step: Any) -> bool:
        tool, values = ("get_weather", {"city": city}) if city else ("none", {})
        thought = {"goal": "g", "tool": tool, "values": values, "missing": ""}
        return jsonschema_rs.is_valid(schema, {"turn": {"thought": thought, "step": step}})

    call = {"name": "get_weather", "arguments": {"city": "Oslo"}}
    assert fits("Oslo and Rome", action="call", calls=[call]) and fits(None, action="answer", content="No.")
    assert fits("not given", action="ask", content="Where?") and fits("Oslo", action="ask", content="For when?")
    assert not fits("Oslo", action="call", calls=[])
    assert not fits("Oslo", action="call", calls=[{"name": "get_time", "arguments": {"city": "Oslo"}}])
    assert not fits("Oslo", action="call", calls=[{"name": "get_rain", "arguments": {}}])
    assert not fits("Oslo", action="summarise", content="It rains.") and not fits("Oslo", action="ask", content="")


def test_no_call_follows_a_thought_that_quotes_nothing_for_a_required_value() -> None:
    schema = turn_schema([WEATHER], ["ask"], quotes_of(["Weather in Oslo?"]))
    for city, fits in [("in Oslo", True), ("not given", False), ("Paris", False)]:
        thought = {"goal": "g", "tool": "get_weather", "values": {"city": city}, "missing": ""}
        step = {"action": "call", "calls": [{"name": "get_weather", "arguments": {"city": "Oslo"}}]}
        assert jsonschema_rs.is_valid(schema, {"turn": {"thought": thought, "step": step}}) == fits


def test_quotes_are_runs_of_words_without_marks_at_their_ends() -> None:
    assert quotes_of(["Oslo, please!", "Oslo"]) == ["Oslo", "please", "Oslo, please"]
    assert len(quotes_of([" ".join(map(str, range(999)))])) == MOST_QUOTES


def test_after_a_result_the_assistant_may_summarise_and_without_tools_only_speak() -> None:
    told = [*ASKED, Message("assistant", calls=[OSLO]), Message("tool", '{"sky":"grey"}', name="get_weather")]
    _, fake = decide(turn("summarise", content="Grey."), messages=told)
    assert b'"summarise"' in msgspec.json.encode(fake.asked[0][2])
    assert b'"call"' not in msgspec.json.encode(turn_schema([], ["summarise"], []))


def test_the_user_is_told_the_wish_and_hears_only_words() -> None:
    fake = Fake(lambda *_: Utterance(" In Oslo. "))
    told = [*ASKED, Message("assistant", calls=[OSLO]), Message("tool", "{}", name="get_weather")]
    assert asyncio.run(
        agents.user(fake, "- ask (city: Oslo)", ["Oslo"], "terse", [*told, Message("assistant", "Sunny.")])
    ) == ("In Oslo.")
    text = fake.asked[0][1]
    assert "- ask (city: Oslo)" in text and "Assistant: Sunny." in text and "get_weather" not in text


@pytest.mark.parametrize(
    ("error", "form"), [("", "{temperature: number, sky: list of string}"), ("Timed out.", "like: Timed out.")]
)
def test_the_tool_answers_in_its_form_or_with_an_error(error: str, form: str) -> None:
    api = Api("get_weather", "Tells the weather.", PARAMETERS, {"temperature": 12.5, "sky": ["clear"]})
    fake = Fake(lambda *_: agents.Result({"temperature": 3.5, "sky": []}))
    earlier = [Message("assistant", calls=[ROME]), Message("tool", '{"sky":["red"]}', name="get_weather")]
    asyncio.run(agents.tool(fake, api, OSLO, [*ASKED, *earlier], error))
    _, text, schema = fake.asked[0]
    assert form in text and '"sky":["red"]' in text and "Weather in Oslo and Rome?" not in text
    assert jsonschema_rs.is_valid(schema, {"result": {"error": "No."}}) == bool(error)
    assert jsonschema_rs.is_valid(schema, {"result": {"temperature": 1, "sky": ["x"]}}) != bool(error)


def test_a_transcript_has_a_line_for_each_turn() -> None:
    told = [*ASKED, Message("assistant", calls=[ROME]), Message("tool", "{}", name="f"), Message("assistant", "Grey.")]
    assert transcript(told).splitlines() == [
        "User: Weather in Oslo and Rome?",
        'Assistant calls: {"name":"get_weather","arguments":{"city":"Rome"}}',
        "Result of f: {}",
        "Assistant: Grey.",
    ]


def test_tools_are_listed_with_types_choices_and_defaults() -> None:
    assert describe([WEATHER, CLOCK]) == (
        "get_weather: Tells the weather.\n"
        "- city (string, required): The city.\n"
        "- days (integer, optional): Default: 3.\n"
        '- units ("metric" or "imperial", optional)\n'
        "- when ({date?: string, time?: string}, optional)\n\n"
        "get_time: Tells the time."
    )


def test_a_narrow_schema_holds_what_every_server_knows() -> None:
    schema = narrow(PARAMETERS)
    assert schema["properties"]["city"] == {"type": "string"} and schema["additionalProperties"] is False
    assert schema["properties"]["units"]["enum"] == ["metric", "imperial"] and schema["required"] == ["city"]


@given(JSON)
def test_an_example_fits_its_own_form(example: Any) -> None:
    assert jsonschema_rs.is_valid(form_of(example), example)


def test_a_form_wants_the_types_and_members_of_the_example() -> None:
    schema = form_of({"rooms": [{"price": 80, "free": True}]})
    assert jsonschema_rs.is_valid(schema, {"rooms": [{"price": 7, "free": False}, {"price": 9, "free": True}]})
    assert not jsonschema_rs.is_valid(schema, {"rooms": [{"price": "7", "free": False}]})
    assert not jsonschema_rs.is_valid(schema, {"rooms": [{"price": 7}]})
    assert not jsonschema_rs.is_valid(schema, {"rooms": [], "etag": "x"})
