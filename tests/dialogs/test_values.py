from datetime import date
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.sources import everyday
from toolace.config import ApisConfig
from toolace.dialogs.pools import again
from toolace.dialogs.values import draw, say

TODAY = date(2024, 3, 8)
names = st.sampled_from(
    [
        "city",
        "start_date",
        "user_email",
        "id",
        "pageSize",
        "title",
        "amount",
        "lat",
        "zipCode",
        "resource",
        "when",
        "year",
    ]
)
numbers = st.tuples(st.integers(-100, 100), st.integers(0, 100), st.sampled_from(["integer", "number"])).map(
    lambda drawn: {"type": drawn[2], "minimum": drawn[0], "maximum": drawn[0] + drawn[1]}
)
scalars = numbers | st.sampled_from(
    [
        {"type": "string"},
        *(
            {"type": "string", "format": f}
            for f in ("date", "date-time", "time", "email", "uri", "uuid", "ipv4", "hostname")
        ),
        {"type": "boolean"},
        {"type": "string", "enum": ["metric", "imperial"], "x-say": {"metric": ["Celsius"]}},
        {"type": "integer", "minimum": 0.5},
        {"type": "integer", "maximum": -3},
        {"type": "integer", "multipleOf": 5, "minimum": 3, "maximum": 40},
        {"type": "number", "x-values": [0.5, 2.5]},
        {"type": "integer", "examples": [3, 4000], "maximum": 100},
        {"type": "object"},
    ]
)
schemas = st.recursive(
    scalars,
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 1, "maxItems": 3}, inner)
        | st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(lambda a: {"type": "object", "properties": {"a": a, "b": a}, "required": ["a"]}, inner)
    ),
    max_leaves=3,
)


def fits(schema: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(value)


@given(schemas, names, st.integers(0, 2**32))
def test_values_fit_their_schema_and_can_be_said(schema: dict[str, Any], name: str, seed: int) -> None:
    rng = Random(seed)
    value = draw(schema, name, rng, TODAY)
    assert fits(schema, value)
    assert isinstance(say(schema, value, rng, name=name, today=TODAY), str)


@given(schemas, names)
def test_the_same_seed_draws_the_same_value(schema: dict[str, Any], name: str) -> None:
    assert draw(schema, name, Random(7)) == draw(schema, name, Random(7))


def test_values_of_all_everyday_apis_fit() -> None:
    for document in everyday.documents(ApisConfig()):
        for api in everyday.read(document):
            assert fits(api.parameters, draw(api.parameters, api.name, Random(api.name)))


@pytest.mark.parametrize(
    ("name", "schema", "pattern"),
    [
        ("owner_email", {}, r".+@.+\..+"),
        ("startDate", {}, r"\d{4}-\d\d-\d\d"),
        ("when", {"description": "Moment in ISO 8601."}, r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z"),
        ("zipCode", {}, r"[A-Z0-9 ]{5,8}"),
        ("market", {"description": "ISO 3166 code of the country."}, r"[A-Z]{2}"),
        ("iban", {}, r"[A-Z]{2}\w{14,24}"),
        ("backgroundColor", {"description": "Hex code."}, r"#[0-9a-f]{6}"),
        ("userId", {"description": "GUID of the user."}, r"[0-9a-f]{8}-[0-9a-f-]{27}"),
        ("appVersion", {}, r"v?\d+(\.\d+)*"),
        ("segment", {"description": 'From this list: "Standard", "Startup".'}, r"Standard|Startup|[\w-]+"),
        ("EmployerId", {"description": "The unique identifier. E.g ER001."}, r"ER00\d|\S+"),
    ],
)
def test_strings_follow_name_and_description(name: str, schema: dict[str, Any], pattern: str) -> None:
    for seed in range(30):
        value = draw({"type": "string", **schema}, name, Random(seed))
        assert jsonschema_rs.is_valid({"pattern": f"^(?:{pattern})$"}, value), value


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("lat", -90, 90), ("longitude", -180, 180), ("age", 18, 84), ("month", 1, 12), ("hour", 0, 23)],
)
def test_numbers_follow_the_name(name: str, low: int, high: int) -> None:
    drawn = [draw({"type": "number"}, name, Random(seed)) for seed in range(50)]
    assert all(low <= value <= high for value in drawn) and len(set(drawn)) > 5


def test_examples_are_varied_where_they_hold_slots() -> None:
    drawn = {again("projects/my-project/locations/us-central1/keys/my-key", Random(seed)) for seed in range(20)}
    assert len(drawn) == 20
    for name in drawn:
        assert name.split("/")[::2] == ["projects", "locations", "keys"] and "my-" not in name
    assert again("Paris", Random(0)) == "Paris"


def test_days_lie_near_today_and_before_it_where_the_past_is_spoken_of() -> None:
    field = {"type": "string", "format": "date"}
    for past in (True, False):
        days = [date.fromisoformat(draw(field, "day", Random(i), TODAY, past=past)) for i in range(100)]
        near = [day for day in days if abs((day - TODAY).days) <= 180]
        assert len(near) > 75
        assert sum(day <= TODAY if past else day >= TODAY for day in near) > 70
