import asyncio
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.dialogs.fake_llm import Fake

from toolace.config import Config, DialogsConfig, EndpointConfig, LlmConfig, VerificationConfig
from toolace.dialogs import played
from toolace.dialogs.agents import Reply, Result, Reworded, Step, Thought, Turn, Utterance
from toolace.dialogs.generate import generate
from toolace.dialogs.judging import Distinct, Drawn, drawn
from toolace.errors import ToolaceError
from toolace.llm.client import Unanswered
from toolace.records import Api, Ask, Call, Verdict

ROOT = Path(__file__).parents[2]
CITIES = [f"{a}{b}ton" for a in ("Ash", "Bur", "Clif", "Dal", "Els", "Fern") for b in ("ing", "ber", "wel", "mar")]
KINDS = {"single": 9, "parallel": 5, "irrelevant": 4}


def api(name: str, what: str, ask: str, domain: str) -> Api:
    field = {"type": "string", "description": "The city.", "x-values": CITIES}
    schema = {"type": "object", "properties": {"city": field}, "required": ["city"]}
    return Api(name, what, schema, {"answer": "fine"}, domain=domain, asks=[Ask(ask)])


APIS = [
    api("weather_of_city", "Tells the weather of a city.", "What's the weather in {city}?", "weather"),
    api("mayor_of_city", "Tells who governs a city.", "Who is the mayor of {city}?", "politics"),
]


def config(roles: str, concurrency: int = 3, **changes: Any) -> Config:
    dialogs = DialogsConfig(kinds=KINDS, roles=roles, template_share=1.0, candidates=1)
    rules = VerificationConfig(rules=["roles_in_order", "calls_fit_schema", "values_grounded", "agrees_with_plan"])
    llm = LlmConfig(EndpointConfig(concurrency=concurrency))
    return Config(dialogs=replace(dialogs, **changes), verification=rules, llm=llm)


def pool_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pool = folder / "pool.jsonl"
    pool.write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in APIS))
    return pool


def chance(*of: Any) -> float:
    return int(hashlib.sha256(repr(of).encode()).hexdigest()[:8], 16) / 2**32


def answer(role: str, text: str, sample: int) -> Any:
    """Play any role, often badly: no answer, other calls than before, none at all, words that lose a value."""
    dice = chance(role, text, sample)
    if dice < 0.08:
        return Unanswered("the answer is no JSON")
    if role == "user" and "You reword" in text:
        return Reworded(["Help me." if dice < 0.15 else turn for turn in _turns(text)])
    if role == "user":
        wish = text.rpartition("Wanted:")[2]
        said = re.sub(r"\nCopy: .*|\nStyle: .*|\nAnswer with .*", "", wish).strip()
        return Utterance("Help me." if dice < 0.15 else said)
    if role == "rewording":
        return Reworded([f"Well, {'hello' if dice < 0.3 else turn}" for turn in _turns(text)])
    if role == "tool":
        return Result({"answer": f"number {int(dice * 1000)}"})
    return Reply(Turn(Thought("", "", {}, ""), _step(text, dice)))


def _turns(text: str) -> list[str]:
    return re.findall(r"^Turn \d+: (.*)$", text.rpartition("Answer: ")[2], re.MULTILINE)


def _step(text: str, dice: float) -> Step:
    talk = text.rpartition("User: ")[2]
    tool = re.search(r"^(\w+_of_city): ", text, re.MULTILINE)
    cities = re.findall(r"city: (\w+)\)", talk)
    if "Result of" in talk:
        return Step("summarise", content="That is what came back.")
    if not cities or not tool or dice < 0.2:
        return Step("answer", content="Sorry, none of my tools can do that.")
    cities = ["Paris"] if dice < 0.25 else cities
    return Step("call", [Call(tool[1], {"city": city}) for city in cities])


def fill(wanted: Config, folder: Path, fake: Any = None) -> list[Drawn]:
    asyncio.run(played.fill(wanted, pool_in(folder), folder / "dialogs", fake or Fake(answer)))
    quotas = wanted.dialogs.kinds.items()
    return [
        one for kind, quota in quotas for one in drawn(kind, folder / f"dialogs/{kind}.jsonl", Distinct(quota, 1.0))
    ]


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "dialogs").iterdir())}


@pytest.mark.parametrize(("roles", "seen"), [("llm", {"kind", "self_consistency"}), ("reworded", {"values_kept"})])
def test_counts_are_exact_and_ids_unique_although_the_model_misbehaves(
    roles: str, seen: set[str], tmp_path: Path
) -> None:
    every = fill(config(roles), tmp_path)
    assert Counter(one.kind for one in every if one.verdict.ok) == KINDS
    ids = [one.dialog.id for one in every]
    assert len(set(ids)) == len(ids)
    assert all(one.dialog.provenance["roles"] == roles for one in every if one.verdict.ok)
    assert {one.verdict.rule for one in every} >= {"unanswered", *seen}


@pytest.mark.parametrize("roles", ["llm", "reworded"])
def test_the_shards_depend_on_the_replies_alone(roles: str, tmp_path: Path) -> None:
    fill(config(roles), tmp_path / "a")
    for concurrency in (1, 16):
        fill(config(roles, concurrency), tmp_path / str(concurrency))
        assert shards(tmp_path / "a") == shards(tmp_path / str(concurrency))


