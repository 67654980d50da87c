import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.evolution.flat import Definition, Field, Parameter, Unusable, to_api, to_definition
from toolace.apis.normalise import valid
from toolace.apis.sources import everyday
from toolace.config import ApisConfig

POOL = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
PORT = Parameter("from_port", "string", "Port of departure.", True, ["Hull", "Leith"])
SIZE = [Field("length", "number", "Length in meters."), Field("axles", "integer[]", "Load of each axle.")]
FERRY = Definition(
    "find_crossings",
    "Find ferry crossings on a day.",
    [
        PORT,
        Parameter("day", "date", "Day of travel."),
        Parameter("people", "integer", "How many travel.", minimum=1, maximum=9),
        Parameter("vehicles", "object[]", "Vehicles to take.", properties=SIZE),
    ],
    [Field("departures", "string[]", "Times of departure.")],
)


def ferry(*parameters: Parameter) -> Definition:
    return Definition(FERRY.name, FERRY.description, list(parameters), FERRY.returns)


def test_a_definition_becomes_json_schema() -> None:
    api = to_api(FERRY)
    assert valid(api) is None
    assert api.parameters == {
        "type": "object",
        "properties": {
            "from_port": {"type": "string", "description": "Port of departure.", "enum": ["Hull", "Leith"]},
            "day": {"type": "string", "description": "Day of travel.", "format": "date"},
            "people": {"type": "integer", "description": "How many travel.", "minimum": 1, "maximum": 9},
            "vehicles": {
                "type": "array",
                "description": "Vehicles to take.",
                "items": {
                    "type": "object",
                    "properties": {
                        "length": {"type": "number", "description": "Length in meters."},
                        "axles": {
                            "type": "array",
                            "description": "Load of each axle.",
                            "items": {"type": "integer"},
                        },
                    },
                    "required": ["length", "axles"],
                },
            },
        },
        "required": ["from_port"],
    }
    assert api.returns["properties"]["departures"]["items"] == {"type": "string"}


def test_it_comes_back_as_it_was() -> None:
    assert to_definition(to_api(FERRY)) == FERRY


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        (Parameter("", "string", "Port."), "parameter without name: ''"),
        (Parameter("From Port", "string", "Port."), "parameter twice: from_port"),
        (Parameter("day", "date", " "), "parameter without description: day"),
        (Parameter("car", "object", "Car."), "object without fields: car"),
        (Parameter("seats", "integer", "Seats.", minimum=5, maximum=2), "minimum above maximum: seats"),
    ],
)
def test_what_cannot_be_an_api_says_why(parameter: Parameter, reason: str) -> None:
    with pytest.raises(Unusable) as caught:
        to_api(ferry(PORT, parameter))
    assert str(caught.value) == reason


texts = st.text(max_size=20) | st.sampled_from(["city", "date", "name of it", "page_token", "Größe", "class", "_"])
fields = st.builds(Field, name=texts, description=texts)
parameters = st.builds(
    Parameter, name=texts, description=texts, enum=st.lists(texts, max_size=3), properties=st.lists(fields, max_size=3)
)
definitions = st.builds(
    Definition, texts, texts, st.lists(parameters, max_size=4), st.lists(fields, min_size=1, max_size=3)
)


@given(definitions)
def test_whatever_a_model_writes_is_an_api_or_has_a_reason(definition: Definition) -> None:
    try:
        api = to_api(definition)
    except Unusable as error:
        assert str(error)
    else:
        assert valid(api) in (
            None,
            "name is not 1 to 64 of A-Z a-z 0-9 _ . - after a letter",
            "description is shorter than 10 characters",
        )


def test_every_api_of_the_pool_can_be_shown() -> None:
    for api in POOL:
        shown = to_definition(api)
        assert {one.name for one in shown.parameters} <= set(api.parameters["properties"])
        assert {one.name for one in shown.parameters if one.required} <= set(api.parameters["required"])
        assert valid(to_api(shown)) is None
