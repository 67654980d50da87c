from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.dialogs.values import say
from toolace.verification.dates import days, times
from toolace.verification.numbers import numbers

TODAY = date(2024, 3, 8)  # a Friday


def sayings(
    schema: dict[str, Any], value: Any, name: str = "", plain: bool = True, today: date | None = None
) -> set[str]:
    return {say(schema, value, Random(seed), name=name, plain=plain, today=today) for seed in range(300)}


def test_numbers_are_said_with_their_unit() -> None:
    said = sayings({"type": "number", "description": "Weight in kilograms."}, 70)
    assert said == {"70 kg", "70kg", "70 kilograms", "70 kilos"}
    assert sayings({"type": "integer"}, 15, "duration_minutes") == {"15 minutes", "15 min", "15 mins", "15min"}


def test_a_percentage_is_what_the_description_says() -> None:
    assert "5%" in sayings({"type": "number", "description": "Share as a fraction."}, 0.05)
    assert sayings({"type": "number", "description": "Rate in percent."}, 5) == {
        "5%",
        "5 %",
        "5 percent",
        "five %",
        "five percent",
    }


def test_money_is_said_in_its_currency() -> None:
    said = sayings({"type": "integer", "description": "Budget in US dollars."}, 12500)
    assert {"$12500", "$12,500", "12,500 dollars"} <= said


def test_only_between_spaces_are_numbers_written_out_or_grouped() -> None:
    assert sayings({"type": "integer"}, 12, plain=False) == {"12"}
    assert sayings({"type": "integer"}, 12000, plain=False) == {"12000"}
    assert "twelve" in sayings({"type": "integer"}, 12)
    assert "forty-two" in sayings({"type": "integer"}, 42)


@given(
    st.floats(0, 1e6).map(lambda x: round(x, 2)) | st.integers(0, 10**7),
    st.sampled_from(["", "in percent", "in minutes", "in kg", "USD"]),
)
def test_numbers_can_be_read_back(value: float, description: str) -> None:
    said = say({"type": "number", "description": description}, value, Random(str(value)))
    assert float(value) in numbers(said)


@given(st.integers(-60, 400), st.integers(0, 6), st.integers(0, 2**32))
def test_days_can_be_read_back(ahead: int, weekday: int, seed: int) -> None:
    today = TODAY + timedelta(days=weekday)
    day = today + timedelta(days=ahead)
    said = say({"type": "string", "format": "date"}, day.isoformat(), Random(seed), today=today)
    assert day in days(said, today)


def test_next_friday_is_said_only_where_it_is_one_day() -> None:
    field = {"type": "string", "format": "date"}
    for ahead in range(1, 30):
        said = sayings(field, (TODAY + timedelta(days=ahead)).isoformat(), today=TODAY)
        assert any(text.startswith("next ") for text in said) == (3 <= ahead <= 7)


def test_no_relative_days_without_today() -> None:
    said = sayings({"type": "string", "format": "date"}, "2024-03-05")
    assert {"2024-03-05", "March 5, 2024", "5 March 2024", "the 5th of March 2024"} <= said
    assert all("2024" in text for text in said)


@given(st.times(), st.integers(0, 2**32))
def test_times_can_be_read_back(time: Any, seed: int) -> None:
    value = f"{time.hour:02}:{time.minute:02}"
    said = say({"type": "string", "x-values": "time"}, value, Random(seed))
    assert (time.hour, time.minute) in times(said), said


@pytest.mark.parametrize(
    ("name", "value", "wordings"),
    [
        ("includeArchived", True, {"including archived", "with archived included"}),
        ("include_archived", False, {"without archived", "excluding archived"}),
        ("exclude_weekends", True, {"without weekends", "leaving out weekends"}),
        ("sendNotifications", False, {"but don't send notifications", "and do not send notifications"}),
        ("dryRun", True, {"as a dry run"}),
        ("private", True, {"and make it private"}),
        ("strictMode", False, {"with strict mode turned off"}),
    ],
)
def test_switches_are_said_in_the_words_of_their_name(name: str, value: bool, wordings: set[str]) -> None:
    assert wordings <= sayings({"type": "boolean"}, value, name)


def test_enums_are_said_in_other_words() -> None:
    schema = {"enum": ["imperial"], "x-say": {"imperial": ["Fahrenheit"]}}
    assert sayings(schema, "imperial") == {"Fahrenheit", "imperial"}
    assert sayings({"enum": ["STATE_ON_HOLD", "STATE_OPEN"]}, "STATE_ON_HOLD") == {"STATE_ON_HOLD", "on hold"}
    assert sayings({"enum": ["a-b", "a_b"]}, "a-b") == {"a-b"}  # in plain words, it would be the other one, too
    assert "ascending" in sayings({"enum": ["asc", "desc"]}, "asc")


def test_lists_points_and_matrices() -> None:
    numbers_of = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    assert {"[3, 4]", "(3, 4)", "3 and 4", "3, 4", "3 4"} <= sayings(numbers_of, [3, 4])
    assert {"[1, 2] and [3, 4]", "(1, 2) and (3, 4)", "[[1, 2], [3, 4]]"} <= sayings(
        {"type": "array"}, [[1, 2], [3, 4]]
    )
    words = {"type": "array", "items": {"type": "string"}}
    assert {"a, b and c", '["a", "b", "c"]', "a, b, c"} <= sayings(words, ["a", "b", "c"])


def test_objects_are_not_read_out_key_by_key_where_their_values_speak() -> None:
    point = {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}}
    assert sayings(point, {"lat": 1.5, "lon": 2.25}) == {"(1.5, 2.25)"}
    tag = {"type": "object", "properties": {"key": {"type": "string"}, "value": {"type": "string"}}}
    assert sayings(tag, {"key": "env", "value": "prod"}) == {"env = prod", "env=prod", "env: prod"}
    assert sayings({"type": "object"}, {"env": "prod"}) == {"env = prod", "env=prod", "env: prod"}


def test_codes_have_names() -> None:
    field = {"type": "string", "description": "ISO 4217 code."}
    assert sayings(field, "EUR", "price_in") == {"EUR", "euros"}
    assert sayings(field, "EUR", "price_in", plain=False) == {"EUR"}
