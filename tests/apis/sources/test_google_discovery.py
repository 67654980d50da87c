import importlib.util
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolace.apis.normalise import valid
from toolace.apis.sources import google_discovery
from toolace.config import ApisConfig
from toolace.errors import ToolaceError

LIBRARY = {
    "name": "library",
    "version": "v1",
    "title": "Cloud Library API",
    "parameters": {"alt": {"type": "string"}, "secretPlumbing": {"type": "string"}},
    "schemas": {
        "Book": {
            "id": "Book",
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "Identifier. The resource name."},
                "title": {"type": "string", "description": "Required. The title of the book."},
                "pages": {"type": "string", "format": "int64", "description": "How many pages.", "default": "12"},
                "author": {"$ref": "Author", "description": "Who wrote it."},
                "createTime": {"type": "string", "format": "google-datetime", "description": "Output only. Made then."},
                "dueTime": {"type": "string", "format": "google-datetime", "description": "When it is due."},
                "copies": {"type": "integer", "annotations": {"required": ["library.shelves.books.create"]}},
            },
        },
        "Author": {
            "id": "Author",
            "type": "object",
            "properties": {"fullName": {"type": "string"}, "books": {"type": "array", "items": {"$ref": "Book"}}},
        },
    },
    "resources": {
        "shelves": {
            "methods": {
                "list": {"id": "library.shelves.list", "description": "Lists the shelves.", "parameters": {}},
                "burn": {"id": "library.shelves.burn", "description": "Burns a shelf.", "deprecated": True},
                "mute": {"id": "library.shelves.mute"},
            },
            "resources": {
                "books": {
                    "methods": {
                        "create": {
                            "id": "library.shelves.books.create",
                            "description": "Creates a book. See https://example.org.",
                            "parameters": {
                                "shelf": {"type": "string", "location": "path", "required": True},
                                "tag": {"type": "string", "repeated": True, "description": "Tags of the book."},
                                "loan.maxDays": {"type": "integer", "minimum": "1", "maximum": "30"},
                                "secretPlumbing": {"type": "string"},
                                "pageToken": {"type": "string"},
                            },
                            "request": {"$ref": "Book"},
                            "response": {"$ref": "Book"},
                        },
                        "list": {"id": "library.shelves.books.list", "description": "Lists the books of a shelf."},
                    }
                }
            },
        },
        "archive": {
            "resources": {
                "books": {
                    "methods": {
                        "list": {"id": "library.archive.books.list", "description": "Lists the books in the archive."},
                        "again": {"id": "library.archive.books.again", "description": "Lists the shelves."},
                    }
                }
            }
        },
    },
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(google_discovery, "_folder", lambda: tmp_path)
    return tmp_path


def write(folder, name, document):
    (folder / name).write_text(json.dumps(document))


def read_all():
    return [api for document in google_discovery.documents(ApisConfig()) for api in google_discovery.read(document)]


