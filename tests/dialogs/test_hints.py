import pytest

from toolace.dialogs.hints import hint_of
from toolace.dialogs.script import Outline
from toolace.records import Call, Link, Message, Plan

FIND, BOOK = Call("find", {"city": "Rome"}), Call("book", {"hotel": "Casa", "nights": 2})
USER, SAY = Message("user", "Please."), Message("assistant", "Done.")
FOUND, FAILED = Message("tool", '{"name":"Casa"}'), Message("tool", '{"error":"503"}')
PLAN = Plan([FIND, BOOK], links=[Link("1.hotel", "Casa", "0.name")], asked=["0.city"])


def hint(kind: str, steps: int, *messages: Message) -> str:
    return hint_of(Outline([], list(messages), PLAN, ""), kind, steps)


def test_calls_are_told_with_their_arguments_and_where_values_come_from() -> None:
    chain = [USER, Message("assistant", calls=[FIND]), FOUND, Message("assistant", calls=[BOOK]), FOUND, SAY]
    assert hint("dependent", 0, *chain) == "call find with city, and no other arguments."
    assert hint("dependent", 1, *chain) == "call book with hotel from the result and nights, and no other arguments."
    assert hint("dependent", 2, *chain) == "all is done. Tell the user the values that the results give."
    assert hint("dependent", 3, *chain) == hint("dependent", 2, *chain)
    assert hint("parallel", 0, USER, Message("assistant", calls=[FIND, BOOK])).endswith(
        "All 2 calls go into this step."
    )


@pytest.mark.parametrize(
    ("kind", "messages", "told"),
    [
        ("irrelevant", [USER, SAY], "none of the tools"),
        ("missing_parameter", [USER, SAY], "did not tell the city"),
        ("single", [USER, SAY], ""),
        ("error_recovery", [USER, FAILED, SAY], "Tell the user so."),
        ("error_recovery", [USER, FAILED, Message("assistant", "Is the city right?")], "Ask the user."),
    ],
)
def test_words_are_told_by_kind(kind: str, messages: list[Message], told: str) -> None:
    assert told in hint(kind, 0, *messages) and bool(told) == bool(hint(kind, 0, *messages))
