import json
from pathlib import Path

import pytest

from toolace.apis import reading
from toolace.apis.reading import MANY, SOURCES, find_documents, read_all
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError
from toolace.records import Api


def write_documents(folder: Path, count: int) -> ApisConfig:
    for number in range(count):
        operation = {"operationId": f"tides_{number}", "summary": f"Give the tides of harbour number {number}."}
        document = {"openapi": "3.0.0", "info": {"title": f"Harbour {number}"}, "paths": {"/t": {"get": operation}}}
        (folder / f"{number:03}.json").write_text(json.dumps(document))
    return ApisConfig(sources=["openapi"], openapi=DocumentsConfig(str(folder)))


def read_sources(config: ApisConfig, workers: int) -> list[Api]:
    return list(read_all(find_documents(config), workers))


def test_every_source_of_the_folder_is_listed() -> None:
    files = {path.stem for path in (Path(reading.__file__).parent / "sources").glob("*.py")} - {"__init__"}
    assert {source.__name__.rpartition(".")[2] for source in SOURCES.values()} == files  # type: ignore[attr-defined]


def test_any_number_of_workers_reads_the_same_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_documents(tmp_path, MANY + 10)
    (tmp_path / "007.json").write_text('{"openapi": ')
    results = []
    for workers in (1, 2):
        monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / f"cache{workers}"))
        results.append(read_sources(config, workers))
    assert results[0] == results[1]
    assert [api.name for api in results[0]] == [f"tides_{n}" for n in range(MANY + 10) if n != 7]


def test_collections_are_read_once_and_again_when_a_document_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(reading, "COLLECTIONS", {"openapi"})
    config = write_documents(folder, MANY + 1)
    first = read_sources(config, 1)
    monkeypatch.setattr(reading, "_read_source", lambda *_: pytest.fail("read again"))
    assert read_sources(config, 1) == first
    (folder / "000.json").write_text("{}")
    with pytest.raises(pytest.fail.Exception, match="read again"):
        read_sources(config, 1)


def test_what_users_bring_is_always_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path / "cache"))
    read_sources(write_documents(tmp_path, MANY + 1), 1)
    assert not (tmp_path / "cache").exists()


def test_unknown_sources_are_named() -> None:
    with pytest.raises(ToolaceError, match="unknown source 'swagger'; known: everyday"):
        find_documents(ApisConfig(sources=["swagger"]))
