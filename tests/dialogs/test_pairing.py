from random import Random

from toolace.dialogs.language import Voice, load
from toolace.dialogs.pairing import pairs_of, vary_pair
from toolace.dialogs.wording import ask_each
from toolace.records import Api, Ask

TEXT = 'Tell me "{team}" on {date} in {season.year} of {season.name}. Also {count} items?'


def test_pairs_stand_in_one_clause_and_are_of_one_object() -> None:
    slots = ["team", "date", "season.year", "season.name", "count"]
    assert pairs_of(TEXT, slots) == [("team", "date"), ("season.year", "season.name")]
    assert pairs_of(TEXT, ["team", "count"]) == []


def test_the_pair_is_said_again_for_each_call_or_listed_respectively() -> None:
    forms = {
        vary_pair("Send {a}kg at ${b}% now. Thanks.", ("a", "b"), 3, Voice(Random(seed), load("en"), None))
        for seed in range(20)
    }
    assert forms == {
        "Send {a#0}kg at ${b#0}%, {a#1}kg at ${b#1}% and {a#2}kg at ${b#2}% now. Thanks.",
        "Send {a}kg at ${b}% now, respectively. Thanks.",
    }


def test_what_reads_as_a_list_already_is_only_listed_respectively() -> None:
    for seed in range(20):
        text = vary_pair("From {a} and {b}?", ("a", "b"), 2, Voice(Random(seed), load("en"), None))
        assert text == "From {a} and {b}, respectively?"


def test_calls_differ_in_both_values_as_they_are_said() -> None:
    fields = {
        "city": {"type": "string", "description": "City.", "x-values": ["Rome", "Oslo", "Lima", "Cairo", "Quito"]},
        "days": {"type": "integer", "description": "Days.", "minimum": 1, "maximum": 9},
    }
    parameters = {"type": "object", "properties": fields, "required": ["city", "days"]}
    api = Api("weather.forecast", "Forecast.", parameters, asks=[Ask("Weather in {city} for {days} days.")])
    paired = 0
    for seed in range(200):
        request = ask_each(api, 2, Random(seed))
        assert request
        first, second = (call.arguments for call in request.calls)
        assert all(one.text in request.text for one in request.said)
        assert {one.path: one.value for one in request.said} == {
            f"{n}.{name}": value for n, call in enumerate(request.calls) for name, value in call.arguments.items()
        }
        if first["city"] != second["city"] and first["days"] != second["days"]:
            paired += 1
            assert ("respectively" in request.text) != (request.text.count(" for ") == 2)
    assert 50 < paired < 140
