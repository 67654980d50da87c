import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.functions import to_apis
from toolace.apis.normalise import valid
from toolace.apis.sources.openai_tools import documents, read
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api

ROWS = Path(__file__).parents[4] / "shared" / "reference" / "toolace_rows.json"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Gives the weather of a city.", "parameters": CITY}
TIME = {"name": "Get Time / Zone", "description": "Gives the time in a city.", "parameters": CITY, "required": None}
BLANK = Api(name="", description="", parameters={}, source="openai_tools")


def saved(tmp_path, text, name="tools.json"):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return str(path)


def parameters(properties, **more):
    tool = {"name": "do_it", "description": "Does what it says.", "parameters": {"properties": properties} | more}
    return next(to_apis([tool], BLANK)).parameters


@pytest.mark.parametrize(
    "value",
    [
        [{"type": "function", "function": WEATHER}, {"type": "function", "function": TIME}],
        [WEATHER, TIME],
        {"tools": [{"type": "function", "function": WEATHER}, TIME]},
        {"functions": [WEATHER, TIME]},
        [{"query": "?", "tools": json.dumps([WEATHER, TIME])}],
        [{"tools": "[]", "system": f"Brackets [{{x}}] first. Here they are:\n{json.dumps([WEATHER, TIME])}. Go."}],
        [{"tools": [WEATHER]}, {"tools": [TIME, WEATHER]}],
    ],
)
def test_every_shape_gives_the_same_tools(tmp_path, value):
    assert [api.name for api in read(saved(tmp_path, value))] == ["get_weather", "get_time.zone"]


def test_a_tool_becomes_an_api(tmp_path):
    (api,) = read(saved(tmp_path, [WEATHER]))
    assert api.description == "Gives the weather of a city."
    assert api.parameters == {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "City."}},
        "required": ["city"],
    }
    assert (api.source, api.service, api.provider, api.license) == ("openai_tools", "tools", "", "")


def test_json_lines_are_read_one_by_one_and_errors_name_the_line(tmp_path):
    path = saved(tmp_path, f"{json.dumps(WEATHER)}\n\n{json.dumps([TIME])}\n{{oops\n", "tools.jsonl")
    apis = read(path)
    assert [next(apis).name, next(apis).name] == ["get_weather", "get_time.zone"]
    with pytest.raises(ToolaceError, match=r"tools\.jsonl, line 4: malformed JSON"):
        next(apis)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n{"name": 1,\n]', r"tools\.json, line 3: malformed JSON"),
        ('[{"tools": "[{"}]', r"entry 1, `tools`: malformed JSON"),
        ("[" * 100_000, "not JSON"),
        ('[{"name": "x"}, 3, null]', "no tools"),
        ("", "malformed JSON"),
    ],
)
def test_bad_files_get_one_clear_line(tmp_path, text, message):
    with pytest.raises(ToolaceError, match=message) as caught:
        list(read(saved(tmp_path, text)))
    assert "\n" not in str(caught.value)


def test_files_that_are_not_utf8_or_not_there(tmp_path):
    path = tmp_path / "tools.json"
    with pytest.raises(ToolaceError, match="cannot be read"):
        list(read(str(path)))
    path.write_bytes(b'[{"name": "\xff"}]')
    with pytest.raises(ToolaceError, match="UTF-8"):
        list(read(str(path)))


def test_documents_are_the_file_or_the_files_of_the_folder(tmp_path):
    config = ApisConfig()
    with pytest.raises(ToolaceError, match=r"apis\.openai_tools\.path is not set"):
        documents(config)
    config.openai_tools.path = str(tmp_path)
    with pytest.raises(ToolaceError, match="no such file"):
        documents(config)
    second, first = saved(tmp_path, [], "b.jsonl"), saved(tmp_path, [], "a.json")
    saved(tmp_path, "", "notes.txt")
    assert documents(config) == [first, second]
    config.openai_tools.path = second
    assert documents(config) == [second]


def test_names_stay_recognisable_and_differ():
    other = WEATHER | {"description": "Gives the weather of the moon."}
    twice = [WEATHER, other, WEATHER, WEATHER | {"name": "Wetter für München"}, WEATHER | {"name": "天气"}]
    assert [api.name for api in to_apis(twice, BLANK)] == ["get_weather", "get_weather_2", "wetter_fur_munchen", "tool"]
    (api,) = to_apis([WEATHER | {"name": "get"}], Api(name="", description="", parameters={}, service="Weather Bureau"))
    assert api.name == "weather_bureau.get"