class Slow(Fake):
    """Answers the later, the luckier: dialogs overtake each other."""

    async def ask(self, role: str, messages: Any, reply: Any, **more: Any) -> Any:
        for _ in range(int(chance(messages) * 30)):
            await asyncio.sleep(0)
        return await super().ask(role, messages, reply, **more)


def test_dialogs_that_overtake_each_other_are_written_in_order(tmp_path: Path) -> None:
    fill(config("llm"), tmp_path / "a")
    fill(config("llm", 8), tmp_path / "b", Slow(answer))
    assert shards(tmp_path / "a") == shards(tmp_path / "b")


def die_at(number: int, folder: Path) -> None:
    """Answer so often, then end the process as `kill -9` would."""
    left = iter(range(number))

    def mortal(role: str, text: str, sample: int) -> Any:
        return answer(role, text, sample) if next(left, None) is not None else os._exit(9)

    fill(config("llm"), folder, Fake(mortal))


def test_a_killed_run_goes_on_without_losing_or_doubling(tmp_path: Path) -> None:
    fill(config("llm"), tmp_path / "whole")
    code = "import sys, pathlib; from tests.dialogs.test_played import die_at; die_at({}, pathlib.Path(sys.argv[1]))"
    for number in (60, 130):
        done = subprocess.run([sys.executable, "-c", code.format(number), str(tmp_path / "dead")], cwd=ROOT)
        assert done.returncode == 9
    with (tmp_path / "dead/dialogs/single.jsonl").open("ab") as file:
        file.write(b'{"verdict": {"ok"')
    fill(config("llm"), tmp_path / "dead")
    assert shards(tmp_path / "whole") == shards(tmp_path / "dead")


def test_what_is_finished_is_not_asked_again(tmp_path: Path) -> None:
    fill(config("llm"), tmp_path)
    fake = Fake(lambda *_: pytest.fail("asked"))
    fill(config("llm"), tmp_path, fake)
    assert fake.asked == []


def test_a_spent_budget_ends_the_run_and_keeps_what_is_complete(tmp_path: Path) -> None:
    left = iter(range(100))

    def poor(role: str, text: str, sample: int) -> Any:
        return answer(role, text, sample) if next(left, None) is not None else ToolaceError("budget spent: 100")

    with pytest.raises(ToolaceError, match="budget spent: 100"):
        fill(config("llm"), tmp_path / "a", Fake(poor))
    before = shards(tmp_path / "a")
    fill(config("llm"), tmp_path / "a")
    fill(config("llm"), tmp_path / "b")
    assert any(before.values()) and shards(tmp_path / "a") == shards(tmp_path / "b")


def test_a_kind_that_never_comes_out_is_given_up_and_the_others_are_completed(tmp_path: Path) -> None:
    def mute(role: str, text: str, sample: int) -> Any:
        return Reworded(["Hm."]) if role == "user" and "You reword" in text else answer(role, text, sample)

    with pytest.raises(ToolaceError, match=r"dialogs.kinds.irrelevant: only 1 of 3 .*'duplicate': 100"):
        fill(config("llm", kinds={"irrelevant": 3, "single": 9}), tmp_path, Fake(mute))
    verdicts = [msgspec.json.decode(line)["verdict"]["ok"] for line in (tmp_path / "dialogs/single.jsonl").open()]
    assert sum(verdicts) >= 9


def test_experts_judge_what_the_rules_let_through_scripted_dialogs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def judge(dialog: Any, llm: Any, names: Any, votes: int) -> Verdict:
        assert (names, votes) == (["consistency"], 3)
        if chance(dialog.id) < 0.2:
            raise Unanswered("empty")
        return Verdict(chance(dialog.id) < 0.7, "expert_consistency", "no")

    monkeypatch.setattr(played, "judge", judge)
    wanted = config("scripted")
    wanted.verification.experts = ["consistency"]
    every = fill(wanted, tmp_path)
    assert Counter(one.kind for one in every if one.verdict.ok) == KINDS
    assert {"expert_consistency", "unanswered"} <= {one.verdict.rule for one in every}


def test_generate_gives_the_dialogs_in_order_and_tells_agreement_and_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Client(Fake):
        def __init__(self, config: LlmConfig) -> None:
            super().__init__(answer)
            self.ledger = self

        def facts(self) -> dict[str, int]:
            return {"requests": len(self.asked)}

        def forecast(self, done: int, wanted: int) -> str:
            return f"judged by {done} of {wanted}"

        async def __aenter__(self) -> "Client":
            return self

        async def __aexit__(self, *_: Any) -> None:
            return None

    monkeypatch.setattr(played, "Client", Client)
    facts: dict[str, Any] = {}
    every = list(generate(config("llm"), pool_in(tmp_path), tmp_path / "dialogs", facts))
    assert [one.kind for one in every if one.verdict.ok] == [
        kind for kind, count in KINDS.items() for _ in range(count)
    ]
    shares = [share for one in every for share in one.dialog.provenance.get("agreement", [])]
    assert facts["agreement"] == {"actions": len(shares), "mean": round(sum(shares) / len(shares), 4)}
    assert 0.3 < facts["agreement"]["mean"] < 1 and facts["llm"]["requests"] > 100
