import json

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.descriptions import (
    bookkeeping,
    deprecated,
    describe,
    human,
    license_name,
    output_only,
    plumbing,
    readable_name,
    words,
)
from toolace.apis.normalise import DEPTH, PROPERTIES, WIDTH, parameters, returns, valid
from toolace.records import Api

KEYWORDS = {
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "default",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "examples",
}


def plain(node):
    return node


def objects(schema, level=1):
    """Yields each object schema with its level."""
    if "properties" in schema:
        yield schema, level
        for child in schema["properties"].values():
            yield from objects(child, level + 1)
    if "items" in schema:
        yield from objects(schema["items"], level)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>Lists <b>all</b> pets.</p>", "Lists all pets."),
        ("Required. The [video](https://x.org/a_(b)) to rate", "The video to rate."),
        ("Optional. The `pageToken` of [Foo][google.x.Foo]. Optional.", "The pageToken of Foo."),
        ("The special value `me` works.", "The special value 'me' works."),
        ("A filter (https://x.org/f) for logs.For example, a word.", "A filter for logs. For example, a word."),
        ("Gets a pet. See https://x.org for more. For more information, read on.", "Gets a pet."),
        ("The colour. Possible values are:\n* red\n* blue", "The colour."),
        ("The colour, one of: - red - blue", "The colour, one of."),
        (
            "# Title\n\nSome *strong* words, e.g. These ones &amp; those",
            "Title. Some strong words, e.g. These ones & those.",
        ),
        ("maxResults is a limit", "maxResults is a limit."),
        ("The parent. Format: `projects/{project}/pets/{pet}`.", "The parent. Format: projects/{project}/pets/{pet}."),
        ("Matches [a-z][a-z0-9-]* only.", "Matches [a-z][a-z0-9-]* only."),
        ("The `Book.Title` field of it.", "The Book.Title field of it."),
        ("The parent, in the format:\n- projects/x", "The parent."),
        ("", ""),
        (None, ""),
        (["no text"], ""),
        ("\ud800 lone", "lone."),
    ],
)
def test_describe_reads_like_a_sentence(raw, clean):
    assert describe(raw).lower() == clean.lower()


def test_describe_keeps_whole_sentences_within_the_limit():
    text = "Books a table. " + "It takes a while because the kitchen is far away. " * 10
    assert describe(text, 60) == "Books a table."
    assert 100 < len(describe(text)) <= 200
    assert describe(text).endswith("far away.")


def test_describe_cuts_one_overlong_sentence_at_a_clause():
    text = "Books a table at one of the restaurants that are near to you or to your friends, " + "and so on " * 40
    assert describe(text) == "Books a table at one of the restaurants that are near to you or to your friends."


@given(st.text(max_size=400))
def test_describe_is_bounded_and_plain(text):
    clean = describe(text)
    assert len(clean) <= 201
    assert "\n" not in clean
    clean.encode()


@settings(max_examples=20)
@given(st.sampled_from(["[", "(", "*", "_", "<a ", "`", "![](", "- ", "note: ", ". A", "\n"]), st.integers(1, 2000))
def test_describe_stands_repetition(piece, times):
    assert len(describe(piece * times)) <= 201


def test_words_of_identifiers():
    assert words("maxResults") == ("max", "results")
    assert words("HTTPServer_v2-id") == ("http", "server", "v2", "id")
    assert words("listVMs") == ("list", "vms")
    assert words("日本") == ()


def test_readable_name_drops_the_middle():
    assert readable_name("YouTube Data", "videos", "getRating") == "you_tube_data.videos.get_rating"
    assert readable_name("a" * 30, "b" * 30, "c" * 20) == "a" * 30 + "." + "c" * 20
    assert readable_name("3D models", "list") == "d_models.list"


@given(st.lists(st.text(max_size=80), max_size=6))
def test_readable_name_is_a_name_or_empty(parts):
    name = readable_name(*parts)
    assert len(name) <= 64
    assert not name or valid(Api(name=name, description="Long enough.", parameters={"type": "object"})) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("YouTube Data API v3", "YouTube Data"),
        ("Google Docs API", "Google Docs"),
        ("Swagger Petstore - OpenAPI 3.0", "Swagger Petstore - OpenAPI 3.0"),
        ("API", "API"),
        (None, ""),
    ],
)
def test_human_titles(title, name):
    assert human(title) == name


