import importlib.util
import itertools
import json

import pytest

from toolace.apis.normalise import valid
from toolace.apis.sources import google_discovery
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


def test_methods_become_apis(folder):
    write(folder, "library.v1.json", LIBRARY)
    apis = {api.name: api for api in google_discovery.read()}
    assert apis.keys() == {
        "library.shelves.list",
        "library.books.create",
        "library.shelves.books.list",
        "library.archive.books.list",
    }
    api = apis["library.books.create"]
    assert (api.service, api.domain, api.license, api.source) == (
        "Cloud Library",
        "Cloud Library",
        "Apache-2.0",
        "google_discovery",
    )
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


def test_the_same_description_comes_once(folder):
    write(folder, "library.v1.json", LIBRARY)
    write(folder, "museum.v1.json", LIBRARY | {"name": "museum", "title": "Museum API"})
    assert len(list(google_discovery.read())) == 4


def test_an_index_and_a_deprecated_document_are_passed_over(folder):
    write(folder, "index.json", {"items": []})
    write(folder, "old.v1.json", LIBRARY | {"title": "Library API (Deprecated)"})
    assert list(google_discovery.read()) == []


def test_a_damaged_document_is_named(folder):
    (folder / "library.v1.json").write_text("{")
    with pytest.raises(ToolaceError, match=r"library\.v1\.json is damaged .*: reinstall google-api-python-client"):
        list(google_discovery.read())


def test_a_missing_package_names_the_fix(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolaceError, match="pip install google-api-python-client"):
        list(google_discovery.read())


def test_the_installed_documents():
    pytest.importorskip("googleapiclient")
    apis = list(itertools.islice(google_discovery.read(), 40))
    assert len(apis) == 40
    assert [valid(api) for api in apis] == [None] * 40
    assert all(api.service and api.description[-1] in ".!?" for api in apis)
