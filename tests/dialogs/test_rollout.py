import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tests.dialogs.fake_llm import Fake

from toolace.config import Config, DialogsConfig
from toolace.dialogs.agents import Reply, Result, Reworded, Step, Thought, Turn, Utterance
from toolace.dialogs.judging import Sketch
from toolace.dialogs.of_kind import fault_of_start, fault_of_whole
from toolace.dialogs.rollout import MAX_STEPS, Wish, roll_out, wishes
from toolace.dialogs.script import Outline
from toolace.llm.client import Unanswered
from toolace.records import Api, Call, Dialog, Link, Message, Plan, Said, Tool, Verdict
from toolace.verification.rules import verify

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
BOOK = {"type": "object", "properties": {"hotel": {"type": "string"}}, "required": ["hotel"]}
APIS = [
    Api("find_hotel", "Finds a hotel in a city.", CITY, {"name": "Grand Hotel"}),
    Api("book_hotel", "Books a hotel.", BOOK, {"booked": True}),
]
ROME, OSLO = Call("find_hotel", {"city": "Rome"}), Call("find_hotel", {"city": "Oslo"})
CASA = Call("book_hotel", {"hotel": "Casa Pepe"})
SAID = [Said("0.city", "Rome", "Rome")]
USER, DONE = Message("user", "A hotel in Rome, please."), Message("assistant", "Done.")


def sketch(kind: str, messages: Sequence[Message], plan: Plan) -> Sketch:
    core = " ".join(message.content for message in messages if message.role == "user")
    tools = [Tool(api.name, api.description, api.parameters) for api in APIS]
    return Sketch(Dialog("0-x-1", kind, tools, list(messages), plan), Outline(APIS, list(messages), plan, core))


SINGLE = sketch("single", [USER, Message("assistant", calls=[ROME])], Plan([ROME], SAID))


def turn(action: str, *calls: Call, content: str = "It is done.") -> Reply:
    step = Step(action, list(calls), "" if calls else content)
    return Reply(Turn(Thought("find it", "find_hotel", {}, "nothing"), step))


def play(plan: Sketch, answers: Sequence[Any], **dialogs: Any) -> tuple[Dialog, Verdict, Fake]:
    """Let a fake model give these answers in order, each of the assistant's twice: two of three samples are enough."""
    left = list(answers)
    fake = Fake(lambda role, text, sample: left.pop(0) if role != "assistant" or sample == 1 else left[0])
    config = Config(dialogs=DialogsConfig(**dialogs))
    return *asyncio.run(roll_out(fake, config, plan)), fake


def test_a_dialog_goes_from_the_wish_over_calls_and_results_to_words() -> None:
    answers = [Utterance("Find me one in ROME!"), turn("call", ROME), Result({"name": "Casa Pepe"}), turn("summarise")]
    dialog, verdict, fake = play(SINGLE, answers)
    assert verdict.ok and verify(dialog, Config().verification.rules[:-1]).ok  # the name is one of a benchmark's
    assert [m.role for m in dialog.messages] == ["user", "assistant", "tool", "assistant"]
    assert dialog.plan == Plan([ROME], SAID)
    assert dialog.provenance["roles"] == "llm" and dialog.provenance["agreement"] == [1.0, 1.0]
    assert all(m.thought for m in dialog.messages if m.role == "assistant")
    assert [role for role, *_ in fake.asked] == ["user", *["assistant"] * 2, "tool", *["assistant"] * 2]


