import pytest
from tests.verification.dialogs import ANSWERED, booking, call, dialog

from toolace.records import Dialog, Link, Message, Said
from toolace.verification.values import values_grounded

TODAY = "Today is Friday, 8 March 2024."


@pytest.mark.parametrize(
    "sound",
    [
        booking("A table for four, please.", {"guests": 4}),
        booking("4 people, outdoor!", {"guests": 4, "seating": "outdoor"}),
        booking("4 people, quiet and vegan", {"guests": 4, "tags": ["quiet", "vegan"]}),
        booking("1,200 people", {"guests": 1200}),
        booking("4 people on May 1, 2024", {"guests": 4, "date": "2024-05-01"}),
        booking(
            "4 people tomorrow at half past seven", {"guests": 4, "date": "2024-03-09", "time": "19:30"}, (), TODAY
        ),
        booking("for 4 on the 9th at 7pm", {"guests": 4, "date": "2024-03-09", "time": "19:00"}, (), TODAY),
        booking("4 at a window", {"guests": 4, "window": True}),
        booking("4, but not at a window", {"guests": 4, "window": False}),
        booking("4, Ann Lee, a@b.com", {"guests": 4, "contact": {"name": "Ann Lee", "mail": "a@b.com"}}),
        booking("4 at the sea", {"guests": 4, "window": True}, [Said("0.window", True, "at the sea")]),
        booking(
            "4, in the garden", {"guests": 4, "seating": "outdoor"}, [Said("0.seating", "outdoor", "in the garden")]
        ),
        booking("4人,安静", {"guests": 4, "tags": ["安静"]}),
        dialog(ANSWERED),
    ],
)
def test_values_that_were_given_pass(sound: Dialog) -> None:
    assert values_grounded(sound) is None


@pytest.mark.parametrize(
    ("invented", "argument"),
    [
        (booking("a table for us", {"guests": 4}), "guests"),
        (booking("44 people", {"guests": 4}), "guests"),
        (booking("4 people", {"guests": 4, "date": "2024-05-01"}), "date"),
        (booking("4 people on May 1", {"guests": 4, "date": "2024-05-02"}), "date"),
        (booking("4 people tomorrow", {"guests": 4, "date": "2024-03-10"}, (), TODAY), "date"),
        (booking("4 people at 7 pm", {"guests": 4, "time": "20:00"}), "time"),
        (booking("4 people, quiet", {"guests": 4, "tags": ["quiet", "vegan"]}), "tags"),
        (booking("4 people", {"guests": 4, "tags": []}), "tags"),
        (booking("4 people", {"guests": 4, "window": True}), "window"),
        (booking("4 people at a window", {"guests": 4, "window": False}), "window"),
        (booking("4 people", {"guests": 4, "contact": {"name": "Ann"}}), "contact.name"),
    ],
)
def test_invented_values_are_rejected(invented: Dialog, argument: str) -> None:
    assert (values_grounded(invented) or "").startswith(f"{argument}=")


@pytest.mark.parametrize(
    "laundered",
    [
        booking("7 people", {"guests": 4}, [Said("0.guests", 4, "7")]),
        booking("4 people", {"guests": 4}, [Said("0.guests", 4, "four of us")]),
        booking("4 or 7 people", {"guests": 4}, [Said("0.guests", 4, "7")]),
        booking("4 on May 1", {"guests": 4, "date": "2024-05-02"}, [Said("0.date", "2024-05-02", "May 1")]),
        booking("4, Ann", {"guests": 4, "contact": {"name": "Bob"}}, [Said("0.contact.name", "Bob", "Ann")]),
        booking("4 indoor", {"guests": 4, "seating": "outdoor"}, [Said("0.seating", "outdoor", "indoor")]),
        booking("4, no", {"guests": 4, "window": True}, [Said("0.window", True, "no")]),
    ],
)
def test_a_wording_that_means_something_else_grounds_nothing(laundered: Dialog) -> None:
    assert values_grounded(laundered)


def test_words_for_one_argument_ground_no_other() -> None:
    made = booking("7 people, tag 5", {"guests": 7, "tags": ["7"]}, [Said("0.guests", 7, "7")])
    assert values_grounded(made) == "tags=['7'] is in no earlier turn"


def test_a_value_must_be_given_before_the_call() -> None:
    asked = [Message("user", "A table."), call("book_table", {"guests": 4}), Message("user", "For 4.")]
    assert values_grounded(dialog(asked))


def test_a_linked_value_is_left_to_the_rule_on_links() -> None:
    messages = [*ANSWERED[:4], call("drop_booking", {"booking_id": "bk-99"})]
    assert values_grounded(dialog(messages))
    assert values_grounded(dialog(messages, links=[Link("1.booking_id", "bk-99", "0.booking_id")])) is None
