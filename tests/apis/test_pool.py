import json
from pathlib import Path
from typing import Any, Self

import pytest

from toolace.apis.pool import Pool, build
from toolace.benchmarks import decontamination
from toolace.config import ApisConfig, DocumentsConfig, LlmConfig
from toolace.errors import ToolaceError
from toolace.llm.client import Unanswered
from toolace.llm.ledger import Ledger

TEST_SET = decontamination.build([("find_lighthouse", "Find the lighthouse that is nearest to a ship.")], [])


def document(title: str, **operations: str) -> str:
    paths = {
        f"/{name}": {"get": {"operationId": name, "summary": summary, "responses": {}}}
        for name, summary in operations.items()
    }
    return json.dumps({"openapi": "3.0.0", "info": {"title": title, "version": "1"}, "paths": paths})


def build_from(folder: Path, **settings: int) -> Pool:
    config = ApisConfig(sources=["openapi"], openapi=DocumentsConfig(str(folder)), **settings)  # type: ignore[arg-type]
    return build(config, TEST_SET, seed=0, workers=1)


def test_the_everyday_set_is_large_and_varied() -> None:
    apis = build(ApisConfig(sources=["everyday"]), decontamination.load(), seed=0, workers=1).apis
    assert len(apis) >= 180
    assert len({api.domain for api in apis}) >= 20
    assert all(len(api.asks) >= 8 and api.license for api in apis)
    assert all(api.area and api.domain and api.functionality for api in apis)
    fields = [field for api in apis for field in api.parameters["properties"].values()]
    assert all(field["description"] for field in fields)
    assert {"object", "array", "number", "integer", "boolean", "string"} == {field["type"] for field in fields}


def test_duplicates_and_test_functions_stay_out(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(
        document("Hull", tides="Give the tides of the harbour.", find_lighthouse="Find a light.", berths="Free berths.")
    )
    (tmp_path / "two.json").write_text(document("Hull 2", tides="Give the tides of the harbour."))
    pool = build_from(tmp_path)
    assert [api.name for api in pool.apis] == ["hull.tides", "hull.berths"]
    assert pool.left_out() == {"in a test set": 1, "near duplicate": 1}
    assert {one.reason for one in pool.rejected} == {"in a test set: find_lighthouse", "near duplicate: hull.tides"}


def test_a_name_that_is_taken_gets_its_service_in_front(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(document("Hull", list_fees="All the fees that ships pay for a berth."))
    (tmp_path / "two.json").write_text(document("Leith", list_fees="What pilots and tugs cost by the hour."))
    assert [api.name for api in build_from(tmp_path).apis] == ["list_fees", "leith.list_fees"]


def test_users_own_documents_are_never_cut(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(document("Hull", **{f"f{i}": f"Do thing number {i} of all." for i in range(9)}))
    assert len(build_from(tmp_path, per_service=2).apis) == 9


def test_large_collections_are_capped_at_random() -> None:
    config = ApisConfig(sources=["google_discovery"], per_service=2, per_provider=300)
    pools = [build(config, TEST_SET, seed, workers=2) for seed in (0, 1)]
    for pool in pools:
        assert len(pool.apis) == 300
        services = [api.service for api in pool.apis]
        assert max(services.count(service) for service in set(services)) == 2
        assert pool.left_out()["over the cap of its service or provider"] > 1_000
    assert {api.name for api in pools[0].apis} != {api.name for api in pools[1].apis}


def test_evolution_grows_the_pool() -> None:
    config = ApisConfig(sources=["everyday"], evolve=50)
    pool = build(config, TEST_SET, seed=0, workers=1)
    assert sum(api.source == "evolution" for api in pool.apis) == 50
    assert len({api.name for api in pool.apis}) == len(pool.apis)


def test_a_broken_document_in_a_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.json").write_text(document("Hull", tides="Give the tides of the harbour."))
    (tmp_path / "broken.json").write_text('{"openapi": ')
    assert len(build_from(tmp_path).apis) == 1
    assert "broken.json" in capsys.readouterr().err


def test_a_pool_of_which_nothing_is_left_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(document("Hull", find_lighthouse="Find the lighthouse."))
    with pytest.raises(ToolaceError, match="no usable API"):
        build_from(tmp_path)


class Silent:
    """A client whose model never answers."""

    def __init__(self, config: LlmConfig) -> None:
        self.ledger = Ledger(config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open."""

    async def ask(self, role: str, *question: Any, **details: Any) -> Any:
        self.ledger.account(role).requests += 1
        raise Unanswered("the answer is no JSON")


def test_a_model_that_never_answers_leaves_the_scripted_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolace.llm.client.Client", Silent)
    scripted = build(ApisConfig(sources=["everyday"]), TEST_SET, seed=0, workers=1)
    pool = build(ApisConfig(sources=["everyday"], roles="llm"), TEST_SET, seed=0, workers=1, llm=LlmConfig())
    assert pool.apis == scripted.apis and scripted.llm == {}
    assert pool.llm["roles"]["tss"]["requests"] == len({api.domain for api in pool.apis})


def test_a_model_that_never_answers_evolves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolace.llm.client.Client", Silent)
    with pytest.raises(ToolaceError, match="none of the last 50"):
        build(ApisConfig(sources=["everyday"], roles="llm", evolve=3), TEST_SET, seed=0, workers=1, llm=LlmConfig())


def test_unknown_roles_are_named() -> None:
    with pytest.raises(ToolaceError, match=r"apis\.roles=robot: unknown; known: scripted, llm"):
        build(ApisConfig(sources=["everyday"], roles="robot"), TEST_SET, seed=0, workers=1)
