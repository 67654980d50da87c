import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.benchmarks import bfcl, decontamination
from toolace.benchmarks.decontamination import api_match, build, question_match

LONG = "Please book a table for two at the small Italian place near the river tonight"
TINY = build(
    [
        ("weather_api.get_current_weather", "Return the current weather of a city, in degrees."),
        ("orders.list", "List all orders of a shop that are still open today."),
        ("factorial", ""),
        ("...", "!!!"),
        ("add", "This tool belongs to the Math API, which adds. Tool description: Sum of two given numbers."),
    ],
    [("q_1", LONG), ("q_2", "What is 5 + 3?"), ("q_3", "")],
)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("weather_api.get_current_weather", "weather_api.get_current_weather"),
        ("WeatherApiGetCurrentWeather", "weather_api.get_current_weather"),
        ("acme.weather.getCurrentWeather", "weather_api.get_current_weather"),
        ("orders_list", "orders.list"),
        ("Factorial", "factorial"),
        ("maths.factorial", "factorial"),
        ("calendars.list", None),
        ("calendars.add", None),
        ("get_current", None),
        ("list", None),
        ("---", None),
        ("", None),
    ],
)
def test_names_match_whole_or_by_their_last_part(name: str, match: str | None) -> None:
    assert api_match(TINY, name, "") == match


@pytest.mark.parametrize(
    ("description", "match"),
    [
        ("Current weather of a city: return the degrees", "weather_api.get_current_weather"),
        ("Current weather of a city in degrees", None),  # 7 of 9 distinct words is below 0.8 …
        ("The current weather of a city in degrees", "weather_api.get_current_weather"),  # … and 8 of 9 is above
        ("Sum of two given numbers", "add"),
        ("?!", None),
        ("", None),
    ],
)
def test_descriptions_match_by_their_words(description: str, match: str | None) -> None:
    assert api_match(TINY, "some_new_name", description) == match


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (LONG.upper() + "!", "q_1"),
        ("Hi! A table for two at the small Italian place, thanks", "q_1"),
        ("Hi! table for two at the small Italian cafe", None),  # only 7 words in a row
        ("what is 5+3", "q_2"),
        ("what is 5+4", None),
        ("", None),
        ("?", None),
    ],
)
def test_questions_match_as_a_whole_or_by_8_words_in_a_row(text: str, match: str | None) -> None:
    assert question_match(TINY, text) == match


token_sets = st.lists(st.sampled_from("abcdefghijkl"), max_size=12).map(" ".join)


@given(st.lists(token_sets, max_size=8), token_sets)
def test_similar_descriptions_are_found_exactly_where_brute_force_finds_them(others: list[str], text: str) -> None:
    words = set(text.split())
    expected = any(5 * len(words & set(o.split())) >= 4 * len(words | set(o.split())) for o in others) and bool(words)
    test_set = build([(f"name_{i}", other) for i, other in enumerate(others)], [])
    assert (api_match(test_set, "x", text) is not None) == expected


@given(st.text(), st.text())
def test_any_text_can_be_looked_up(name: str, text: str) -> None:
    api_match(TINY, name, text)
    assert question_match(build([], [("id", text)]), text) == ("id" if decontamination._words(text) else None)


@pytest.mark.skipif(importlib.util.find_spec("bfcl_eval") is None, reason="needs bfcl-eval")
def test_every_bfcl_item_is_recognised() -> None:
    test_set = decontamination.load()
    assert len(test_set.names) > 1_900
    assert len(test_set.questions) > 5_000
    for case in bfcl.load_cases({"simple_python": 40, "live_multiple": 40, "live_irrelevance": 40}, seed=1):
        users = [message.content for message in case.messages if message.role == "user"]
        assert all(question_match(test_set, text) for text in users if decontamination._words(text))
        assert all(api_match(test_set, tool.name, "") for tool in case.tools)
        assert all(api_match(test_set, "zz_unheard_of", tool.description) for tool in case.tools if tool.description)
    assert api_match(test_set, "GorillaFileSystem.mkdir", "") == "mkdir"
    assert api_match(test_set, "zz_unheard_of", "Calculate the absolute value of a number.") == "absolute_value"
    assert api_match(test_set, "knitting.count_stitches", "Say how many stitches a scarf pattern takes.") is None
    assert question_match(test_set, "How many stitches does the scarf pattern take?") is None