def test_a_decision_on_which_samples_disagree_ends_the_dialog() -> None:
    samples = iter([turn("call", ROME), turn("call", OSLO), turn("ask", content="Where?")])
    fake = Fake(lambda role, text, sample: Utterance("One in Rome.") if role == "user" else next(samples))
    dialog, verdict = asyncio.run(roll_out(fake, Config(), SINGLE))
    assert verdict == Verdict(False, "self_consistency", "0.33 agree to call")
    assert dialog.provenance["agreement"] == [0.333] and len(dialog.messages) == 1


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ([Utterance("Find me a hotel.")] * 3, "wish_told"),
        ([Utterance("Sure, one in Rome.")] * 3, "speaks_as_user"),
        ([Utterance("A hotel."), Utterance("In Rome."), turn("answer")], "kind"),
        ([Unanswered("no JSON")], "unanswered"),
        ([Utterance("One in Rome."), turn("answer")], "kind"),
        ([Utterance("One in Rome."), turn("call", ROME, OSLO)], "kind"),
        ([Utterance("One in Rome."), turn("call", OSLO)], "values_grounded"),
        ([Utterance("One in Rome."), turn("call", Call("get_hotel", {}))], "names_known"),
        ([Utterance("One in Rome."), turn("call", Call("find_hotel", {}))], "arguments_complete"),
        ([Utterance("One in Rome."), turn("call", ROME), Result({}), turn("call", ROME), Result({})], "kind"),
    ],
)
def test_what_goes_wrong_ends_the_dialog_before_more_is_asked(answers: list[Any], rule: str) -> None:
    _, verdict, _ = play(SINGLE, [*answers, turn("summarise")])
    assert verdict.rule == rule and verdict.reason


def test_a_question_back_is_answered_while_turns_are_left() -> None:
    many = sketch("long_context", SINGLE.outline.messages, SINGLE.outline.plan)
    asked = [Utterance("One in Rome."), turn("call", ROME), Result({}), turn("ask", content="For when?")]
    dialog, verdict, fake = play(many, [*asked, Utterance("Any day."), turn("answer")])
    assert verdict.ok and [m.content for m in dialog.messages if m.role == "user"] == ["One in Rome.", "Any day."]
    assert "Answer the assistant's question" in fake.asked[-3][1] and "city: Rome" in fake.asked[-3][1]
    dialog, _, _ = play(many, asked, turns=1)
    assert dialog.messages[-1].content == "For when?"


def test_a_missing_value_is_asked_for_and_then_told() -> None:
    messages = [Message("user", "I need a hotel."), Message("assistant", "Where?"), Message("user", "It's Rome.")]
    plan = sketch("missing_parameter", [*messages, Message("assistant", calls=[ROME])], Plan([ROME], SAID))
    answers = [Reworded(["A hotel!"]), turn("ask", content="Where?"), Reworded(["Rome."]), turn("call", ROME)]
    dialog, verdict, fake = play(plan, [*answers, Result({}), turn("summarise")], turns=1)
    assert verdict.ok and len(dialog.messages) == 6
    assert "Rome" not in fake.asked[0][1]


@pytest.mark.parametrize("hints", [True, False])
def test_the_assistant_is_told_what_the_outline_knows_of_its_next_step_if_wished(hints: bool) -> None:
    messages = [Message("user", "I need a hotel."), Message("assistant", "Where?"), Message("user", "It's Rome.")]
    messages += [Message("assistant", calls=[ROME])]
    plan = sketch("missing_parameter", messages, Plan([ROME], SAID, asked=["0.city"]))
    answers = [Reworded(["A hotel!"]), turn("ask", content="Where?"), Reworded(["[city]."]), turn("call", ROME)]
    dialog, verdict, fake = play(plan, [*answers, Result({}), turn("summarise")], hints=hints)
    prompts = [text for role, text, sample in fake.asked if role == "assistant"]
    assert verdict.ok and dialog.messages[2].content == "Rome."
    assert [("did not tell the city" in text) for text in prompts] == [hints] * 2 + [False] * 4
    assert [("call find_hotel with city, and no other" in text) for text in prompts] == [False] * 2 + [hints] * 2 + [
        False
    ] * 2
    assert [("Do not call again" in text) for text in prompts] == [False] * 4 + [hints] * 2


def test_the_first_tool_fails_where_errors_are_to_be_recovered_from() -> None:
    error = Message("tool", '{"error":"Gateway time-out."}', name="find_hotel")
    calls = [Message("assistant", calls=[ROME]), error, Message("assistant", calls=[ROME])]
    plan = sketch("error_recovery", [USER, *calls], Plan([ROME, ROME], SAID))
    answers = [Utterance("In Rome."), turn("call", ROME), Result({"error": "503"}), turn("call", ROME)]
    dialog, verdict, fake = play(plan, [*answers, Result({"name": "Casa"}), turn("summarise")])
    prompts = [text for role, text, _ in fake.asked if role == "tool"]
    assert verdict.ok and len(dialog.plan.calls) == 2
    assert "Gateway time-out." in prompts[0] and "Gateway time-out." not in prompts[1]


