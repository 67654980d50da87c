import importlib.util
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.normalise import PROPERTIES, valid
from toolace.apis.sources import home_assistant
from toolace.apis.sources.home_assistant import documents, read
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError

LAMP = """
turn_on:
  target: {entity: {domain: light}}
  fields:
    brightness:
      required: true
      selector: {number: {min: 0, max: 100, unit_of_measurement: "%"}}
    advanced:
      collapsed: true
      fields:
        effect: {selector: {select: {options: [blink, {label: Slow, value: breathe}]}}, default: blink}
turn_off: {description: Turns a lamp off., fields: {entity_id: {selector: {entity: {multiple: true}}}}}
old: {name: Old, description: "Deprecated. Turns a lamp on."}
referring: {description: "[%key:component::lamp::services::turn_on::description%]"}
nothing:
"""
TEXTS = {
    "services": {
        "turn_on": {
            "name": "Turn on",
            "description": "Turns a **lamp** on.",
            "fields": {
                "brightness": {"name": "Brightness", "description": "How bright the lamp shall be."},
                "effect": {"name": "Effect of the lamp"},
            },
        }
    }
}


def config(path):
    return ApisConfig(home_assistant=DocumentsConfig(str(path) if path else None))


@pytest.fixture
def save(tmp_path):
    def write(services, texts=None, folder="homeassistant/components/lamp", strings="translations/en.json"):
        place = tmp_path / folder
        (place / strings).parent.mkdir(parents=True, exist_ok=True)
        (place / "services.yaml").write_text(services if isinstance(services, str) else json.dumps(services))
        (place / strings).write_text(json.dumps(texts))
        (place / "manifest.json").write_text('{"name": "Desk Lamps"}')
        return str(place)

    return write


def field(save, **definition):
    """The schema of one required field."""
    services = {"use": {"description": "Uses the lamp.", "fields": {"it": {"required": True} | definition}}}
    (api,) = read(save(services))
    assert api.parameters["required"] == ["it"]
    return {key: value for key, value in api.parameters["properties"]["it"].items() if key != "description"}


def test_services_become_apis(save):
    on, off = read(save(LAMP, TEXTS))
    assert (on.name, on.description) == ("lamp.turn_on", "Turns a lamp on.")
    assert (on.service, on.functionality, on.source) == ("Desk Lamps", "Desk Lamps", "home_assistant")
    assert (on.provider, on.license) == ("home-assistant.io", "Apache-2.0")
    assert on.parameters == {
        "type": "object",
        "properties": {
            "brightness": {
                "type": "integer",
                "description": "How bright the lamp shall be (in percent).",
                "minimum": 0,
                "maximum": 100,
            },
            "entity_id": {
                "type": "string",
                "description": "Id of the light entity to act on.",
                "examples": ["light.living_room"],
            },
            "effect": {
                "type": "string",
                "description": "Effect of the lamp.",
                "enum": ["blink", "breathe"],
                "default": "blink",
            },
        },
        "required": ["brightness", "entity_id"],
    }
    assert off.name == "lamp.turn_off"
    assert off.parameters["properties"]["entity_id"]["items"] == {"type": "string"}


def test_custom_integrations_are_not_ours_to_license(save):
    api, _ = read(save(LAMP, TEXTS, folder="custom_components/lamp", strings="strings.json"))
    assert (api.description, api.provider, api.license) == ("Turns a lamp on.", "", "")


@pytest.mark.parametrize(
    ("selector", "schema"),
    [
        ({"boolean": None}, {"type": "boolean"}),
        ({"text": {"type": "email"}}, {"type": "string", "format": "email"}),
        ({"text": {"multiple": True}}, {"type": "array", "items": {"type": "string"}}),
        ({"number": {"min": 0, "max": 1, "step": 0.1}}, {"type": "number", "minimum": 0, "maximum": 1}),
        ({"number": {"min": 0, "step": "any"}}, {"type": "number", "minimum": 0}),
        ({"color_temp": {"unit": "kelvin", "min": 2000}}, {"type": "integer", "minimum": 2000}),
        ({"select": {"options": ["a"], "custom_value": True}}, {"type": "string"}),
        (
            {"select": {"options": ["a"], "multiple": True}},
            {"type": "array", "items": {"type": "string", "enum": ["a"]}},
        ),
        ({"date": None}, {"type": "string", "format": "date"}),
        ({"datetime": {}}, {"type": "string", "format": "date-time"}),
        ({"constant": {"value": True, "label": "On"}}, {"type": "boolean", "enum": [True]}),
        ({"object": None}, {"type": "object"}),
        ({"never_heard_of": {"x": 1}}, {"type": "string"}),
        ("text", {"type": "string"}),
    ],
)
def test_selectors(save, selector, schema):
    assert field(save, selector=selector) == schema


