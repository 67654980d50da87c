import jsonschema_rs
import msgspec
import pytest

from toolace.apis.evolution.flat import Definition, Field, Parameter, Unusable, to_api
from toolace.apis.evolution.indicators import (
    ANSWERS,
    Change,
    Constraint,
    MoreAnswers,
    MoreFunctionality,
    MoreParameters,
    Nesting,
    OtherType,
    applied,
    schema,
    suits,
)
from toolace.apis.evolution.operators import OPERATORS, differs
from toolace.llm.prompts import prompt

ROOMS = Definition(
    "find_meeting_rooms",
    "Find rooms for a meeting.",
    [
        Parameter("building", "string", "Building to search.", True),
        Parameter("floor", "integer", "Floor of the building."),
        Parameter("seats", "integer", "Number of seats."),
    ],
    [Field("rooms", "string[]", "Names of the rooms.")],
)
LIMITED = msgspec.structs.replace(
    ROOMS, parameters=[Parameter("floor", "integer", "Floor, from 0 to 9.", minimum=0, maximum=9)]
)


def example(indicator: str) -> tuple[Definition, Change]:
    """The example that the prompt of an indicator shows."""
    messages = prompt("indicator", indicator=indicator, definition="{}", parameters=["seats"], returned=["rooms"])
    lines = messages[0]["content"].splitlines()
    shown = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
    return (
        msgspec.json.decode(shown["API"], type=Definition),
        msgspec.json.decode(shown["Answer"], type=ANSWERS[indicator]),
    )


def test_the_indicators_are_those_of_scripted_evolution() -> None:
    assert ANSWERS.keys() == OPERATORS.keys()


@pytest.mark.parametrize("indicator", ANSWERS)
def test_the_example_of_the_prompt_does_what_the_indicator_promises(indicator: str) -> None:
    definition, change = example(indicator)
    after = applied(definition, change)
    assert differs(indicator, to_api(definition), to_api(after))
    jsonschema_rs.validate(schema(indicator, definition), msgspec.to_builtins(change))


def test_nesting_moves_parameters() -> None:
    after = applied(ROOMS, Nesting("place", "Where it is.", ["floor", "building"]))
    assert [one.name for one in after.parameters] == ["seats", "place"]
    assert after.parameters[1].required
    assert [one.name for one in after.parameters[1].properties] == ["floor", "building"]


def test_another_type_keeps_what_a_caller_must_give() -> None:
    after = applied(ROOMS, OtherType("building", "string[]", "Buildings to search."))
    assert after.parameters[0] == Parameter("building", "string[]", "Buildings to search.", True)


@pytest.mark.parametrize(
    "change",
    [
        Constraint("windows", "Number of windows.", minimum=1),
        OtherType("windows", "string", "Windows."),
        Nesting("place", "Where it is.", ["floor", "windows"]),
    ],
)
def test_a_change_of_what_is_not_there_is_unusable(change: Change) -> None:
    with pytest.raises(Unusable, match="parameter is not there: windows"):
        applied(ROOMS, change)


def test_limits_are_not_lost_in_an_object() -> None:
    assert not suits("nest", LIMITED) and not suits("add_constraints", LIMITED) and suits("mutate_type", LIMITED)
    with pytest.raises(Unusable, match="parameter cannot be nested: floor"):
        applied(LIMITED, Nesting("place", "Where it is.", ["floor"]))


def test_the_same_answer_again_is_no_change() -> None:
    with pytest.raises(Unusable, match="field twice: rooms"):
        to_api(applied(ROOMS, MoreAnswers("Also returns names.", [Field("Rooms", "string[]", "Names of the rooms.")])))


def test_no_object_holds_all_parameters() -> None:
    two = msgspec.structs.replace(ROOMS, parameters=ROOMS.parameters[:2])
    assert not suits("nest", two) and suits("nest", ROOMS)
    answer = {"name": "all", "description": "All of it.", "parameters": ["building", "floor"]}
    assert jsonschema_rs.is_valid(schema("nest", ROOMS), answer)
    assert not jsonschema_rs.is_valid(schema("nest", ROOMS), answer | {"parameters": ["building", "floor", "seats"]})


def test_only_parameters_that_are_there_can_be_named() -> None:
    answer = {"parameter": "windows", "description": "Number of windows."}
    assert not jsonschema_rs.is_valid(schema("add_constraints", ROOMS), answer)
    assert jsonschema_rs.is_valid(schema("add_constraints", ROOMS), answer | {"parameter": "seats"})


def test_parameters_that_are_there_are_not_added_again() -> None:
    seats, price = Parameter("Seats", "integer", "Seats."), Parameter("price", "number", "Highest price.")
    after = applied(ROOMS, MoreFunctionality("Find rooms and what they cost.", [seats, price]))
    assert [one.name for one in after.parameters] == ["building", "floor", "seats", "price"]
    with pytest.raises(Unusable, match="no new parameter"):
        applied(ROOMS, MoreParameters([seats]))


def test_what_is_returned_is_no_new_parameter() -> None:
    with pytest.raises(Unusable, match="new parameter is part of the answer: rooms"):
        applied(ROOMS, MoreParameters([Parameter("rooms", "string[]", "Rooms.")]))


@pytest.mark.parametrize(
    ("definition", "change"),
    [
        (ROOMS, OtherType("building", "string", "Building.")),
        (
            msgspec.structs.replace(ROOMS, parameters=[Parameter("view", "string", "View.", enum=["sea", "yard"])]),
            OtherType("view", "string", "View."),
        ),
    ],
)
def test_a_type_must_change(definition: Definition, change: OtherType) -> None:
    with pytest.raises(Unusable, match="type is the same: "):
        applied(definition, change)


def test_a_text_becomes_a_choice() -> None:
    after = applied(ROOMS, OtherType("building", "string", "East or west.", ["east", "west"]))
    assert after.parameters[0].enum == ["east", "west"]
