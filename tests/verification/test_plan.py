import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.verification.dialogs import ANSWERED, booking, call, dialog

from toolace.records import Call, Link, Message, Plan, Said
from toolace.verification.plan import MISSING, agrees_with_plan, at, links_traced, missing_asked_for, values_as_said

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=8,
)


def test_calls_are_those_of_the_plan() -> None:
    made = booking("4 people", {"guests": 4})
    assert agrees_with_plan(made) is None
    for other in ({"guests": 5}, {"guests": 4.0}, {"guests": 4, "window": True}):
        assert agrees_with_plan(msgspec.structs.replace(made, plan=Plan([Call("book_table", other)])))


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        (Said("0.guests", 4, "4"), True),
        (Said("0.guests", 2, "2"), False),
        (Said("0.window", True, "4"), False),
        (Said("0.contact.name", "Ann", "Ann"), True),
        (Said("0.tags", ["a", "b"], "a, b"), True),
        (Said("0.tags.1", "b", "b"), True),
        (Said("0.tags.0", "b", "b"), False),
        (Said("1.guests", 4, "4"), False),
    ],
)
def test_every_value_that_was_worded_is_called_with(said: Said, ok: bool) -> None:
    arguments = {"guests": 4, "tags": ["a", "b"], "contact": {"name": "Ann"}}
    assert (values_as_said(booking("text", arguments, [said])) is None) == ok


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (Link("1.booking_id", "bk-71", "0.booking_id"), None),
        (Link("1.booking_id", "bk-72", "0.booking_id"), "1.booking_id is not 'bk-72' from 0.booking_id"),
        (Link("1.booking_id", "bk-71", "0.id"), "0.id does not hold 'bk-71'"),
        (Link("1.booking_id", "bk-71", "1.status"), "1.booking_id comes from 1.status, which is not known yet"),
        (Link("1.booking_id", "bk-71", "7.status"), "1.booking_id comes from 7.status, which is not known yet"),
    ],
)
def test_a_linked_value_is_what_the_earlier_result_holds(link: Link, reason: str | None) -> None:
    assert links_traced(dialog(ANSWERED, links=[link])) == reason


ASKING = [
    Message("user", "A table, please."),
    Message("assistant", "For how many?"),
    Message("user", "Four."),
    call("book_table", {"guests": 4}),
]


def test_what_was_left_out_is_asked_for() -> None:
    said, asked = [Said("0.guests", 4, "four")], ["0.guests"]
    assert missing_asked_for(dialog(ASKING, said, asked=asked)) is None
    reason = "0.guests was not given in answer to a question"
    assert missing_asked_for(dialog([ASKING[0], ASKING[3]], said, asked=asked)) == reason
    assert missing_asked_for(dialog([ASKING[2], ASKING[3]], said, asked=asked)) == reason
    assert missing_asked_for(dialog([*ASKING[:2], ASKING[0], ASKING[3]], said, asked=asked)) == reason
    assert missing_asked_for(dialog(ASKING, asked=asked)) == reason


@given(st.dictionaries(st.text(min_size=1), JSON, min_size=1))
def test_a_path_leads_to_what_it_names(value: dict[str, object]) -> None:
    assert all(at([value], f"0.{key}") == inner for key, inner in value.items())
    assert at([value], "1.a") is MISSING