def test_methods_become_apis(folder):
    write(folder, "library.v1.json", LIBRARY)
    apis = {api.name: api for api in read_all()}
    assert apis.keys() == {
        "library.shelves.list",
        "library.books.create",
        "library.shelves.books.list",
        "library.archive.books.list",
    }
    api = apis["library.books.create"]
    assert (api.service, api.provider, api.license, api.source) == (
        "Cloud Library",
        "googleapis.com",
        "Apache-2.0",
        "google_discovery",
    )
    assert (api.area, api.domain) == ("", "")
    assert api.description == "Creates a book."
    properties = api.parameters["properties"]
    assert properties == {
        "title": {"type": "string", "description": "The title of the book."},
        "shelf": {"type": "string", "description": "Shelf."},
        "copies": {"type": "integer", "description": "Copies."},
        "pages": {"type": "integer", "description": "How many pages.", "default": 12},
        "author": {
            "type": "object",
            "description": "Who wrote it.",
            "properties": {"fullName": {"type": "string", "description": "Full name."}},
        },
        "tag": {"type": "array", "description": "Tags of the book.", "items": {"type": "string"}},
        "loan": {
            "type": "object",
            "description": "Loan.",
            "properties": {"maxDays": {"type": "integer", "description": "Max days.", "minimum": 1, "maximum": 30}},
        },
        "dueTime": {"type": "string", "description": "When it is due.", "format": "date-time"},
    }
    assert api.parameters["required"] == ["title", "shelf", "copies"]
    assert "createTime" in api.returns["properties"]


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["v1", "v2"], ["v2"]),
        (["v9", "v10"], ["v10"]),
        (["v1", "v2beta1"], ["v1"]),
        (["v1alpha", "v1beta", "v1beta2"], ["v1beta2"]),
        (["v1.2", "v1.10"], ["v1.10"]),
        (["v1p1beta1", "v1p2beta1"], ["v1p2beta1"]),
        (["directory_v1", "directoryv1", "reports_v1"], ["directory_v1", "reports_v1"]),
        (["alpha", "beta", "v1"], ["v1"]),
    ],
)
def test_only_the_newest_version(folder, versions, newest):
    for version in versions:
        write(folder, f"library.{version}.json", {})
    assert sorted(path.stem.partition(".")[2] for path in google_discovery._newest(folder)) == newest


def test_the_same_description_comes_once_in_a_document(folder):
    write(folder, "library.v1.json", LIBRARY)
    write(folder, "museum.v1.json", LIBRARY | {"name": "museum", "title": "Museum API"})
    names = [api.name for api in read_all()]
    assert len(names) == len(set(names)) == 8


def test_an_index_and_a_deprecated_document_are_passed_over(folder):
    write(folder, "index.json", {"items": []})
    write(folder, "old.v1.json", LIBRARY | {"title": "Library API (Deprecated)"})
    assert len(google_discovery.documents(ApisConfig())) == 2
    assert read_all() == []


@pytest.mark.parametrize(
    ("resources", "group"),
    [
        (("spreadsheets", "values"), "Spreadsheet values"),
        (("projects", "locations", "instances", "backups"), "Instance backups"),
        (("projects", "locations", "keyRings", "cryptoKeys"), "Key ring crypto keys"),
        (("customers", "customerLinks"), "Customer links"),
        (("projects", "locations"), "Locations"),
        (("a", "analyses", "boxes", "policies"), "Box policies"),
        ((), ""),
    ],
)
def test_the_path_of_a_resource_in_human_words(resources, group):
    assert google_discovery._group(resources) == group


@pytest.mark.parametrize(
    ("node", "example"),
    [
        ({"pattern": "^projects/[^/]+/locations/[^/]+$"}, "projects/my-project/locations/us-central1"),
        ({"pattern": "^folders/[^/]+/keyRings/.*$"}, "folders/123456789012/keyRings/my-key-ring"),
        ({"pattern": "^users/[^/]+/settings$", "description": "Format: racks/{rack}"}, "users/my-user/settings"),
        ({"description": "The book. Format: `racks/{rack}/books/{book_id}`."}, "racks/my-rack/books/my-book"),
        ({"description": "Written as policies/*/zones/[ZONE]"}, "policies/my-policy/zones/us-central1-a"),
        (
            {"description": "Of the form projects/PROJECT_ID/topics/<topic>, or so."},
            "projects/my-project/topics/my-topic",
        ),
        ({"pattern": "^[^/]+$"}, None),
        ({"pattern": "^services/[^/]+/[^/]+$"}, None),
        ({"description": "A filter such as projects/{project}."}, None),
        ({"description": "The ID of a book in racks/{rack}."}, None),
        ({"description": "An image/* or https://example.org/books/{book} and/or name=books/{book}"}, None),
        ({"description": "Words/{word}~{word} and books/{book}@{page}"}, None),
        ({}, None),
    ],
)
def test_the_name_of_a_resource_has_examples(node, example):
    names = google_discovery._resource_names(node)
    assert names[:1] == ([example] if example else [])
    assert len(names) == len(set(names)) == (2 if example else 0)


