import msgspec
import pytest

from toolace.apis.definition import agrees, fault
from toolace.apis.near_duplicates import NearDuplicates
from toolace.benchmarks import decontamination
from toolace.records import Api, Json

TEST_SET = decontamination.build([("find_lighthouse", "Find the lighthouse that is nearest to a ship.")], [])
GOOD = Api(
    "harbour.list_berths",
    "Lists the free berths of a harbour.",
    {"type": "object", "properties": {"harbour": {"type": "string", "description": "Name of the harbour."}}},
)


def field(**schema: Json) -> dict[str, Json]:
    return {"type": "object", "properties": {"field": {"description": "A field.", **schema}}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"name": "1st"}, "name is not"),
        ({"parameters": field(type="strnig")}, "no valid JSON Schema"),
        ({"parameters": field(type="object", properties={"x": {"type": "string"}})}, "without description: field.x"),
        (
            {"parameters": field(type="array", items={"properties": {"x": {"type": "string"}}})},
            "without description: field[].x",
        ),
        ({"name": "harbour.delete_ships"}, "name and description do not agree: harbour.delete_ships"),
        ({"name": "find_lighthouse", "description": "Find any lighthouse."}, "in a test set: find_lighthouse"),
        ({"name": "find_tower", "description": "Find a lighthouse that is nearest to the ship."}, "in a test set"),
    ],
)
def test_each_rule_has_its_reason(changes: dict[str, Json], reason: str | None) -> None:
    found = fault(msgspec.structs.replace(GOOD, **changes), NearDuplicates(0.9), TEST_SET)
    assert found == reason if reason is None else reason in str(found)


def test_the_second_of_two_equal_ones_is_rejected() -> None:
    duplicates = NearDuplicates(0.9)
    assert fault(GOOD, duplicates, TEST_SET) is None
    assert fault(GOOD, duplicates, TEST_SET) == "near duplicate: harbour.list_berths"


def test_a_name_agrees_by_the_beginning_of_a_word() -> None:
    assert agrees(msgspec.structs.replace(GOOD, name="shop.createOrder", description="The creation of an invoice."))
    assert not agrees(msgspec.structs.replace(GOOD, name="create.order", description="The creation of an invoice."))
