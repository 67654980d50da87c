import pytest
from tests.verification.dialogs import dialog

from toolace.records import Call, Message
from toolace.verification.formatting import format_obeyed


def answer(text: str, system: str = "You help.") -> str | None:
    return format_obeyed(dialog([Message("system", system), Message("user", "Hi."), Message("assistant", text)]))


@pytest.mark.parametrize(
    ("text", "system", "reason"),
    [
        ("[book_table(guests=4)]", "You help.", "turn 2 writes a call as text"),
        ('<tool_call>{"name": "f"}</tool_call>', "", "turn 2 writes a call as text"),
        ("It is fine.", "Always answer in JSON.", "turn 2 is not JSON"),
        ("One two three four.", "Reply in at most 3 words.", "turn 2 has 4 words, more than 3"),
        ("One. Two.", "Use no more than one sentence.", "turn 2 has 2 sentences, more than 1"),
    ],
)
def test_answers_against_the_system_prompt_are_rejected(text: str, system: str, reason: str) -> None:
    assert answer(text, system) == reason


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("You can call book_table for that.", "You help."),
        ('{"answer": 5}', "Always answer in JSON."),
        ("One two three.", "Reply in at most 3 words."),
        ("It costs $2.50 today.", "Use no more than one sentence."),
    ],
)
def test_answers_that_obey_pass(text: str, system: str) -> None:
    assert answer(text, system) is None


def test_calls_come_one_at_a_time_where_that_is_asked_for() -> None:
    calls = Message("assistant", calls=[Call("a", {}), Call("b", {})])
    for system, rejected in (("Make one call at a time.", True), ("Make calls.", False)):
        assert bool(format_obeyed(dialog([Message("system", system), Message("user", "Hi."), calls]))) == rejected