def test_examples_reach_the_parameters(folder):
    method = {
        "id": "library.loans.create",
        "description": "Lends a book.",
        "parameters": {
            "parent": {
                "type": "string",
                "pattern": "^racks/[^/]+$",
                "description": "Required. The rack. Format: racks/{rack}",
                "required": True,
            }
        },
    }
    write(folder, "library.v1.json", LIBRARY | {"resources": {"loans": {"methods": {"create": method}}}})
    (api,) = read_all()
    assert api.parameters["properties"]["parent"] == {
        "type": "string",
        "description": "The rack. Format: racks/{rack}.",
        "examples": ["racks/my-rack", "racks/test-rack"],
    }


@given(st.text(alphabet="s/{}*[]<>%~@ aPROJ_-.^+$", max_size=60))
def test_examples_are_whole_names(text):
    for name in google_discovery._resource_names({"pattern": text}):
        assert re.fullmatch(r"[a-z]\w*s(/[\w-]+)+", name)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'{"title": "\xff"}',
        b'{"resources": ' + b'{"a":' * 5000,
        b'{"resources": {"books": {"methods": {"list": {}}}}}',
        json.dumps(LIBRARY).replace('"string"', "7").encode(),
    ],
)
def test_a_damaged_document_is_named(folder, data):
    (folder / "library.v1.json").write_bytes(data)
    with pytest.raises(ToolaceError, match=r"library\.v1\.json is damaged .*: reinstall google-api-python-client"):
        read_all()


def test_a_missing_package_names_the_fix(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolaceError, match="pip install google-api-python-client"):
        google_discovery.documents(ApisConfig())


keys = st.sampled_from(["Book", "Author", "library.shelves.list", "a.b", "." * 50, "", "v1"]) | st.text(max_size=5)
nodes = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "$ref": keys,
            "type": st.sampled_from(["string", "integer", "array", "object", "boolean", "any"]),
            "description": st.text(max_size=20),
            "format": st.sampled_from(["int64", "google-datetime", "x"]),
            "pattern": st.text(max_size=10),
            "enum": st.lists(st.text(max_size=3), max_size=3),
            "default": st.text(max_size=5) | st.just("9" * 5000),
            "minimum": st.sampled_from(["1", "-inf", "nan", "9" * 5000, ""]),
            "required": st.booleans(),
            "repeated": st.booleans(),
        },
    ),
    lambda inner: st.fixed_dictionaries({}, optional={"properties": st.dictionaries(keys, inner), "items": inner}),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    schemas=st.dictionaries(keys, nodes, max_size=4),
    parameters=st.dictionaries(keys, nodes, max_size=4),
    request=nodes,
    response=nodes,
    path=st.lists(keys, max_size=4),
)
def test_any_document_gives_valid_apis(folder, schemas, parameters, request, response, path):
    method = {
        "id": "library.shelves.list",
        "description": "Lists the shelves of a library.",
        "parameters": parameters,
        "request": request,
        "response": response,
    }
    resource = {"methods": {"list": method}}
    for name in path:
        resource = {"resources": {name: resource}}
    write(folder, "library.v1.json", LIBRARY | {"schemas": schemas, "resources": {"shelves": resource}})
    (api,) = read_all()
    assert valid(api) is None


def test_the_installed_documents():
    pytest.importorskip("googleapiclient")
    documents = google_discovery.documents(ApisConfig())
    assert len(documents) > 300
    (sheets,) = (document for document in documents if "/sheets." in document)
    apis = {api.name: api for api in google_discovery.read(sheets)}
    assert [valid(api) for api in apis.values()] == [None] * len(apis)
    assert all(api.service == "Google Sheets" and api.description[-1] in ".!?" for api in apis.values())
    assert apis["sheets.values.get"].functionality == "Spreadsheet values"
