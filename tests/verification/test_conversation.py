import pytest
from tests.verification.dialogs import ANSWERED, call, dialog, talk

from toolace.records import Dialog, Message
from toolace.verification.conversation import LONG_ANSWER, MAX_CHARS
from toolace.verification.rules import RULES

HELLO = Message("user", "Hello.")
LONG = " ".join(f"Fact{i}" for i in range(LONG_ANSWER)) + "."


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "no turns, no id or no kind"),
        ([Message("human", "Hi.")], "turn 0 (human) has an unknown role"),
        ([Message("user", " ")], "turn 0 (user) is empty"),
        ([Message("user", "Hi.", calls=ANSWERED[2].calls)], "turn 0 (user) calls"),
        ([Message("assistant", "Hi.", calls=ANSWERED[2].calls)], "turn 0 (assistant) both calls and speaks"),
        ([Message("tool", "{}")], "turn 0 (tool) does not name its function"),
        ([Message("user", "Hi.", name="f")], "turn 0 (user) has a name"),
        ([Message("user", "Hi.", thought="Hm.")], "turn 0 (user) thinks"),
    ],
)
def test_turns_that_lack_something_are_rejected(messages: list[Message], reason: str) -> None:
    assert RULES["turns_complete"](dialog(messages)) == reason


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([HELLO], "it ends with user"),
        (ANSWERED[:4], "it ends with tool"),
        ([ANSWERED[0], ANSWERED[0], HELLO], "turn 1: system after system"),
        ([Message("assistant", "Hi.")], "turn 0: assistant after nothing"),
        ([HELLO, HELLO], "turn 1: user after user"),
        (
            [HELLO, Message("assistant", "Hi."), Message("assistant", "Hi.")],
            "turn 2: assistant after assistant that speaks",
        ),
        ([*ANSWERED[:4], HELLO], "turn 4: user after tool"),
    ],
)
def test_roles_out_of_order_are_rejected(messages: list[Message], reason: str) -> None:
    assert RULES["roles_in_order"](dialog(messages)) == reason


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([*ANSWERED[:3], ANSWERED[4]], "turn 3: no result of book_table"),
        ([*ANSWERED[:3], ANSWERED[5]], "turn 3: a result of drop_booking, which is not what was called"),
        ([*ANSWERED[:4], ANSWERED[3]], "turn 4: a result of book_table, which is not what was called"),
        ([*ANSWERED[:3], Message("tool", "done", name="book_table")], "turn 3: the result of book_table is not JSON"),
    ],
)
def test_results_that_do_not_follow_their_calls_are_rejected(messages: list[Message], reason: str) -> None:
    assert RULES["results_follow_calls"](dialog(messages)) == reason


def test_the_last_calls_need_no_results() -> None:
    assert RULES["results_follow_calls"](dialog(ANSWERED[:3])) is None


def test_what_is_too_long_is_rejected() -> None:
    for length, rejected in ((MAX_CHARS["assistant"], False), (MAX_CHARS["assistant"] + 1, True)):
        assert bool(RULES["lengths_bounded"](talk("Hello.", "x" * length))) == rejected


@pytest.mark.parametrize(
    "text",
    [
        "It is",
        "It is 5 degrees and",
        "The result (of today is fine.",
        "The result of today) is fine.",
        "There are three of them,",
        "It is the [1.",
    ],
)
def test_a_text_that_is_cut_off_is_rejected(text: str) -> None:
    assert RULES["response_complete"](talk("Hello.", text))


@pytest.mark.parametrize(
    "text",
    [
        "Fine.",
        "Is it?",
        "Done :)",
        "Here:\n- one\n- two",
        'It says "(".',
        "Done (see above).",
        "Sure 😀",
        "a) one\nb) two.",
    ],
)
def test_a_complete_text_passes(text: str) -> None:
    assert RULES["response_complete"](talk("no full stop here", text)) is None


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["Go go go go go home.", "Yes."], "turn 0 repeats: go"),
        (["One two one two one two one two.", "Yes."], "turn 0 repeats: one two"),
        (["Tell me all that you know. Tell me all that you know.", "No."], "turn 0 repeats: tell me all that you know"),
        (["Hi there.", "Hello.", "hi there", "Hello."], "turn 2 repeats the user's turn before it"),
        (["What?", LONG, "Again?", LONG], "turn 3 repeats the assistant's turn before it"),
    ],
)
def test_repetition_is_rejected(texts: list[str], reason: str) -> None:
    assert RULES["no_repetition"](talk(*texts)) == reason


@pytest.mark.parametrize(
    "dialog",
    [
        talk("Add 0, 0, 0, 0, 0 and 0.", "0."),
        talk("Very, very good.", "Thanks."),
        talk("What is it?", "It is 5.", "Sorry, what was it?", "It is 5."),
    ],
)
def test_what_only_looks_like_repetition_passes(dialog: Dialog) -> None:
    assert RULES["no_repetition"](dialog) is None


def test_a_call_is_made_again_only_after_another_result() -> None:
    again = [ANSWERED[1], ANSWERED[2], ANSWERED[3], ANSWERED[2], ANSWERED[3], ANSWERED[6]]
    assert "made again" in (RULES["no_repetition"](dialog(again)) or "")
    failed = Message("tool", '{"error":"time-out"}', name="book_table")
    assert RULES["no_repetition"](dialog([*again[:2], failed, *again[3:]])) is None
    asked_again = [*again[:3], Message("assistant", "Done."), Message("user", "Again!"), *again[3:]]
    assert RULES["no_repetition"](dialog(asked_again)) is None


def test_one_turn_makes_a_call_once() -> None:
    twice = Message("assistant", calls=call("f", {"a": 1}).calls * 2)
    assert RULES["no_repetition"](dialog([HELLO, twice])) == "turn 1 makes the same call twice"
