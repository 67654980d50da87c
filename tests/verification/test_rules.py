from dataclasses import dataclass

import msgspec
import pytest

from toolace.records import Call, Dialog, Message, Plan, Said, Tool
from toolace.verification.rules import RULES, verify

TOOL = Tool(
    "book_table",
    "Book a table.",
    {
        "type": "object",
        "properties": {
            "guests": {"type": "integer"},
            "date": {"type": "string"},
            "seating": {"type": "string", "enum": ["outdoor", "indoor"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "window": {"type": "boolean"},
        },
        "required": ["guests"],
    },
)


def dialog(text: str, arguments: dict[str, object], said: list[Said] | None = None, name: str = "book_table") -> Dialog:
    calls = [Call(name, arguments)]
    return Dialog(
        "0", "single", [TOOL], [Message("user", text), Message("assistant", calls=calls)], Plan(calls, said or [])
    )


@dataclass
class Bad:
    rule: str
    dialog: Dialog


BAD = [
    Bad("calls_fit_schema", dialog("4 people", {"guests": 4}, name="bookTable")),
    Bad("calls_fit_schema", dialog("outdoor", {"seating": "outdoor"})),
    Bad("calls_fit_schema", dialog("4 people, by the sea", {"guests": 4, "place": "sea"})),
    Bad("calls_fit_schema", dialog("4 people", {"guests": "4"})),
    Bad("calls_fit_schema", dialog("4 people on the roof", {"guests": 4, "seating": "roof"})),
    Bad("values_grounded", dialog("a table for us", {"guests": 4})),
    Bad("values_grounded", dialog("4 people", {"guests": 4, "date": "2024-05-01"})),
    Bad("values_grounded", dialog("4 people, quiet", {"guests": 4, "tags": ["quiet", "vegan"]})),
    Bad("values_grounded", dialog("4 people", {"guests": 4, "window": True})),
    Bad("values_grounded", dialog("44 people", {"guests": 4})),
    Bad(
        "values_grounded",
        dialog("4 people, May 1", {"guests": 4, "date": "2024-05-01"}, [Said("0.date", "2024-05-02", "May 1")]),
    ),
]
GOOD = [
    dialog("A table for four, please.", {"guests": 4}),
    dialog("4 people, outdoor!", {"guests": 4, "seating": "outdoor"}),
    dialog("4 people on May 1", {"guests": 4, "date": "2024-05-01"}, [Said("0.date", "2024-05-01", "May 1")]),
    dialog("4 people, quiet and vegan", {"guests": 4, "tags": ["quiet", "vegan"]}),
    dialog("4 at the window", {"guests": 4, "window": True}, [Said("0.window", True, "at the window")]),
    dialog("1,200 people", {"guests": 1200}),
]
FAST = [rule for rule in RULES if rule != "decontaminated"]


@pytest.mark.parametrize("good", GOOD)
def test_sound_dialogs_pass(good: Dialog) -> None:
    assert verify(good, FAST).ok


@pytest.mark.parametrize("bad", BAD)
def test_each_fault_is_rejected_by_its_rule(bad: Bad) -> None:
    verdict = verify(bad.dialog, FAST)
    assert (verdict.ok, verdict.rule) == (False, bad.rule)
    assert verdict.reason


def test_a_rule_can_be_switched_off() -> None:
    assert verify(BAD[5].dialog, ["calls_parse", "calls_fit_schema"]).ok


def test_a_call_that_was_not_planned_is_rejected() -> None:
    changed = msgspec.structs.replace(GOOD[0], plan=Plan([Call("book_table", {"guests": 5})]))
    assert verify(changed, FAST).rule == "agrees_with_plan"


def test_a_value_must_be_said_before_the_call() -> None:
    calls = [Call("book_table", {"guests": 4})]
    messages = [Message("user", "A table."), Message("assistant", calls=calls), Message("user", "For 4.")]
    assert verify(Dialog("0", "single", [TOOL], messages, Plan(calls)), FAST).rule == "values_grounded"


def test_benchmark_questions_and_functions_are_rejected() -> None:
    from toolace.benchmarks.bfcl import load_cases

    case = load_cases({"simple_python": 1}, seed=0)[0]
    asked = Dialog("0", "irrelevant", [TOOL], case.messages)
    offered = Dialog("0", "irrelevant", case.tools, [Message("user", "Hello there.")])
    assert verify(asked, ["decontaminated"]).rule == "decontaminated"
    assert verify(offered, ["decontaminated"]).rule == "decontaminated"
    assert verify(GOOD[0], ["decontaminated"]).ok
