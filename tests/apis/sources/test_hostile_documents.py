"""Documents that are broken or mean harm: each is read or refused, in bounded time and memory."""

import importlib.util
import json
import re
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.normalise import valid
from toolace.apis.sources.openapi import read
from toolace.errors import ToolaceError


@pytest.fixture
def save(tmp_path):
    def write(content, name="api.yaml"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def ref(name):
    return {"$ref": name}


def body(schema):
    return {"content": {"application/json": {"schema": schema}}}


def small(**operation):
    paths = {"/orders": {"get": {"description": "Lists the orders."} | operation}}
    return {"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": paths}


def bounded(path, seconds=2.0, megabytes=60):
    """Reads a document; fails when that takes long or much memory."""
    tracemalloc.start()
    start = time.process_time()
    apis = list(read(path))
    taken, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (taken < seconds, peak < megabytes * 1e6) == (True, True), (taken, peak)
    assert all(valid(api) is None for api in apis)
    assert len(json.dumps([api.parameters for api in apis])) < 10_000 * len(apis)
    return apis


@pytest.mark.parametrize("kind", ["$ref", "allOf", "anyOf", "items", "properties"])
@pytest.mark.parametrize("last", ["c0", "c199", "Pet"])
def test_long_chains_and_cycles_of_references(save, kind, last):
    document = small(requestBody=body(ref("#/c0")), parameters=[ref("#/c0")], responses=ref("#/c0"))
    for index in range(200):
        link = ref(f"#/{f'c{index + 1}' if index < 199 else last}")
        document[f"c{index}"] = {
            "$ref": link,
            "allOf": {"allOf": [link, link]},
            "anyOf": {"anyOf": [link, {}]},
            "items": {"type": "array", "items": link},
            "properties": {"type": "object", "properties": dict.fromkeys("abc", link)},
        }[kind]
    assert len(bounded(save(document | {"Pet": {"properties": {"name": {"type": "string"}}}}, "api.json"))) == 1


def test_references_to_themselves_end(save):
    document = small(requestBody={"$ref": "#/paths/~1orders/get/requestBody"}, parameters=[{"$ref": "#/x"}])
    document["x"] = {"$ref": "#/y"}
    document["y"] = {"$ref": "#/x", "allOf": [{"$ref": "#/x"}, {"$ref": "#/y"}]}
    assert [api.parameters["properties"] for api in bounded(save(document, "loop.json"))] == [{}]


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@pytest.mark.parametrize("depth", [150, 900, 100_000])
def test_deep_documents_are_read_or_refused(save, suffix, depth):
    deep = '{"properties": ' * depth + "{}" + "}" * depth
    content = json.dumps(
        small(requestBody=body("DEEP"), responses={"200": {"content": {"a/json": {"example": "DEEP"}}}})
    )
    path = save(content.replace('"DEEP"', deep), f"api{suffix}")
    try:
        assert len(bounded(path)) == 1
    except ToolaceError as error:
        assert depth > 200
        assert re.fullmatch(
            rf"{re.escape(path)}[^\n]*(nested too deep|nested deeper than 200 levels)[^\n]*", str(error)
        )


ALIASES = ", ".join(["*a{0}"] * 9)


@pytest.mark.parametrize(
    "line",
    [
        "[" + ALIASES + "]",
        "{{allOf: [" + ALIASES + "]}}",
        "{{<<: [" + ALIASES + "]}}",
        "{{type: object, properties: {{"
        + ", ".join(f"p{key}: *a{{0}}" for key in range(9))
        + "}}, example: [*a{0}, *a{0}]}}",
    ],
)
def test_yaml_bombs_stay_small(save, line):
    lines = ["a0: &a0 {type: string}", *(f"a{index}: &a{index} {line.format(index - 1)}" for index in range(1, 40))]
    content = "\n".join([*lines, "openapi: 3.0.0", "info: {title: *a39}", "paths:", "  /x: *a39", "  /a:", "    post:"])
    content += "\n      description: Sets off the bomb.\n      parameters: *a39"
    content += "\n      requestBody: {content: {application/json: {schema: *a39}}}"
    content += "\n      responses: {200: {content: {application/json: {example: *a39, schema: *a39}}}}"
    assert [api.description for api in bounded(save(content))] == ["Sets off the bomb."]


def test_mutated_documents_are_read_or_refused(tmp_path):
    """`eval/fuzz_documents.py` does this with 10,000 documents."""
    spec = importlib.util.spec_from_file_location("fuzz", Path(__file__).parents[3] / "eval" / "fuzz_documents.py")
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    outcomes = Counter(fuzz.outcome(fuzz.made(1, index, fuzz.originals(None), tmp_path)) for index in range(150))
    assert outcomes.keys() == {"apis", "no apis", "refused"}
    assert min(outcomes["apis"], outcomes["refused"]) > 40


KEYS = [
    *("get", "parameters", "name", "in", "schema", "requestBody", "content", "application/json", "responses", "200"),
    *("example", "examples", "value", "$ref", "allOf", "oneOf", "properties", "required", "type", "items", "enum"),
    *("tags", "operationId", "summary", "description"),
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["#/paths", "#/x", "object"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(paths=st.dictionaries(st.text(max_size=5), JUNK, max_size=3), info=JUNK, x=JUNK)
def test_any_document_yields_valid_apis_only(tmp_path_factory, paths, info, x):
    path = tmp_path_factory.getbasetemp() / "junk.json"
    path.write_text(json.dumps({"openapi": "3.0.0", "info": info, "paths": paths, "x": x}))
    assert all(valid(api) is None for api in read(str(path)))


@settings(max_examples=150, deadline=None)
@given(operation=JUNK, body=JUNK, x=JUNK)
def test_any_operation_yields_valid_apis_only(tmp_path_factory, operation, body, x):
    operation = (operation if isinstance(operation, dict) else {}) | {"description": "Does what nobody knows."}
    operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    document = {"openapi": "3.0.0", "info": {}, "paths": {"/a": {"post": operation}}, "x": x}
    path = tmp_path_factory.getbasetemp() / "junk.json"
    path.write_text(json.dumps(document))
    assert all(valid(api) is None for api in read(str(path)))
