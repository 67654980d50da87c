import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, ComplexityConfig, Config, DialogsConfig, VerificationConfig
from toolace.dialogs import complexity, generate
from toolace.dialogs.complexity import Complexity
from toolace.dialogs.complication import steps
from toolace.dialogs.judging import Brief, Distinct, Drawn, masked
from toolace.dialogs.kinds import KINDS
from toolace.errors import ToolaceError
from toolace.records import Api, Dialog, Plan, Said, Verdict
from toolace.verification.rules import verify

KINDS_WANTED = dict.fromkeys(KINDS, 12) | {"single": 40}
APIS = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
RULES = ["calls_parse", "values_grounded", "agrees_with_plan"]
CONFIG = Config(workers=1, dialogs=DialogsConfig(kinds=KINDS_WANTED), verification=VerificationConfig(rules=RULES))


def pool_of(folder: Path, apis: list[Api] = APIS) -> Path:
    pool = folder / "pool.jsonl"
    pool.write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
    return pool


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def brief(drawn: list[Drawn]) -> list[tuple[str, str, str, int]]:
    return [(one.kind, one.verdict.rule, one.shard.name, one.start) for one in drawn]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pool_of(tmp_path_factory.mktemp("pool"))


@pytest.fixture(scope="module")
def made(pool: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Drawn]]:
    folder = tmp_path_factory.mktemp("dialogs")
    return folder, list(generate.generate(CONFIG, pool, folder))


@pytest.fixture(scope="module")
def accepted(made: tuple[Path, list[Drawn]]) -> list[Dialog]:
    return [one.dialog for one in made[1] if one.verdict.ok]


def test_each_kind_has_exactly_its_count_of_accepted_dialogs(made: tuple[Path, list[Drawn]]) -> None:
    assert Counter(one.kind for one in made[1] if one.verdict.ok) == KINDS_WANTED


def test_what_is_accepted_passes_the_rules_and_what_is_rejected_says_why(made: tuple[Path, list[Drawn]]) -> None:
    for one in made[1]:
        dialog = one.dialog
        assert dialog.kind == one.kind
        if one.verdict.ok:
            assert verify(dialog, RULES).ok
        else:
            assert one.verdict.rule and one.verdict.reason


def test_ids_are_unique_and_no_two_users_of_a_kind_say_the_same(accepted: list[Dialog]) -> None:
    assert len({d.id for d in accepted}) == len(accepted)
    said = {(d.kind, *(m.content.lower() for m in d.messages if m.role == "user")) for d in accepted}
    assert len(said) == len(accepted)


def test_another_number_of_workers_writes_the_same_bytes(
    pool: Path, made: tuple[Path, list[Drawn]], tmp_path: Path
) -> None:
    two = list(generate.generate(replace(CONFIG, workers=2), pool, tmp_path))
    assert brief(two) == brief(made[1])
    assert digest(tmp_path) == digest(made[0])


def test_another_seed_gives_other_dialogs(pool: Path, accepted: list[Dialog], tmp_path: Path) -> None:
    wanted = replace(CONFIG, seed=1, dialogs=DialogsConfig(kinds={"single": 40}))
    other = [one.dialog for one in generate.generate(wanted, pool, tmp_path)]
    assert {d.messages[-2].content for d in other}.isdisjoint({d.messages[-2].content for d in accepted})


def test_finished_shards_are_kept(pool: Path, made: tuple[Path, list[Drawn]], tmp_path: Path) -> None:
    kept = tmp_path / "single-00000.jsonl"
    kept.write_bytes((made[0] / "single-00000.jsonl").read_bytes())
    before = kept.stat().st_mtime_ns
    assert brief(list(generate.generate(CONFIG, pool, tmp_path))) == brief(made[1])
    assert kept.stat().st_mtime_ns == before


def test_no_assistant_sees_the_annotations_of_the_scripted_roles(accepted: list[Dialog]) -> None:
    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return {*value}.union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    assert not any(key.startswith("x-") for d in accepted for tool in d.tools for key in keys(tool.parameters))


def test_the_same_words_come_once_and_the_same_template_a_few_times() -> None:
    distinct = Distinct(quota=2, share=0.5)
    distinct.most = 2
    briefs = [Brief(Verdict(True), words, template) for words, template in [(1, 7), (1, 7), (2, 7), (3, 7)]]
    assert [distinct.judge(one).rule for one in briefs] == ["", "duplicate", "", "near_duplicate"]
    assert distinct.judge(Brief(Verdict(False, "calls_parse", "why"), 4, 8)).rule == "calls_parse"


def test_templates_are_equal_where_only_tone_and_values_differ() -> None:
    def template(core: str, *said: Said) -> str:
        return masked(core, Dialog("1", "single", [], [], Plan(said=list(said))))

    first = template("Find a room in Paris for three nights.", Said("0.city", 1, "Paris"), Said("0.nights", 3, "three"))
    second = template("Find a room in Rome for 12 nights.", Said("0.city", 1, "Rome"), Said("0.nights", 12, "12"))
    assert first == second == "Find a room in # for # nights."


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
        list(generate.generate(config, pool_of(tmp_path, [nothing_to_vary]), tmp_path / "d"))


class ByTools:
    """H_M is 0.5, and 0.2 more for each tool on offer."""

    def measure(self, rows: Sequence[dict[str, Any]]) -> list[Complexity]:
        return [Complexity(0.5 + 0.2 * len(json.loads(row["tools"])), False) for row in rows]


GUIDED = replace(
    CONFIG,
    dialogs=DialogsConfig(kinds={"single": 70, "small_talk": 5}, candidates=6),
    complexity=ComplexityConfig(lower=1.0, upper=1.4),
)


def test_with_a_range_of_complexity_all_accepted_dialogs_that_can_be_varied_lie_in_it(
    pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complexity, "evaluator", lambda config: ByTools())
    made = list(generate.generate(GUIDED, pool, tmp_path / "one"))
    accepted = [one for one in made if one.verdict.ok]
    assert Counter(one.kind for one in accepted) == GUIDED.dialogs.kinds
    assert all(1.0 <= steps(one.dialog)[-1].h <= 1.4 for one in accepted if one.kind == "single")
    assert any(len(steps(one.dialog)) > 1 for one in accepted)
    assert {one.verdict.rule for one in made} <= {"", "complexity", "duplicate", "near_duplicate", *RULES}
    assert len({one.shard for one in made if one.kind == "single"}) > 1  # units are small

    list(generate.generate(replace(GUIDED, workers=2), pool, tmp_path / "two"))
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(GUIDED, dialogs=DialogsConfig(roles="llm")), "roles=scripted"),
        (replace(GUIDED, complexity=ComplexityConfig(lower=2, upper=1)), "not below"),
    ],
)
def test_a_range_that_cannot_be_obeyed_is_an_error(config: Config, message: str) -> None:
    with pytest.raises(ToolaceError, match=message):
        generate.check(config)
