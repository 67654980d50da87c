from datetime import date
from random import Random

from toolace.dialogs.wording import Request, ask
from toolace.records import Api

TODAY = date(2024, 3, 8)


def api(description: str, required: list[str], **properties: dict[str, object]) -> Api:
    schema = {"type": "object", "properties": properties, "required": required}
    return Api(name="the.name_of_it", description=description, parameters=schema)


def asked(one: Api, count: int = 150) -> list[Request]:
    return [ask(one, Random(seed), TODAY) for seed in range(count)]


ALBUM = api(
    "Deletes the specified album.", ["album_id"], album_id={"type": "integer", "description": "ID of the album."}
)
BOOKS = api(
    "This endpoint returns a list of books.",
    [],
    authorName={"type": "string", "description": "Name of the author."},
    minPrice={"type": "integer", "description": "Lowest price in euros."},
    maxPrice={"type": "integer", "description": "Highest price in euros."},
    includeDrafts={"type": "boolean", "description": "Whether drafts are returned."},
    pageToken={"type": "string", "description": "Token of the next page."},
)


def test_a_pointer_is_woven_into_what_it_points_to() -> None:
    texts = {r.text.replace(str(r.calls[0].arguments["album_id"]), "_") for r in asked(ALBUM)}
    assert any("album _" in text for text in texts) and len(texts) > 40
    assert not any("album_id" in text or "name_of_it" in text for text in texts)


def test_optional_parameters_are_given_or_not_but_never_those_for_programs() -> None:
    given = {frozenset(r.calls[0].arguments) for r in asked(BOOKS)}
    assert frozenset() in given and frozenset({"authorName", "includeDrafts"}) in given
    assert not any("pageToken" in names for names in given)


def test_ranges_are_said_together_and_in_order() -> None:
    both = [r for r in asked(BOOKS, 400) if {"minPrice", "maxPrice"} <= set(r.calls[0].arguments)]
    assert any("between" in r.text for r in both)
    assert all(r.calls[0].arguments["minPrice"] <= r.calls[0].arguments["maxPrice"] for r in both)


def test_questions_are_asked_too() -> None:
    texts = [r.text for r in asked(BOOKS)]
    assert any(text.startswith("Which books") for text in texts) and any("show me" in text.lower() for text in texts)


def test_members_of_objects_are_said_one_by_one() -> None:
    address = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "street": {"type": "string"}},
        "required": ["city", "street"],
    }
    for request in asked(api("Moves the parcel.", ["address"], address=address), 20):
        arguments = request.calls[0].arguments["address"]
        assert {s.path for s in request.said} == {"0.address.city", "0.address.street"}
        assert arguments["city"] in request.text and arguments["street"] in request.text


def test_values_of_one_kind_are_told_apart_by_name() -> None:
    one = api(
        "Mixes a colour.",
        ["red", "green"],
        red={"type": "number", "description": "Percent."},
        green={"type": "number", "description": "Percent."},
    )
    assert all("red" in r.text and "green" in r.text for r in asked(one, 40))
