import asyncio
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.verification.dialogs import ANSWERED, BOOK, booking, call, dialog, talk

from toolace.llm.client import Unanswered
from toolace.llm.prompts import prompt
from toolace.records import Call, Dialog, Message, Verdict
from toolace.verification.experts import (
    EXPERTS,
    Opinion,
    judge,
    request_and_calls,
    results_and_telling,
    values_in_doubt,
)

FINE = Opinion("It fits.", True, "")
FAULT = Opinion("Nobody said so.", False, 'seating = "outdoor"')
IN_DOUBT = booking("A table for two in the sun.", {"guests": 2, "seating": "outdoor"})


class Fake:
    """Gives the opinions in turn and notes what was asked."""

    def __init__(self, *opinions: Opinion | Unanswered) -> None:
        self.opinions = list(opinions)
        self.asked: list[tuple[str, int]] = []

    async def ask(self, role: str, messages: list[dict[str, str]], reply: Any, *, sample: int = 0, **_: Any) -> Any:
        assert role == "expert" and reply is Opinion
        self.asked.append((messages[1]["content"], sample))
        opinion = self.opinions.pop(0)
        if isinstance(opinion, Unanswered):
            raise opinion
        return opinion


def verdict(
    llm: Fake, sample: Dialog = IN_DOUBT, names: tuple[str, ...] = ("hallucination",), votes: int = 3
) -> Verdict:
    return asyncio.run(judge(sample, llm, names, votes))


def test_the_majority_decides() -> None:
    assert verdict(Fake(FINE, FAULT, FINE)).ok
    assert verdict(Fake(FAULT, FINE, FAULT)) == Verdict(
        False, "expert_hallucination", 'seating = "outdoor": Nobody said so.'
    )


@pytest.mark.parametrize("opinion", [FINE, FAULT])
def test_no_more_is_asked_when_the_majority_is_reached(opinion: Opinion) -> None:
    llm = Fake(opinion, opinion)
    verdict(llm)
    assert [sample for _, sample in llm.asked] == [0, 1]


def test_half_of_the_votes_are_no_majority() -> None:
    llm = Fake(FAULT, FINE)
    assert verdict(llm, votes=2).ok
    assert len(llm.asked) == 2


@pytest.mark.parametrize("span", ["", "…", 'seating = "indoor"', "Where to sit", "out"])
def test_an_objection_to_what_nobody_said_is_void(span: str) -> None:
    assert verdict(Fake(Opinion("Wrong.", False, span)), votes=1).ok


@pytest.mark.parametrize("span", ["in the sun", "In  the SUN.", "seating=outdoor"])
def test_case_and_marks_of_a_quotation_do_not_matter(span: str) -> None:
    assert not verdict(Fake(Opinion("Wrong.", False, span)), votes=1).ok


def test_the_first_expert_that_objects_decides() -> None:
    llm = Fake(FINE, Opinion("Two?", False, "table for two"))
    names = ("hallucination", "consistency", "tool_response")
    assert verdict(llm, names=names, votes=1).rule == "expert_consistency"
    assert len(llm.asked) == 2


def test_nothing_is_asked_about_values_that_stand_in_an_earlier_turn() -> None:
    told = dialog(ANSWERED)
    assert values_in_doubt(told) is None
    assert verdict(Fake(), told).ok


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ({"guests": 3}, "guests = 3"),
        ({"window": True}, "window = true"),
        ({"time": ""}, 'time = ""'),
        ({"date": "2024-03-10"}, 'date = "2024-03-10"'),
        ({"contact": {"name": "Ann", "mail": "ann@example.org"}}, 'mail = "ann@example.org"'),
        ({"tags": ["quiet", "corner"]}, 'tags = "corner"'),
    ],
)
def test_values_that_stand_nowhere_are_in_doubt(arguments: dict[str, Any], values: str) -> None:
    text = "Tomorrow, for two: Ann. Quiet, please."
    sight = values_in_doubt(booking(text, arguments, system="Today is Friday, 8 March 2024."))
    assert sight and sight["values"].splitlines()[1:] == [f"- {values}"]


def test_each_call_is_shown_with_its_own_values_in_doubt() -> None:
    calls = [Call("book_table", {"guests": 2, "window": window}) for window in (True, False)]
    sight = values_in_doubt(
        dialog([Message("user", "For 2, by the window, and for 2."), Message("assistant", calls=calls)])
    )
    assert sight and sight["values"].splitlines() == [
        '{"name":"book_table","arguments":{"guests":2,"window":true}}',
        "- window = true",
        '{"name":"book_table","arguments":{"guests":2,"window":false}}',
        "- window = false",
    ]


