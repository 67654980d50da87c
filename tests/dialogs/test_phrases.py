import pytest

from toolace.dialogs.phrases import phrase, without
from toolace.dialogs.speech import action, noun, series, singular, wanted, words_of
from toolace.records import Api, Ask


def api(*asks: str, **fields: str) -> Api:
    properties = {name: {"type": "string", "description": text} for name, text in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return Api("reserve", "Reserve a room.", schema, asks=[Ask(text) for text in asks])


@pytest.mark.parametrize(
    ("text", "slot", "found"),
    [
        ("Find a room in {city} for {nights} nights.", "nights", "for {nights} nights"),
        ("Find a room in {city} for {nights} nights.", "city", "in {city}"),
        ("The flight is at {time}.", "time", None),
        ("Between {a} and {b}, please.", "b", None),
        ("How far is it[ from {a}]?", "a", None),
    ],
)
def test_a_phrase_holds_its_preposition_and_its_noun(text: str, slot: str, found: str | None) -> None:
    assert phrase(text, slot) == found


@pytest.mark.parametrize(
    ("text", "slot", "left"),
    [
        ("Where can I stay in {city} for {nights} nights?", "city", "Where can I stay for {nights} nights?"),
        ("Book a table, {city}, {nights} guests", "city", "Book a table, {nights} guests"),
        ("Find {city} quickly, please.", "city", None),
        ("Find a hotel somewhere[ in {city}].", "city", "Find a hotel somewhere."),
    ],
)
def test_a_value_is_left_out_only_where_the_rest_still_makes_sense(text: str, slot: str, left: str | None) -> None:
    known = without(api(text, city="City.", nights="Number of nights."), {slot: None})
    assert (known.asks[0].text if known else None) == left
    if known:
        assert set(known.parameters["properties"]) == {"city", "nights"} - {slot}


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("Book {id} for me.", "the first hotel", "Book the first hotel for me."),
        ("I'd like hotel {id} after all.", "the first one", "I'd like the first one after all."),
        ("Cancel my reservation {id}.", "that reservation", "Cancel my reservation."),
        ("Track the parcel with the number {id}.", "that order", "Track the parcel with that order."),
        ("{id} is still open. Close it.", "that ticket", "That ticket is still open. Close it."),
        ("{id}: cancel", "that reservation", None),
        ("The order is {id}.", "that order", None),
    ],
)
def test_a_reference_stands_in_the_place_of_an_identifier(text: str, words: str, said: str | None) -> None:
    known = without(api(text, id="Identifier of the thing."), {"id": words})
    assert (known.asks[0].text if known else None) == said


def test_parameters_are_called_by_their_description_or_their_name() -> None:
    assert noun("check_in", {"description": "Day of arrival, YYYY-MM-DD."}) == "the day of arrival"
    assert noun("maxPrice", {"description": "Specifies an upper bound on what is listed."}) == "the max price"
    assert noun("isbn", {}) == "the isbn"
    assert wanted("months", {"description": "How many months to look back."}) == "how many months to look back"
    assert series(["a", "b", "c"], "or") == "a, b or c" and series([]) == ""


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Lists the jobs of a project. Needs a token.", "list the jobs of a project"),
        ("Creates, updates, or removes labels.", "create, update, or remove labels"),
        ("Fetch statistics, i.e. mean and median, of a list.", "fetch statistics, i.e. mean and median, of a list"),
        ("Classifies a text.", "classify a text"),
        ("Process one file.", "process one file"),
    ],
)
def test_an_action_is_a_bare_verb_phrase(description: str, said: str) -> None:
    assert action(description) == said


def test_names_are_split_into_words() -> None:
    assert words_of("newCheckIn_date.v2") == ["new", "check", "in", "date", "v2"]
    assert [singular(word) for word in ("hotels", "cities", "boxes", "class", "news")] == [
        *("hotel", "city", "box", "class", "news"),
    ]
