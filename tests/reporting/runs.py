"""A small run's folder, written by hand: what the report reads, with texts that would like to be more than texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from toolace.dialogs.judging import Judged
from toolace.records import Api, Call, Dialog, Json, Message, Plan, Said, Tool, Verdict

HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'><!--"
PLACES = {"berths": ("Transport", "Harbours"), "rooms": ("Travel", "Hotels")}
SHAPE: Json = {
    "type": "object",
    "properties": {
        "place": {"type": "string", "description": f"Where. {HOSTILE}"},
        "size": {"type": "object", "properties": {"length": {"type": "number"}}},
    },
    "required": ["place"],
}
KINDS = {"single": 24, "irrelevant": 3}
ACCEPTED = Verdict(True)
RULE = "values_grounded"
REASON = f"'x' is nowhere said {HOSTILE}"


def tool(name: str) -> Tool:
    return Tool(name, f"Find {name}. {HOSTILE}", SHAPE)


def single(number: int, words: int | None = None, verdict: Verdict = ACCEPTED) -> Judged:
    """A dialog with a thought, a call, a result and an answer; `words` is the hash that duplicates share."""
    name = "berths" if number % 2 else "rooms"
    call = Call(name, {"place": f"Port {number}", "size": {"length": 3}})
    messages = [
        Message("system", "Today is Friday."),
        Message("user", f"Any {name} in Port {number}, please? {HOSTILE}"),
        Message("assistant", calls=[call], thought=f"Goal: find {name}."),
        Message("tool", f'{{"free": {number}, "note": "a result"}}', name=name),
        Message("assistant", f"There are {number}."),
    ]
    plan = Plan([call], [Said("0.place", f"Port {number}", f"Port {number}")])
    dialog = Dialog(f"0-single-{number}", "single", [tool(name), tool("others")], messages, plan, {"roles": "scripted"})
    return Judged(verdict, number if words is None else words, number if words is None else words, dialog)


def refused(number: int) -> Judged:
    messages = [Message("user", f"Sing me song {number}."), Message("assistant", "I cannot do that.")]
    return Judged(
        Verdict(True), number, number, Dialog(f"0-irrelevant-{number}", "irrelevant", [tool("rooms")], messages)
    )


def write_run(folder: Path, trained: bool = True) -> Path:
    """Write the folder of a run: 24 and 3 accepted dialogs, two rejected by a rule, a duplicate, two never drawn."""
    singles = [single(number) for number in range(20)]
    singles[3:3] = [single(100, verdict=Verdict(False, RULE, REASON)), single(101, words=2)]
    rest = [single(102, verdict=Verdict(False, RULE, REASON)), *(single(number) for number in range(20, 26))]
    write(folder / "dialogs" / "single-00000.jsonl", singles)
    write(folder / "dialogs" / "single-00001.jsonl", rest)
    write(folder / "dialogs" / "irrelevant-00000.jsonl", [refused(number) for number in range(3)])
    apis = [
        Api(f"harbour.{name}", tool(name).description, SHAPE, area=area, domain=domain, source="openapi", service="s")
        for name, (area, domain) in PLACES.items()
    ]
    write(folder / "apis" / "pool.jsonl", apis)
    if trained:
        losses = [{"step": step, "loss": 2 / step, "learning_rate": 1e-3} for step in range(5, 55, 5)]
        write(folder / "loss.jsonl", losses)
        write_scores(folder / "scores")
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest(trained)))
    return folder


def write(path: Path, records: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in records))


def write_scores(folder: Path) -> None:
    categories = {"multiple": (0, 6), "irrelevance": (10, 3)}
    results = {
        model: [
            {"category": name, "cases": 10, "correct": right[i], "accuracy": right[i] / 10, "low": 0.0, "high": 1.0}
            for name, right in categories.items()
        ]
        for i, model in enumerate(("before", "after"))
    }
    for model, some in results.items():
        outcomes = [
            {"id": f"{one['category']}-{n}", "ok": n < one["correct"], "error": "wrong_value" * (n >= one["correct"])}
            for one in some
            for n in range(10)
        ]
        write(folder / f"{model}.jsonl", outcomes)
    (folder / "scores.json").write_bytes(msgspec.json.encode(results))


def manifest(trained: bool) -> dict[str, Any]:
    dialogs = {"kinds": KINDS, "template_share": 0.002}
    funnel = {"single": {"accepted": 24, RULE: 2, "duplicate": 1}, "irrelevant": {"accepted": 3}}
    stages: dict[str, Any] = {
        "apis": {"inputs": {}, "facts": {"apis": {"openapi": 2}, "left_out": {"near duplicate": 5}}, "seconds": 1.5},
        "synthesize": {
            "inputs": {"dialogs": dialogs},
            "facts": {"funnel": funnel, "splits": {"train": 25, "validation": 2}},
            "seconds": 2.5,
        },
    }
    if trained:
        facts = {"steps": 50, "validation_loss": 0.1, "tokens": 900, "tokens_per_second": 20.0}
        stages["train"] = {"inputs": {}, "facts": facts, "seconds": 100.0}
        stages["evaluate"] = {"inputs": {}, "facts": {}, "seconds": 7000.0}
    config = {"name": f"harbour {HOSTILE}", "seed": 0, "dialogs": dialogs}
    return {"config": config, "stages": stages, "begun": {}, "versions": {"toolace": "0.1.0", "vllm": None}}
