import asyncio

import pytest
from tests.dialogs.fake_llm import Fake

from toolace.dialogs.agents import Reworded
from toolace.dialogs.judging import Sketch
from toolace.dialogs.rewording import reword, rewordable
from toolace.dialogs.script import Outline
from toolace.llm.client import Unanswered
from toolace.records import Call, Dialog, Message, Plan, Said, Tool, Verdict
from toolace.verification.rules import verify

CALL = Call("find_hotel", {"city": "Rome", "check_in": "2024-03-09"})
FIELDS = {"city": {"type": "string"}, "check_in": {"type": "string"}}
TOOL = Tool("find_hotel", "Finds a hotel.", {"type": "object", "properties": FIELDS, "required": ["city", "check_in"]})
SAID = [Said("0.city", "Rome", "Rome"), Said("0.check_in", "2024-03-09", "9 March 2024")]
DIALOG = Dialog(
    "0-missing_parameter-1",
    "missing_parameter",
    [TOOL],
    [
        Message("user", "Find me a hotel in Rome, I have 2 bags."),
        Message("assistant", "Could you tell me the day?"),
        Message("user", "It's 9 March 2024."),
        Message("assistant", calls=[CALL]),
    ],
    Plan([CALL], SAID, asked=["0.check_in"]),
)
RULES = ["values_as_said", "values_grounded", "missing_asked_for", "agrees_with_plan"]


def reworded(*turns: str) -> tuple[Dialog, Verdict, str]:
    fake = Fake(lambda *_: Reworded(list(turns)))
    dialog, verdict = asyncio.run(reword(fake, DIALOG))
    return dialog, verdict, fake.asked[0][1]


def test_turns_in_other_words_take_the_place_of_the_old_ones_and_pass_the_rules() -> None:
    dialog, verdict, asked = reworded("Any hotels in rome? I carry 2 bags. ", "9 March 2024 would be it!")
    assert verdict.ok and verify(dialog, RULES).ok
    assert [m.content for m in dialog.messages] == [
        "Any hotels in rome? I carry 2 bags.",
        "Could you tell me the day?",
        "9 March 2024 would be it!",
        "",
    ]
    assert dialog.plan == DIALOG.plan and dialog.provenance["roles"] == "reworded"
    assert "Keep: [city] [check_in]" in asked and "Turn 2: It's [check_in]." in asked


@pytest.mark.parametrize(
    ("turns", "rule", "reason"),
    [
        (("Any hotels there? I carry 2 bags.", "9 March 2024!"), "values_kept", "lost 'Rome'"),
        (("A hotel in Rome, 2 bags.", "The 9th of March 2024!"), "values_kept", "lost '9 March 2024'"),
        (("A hotel in Rome for 3 nights, 2 bags.", "9 March 2024!"), "values_kept", "gained 3"),
        (("Call find_hotel for Rome, 2 bags.", "9 March 2024!"), "no_names", "names find_hotel"),
        (("Rome, 2 bags.", "My check_in is 9 March 2024!"), "no_names", "names check_in"),
        (("Rome, 2 bags.",), "turns_kept", "1 turns for 2"),
        (("Find me a hotel in Rome; I have 2 bags!", "it's 9 march 2024"), "reworded", "the same as before"),
        (("Rome on 9 March 2024, 2 bags.", "9 March 2024!"), "values_kept", "gained"),
        (("Sure, a hotel in Rome, 2 bags.", "9 March 2024!"), "speaks_as_user", "turn 0"),
        (("I'll find hotels for you in Rome, 2 bags.", "9 March 2024!"), "speaks_as_user", "turn 0"),
        (("A hotel in Rome for [guest name], 2 bags.", "9 March 2024!"), "slots_filled", "[guest name]"),
        (("Good evening Rome, 2.", "9 March 2024!"), "wish_told", "turn 0"),
    ],
)
def test_what_loses_a_value_gains_one_or_says_the_same_is_rejected(
    turns: tuple[str, ...], rule: str, reason: str
) -> None:
    _, verdict, _ = reworded(*turns)
    assert (verdict.ok, verdict.rule) == (False, rule) and reason in verdict.reason


def test_an_answer_is_not_given_before_it_is_asked_for() -> None:
    call = Call("find_hotel", {"city": "Rome", "check_in": "Friday"})
    plan = Plan([call], [SAID[0], Said("0.check_in", "Friday", "Friday")], asked=["0.check_in"])
    messages = [*DIALOG.messages[:2], Message("user", "On Friday."), Message("assistant", calls=[call])]
    dialog = Dialog("1", "missing_parameter", [TOOL], messages, plan)
    fake = Fake(lambda *_: Reworded(["Rome on Friday, 2 bags.", "Friday it is."]))
    _, verdict = asyncio.run(reword(fake, dialog))
    assert verdict.rule == "values_kept" and "before it is asked for" in verdict.reason


def test_no_answer_is_a_rejection() -> None:
    dialog, verdict = asyncio.run(reword(Fake(lambda *_: Unanswered("cut off")), DIALOG))
    assert dialog == DIALOG and verdict == Verdict(False, "unanswered", "cut off")


def test_a_value_that_only_a_whole_sentence_implies_could_get_lost() -> None:
    def sketch(*said: Said) -> Sketch:
        plan = Plan([CALL], list(said))
        core = "Find me a hotel in Rome, I have 2 bags."
        return Sketch(Dialog("1", "single", [TOOL], DIALOG.messages, plan), Outline([], [], plan, core))

    assert rewordable(sketch(*SAID))
    assert not rewordable(sketch(*SAID, Said("0.bags", True, "Find me a hotel in Rome, I have 2 bags.")))