@pytest.mark.parametrize(
    ("tool", "description"),
    [
        ({"name": "list_users", "description": ""}, "List users."),
        ({"name": "x", "description": "", "title": "Gets the one user"}, "Gets the one user."),
        ({"name": "x", "description": "Adds."}, "The tool Adds."),
        ({"name": "天气", "description": None}, "The tool 天气."),
    ],
)
def test_a_missing_description_is_made_up(tool, description):
    assert next(to_apis([tool], BLANK)).description == description


def test_the_types_of_data_sets_become_those_of_json_schema():
    kinds = ["dict", "float", "int", "bool", "String", "any", "Dict[str, int]", ["null", "integer"], "number", None]
    found = parameters({f"p{i}": {"type": kind} for i, kind in enumerate(kinds)})["properties"]
    assert [one["type"] for one in found.values()] == [
        *("object", "number", "integer", "boolean", "string", "string", "object", "integer", "number", "string")
    ]
    lists = {"a": {"type": "tuple"}, "b": {"type": "List[int]"}, "c": {"type": "array", "items": [{"type": "float"}]}}
    found = parameters(lists)["properties"]
    assert [one["type"] for one in found.values()] == ["array"] * 3
    assert [one["items"]["type"] for one in found.values()] == ["string", "integer", "number"]


def test_references_alternatives_and_constants_are_resolved():
    found = parameters(
        {
            "owner": {"$ref": "#/$defs/Person"},
            "unit": {"anyOf": [{"const": "km", "description": "Kilometres"}, {"const": "mi"}], "type": "string"},
            "note": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
        },
        **{"$defs": {"Person": {"type": "dict", "properties": {"age": {"type": "int"}}}}, "$schema": "x"},
    )
    assert found["properties"]["owner"]["properties"]["age"]["type"] == "integer"
    assert found["properties"]["unit"] == {"type": "string", "description": "Unit.", "enum": ["km", "mi"]}
    assert found["properties"]["note"]["format"] == "date"


def test_a_bare_map_of_parameters_is_a_schema_too():
    tool = WEATHER | {"parameters": {"city": {"type": "str"}, "days": {"type": "int, optional"}}}
    schema = next(to_apis([tool], BLANK)).parameters
    assert [one["type"] for one in schema["properties"].values()] == ["string", "integer"]
    assert schema["required"] == ["city"]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.sampled_from(
    ["type", "properties", "items", "anyOf", "$ref", "enum", "const", "required", "default", "a", "b"]
)
values = st.sampled_from(["object", "array", "dict", "string", "#/a", "#/properties/a", ["integer", "null"], {}, []])
junk = st.recursive(
    leaves | values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
tools = st.fixed_dictionaries(
    {"name": st.text(max_size=80), "description": junk, "parameters": st.dictionaries(keys, junk) | junk},
    optional={"outputSchema": junk, "annotations": junk, "title": junk},
)


@given(st.lists(tools, max_size=6, unique_by=lambda tool: tool["name"].strip()), st.text(max_size=20))
def test_no_tool_is_so_odd_that_it_gets_lost(tools, service):
    blank = Api(name="", description="", parameters={}, service=service)
    apis = list(to_apis(tools, blank))
    assert all(valid(api) is None for api in apis)
    assert len({api.name for api in apis}) == len(apis)
    seen = [(api.description, api.parameters, api.returns) for tool in tools for api in to_apis([tool], blank)]
    assert len(seen) == len(tools)
    assert all((api.description, api.parameters, api.returns) in seen for api in apis)


@given(junk | st.text(), st.sampled_from([".json", ".jsonl"]))
def test_any_json_is_read_or_refused_with_one_line(tmp_path_factory, value, suffix):
    path = tmp_path_factory.mktemp("any") / f"tools{suffix}"
    path.write_text(value if isinstance(value, str) else json.dumps([value, WEATHER]), "utf-8", "replace")
    try:
        assert all(valid(api) is None for api in read(str(path)))
    except ToolaceError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)


@pytest.mark.skipif(not ROWS.exists(), reason="the published rows are not here")
def test_the_tools_of_the_published_rows_import_completely():
    functions = {}
    for row in json.loads(ROWS.read_text(encoding="utf-8")):
        prompt = row["system"]
        for function in json.loads(prompt[prompt.index("[{") : prompt.rindex("}]") + 2]):
            functions[json.dumps(function)] = function
    apis = list(read(str(ROWS)))
    assert len(functions) == len(apis) == 435
    assert all(valid(api) is None for api in apis)
    assert not any(
        str(one["type"]) in ("dict", "float") for api in apis for one in api.parameters["properties"].values()
    )