def test_a_value_that_is_said_after_the_call_is_in_doubt() -> None:
    later = dialog([*booking("A table.", {"guests": 4}).messages, *ANSWERED[3:4], Message("assistant", "Done, for 4.")])
    sight = values_in_doubt(later)
    assert sight and sight["values"].endswith("\n- guests = 4")
    assert "Done" not in sight["conversation"]


def test_an_earlier_result_gives_values() -> None:
    cancel = call("drop_booking", {"booking_id": "bk-71"})
    assert values_in_doubt(dialog([Message("user", "Cancel it."), cancel])) is not None
    found = [*ANSWERED[1:2], call("book_table", {"guests": 4}), *ANSWERED[3:4], cancel]
    assert values_in_doubt(dialog(found)) is None


def test_the_consistency_expert_sees_all_tools_and_the_arguments_used() -> None:
    sight = request_and_calls(IN_DOUBT)
    assert "drop_booking: Give up a table" in sight["tools"]
    assert '- seating ("outdoor" or "indoor", optional)' in sight["tools"]
    assert "- tags" not in sight["tools"] and "booking_id" not in sight["tools"]


def test_the_tool_response_expert_is_asked_where_there_are_results() -> None:
    assert results_and_telling(IN_DOUBT) is None
    assert results_and_telling(talk("Hello!", "Hi!")) is None
    sight = results_and_telling(dialog(ANSWERED))
    assert sight and 'Result of book_table: {"booking_id":"bk-71"}' in sight["conversation"]


@pytest.mark.parametrize(
    ("result", "told", "unheard"),
    [
        ('{"total":47.1,"eta":28}', "The total is 47.1 and it takes 28 minutes.", ""),
        ('{"total":1250.0}', "The total is 1,250.", ""),
        ('{"at":"2026-08-23T09:30:00Z"}', "On 23 August 2026 at 9:30.", ""),
        ('{"rooms":[{"id":"r-71"},{"id":"r-72"}]}', "There are 2 rooms: r-71 and r-72.", ""),
        ('{"total":47.1,"eta":28}', "The total is 41.7 and it takes 82 minutes.", "41.7, 82"),
        ('{"total":47.1}', "The total is about 47.", ""),
    ],
)
def test_numbers_that_nobody_gave_are_pointed_out(result: str, told: str, unheard: str) -> None:
    answered = [*IN_DOUBT.messages, Message("tool", result, name="book_table"), Message("assistant", told)]
    sight = results_and_telling(dialog(answered))
    assert sight and sight["unheard"] == unheard
    assert ("in no result: " + unheard in prompt("expert_tool_response", **sight)[1]["content"]) == bool(unheard)


def test_no_expert_sees_plan_or_thoughts() -> None:
    thinking = [msgspec.structs.replace(m, thought="SECRET" if m.calls else "") for m in ANSWERED]
    sample = dialog([*thinking[:2], call("book_table", {"guests": 5}), *thinking[2:]])
    for sees in EXPERTS.values():
        assert (sight := sees(sample)) and "SECRET" not in str(sight)


@pytest.mark.parametrize("name", EXPERTS)
def test_each_prompt_has_a_fixed_system_part_with_examples_of_both_verdicts(name: str) -> None:
    sight = EXPERTS[name](dialog([*ANSWERED[:2], call("book_table", {"guests": 5}), *ANSWERED[3:]]))
    assert sight
    system, user = (message["content"] for message in prompt(f"expert_{name}", **sight))
    examples = [line.removeprefix("Answer: ") for line in system.splitlines() if line.startswith("Answer: ")]
    assert {msgspec.json.decode(example, type=Opinion, strict=True).ok for example in examples} == {True, False}
    assert [list(json.loads(example)) for example in examples] == [list(Opinion.__struct_fields__)] * len(examples)
    assert all(part in user and part not in system for part in sight.values() if part)
    assert len(system) < 3_500


def test_an_unanswered_question_is_passed_on() -> None:
    with pytest.raises(Unanswered, match="too long"):
        verdict(Fake(Unanswered("too long")))


@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_stopping_early_changes_no_verdict(fine: list[bool]) -> None:
    llm = Fake(*(FINE if one else FAULT for one in fine))
    assert verdict(llm, votes=len(fine)).ok == (fine.count(False) * 2 <= len(fine))


@given(st.text(min_size=1, max_size=30))
def test_a_string_that_the_user_quotes_is_never_in_doubt(value: str) -> None:
    quoted = booking(f'Tag it "{value}", please, for one.', {"guests": 1, "tags": [value]})
    assert values_in_doubt(quoted) is None


def test_the_tools_are_those_of_the_dialog() -> None:
    sight = results_and_telling(dialog(ANSWERED, tools=[BOOK]))
    assert sight and sight["tools"] == "book_table: Book a table."
