"""What documents are found and refused, and what is taken from them as a whole."""

import json
import os

import pytest

from toolace.apis.sources import openapi
from toolace.apis.sources.openapi import documents, read
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError


@pytest.fixture
def save(tmp_path):
    def write(content, name="api.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(content) if isinstance(content, dict) else content
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def small(**operation):
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop"},
        "paths": {"/orders": {"get": {"description": "Lists the orders."} | operation}},
    }


@pytest.mark.parametrize(
    ("tags", "route", "functionality"),
    [
        (["Pet care", "x"], "/pets", "Pet care"),
        (["petCare"], "/pets", "Pet care"),
        (["default"], "/api/v2/pet-owners/{id}/toys", "Pet owners"),
        ([], "/rest/2.0/{id}/Accounts.json", "Accounts"),
        ("oops", "/{id}", ""),
        ([7], "/v1", ""),
        (["犬"], "/x", "犬"),
    ],
)
def test_the_functionality_is_the_tag_or_the_first_telling_segment(save, tags, route, functionality):
    document = small(tags=tags)
    document["paths"] = {route: document["paths"]["/orders"]}
    assert [api.functionality for api in read(save(document))] == [functionality]


@pytest.mark.parametrize(
    ("extra", "info", "provider"),
    [
        ({"servers": [{"url": "https://Api.Shop.example.com:8080/v1.json"}]}, {}, "api.shop.example.com"),
        ({"servers": [{"url": "https://{region}.shop.com/"}], "host": "x.com"}, {}, "shop.com"),
        ({"servers": [{"url": "/v1/a.b"}]}, {}, ""),
        ({"servers": [{"url": "http://localhost/a.b"}]}, {}, ""),
        ({"host": "petstore.swagger.io"}, {"x-providerName": 3}, "petstore.swagger.io"),
        ({"host": "eu.shop.com"}, {"x-providerName": "shop.com"}, "shop.com"),
        ({"servers": "x", "host": ["x"]}, {}, ""),
    ],
)
def test_the_provider_is_a_domain_name(save, extra, info, provider):
    document = small() | extra
    document["info"] |= info
    assert [api.provider for api in read(save(document))] == [provider]


@pytest.mark.parametrize(
    ("categories", "area"),
    [
        (["iot", "cloud"], "Internet of things"),
        ("open_data", "Open data"),
        (["media"], "Media"),
        (list("security"), ""),
        ([], ""),
        ([[]], ""),
        ({"a": 1}, ""),
    ],
)
def test_the_area_is_the_first_category(save, categories, area):
    document = small()
    document["info"]["x-apisguru-categories"] = categories
    assert [api.area for api in read(save(document))] == [area]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("openapi: 3.0.0\npaths: [1}", r"api\.yaml, line 2: malformed YAML"),
        ("- 1", r"api\.yaml: no OpenAPI 3 or Swagger 2 document with `paths`; give one"),
        ("openapi: 3.0.0", "no OpenAPI 3 or Swagger 2 document"),
        ("openapi: 4.0.0\npaths: {}", "no OpenAPI 3 or Swagger 2 document"),
        (b'\xff\xfe{"openapi": "3.0.0"}', r"api\.yaml: not UTF-8 at byte 0; save it as UTF-8"),
        ('{"openapi": "3.0.0", "paths": {"/a": {"get"', r"api\.yaml, line \d: malformed YAML"),
        ("paths: {}", "no OpenAPI 3 or Swagger 2 document"),
    ],
)
def test_one_broken_file_is_an_error(save, content, message):
    with pytest.raises(ToolaceError, match=message) as error:
        list(read(save(content)))
    assert "\n" not in str(error.value)


def openapi_at(path):
    return ApisConfig(openapi=DocumentsConfig(path=str(path)))


def test_documents_of_a_path(save, tmp_path):
    files = [save(small(), "a.yaml"), save("{", "c.json"), save(small(), "deep/b.JSON")]
    save("no document", "readme.txt")
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    assert documents(openapi_at(tmp_path)) == [*files, str(tmp_path / "pipe.json")]
    assert documents(openapi_at(files[0])) == [files[0]]
    assert documents(openapi_at("https://example.org/x")) == ["https://example.org/x"]
    with pytest.raises(ToolaceError, match=r"pipe\.json: no such file"):
        list(read(str(tmp_path / "pipe.json")))


@pytest.mark.parametrize(
    ("path", "message"),
    [(None, "give apis.openapi.path="), ("none", "none: no such file or folder"), (".", r"\.yml file in this folder")],
)
def test_a_path_without_documents_is_an_error(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ToolaceError, match=message):
        documents(ApisConfig(openapi=DocumentsConfig(path=path)))


def test_an_address_is_read_and_its_files_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(openapi, "fetch", lambda address: small(requestBody={"$ref": "body.json"}))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body.json").write_text(
        '{"content": {"a/json": {"schema": {"properties": {"a": {"type": "integer"}}}}}}'
    )
    assert [api.parameters["properties"] for api in read("https://example.org/api.json")] == [{}]


def test_a_document_that_takes_too_long_is_refused(save, monkeypatch):
    monkeypatch.setattr(openapi, "MAX_SECONDS", 0.0)
    with pytest.raises(ToolaceError, match=r"api\.yaml: takes longer than 0 s to read; split the document"):
        list(read(save(small())))
