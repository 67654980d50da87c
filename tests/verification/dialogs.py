"""Small dialogs for the tests of the rules."""

from collections.abc import Sequence

from toolace.records import Call, Dialog, Link, Message, Plan, Said, Tool

BOOK = Tool(
    "book_table",
    "Book a table.",
    {
        "type": "object",
        "properties": {
            "guests": {"type": "integer", "minimum": 1},
            "date": {"type": "string", "format": "date"},
            "time": {"type": "string"},
            "seating": {"type": "string", "enum": ["outdoor", "indoor"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "window": {"type": "boolean"},
            "contact": {"type": "object", "properties": {"name": {"type": "string"}, "mail": {"type": "string"}}},
        },
        "required": ["guests"],
    },
)
CANCEL = Tool(
    "drop_booking",
    "Give up a table that was taken before.",
    {"type": "object", "properties": {"booking_id": {"type": "string"}}, "required": ["booking_id"]},
)


def dialog(
    messages: Sequence[Message],
    said: Sequence[Said] = (),
    links: Sequence[Link] = (),
    asked: Sequence[str] = (),
    tools: Sequence[Tool] = (BOOK, CANCEL),
) -> Dialog:
    """A dialog whose plan has the calls that are made."""
    calls = [call for message in messages for call in message.calls]
    return Dialog("0", "test", list(tools), list(messages), Plan(calls, list(said), list(links), list(asked)))


def booking(text: str, arguments: dict[str, object], said: Sequence[Said] = (), system: str = "") -> Dialog:
    """One request and one call."""
    before = [Message("system", system)] if system else []
    return dialog([*before, Message("user", text), call("book_table", arguments)], said)


def call(name: str, arguments: dict[str, object]) -> Message:
    """An assistant's turn with one call."""
    return Message("assistant", calls=[Call(name, arguments)])


def talk(*contents: str) -> Dialog:
    """User and assistant speak in turn."""
    return dialog([Message(("user", "assistant")[i % 2], content) for i, content in enumerate(contents)])


ANSWERED = [
    Message("system", "Today is Friday, 8 March 2024."),
    Message("user", "A table for four tomorrow, please, and then cancel it again."),
    call("book_table", {"guests": 4, "date": "2024-03-09"}),
    Message("tool", '{"booking_id":"bk-71"}', name="book_table"),
    call("drop_booking", {"booking_id": "bk-71"}),
    Message("tool", '{"status":"cancelled"}', name="drop_booking"),
    Message("assistant", "I booked the table and cancelled it again."),
]