def test_plumbing_names():
    assert all(
        map(plumbing, ["alt", "$.xgafv", "oauth_token", "prettyPrint", "X-Api-Key", "pageToken", "If-None-Match"])
    )
    assert not any(map(plumbing, ["query", "keyword", "fieldName", "tokens", "page"]))
    assert all(map(bookkeeping, ["prettyPrint", "pageToken", "etag"]))
    assert not any(map(bookkeeping, ["key", "fields", "accept", "appId"]))  # data in a body, plumbing in a query


def test_marks_in_descriptions():
    assert deprecated({"description": "Deprecated: use other."})
    assert deprecated({"deprecated": True})
    assert not deprecated({"description": "Lists deprecated items."})
    assert output_only({"description": "Output only. When it was made."})
    assert output_only({"readOnly": True})
    assert not output_only({"description": "Whether to show read only files."})


def test_parameters_keeps_the_subset_only():
    schema = parameters(
        {
            "type": "object",
            "title": "T",
            "additionalProperties": False,
            "required": ["size", "ghost"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9, "default": "3", "x-internal": 1},
                "colour": {"type": "string", "enum": ["COLOUR_UNSPECIFIED", "red", "red", "blue"], "default": "green"},
                "when": {"type": ["null", "string"], "format": "date-time", "example": "2024-01-02T03:04:05Z"},
                "tags": {"type": "array", "maxItems": 3, "items": {"type": "string", "description": "one"}},
                "old": {"type": "string", "deprecated": True},
                "made": {"type": "string", "description": "Output only. Time of making."},
                "pageToken": {"type": "string"},
                "$filter": {"type": "string"},
                "unknown": {"description": "No type at all."},
            },
        },
        plain,
    )
    assert schema == {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "description": "Size.", "minimum": 1, "maximum": 9},
            "colour": {"type": "string", "description": "Colour.", "enum": ["red", "blue"]},
            "when": {
                "type": "string",
                "description": "When.",
                "format": "date-time",
                "examples": ["2024-01-02T03:04:05Z"],
            },
            "tags": {"type": "array", "description": "Tags.", "items": {"type": "string"}, "maxItems": 3},
        },
        "required": ["size"],
    }


def test_required_and_telling_properties_come_first_and_twelve_stay():
    many = {f"extraOption{index}": {"type": "string"} for index in range(20)}
    properties = many | {"name": {"type": "string"}, "zoneId": {"type": "string"}}
    schema = parameters({"type": "object", "properties": properties, "required": ["zoneId"]}, plain)
    assert list(schema["properties"])[:2] == ["zoneId", "name"]
    assert len(schema["properties"]) == WIDTH


def test_deep_levels_give_way_to_the_budget():
    leaf = {"type": "object", "properties": {f"p{index}": {"type": "string"} for index in range(12)}}
    wide = {"type": "object", "properties": {"name": {"type": "string"}} | {f"o{index}": leaf for index in range(5)}}
    assert parameters(wide, plain)["properties"].keys() == {"name"}


def test_a_required_object_too_deep_leaves_its_type():
    leaf = {"type": "object", "properties": {f"p{index}": {"type": "string"} for index in range(12)}}
    node = {"type": "object", "properties": {"a": leaf, "b": leaf, "c": {"type": "array", "items": leaf}}}
    schema = parameters(node | {"required": ["a", "c"]}, plain)
    assert schema["properties"] == {
        "a": {"type": "object", "description": "A."},
        "c": {"type": "array", "description": "C.", "items": {"type": "object"}},
    }
    assert schema["required"] == ["a", "c"]


def test_cycles_by_reference_are_cut():
    person = {"type": "object", "properties": {"name": {"type": "string"}, "boss": {"$ref": "person"}}}
    schema = parameters({"$ref": "person"}, lambda node: person if "$ref" in node else node)
    assert schema["properties"].keys() == {"name"}


