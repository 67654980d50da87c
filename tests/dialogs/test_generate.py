import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, Config, DialogsConfig, VerificationConfig
from toolace.dialogs import generate
from toolace.dialogs.generate import Judged
from toolace.dialogs.kinds import KINDS
from toolace.errors import ToolaceError
from toolace.records import Api
from toolace.verification.rules import verify

KINDS_WANTED = {"single": 40, "parallel": 15, "irrelevant": 10}
APIS = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
CONFIG = Config(
    workers=1,
    dialogs=DialogsConfig(kinds=KINDS_WANTED),
    verification=VerificationConfig(rules=["calls_parse", "calls_fit_schema", "values_grounded", "agrees_with_plan"]),
)


def run(folder: Path, config: Config = CONFIG, apis: list[Api] = APIS) -> list[Judged]:
    return list(generate.generate(config, apis, folder))


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Judged]]:
    folder = tmp_path_factory.mktemp("dialogs")
    return folder, run(folder)


def test_each_kind_has_exactly_its_count_of_accepted_dialogs(made: tuple[Path, list[Judged]]) -> None:
    assert Counter(j.dialog.kind for j in made[1] if j.verdict.ok) == KINDS_WANTED


def test_what_is_accepted_passes_the_rules_and_what_is_rejected_says_why(made: tuple[Path, list[Judged]]) -> None:
    for judged in made[1]:
        if judged.verdict.ok:
            assert verify(judged.dialog, CONFIG.verification.rules).ok
        else:
            assert judged.verdict.rule and judged.verdict.reason


def test_ids_are_unique_and_no_user_says_the_same_twice(made: tuple[Path, list[Judged]]) -> None:
    accepted = [j.dialog for j in made[1] if j.verdict.ok]
    assert len({d.id for d in accepted}) == len(accepted)
    assert len({(d.kind, d.messages[0].content) for d in accepted}) == len(accepted)


def test_another_number_of_workers_writes_the_same_bytes(made: tuple[Path, list[Judged]], tmp_path: Path) -> None:
    two = replace(CONFIG, workers=2)
    assert run(tmp_path, two) == made[1]
    assert digest(tmp_path) == digest(made[0])


def test_another_seed_gives_other_dialogs(made: tuple[Path, list[Judged]], tmp_path: Path) -> None:
    other = run(tmp_path, replace(CONFIG, seed=1))
    assert {j.dialog.messages[0].content for j in other}.isdisjoint(
        {
            j.dialog.messages[0].content
            for j in made[1]
            if j.dialog.plan.calls and len(j.dialog.messages[0].content) > 60
        }
    )


def test_finished_shards_are_kept(made: tuple[Path, list[Judged]], tmp_path: Path) -> None:
    kept = tmp_path / "single-00000.jsonl"
    kept.write_bytes((made[0] / "single-00000.jsonl").read_bytes())
    before = kept.stat().st_mtime_ns
    assert run(tmp_path) == made[1]
    assert kept.stat().st_mtime_ns == before


def test_irrelevant_dialogs_do_not_offer_the_domain_that_is_asked_for(made: tuple[Path, list[Judged]]) -> None:
    for judged in made[1]:
        if judged.dialog.kind == "irrelevant":
            assert judged.dialog.tools and not judged.dialog.plan.calls
            assert not any(m.calls for m in judged.dialog.messages)


def test_no_assistant_sees_the_annotations_of_the_scripted_roles(made: tuple[Path, list[Judged]]) -> None:
    for judged in made[1]:
        assert "x-" not in "".join(
            key for tool in judged.dialog.tools for key in str(tool.parameters).split("'")[1::2] if key.startswith("x-")
        )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(CONFIG, dialogs=DialogsConfig(kinds={"quintuple": 1})), "dialogs.kinds: unknown 'quintuple'"),
        (replace(CONFIG, verification=VerificationConfig(rules=["be_nice"])), "verification.rules: unknown 'be_nice'"),
    ],
)
def test_unknown_names_are_one_error(config: Config, message: str) -> None:
    with pytest.raises(ToolaceError, match=message):
        generate.check(config)


def test_a_kind_that_never_works_out_ends_with_an_error(tmp_path: Path) -> None:
    nothing_to_vary = Api("ping", "Ping it.", {"type": "object", "properties": {}, "required": []}, domain="d")
    config = replace(CONFIG, dialogs=DialogsConfig(kinds={"irrelevant": 5}, max_chars=10))
    with pytest.raises(ToolaceError, match="only 0 of 5"):
        run(tmp_path, config, [nothing_to_vary])


def test_kinds_are_open() -> None:
    assert set(KINDS) >= {"single", "parallel", "irrelevant"}
