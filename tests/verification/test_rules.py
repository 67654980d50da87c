import msgspec
import pytest
from tests.verification.dialogs import ANSWERED, booking, dialog

from toolace.config import VerificationConfig
from toolace.records import Link, Message, Plan, Said
from toolace.verification.rules import RULES, verify

FAST = [rule for rule in RULES if rule != "decontaminated"]
SOUND = dialog(
    ANSWERED,
    [Said("0.guests", 4, "four"), Said("0.date", "2024-03-09", "tomorrow")],
    [Link("1.booking_id", "bk-71", "0.booking_id")],
)


def test_a_sound_dialog_passes_all_rules() -> None:
    assert [name for name in FAST if RULES[name](SOUND)] == []
    assert verify(SOUND, FAST).ok


def test_the_default_is_every_rule() -> None:
    assert VerificationConfig().rules == list(RULES)


def test_the_first_rule_that_fails_gives_its_reason() -> None:
    verdict = verify(booking("A table for us", {"guests": 4}), FAST)
    assert (verdict.ok, verdict.rule, verdict.reason) == (False, "values_grounded", "guests=4 is in no earlier turn")


def test_a_rule_can_be_switched_off() -> None:
    assert verify(booking("A table for us", {"guests": 4}), [rule for rule in FAST if rule != "values_grounded"]).ok


@pytest.mark.parametrize("gone", range(1, len(ANSWERED)))
def test_no_turn_can_be_left_out(gone: int) -> None:
    messages = ANSWERED[:gone] + ANSWERED[gone + 1 :]
    assert not verify(msgspec.structs.replace(SOUND, messages=messages), FAST).ok


@pytest.mark.parametrize("at", range(len(ANSWERED) - 1))
def test_no_turns_can_change_places(at: int) -> None:
    messages = [*ANSWERED[:at], ANSWERED[at + 1], ANSWERED[at], *ANSWERED[at + 2 :]]
    assert not verify(msgspec.structs.replace(SOUND, messages=messages), FAST).ok


def test_rules_judge_a_dialog_without_anything() -> None:
    empty = msgspec.structs.replace(SOUND, tools=[], messages=[], plan=Plan())
    assert {name for name in FAST if RULES[name](empty)} == {"turns_complete", "roles_in_order"}


def test_benchmark_questions_and_functions_are_rejected() -> None:
    from toolace.benchmarks.bfcl import load_cases

    case = load_cases({"simple_python": 1}, seed=0)[0]
    asked = dialog(case.messages)
    offered = dialog([Message("user", "Hello there.")], tools=case.tools)
    assert verify(asked, ["decontaminated"]).rule == "decontaminated"
    assert verify(offered, ["decontaminated"]).rule == "decontaminated"
    assert verify(SOUND, ["decontaminated"]).ok
