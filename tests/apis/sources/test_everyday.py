from collections.abc import Iterator

import jsonschema_rs

from toolace.apis.definition import agrees
from toolace.apis.normalise import valid
from toolace.apis.sources.everyday import documents, read
from toolace.config import ApisConfig
from toolace.dialogs.wording import needs
from toolace.records import Api, Json

APIS = [api for document in documents(ApisConfig()) for api in read(document)]


def fields(schema: dict[str, Json], path: str) -> Iterator[tuple[str, dict[str, Json]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from fields(field, f"{path}.{name}")
        yield from fields(field.get("items", {}), f"{path}.{name}[]")


def fits(value: Json, field: dict[str, Json]) -> bool:
    return bool(jsonschema_rs.validator_for(field).is_valid(value))


def at(api: Api, path: str) -> dict[str, Json]:
    schema = api.parameters
    for key in path.split("."):
        schema = schema["properties"][key]
    return schema


def test_apis_are_valid_and_have_a_place_and_names_of_their_own() -> None:
    assert len({api.name for api in APIS}) == len(APIS) >= 180
    for api in APIS:
        assert valid(api) is None
        assert api.area and api.domain and api.license == "Apache-2.0"
        assert agrees(api) or api.asks


def test_defaults_and_listed_values_fit_their_schemas() -> None:
    for api in APIS:
        for path, field in fields(api.parameters, api.name):
            values = field["x-values"] if isinstance(field.get("x-values"), list) else []
            given = [*values, *([field["default"]] if "default" in field else [])]
            assert [value for value in given if not fits(value, field)] == [], path


def test_what_asks_imply_fits_and_what_they_need_exists() -> None:
    for api in APIS:
        for ask in api.asks:
            assert needs(ask) <= set(api.parameters["properties"])
            assert all(fits(value, at(api, path)) for path, value in ask.implies.items()), (api.name, ask)
