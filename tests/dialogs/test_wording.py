from datetime import date
from random import Random

from toolace.dialogs.wording import ask, ask_each, join
from toolace.records import Api, Ask, Call

WEATHER = Api(
    name="forecast",
    description="Get the forecast.",
    parameters={
        "type": "object",
        "properties": {
            "unit": {"type": "string", "enum": ["metric", "imperial"]},
            "city": {"type": "string", "x-values": ["Oslo", "Rome", "Lima", "Cairo"]},
            "days": {"type": "integer", "minimum": 20, "maximum": 30},
        },
        "required": ["city"],
    },
    asks=[Ask("In Celsius: how warm is {city}[ over {days} days]?", {"unit": "metric"})],
)
DOCUMENTED = Api(
    name="books.search",
    description="Searches the catalogue of books in {place}. More text.",
    parameters={
        "type": "object",
        "properties": {"authorName": {"type": "string"}, "page": {"type": "integer"}},
        "required": ["authorName"],
    },
)


def test_slots_and_implied_values_become_arguments_in_schema_order() -> None:
    seen = set()
    for seed in range(20):
        text, (call,), said = ask(WEATHER, Random(seed))
        assert call.name == "forecast"
        assert list(call.arguments)[:2] == ["unit", "city"]
        assert call.arguments["unit"] == "metric"
        assert call.arguments["city"] in text
        assert ("days" in call.arguments) == (" over " in text)
        assert {s.path for s in said} == {f"0.{name}" for name in call.arguments}
        seen.add("days" in call.arguments)
    assert seen == {True, False}


def test_nested_slots_are_assembled() -> None:
    nested = {"type": "object", "properties": {"place": {"type": "object", "properties": {"zip": {"type": "integer"}}}}}
    api = Api(name="f", description="d", parameters=nested, asks=[Ask("Go to {place.zip}.")])
    (call,) = ask(api, Random(0)).calls
    assert list(call.arguments) == ["place"] and isinstance(call.arguments["place"]["zip"], int)


def test_one_sentence_asks_for_several_calls() -> None:
    request = ask_each(WEATHER, 3, Random(1))
    assert request is not None
    assert len(request.calls) == 3
    values = [(call.arguments["city"], call.arguments.get("days")) for call in request.calls]
    assert len(set(values)) == 3
    assert {s.path.split(".")[0] for s in request.said} == {"0", "1", "2"}


def test_an_api_without_slots_cannot_be_asked_for_several_times() -> None:
    api = Api(name="f", description="d", parameters={"type": "object", "properties": {}}, asks=[Ask("Do it.")])
    assert ask_each(api, 2, Random(0)) is None


def test_joined_requests_keep_their_paths_apart() -> None:
    request = join([ask(WEATHER, Random(0)), ask(DOCUMENTED, Random(0))], Random(0))
    assert [call.name for call in request.calls] == ["forecast", "books.search"]
    assert {s.path.split(".")[0] for s in request.said} == {"0", "1"}


def test_a_documented_api_is_asked_for_by_its_description() -> None:
    for seed in range(20):
        text, (call,), _ = ask(DOCUMENTED, Random(seed))
        assert "catalogue of books" in text.lower()
        assert call.arguments["authorName"] in text
        assert isinstance(call, Call)


def test_every_value_is_said_in_words_that_stand_in_the_text() -> None:
    for seed in range(60):
        text, (call,), said = ask(WEATHER, Random(seed), date(2024, 3, 8))
        assert {s.path: s.value for s in said} == {f"0.{name}": value for name, value in call.arguments.items()}
        assert all(s.text.lower() in text.lower() for s in said)


def test_listed_days_move_to_near_today_in_their_order() -> None:
    stay = {n: {"type": "string", "x-values": [f"{y}-06-01", f"{y}-06-09"]} for n, y in (("from", 2030), ("to", 2031))}
    api = Api("f", "d", {"type": "object", "properties": stay}, asks=[Ask("A room from {from} to {to}.")])
    for seed in range(20):
        arguments = ask(api, Random(seed), date(2024, 3, 8)).calls[0].arguments
        assert "2024-03-08" < arguments["from"] <= "2024-03-22" and arguments["from"] < arguments["to"]


def test_an_adverb_of_time_stands_without_its_preposition() -> None:
    trip = {"day": {"type": "string", "format": "date", "x-values": "date"}}
    api = Api("f", "d", {"type": "object", "properties": trip}, asks=[Ask("Wake me on {day}.")])
    texts = {ask(api, Random(seed), date(2024, 3, 8)).text for seed in range(200)}
    assert "Wake me tomorrow." in texts and not any("on tomorrow" in text or "on in" in text for text in texts)


def test_a_default_is_left_unsaid() -> None:
    unit = {"unit": {"type": "string", "enum": ["metric", "imperial"], "default": "metric"}}
    api = Api("f", "Gets the weather.", {"type": "object", "properties": unit}, asks=[Ask("The weather[ in {unit}].")])
    said = [ask(api, Random(seed)).calls[0].arguments.get("unit") for seed in range(100)]
    assert said.count("metric") < 15 and said.count("imperial") > 30 and said.count(None) > 30
