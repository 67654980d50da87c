import re
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.sources import everyday
from toolace.config import ApisConfig
from toolace.dialogs.results import is_schema, result_of
from toolace.dialogs.telling import tell
from toolace.dialogs.tool_role import ToolRole, verb_of
from toolace.dialogs.wording import ask
from toolace.records import Api, Call, Json

APIS = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
BY_NAME = {api.name: api for api in APIS}
FLAT = st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "number", "boolean"])})
SCHEMAS = st.recursive(
    FLAT | st.fixed_dictionaries({"type": st.just("string"), "enum": st.lists(st.text(min_size=1), min_size=1)}),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=5).map(
            lambda fields: {"type": "object", "properties": fields, "required": sorted(fields)[:2]}
        )
    ),
    max_leaves=12,
)


def api(name: str, description: str, returns: Json = None, **fields: Any) -> Api:
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return Api(name, description, schema, returns, service="notes", functionality="notes", domain="Notes")


def same_shape(result: Json, example: Json) -> bool:
    if isinstance(example, dict):
        named = all(key[:1].isupper() for key in example)  # keyed by what the call lists, such as players
        return isinstance(result, dict) and (named or set(result) <= set(example))
    if isinstance(example, list):
        return isinstance(result, list) and all(same_shape(r, example[0]) for r in result if example)
    number = isinstance(result, int | float) and isinstance(example, int | float)
    return number or type(result) is type(example)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_results_have_the_shape_of_the_example_and_vary(name: str) -> None:
    rng, results = Random(name), []
    for _ in range(4):
        call = ask(BY_NAME[name], rng).calls[0]
        results.append(ToolRole(str(rng.random())).answer(BY_NAME[name], call))
        assert same_shape(results[-1], BY_NAME[name].returns), results[-1]
    assert any(result != results[0] for result in results)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_results_fit_the_schema(schema: dict[str, Any], rng: Random) -> None:
    returns = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    assert is_schema(returns)
    jsonschema_rs.validate(returns, result_of(returns, {}, rng))


def test_an_example_that_has_a_type_of_its_own_is_no_schema() -> None:
    assert not is_schema({"visa_required": True, "type": "e-visa"})


def test_results_agree_with_the_call() -> None:
    call = Call("search_free_rooms", {"city": "Oslo", "check_in": "2024-05-01", "nights": 3, "max_price": 70})
    result = ToolRole("1").answer(BY_NAME["search_free_rooms"], call)
    assert 1 <= len(result["hotels"]) <= 4
    assert all(hotel["price"] <= 70 and hotel["stars"] <= 5 for hotel in result["hotels"])
    call = Call("weather.on_past_date", {"city": "Graz", "date": "2021-01-02"})
    result = ToolRole("1").answer(BY_NAME["weather.on_past_date"], call)
    assert (result["city"], result["date"]) == ("Graz", "2021-01-02")


def test_equal_calls_get_equal_answers() -> None:
    role, call = ToolRole("7"), Call("roll_dice", {"count": 3})
    assert role.answer(BY_NAME["roll_dice"], call) == role.answer(BY_NAME["roll_dice"], call)


def test_formulas_are_computed() -> None:
    role = ToolRole("1")
    price = role.answer(BY_NAME["finalPrice"], Call("finalPrice", {"list_price": 80, "discount_percent": 25}))
    assert price == {"final_price": 60.0, "saved": 20.0}
    assert role.answer(BY_NAME["to_roman_numeral"], Call("to_roman_numeral", {"number": 1994})) == {"roman": "MCMXCIV"}


TEXT = {"type": "string"}
NOTE = {"type": "object", "properties": {"id": TEXT, "title": TEXT}, "required": ["id", "title"]}
NOTES = {
    "type": "object",
    "properties": {"notes": {"type": "array", "items": NOTE, "minItems": 1}},
    "required": ["notes"],
}
CREATE = api("notes.create", "Creates a note.", NOTE, title=TEXT)
GET = api("notes.get", "Gets a note.", NOTE, id=TEXT)
LIST = api("notes.list", "Lists the notes.", NOTES)
DELETE = api("notes.delete", "Deletes a note.", None, id=TEXT)


def test_what_was_created_can_be_read_listed_and_deleted() -> None:
    role = ToolRole("3")
    made = role.answer(CREATE, Call("notes.create", {"title": "Shopping list"}))
    assert made["title"] == "Shopping list"
    key = made["id"]
    assert role.answer(GET, Call("notes.get", {"id": key})) == made
    assert made in role.answer(LIST, Call("notes.list", {}))["notes"]
    assert role.answer(DELETE, Call("notes.delete", {"id": key})) == {"success": True}
    assert "error" in role.answer(GET, Call("notes.get", {"id": key}))
    assert made not in role.answer(LIST, Call("notes.list", {}))["notes"]


def test_errors_name_what_is_wrong() -> None:
    role, call = ToolRole("1"), Call("notes.get", {"id": "n-17"})
    assert "n-17" in role.fail("not found", call, Random(1), "id")["error"]
    assert role.fail("time-out", call, Random(1))["error"]


def test_verbs_come_from_the_description_or_the_name() -> None:
    assert [verb_of(one) for one in (CREATE, GET, LIST, DELETE)] == ["create", "get", "list", "delete"]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_what_is_told_of_a_result_is_in_it(name: str) -> None:
    rng = Random(name)
    call = ask(BY_NAME[name], rng).calls[0]
    result = ToolRole(name).answer(BY_NAME[name], call)
    text = tell(BY_NAME[name], call, result, rng)
    counts = [len(value) for value in result.values() if isinstance(value, list)]
    known = re.findall(r"\d+", f"{result} {call.arguments} {counts}")
    assert text and {str(int(n)) for n in re.findall(r"\d+", text)} <= {str(int(n)) for n in known}
