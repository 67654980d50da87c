from random import Random
from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from toolace.dialogs.values import draw, say

names = st.sampled_from(["city", "start_date", "user_email", "id", "pageSize", "title", "amount", "resource", "when"])
numbers = st.tuples(st.integers(-100, 100), st.integers(0, 100)).flatmap(
    lambda pair: st.sampled_from(
        [
            {"type": "integer", "minimum": pair[0], "maximum": pair[0] + pair[1]},
            {"type": "number", "minimum": pair[0], "maximum": pair[0] + pair[1]},
        ]
    )
)
scalars = numbers | st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "format": "date"},
        {"type": "string", "x-values": "time"},
        {"type": "boolean"},
        {"type": "string", "enum": ["metric", "imperial"], "x-say": {"metric": ["Celsius"]}},
        {"type": "integer"},
        {"type": "number", "x-values": [0.5, 2.5]},
    ]
)
schemas = st.recursive(
    scalars,
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 1, "maxItems": 3}, inner)
        | st.builds(lambda a: {"type": "object", "properties": {"a": a, "b": a}, "required": ["a"]}, inner)
    ),
    max_leaves=3,
)


@given(schemas, names, st.integers(0, 2**32))
def test_values_fit_their_schema_and_can_be_said(schema: dict[str, Any], name: str, seed: int) -> None:
    rng = Random(seed)
    value = draw(schema, name, rng)
    if '"x-values": "time"' not in str(schema):
        assert jsonschema_rs.is_valid(schema, value)
    assert isinstance(say(schema, value, rng), str)


@given(schemas, names)
def test_the_same_seed_draws_the_same_value(schema: dict[str, Any], name: str) -> None:
    assert draw(schema, name, Random(7)) == draw(schema, name, Random(7))


def test_values_follow_the_parameter_name() -> None:
    rng = Random(0)
    assert "@" in draw({"type": "string"}, "owner_email", rng)
    assert draw({"type": "string"}, "startDate", rng)[4] == "-"


def test_a_date_is_said_as_people_do() -> None:
    said = {say({"type": "string"}, "2024-03-05", Random(i)) for i in range(40)}
    assert said == {"2024-03-05", "March 5, 2024", "5 March 2024"}


def test_an_enum_is_said_in_other_words() -> None:
    schema = {"enum": ["imperial"], "x-say": {"imperial": ["Fahrenheit"]}}
    assert {say(schema, "imperial", Random(i)) for i in range(40)} == {"Fahrenheit", "imperial"}