def test_selectors_with_parts(save):
    assert field(save, selector={"duration": {}})["properties"].keys() == {"hours", "minutes", "seconds"}
    color = field(save, selector={"color_rgb": None})
    assert color == {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": 255},
        "minItems": 3,
        "maxItems": 3,
    }
    nested = {"object": {"fields": {"day": {"required": True, "selector": {"date": None}}}, "multiple": True}}
    assert field(save, selector=nested)["items"]["properties"]["day"]["format"] == "date"


@pytest.mark.parametrize(
    ("kind", "example", "schema"),
    [
        ("object", "[255, 100]", {"type": "array", "items": {"type": "integer"}, "examples": [[255, 100]]}),
        ("object", {"a": 1.5}, {"type": "object", "properties": {"a": {"type": "number", "description": "A."}}}),
        ("text", 1234, {"type": "string", "examples": ["1234"]}),
        ("text", '"quoted"', {"type": "string", "examples": ["quoted"]}),
        ("text", "[" * 100_000, {"type": "string"}),
        ("number", "20", {"type": "integer", "examples": [20]}),
    ],
)
def test_examples(save, kind, example, schema):
    assert field(save, selector={kind: None}, example=example) == schema


@pytest.mark.parametrize(
    ("target", "name", "description"),
    [
        (None, "entity_id", "Id of the entity to act on."),
        ({"device": {"integration": "lamp"}}, "device_id", "Id of the Desk Lamps device to act on."),
        ({"entity": {"integration": "lamp"}}, "entity_id", "Id of the Desk Lamps entity to act on."),
        (
            {"entity": [{"domain": ["fan", "media_player"]}]},
            "entity_id",
            "Id of the fan or media player entity to act on.",
        ),
    ],
)
def test_targets(save, target, name, description):
    (api,) = read(save({"use": {"description": "Uses the lamp.", "target": target}}))
    assert api.parameters["required"] == [name]
    assert api.parameters["properties"][name]["description"] == description


def test_documents(save, tmp_path):
    lamp = save(LAMP)
    fan = save(LAMP, folder="homeassistant/components/fan")
    assert documents(config(tmp_path / "homeassistant")) == [fan, lamp]
    assert documents(config(tmp_path / "homeassistant" / "components")) == [fan, lamp]
    assert documents(config(lamp)) == [lamp]
    with pytest.raises(ToolaceError, match=r"apis\.home_assistant\.path"):
        documents(config(tmp_path / "nowhere"))


def test_the_installed_package_is_found_or_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolaceError, match="pip install --no-deps homeassistant"):
        documents(config(None))


def test_broken_documents(save):
    assert not list(read(save("# nothing here\n")))
    with pytest.raises(ToolaceError, match=r"services\.yaml: no mapping"):
        list(read(save("[]")))
    with pytest.raises(ToolaceError, match=r"services\.yaml, line 2: malformed YAML"):
        list(read(save("a: 1\n]")))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aB é[{\"':.%-\n", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b.c", "multiple", "value"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMED = {"name": JSON, "description": JSON, "example": JSON, "default": JSON, "required": JSON}
KINDS = st.sampled_from([*home_assistant._SELECTORS, "number", "select", "object", "text", "constant", "entity"])
OPTIONS = dict.fromkeys(("min", "max", "step", "options", "multiple", "fields", "value", "unit_of_measurement"), JSON)
SELECTOR = st.dictionaries(KINDS, JSON | st.fixed_dictionaries({}, optional=OPTIONS), max_size=2)
FIELD = JSON | st.fixed_dictionaries({}, optional=NAMED | {"selector": SELECTOR | JSON, "fields": JSON})
FIELDS = st.dictionaries(st.sampled_from(["it", "level", "entity_id"]), FIELD, max_size=3)
TARGET = JSON | st.fixed_dictionaries({}, optional={"entity": JSON, "device": JSON})
SERVICE = JSON | st.fixed_dictionaries(
    {"description": st.just("Uses the lamp.")}, optional={"fields": FIELDS, "target": TARGET}
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["use", "turn_on", "ü"]), SERVICE, max_size=2), JSON)
def test_any_document_gives_valid_apis(tmp_path_factory, services, texts):
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    folder.mkdir(exist_ok=True)
    (folder / "services.yaml").write_text(json.dumps(services))
    (folder / "strings.json").write_text(json.dumps({"services": texts}))
    for api in read(str(folder)):
        assert valid(api) is None
        assert len(api.parameters.get("properties", {})) <= PROPERTIES
        msgspec.json.encode(api)


@pytest.mark.skipif(not importlib.util.find_spec("homeassistant"), reason="homeassistant is not installed")
def test_the_real_package():
    apis = [api for document in documents(config(None)) for api in read(document)]
    assert len({api.name for api in apis}) == len(apis) > 800
    assert sum(not api.parameters["properties"] for api in apis) < len(apis) / 4
