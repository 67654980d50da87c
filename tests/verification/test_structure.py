import pytest
from tests.verification.dialogs import BOOK, CANCEL, booking, dialog

from toolace.records import Message, Tool
from toolace.verification.rules import RULES

OBJECT = {"type": "object", "properties": {}}
HELLO = [Message("user", "Hello."), Message("assistant", "Hi.")]


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ([Tool("", "Do.", OBJECT)], "a tool has no name"),
        ([Tool("f", " ", OBJECT)], "f has no description"),
        ([BOOK, CANCEL, BOOK], "two tools are named book_table"),
        ([Tool("f", "Do.", {"type": "dict", "properties": {}})], "f: its parameters are no object with properties"),
        ([Tool("f", "Do.", {"type": "object"})], "f: its parameters are no object with properties"),
        ([Tool("f", "Do.", OBJECT | {"required": ["a"]})], "f: it requires a, which it does not define"),
        ([Tool("f", "Do.", {"type": "object", "properties": {"a": {"type": "strng"}}})], "f: no JSON Schema: "),
        ([Tool("f", "Do.", {"type": "object", "properties": {"a": {"pattern": "("}}})], "f: no JSON Schema: "),
    ],
)
def test_ill_defined_tools_are_rejected(tools: list[Tool], reason: str) -> None:
    said = RULES["tools_well_defined"](dialog(HELLO, tools=tools))
    assert said is not None and said.startswith(reason)


def test_well_defined_tools_pass() -> None:
    assert RULES["tools_well_defined"](dialog(HELLO)) is None
    assert RULES["tools_well_defined"](dialog(HELLO, tools=[])) is None


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("arguments_complete", {"seating": "outdoor"}),
        ("arguments_complete", {"guests": 4, "place": "sea"}),
        ("calls_fit_schema", {"guests": "4"}),
        ("calls_fit_schema", {"guests": 4.5}),
        ("calls_fit_schema", {"guests": True}),
        ("calls_fit_schema", {"guests": 0}),
        ("calls_fit_schema", {"guests": 4, "seating": "roof"}),
        ("calls_fit_schema", {"guests": 4, "date": "tomorrow"}),
        ("calls_fit_schema", {"guests": 4, "date": "2024-02-30"}),
        ("calls_fit_schema", {"guests": 4, "tags": ["quiet", 1]}),
        ("calls_fit_schema", {"guests": 4, "contact": {"name": 7}}),
    ],
)
def test_arguments_that_do_not_fit_are_rejected(rule: str, arguments: dict[str, object]) -> None:
    assert RULES[rule](booking("A table.", arguments))


def test_an_unknown_name_is_rejected() -> None:
    assert RULES["names_known"](dialog([Message("assistant", calls=[])])) is None
    made = booking("4 people", {"guests": 4})
    assert RULES["names_known"](dialog(made.messages, tools=[CANCEL])) == "book_table is not in the tool list"


def test_a_call_that_cannot_be_read_back_is_rejected() -> None:
    assert RULES["calls_parse"](booking("A table.", {"guests": float("nan")}))
    assert RULES["calls_parse"](booking("A table.", {"guests": 4, "tags": ['"', "\\", "]"]})) is None