def test_an_assistant_that_calls_for_ever_has_to_speak() -> None:
    calls = [Call("find_hotel", {"city": city}) for city in "ABCDEFGH"]
    steps: list[Any] = [one for call in calls[:MAX_STEPS] for one in (turn("call", call), Result({}))]
    plan = sketch("long_context", [USER, Message("assistant", calls=[ROME])], Plan([ROME], []))
    dialog, verdict, fake = play(plan, [Utterance("All from A B C D E F G H"), *steps, turn("summarise")])
    assert verdict.ok and len(dialog.plan.calls) == MAX_STEPS
    assert "Do not call again" in fake.asked[-1][1]


def test_wishes_tell_goals_values_and_links_or_the_gist_of_what_is_said() -> None:
    plan = Plan([ROME, CASA], SAID, [Link("1.hotel", "Casa Pepe", "0.name")])
    calls = [Message("assistant", calls=[ROME]), Message("assistant", calls=[CASA]), Message("user", "Thanks!")]
    first, second = wishes(sketch("dependent", [USER, *calls], plan).outline, "dependent")
    assert first.text.splitlines() == [
        "Wanted:",
        "- find a hotel in a city (city: [city])",
        "- then book a hotel (hotel: the one just found)",
    ]
    assert first.slots == {"Rome": "[city]"}
    assert second == Wish("Thanks!", {}, scripted=True)


def told(*messages: Message) -> list[Message]:
    return [USER, *messages, DONE]


FOUND = [Message("assistant", calls=[ROME]), Message("tool", '{"name":"Casa Pepe"}', name="find_hotel")]
SORRY = Message("assistant", "I'm sorry, none of my tools can find hotels.")
BOOKED = [Message("assistant", calls=[CASA]), Message("tool", '{"error":"full"}', name="book_hotel")]


@pytest.mark.parametrize(
    ("kind", "messages", "fault"),
    [
        ("single", told(*FOUND), None),
        ("single", told(*FOUND, *BOOKED), "2 calls"),
        ("single", [USER, *FOUND, SORRY], "the assistant says that no tool can do it, after one did"),
        ("error_recovery", [USER, *BOOKED, SORRY], None),
        ("error_recovery", [USER, *BOOKED, *FOUND, SORRY], "the assistant says that no tool can do it, after one did"),
        ("dependent", told(*FOUND, *BOOKED), None),
        ("dependent", told(*FOUND, *FOUND), "no call needs an earlier result"),
        ("irrelevant", [USER, Message("assistant", "I'm afraid I can't do that.")], None),
        ("irrelevant", [USER, Message("assistant", "The capital is Rome.")], "the assistant does not decline"),
        ("small_talk", [USER, DONE], None),
        (
            "small_talk",
            [USER, Message("assistant", "I don't have any tools for it.")],
            "the assistant looks for a tool to chat",
        ),
        ("missing_parameter", [USER, DONE, USER, DONE], "no call"),
        ("error_recovery", told(*BOOKED), None),
        ("error_recovery", told(*FOUND), "no tool fails"),
        ("multi_turn", told(*FOUND), "only one turn of the user"),
        ("multi_turn", [*told(*FOUND), USER, DONE], None),
    ],
)
def test_a_whole_dialog_is_of_its_kind(kind: str, messages: list[Message], fault: str | None) -> None:
    assert fault_of_whole(kind, messages) == fault


@pytest.mark.parametrize(
    ("kind", "action", "calls", "ok"),
    [
        ("irrelevant", "call", 1, False),
        ("about_tools", "answer", 0, True),
        ("about_tools", "ask", 0, False),
        ("small_talk", "ask", 0, True),
        ("missing_parameter", "call", 1, False),
        ("missing_parameter", "ask", 0, True),
        ("parallel", "call", 1, False),
        ("parallel", "call", 2, True),
        ("error_recovery", "call", 2, False),
        ("dependent", "ask", 0, False),
        ("multi_turn", "ask", 0, True),
    ],
)
def test_the_first_action_shows_the_kind(kind: str, action: str, calls: int, ok: bool) -> None:
    assert (fault_of_start(kind, action, calls) is None) == ok
