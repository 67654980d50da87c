import json
from pathlib import Path

import pytest

from toolace.apis import pool
from toolace.benchmarks import decontamination
from toolace.config import ApisConfig
from toolace.errors import ToolaceError

TEST_SET = decontamination.build([("find_lighthouse", "Find the lighthouse that is nearest to a ship.")], [])


def document(*operations: str) -> str:
    paths = {
        f"/{name}": {
            "get": {"operationId": name, "summary": f"Give the {name} of the harbour office.", "responses": {}}
        }
        for name in operations
    }
    return json.dumps({"openapi": "3.0.0", "info": {"title": "Harbour", "version": "1"}, "paths": paths})


def test_the_everyday_set_is_large_and_varied() -> None:
    apis, _ = pool.build(ApisConfig(sources=["everyday"]), TEST_SET)
    assert len(apis) >= 60
    assert len({api.domain for api in apis}) >= 20
    assert all(len(api.asks) >= 8 and api.license for api in apis)
    fields = [field for api in apis for field in api.parameters["properties"].values()]
    assert all(field["description"] for field in fields)
    assert {"object", "array", "number", "integer", "boolean", "string"} == {field["type"] for field in fields}


def test_names_are_unique_caps_hold_and_test_functions_stay_out(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(document("tides", "berths", "find_lighthouse", "pilots", "fees"))
    (tmp_path / "two.json").write_text(document("tides"))
    config = ApisConfig(sources=["openapi"], openapi_path=str(tmp_path), per_service=2)
    apis, left_out = pool.build(config, TEST_SET)
    names = [api.name for api in apis]
    assert len(names) == len(set(names)) == 2
    assert not any("lighthouse" in name for name in names)
    assert left_out["in a test set"] == 1
    assert left_out["over the cap of its service"] == 2
    assert left_out["name is taken"] == 1


def test_a_broken_document_in_a_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.json").write_text(document("tides"))
    (tmp_path / "broken.json").write_text('{"openapi": ')
    apis, _ = pool.build(ApisConfig(sources=["openapi"], openapi_path=str(tmp_path)), TEST_SET)
    assert len(apis) == 1
    assert "broken.json" in capsys.readouterr().err


def test_a_pool_of_which_nothing_is_left_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(document("find_lighthouse"))
    with pytest.raises(ToolaceError, match="no usable API"):
        pool.build(ApisConfig(sources=["openapi"], openapi_path=str(tmp_path)), TEST_SET)
