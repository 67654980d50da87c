from pathlib import Path
from random import Random

import msgspec
import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig
from toolace.dialogs.cast import Cast, read_cast
from toolace.dialogs.chains import draw_chain, hops
from toolace.records import Api

APIS = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
BY_NAME = {api.name: api for api in APIS}
TEXT = {"type": "string"}


def document(name: str, description: str, returns: object, *names: str) -> Api:
    schema = {"type": "object", "properties": dict.fromkeys(names, TEXT), "required": list(names)}
    return Api(name, description, schema, returns, "Area", "Notes", "Notes", "test", "p", "Notes")


NOTE = {"type": "object", "properties": {"id": TEXT, "title": TEXT}}
NOTES = {"type": "object", "properties": {"notes": {"type": "array", "items": NOTE}}}
DOCUMENTS = [
    document("notes.list", "Lists notes.", NOTES),
    document("notes.create", "Creates a note.", NOTE, "title"),
    document("notes.get", "Gets a note.", NOTE, "id"),
    document("notes.delete", "Deletes a note.", None, "id"),
]


@pytest.mark.parametrize(
    ("first", "second", "links"),
    [
        ("search_free_rooms", "reserveHotelRoom", [("hotels.0.id", "hotelId")]),
        ("reserveHotelRoom", "lodging.cancel_room_reservation", [("reservation", "confirmation")]),
        ("restaurants_by_cuisine", "reserve_table", [("restaurants.0.name", "restaurant")]),
        ("search_concerts", "book_concert_tickets", [("concerts.0.artist", "artist"), ("concerts.0.date", "date")]),
        ("search_flights", "flightStatus", [("flights.0.number", "flightNumber")]),
        ("books_by_author", "movie_details", []),
        ("list_calendar_events", "calendar.create_event", []),
    ],
)
def test_results_are_linked_to_the_parameters_that_mean_them(
    first: str, second: str, links: list[tuple[str, str]]
) -> None:
    found = list(hops(BY_NAME[first], BY_NAME[second]))
    pairs = [((one.leaf, one.parameter), *one.also) for one in found[:1]]
    assert [(".".join(leaf.path), name) for pair in pairs for leaf, name in pair] == links


def test_documents_are_linked_by_the_names_of_their_things() -> None:
    names = {(a.name[6:], b.name[6:]) for a in DOCUMENTS for b in DOCUMENTS if a != b and list(hops(a, b))}
    assert names == {
        *{("list", "get"), ("list", "delete"), ("create", "get"), ("create", "delete"), ("get", "delete")},
    }


def test_chains_begin_with_what_needs_nothing_and_end_with_a_deletion() -> None:
    cast = Cast(msgspec.json.encode(api) for api in DOCUMENTS)
    for seed in range(30):
        steps = draw_chain(cast, 0.0, 5, Random(seed))
        assert steps and len(steps) > 1 and steps[0].hop is None
        assert all(step.hop and step.source < index for index, step in enumerate(steps) if index)
        names = [step.api.name for step in steps]
        assert len(set(names)) == len(names) and "notes.delete" not in names[:-1]


def test_a_pool_file_is_read_once_and_documents_when_they_are_used(tmp_path: Path) -> None:
    pool = tmp_path / "pool.jsonl"
    pool.write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in [*APIS[:5], *DOCUMENTS]))
    cast = read_cast(pool)
    assert read_cast(pool) is cast
    assert list(cast.documents) == DOCUMENTS and list(cast.everyday) == APIS[:5]
    assert list(cast.documents[1:3]) == DOCUMENTS[1:3] and cast.resources == [[0, 1, 2, 3]]
