from pathlib import Path

import msgspec
import pytest

from toolace.apis.sources.pool_file import documents, read
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Ask

API = Api(
    "ship.find",
    "Find a ship by its name.",
    {"type": "object", "properties": {"name": {"type": "string", "description": "Its name."}}},
    returns={"type": "object"},
    area="Travel",
    domain="Ships",
    functionality="Search",
    source="everyday",
    asks=[Ask("Where is {name}?")],
    parents=["ship.list"],
    evolution=["nest"],
)


def test_a_pool_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_bytes(msgspec.json.encode(API) + b"\n")
    [document] = documents(ApisConfig(pool=DocumentsConfig(str(path))))
    assert list(read(document)) == [API]


@pytest.mark.parametrize(
    "line", [b"{}", b"\xff", b'{"name": "x"', msgspec.json.encode(msgspec.structs.replace(API, name="!"))]
)
def test_a_broken_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_bytes(msgspec.json.encode(API) + b"\n" + line + b"\n")
    with pytest.raises(ToolaceError, match="line 2"):
        list(read(str(path)))


def test_a_missing_pool_is_named() -> None:
    with pytest.raises(ToolaceError, match=r"apis\.pool\.path=None: give"):
        documents(ApisConfig())