def test_cycles_in_memory_are_cut():
    array: dict = {"type": "array"}
    array["items"] = array
    node: dict = {"type": "object", "properties": {"tree": array, "name": {"type": "string"}}}
    node["properties"]["self"] = node
    schema = parameters(node, plain)
    assert max(level for _, level in objects(schema)) <= DEPTH
    assert "tree" not in schema["properties"]


def test_returns_of_objects_arrays_and_nothing():
    pet = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}}}
    assert returns(pet, plain) == {
        "type": "object",
        "properties": {"id": {"type": "integer", "description": "Id."}},
    }
    assert returns({"type": "array", "items": pet}, plain)["items"]["properties"].keys() == {"id"}
    assert returns({"type": "object"}, plain) is None
    assert returns({}, plain) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEY = st.sampled_from([*sorted(KEYWORDS), "$ref", "allOf", "deprecated", "example"])
NODE = st.recursive(
    st.dictionaries(KEY, JSON, max_size=5),
    lambda inner: (
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.text("abc-", min_size=1, max_size=4), inner)},
            optional={"required": st.lists(st.sampled_from(["a", "b", "c"])), "description": st.text(max_size=20)},
        )
        | st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner}, optional={"minItems": JSON, "default": JSON}
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(NODE)
def test_any_schema_becomes_a_valid_small_one(node):
    schema = parameters({"type": "object", "properties": {"top": node, "other": node}, "required": ["top"]}, plain)
    assert valid(Api(name="a", description="Long enough.", parameters=schema)) is None
    found = list(objects(schema))
    assert sum(len(each["properties"]) for each, _ in found) <= PROPERTIES
    for each, level in found:
        assert level <= DEPTH
        assert len(each["properties"]) <= WIDTH
        assert set(each.get("required", [])) <= each["properties"].keys()
        for name, child in each["properties"].items():
            assert child["description"] or not words(name)
            assert child.keys() <= KEYWORDS
    assert msgspec.json.decode(msgspec.json.encode(schema)) == schema


def api(**changes):
    return Api(**{"name": "pets.list", "description": "Lists all pets.", "parameters": {"type": "object"}} | changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"parameters": {"type": "object", "properties": {"a": {"type": "string", "x-values": "city"}}}}, None),
        ({"name": "list pets"}, "name"),
        ({"name": "9lives"}, "name"),
        ({"name": "a" * 65}, "name"),
        ({"name": ""}, "name"),
        ({"description": " Lists.  "}, "description"),
        ({"parameters": {"type": "array"}}, "object"),
        ({"parameters": {"type": "object", "properties": {"a": {"type": "text"}}}}, "JSON Schema"),
        ({"parameters": {"type": "object", "properties": []}}, "JSON Schema"),
        ({"parameters": {"type": "object", "required": ["a"]}}, "required"),
        ({"parameters": {"type": "object", "$schema": "https://example.org/unknown"}}, None),
    ],
)
def test_valid_gives_the_reason(changes, reason):
    found = valid(api(**changes))
    assert found is None if reason is None else reason in (found or "")


def test_our_subset_is_draft_2020_12():
    schema = parameters({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "number"}}}}, plain)
    assert jsonschema_rs.Draft202012Validator(schema).is_valid({"a": [1, 2.5]})
    assert json.dumps(schema)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("The MIT License", "MIT"),
        ("CC BY-SA 3.0", "CC BY-SA 3.0"),
        ("  my  own ", "my own"),
        (None, ""),
    ],
)
def test_licences_are_called_by_one_name(given, name):
    assert license_name(given) == name


def test_schemas_that_refer_to_each_other_many_times_are_given_up():
    document = {f"s{i}": {f"p{j}": {"$ref": f"s{i + 1}"} for j in range(1000)} for i in range(4)}
    looked = 0

    def expand(node):
        nonlocal looked
        looked += 1
        return {"type": "object", "properties": document.get(node["$ref"], {})} if "$ref" in node else node

    parameters({"type": "object", "properties": document["s0"]}, expand)
    assert looked < 50_000
