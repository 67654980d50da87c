"""What share of damaged dialogs the rule layer catches, operator by operator, and of sound ones rejects.

python eval/corruption.py [dialogs per kind] [mutants per operator]

Sound dialogs are what the generator gives, the same number of each of its kinds.
Each mutant is judged three times: as it is (`calls`: the plan still says what was meant), with the plan's calls changed
alike (`+ plan`), and with the plan's wordings and links, too, saying that the new values were meant (`+ wordings`).
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
from mutations_of_calls import STRUCTURAL as CALLS_STRUCTURAL
from mutations_of_calls import VALUES as CALLS_VALUES
from mutations_of_calls import CallMutation
from mutations_of_dialogs import STRUCTURAL, VALUES, DialogMutation, TestSet
from mutations_of_texts import STRUCTURAL as TEXTS

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.config import Config, DialogsConfig
from toolace.dialogs.generate import generate
from toolace.dialogs.judging import read
from toolace.dialogs.kinds import KINDS
from toolace.records import Dialog, Plan, Verdict
from toolace.verification.plan import MISSING, at
from toolace.verification.rules import verify
from toolace.verification.structure import calls_of


def main(per_kind: int, per_operator: int) -> None:
    dialogs = DialogsConfig(kinds=dict.fromkeys(KINDS, per_kind), answered=0.5, masked=0.1, thoughts=True)
    config = Config(dialogs=dialogs)
    apis = build(config.apis, decontamination.load(), config.seed, config.workers).apis
    with tempfile.TemporaryDirectory() as name:
        pool = Path(name) / "pool.jsonl"
        pool.write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
        judged = [(read(one.shard, one.start), one.verdict) for one in generate(config, pool, Path(name) / "dialogs")]
    report_undamaged([pair for pair in judged if "duplicate" not in pair[1].rule])
    report_operators([dialog for dialog, verdict in judged if verdict.ok], config.verification.rules, per_operator)


def report_operators(sound: list[Dialog], rules: list[str], per_operator: int) -> None:
    test_set = TestSet()
    operators: list[tuple[str, str, DialogMutation]] = [
        *(("structural", one.__name__, on_a_call(one)) for one in CALLS_STRUCTURAL),
        *(("structural", one.__name__, one) for one in [*STRUCTURAL, *TEXTS]),
        *(("structural", one.__name__, one) for one in (test_set.test_question_asked, test_set.test_function_offered)),
        *(("values", one.__name__, on_a_call(one)) for one in CALLS_VALUES),
        *(("values", one.__name__, one) for one in VALUES),
    ]
    print("| operator | aspect | mutants | calls | + plan | + wordings | caught with the plan changed by |")
    print("|---|---|---|---|---|---|---|")
    for aspect, name, mutate in operators:
        print(row(aspect, name, mutate, sound, rules, per_operator), flush=True)


def report_undamaged(judged: list[tuple[Dialog, Verdict]]) -> None:
    table: dict[str, Counter[str]] = {}
    for dialog, verdict in judged:
        table.setdefault(dialog.kind, Counter())[verdict.rule] += 1
    print("| undamaged | dialogs | rejected | by |\n|---|---|---|---|")
    for kind, rejected in [*table.items(), ("all", Counter(verdict.rule for _, verdict in judged))]:
        by = {rule: count for rule, count in rejected.most_common() if rule}
        print(f"| {kind} | {rejected.total()} | {sum(by.values()) / rejected.total():.2%} | {_said(by)} |")
    for rule in sorted({verdict.rule for _, verdict in judged if not verdict.ok}):
        reasons = [verdict.reason for _, verdict in judged if verdict.rule == rule]
        print(f"{rule}: " + " · ".join(reason[:100] for reason in reasons[:4]))
    print()


def on_a_call(mutate: CallMutation) -> DialogMutation:
    """Apply a mutation to one of a dialog's calls."""

    def apply(dialog: Dialog, rng: Random) -> Dialog | None:
        places = [(i, j) for i, message in enumerate(dialog.messages) for j in range(len(message.calls))]
        if not places:
            return None
        i, j = rng.choice(places)
        calls = list(dialog.messages[i].calls)
        changed = mutate(calls[j], dialog.tools, rng)
        if changed is None:
            return None
        calls[j] = changed
        messages = list(dialog.messages)
        messages[i] = msgspec.structs.replace(messages[i], calls=calls)
        if i + 1 < len(messages) and changed.name != dialog.messages[i].calls[j].name:
            messages[i + 1 + j] = msgspec.structs.replace(messages[i + 1 + j], name=changed.name)
        return msgspec.structs.replace(dialog, messages=messages)

    return apply


def row(aspect: str, name: str, mutate: DialogMutation, sound: list[Dialog], rules: list[str], count: int) -> str:
    """Judge `count` mutants of one operator."""
    mutants = list(_mutants(name, mutate, sound, count))
    shares: list[str] = []
    by: Counter[str] = Counter()
    for change in (_as_it_is, _plan_changed, wordings_changed):
        verdicts = [verify(change(mutant), rules) for mutant in mutants]
        missed = sum(verdict.ok for verdict in verdicts)
        shares.append(f"{1 - missed / len(mutants):.1%}" if mutants else "—")
        if change is _plan_changed:
            by.update(verdict.rule for verdict in verdicts if not verdict.ok)
    return f"| {name} | {aspect} | {len(mutants)} | {' | '.join(shares)} | {_said(dict(by.most_common(4)))} |"


def _mutants(name: str, mutate: DialogMutation, sound: list[Dialog], count: int) -> Iterator[Dialog]:
    rng = Random(f"corruption:{name}")
    for _ in range(4):
        for dialog in rng.sample(sound, len(sound)):
            if count and (mutant := mutate(dialog, rng)) is not None:
                count -= 1
                yield mutant


def _as_it_is(mutant: Dialog) -> Dialog:
    return mutant


def _plan_changed(mutant: Dialog) -> Dialog:
    plan = msgspec.structs.replace(mutant.plan, calls=list(calls_of(mutant)))
    return msgspec.structs.replace(mutant, plan=plan)


def wordings_changed(mutant: Dialog) -> Dialog:
    """The plan says that each value was meant by the words that meant the old one."""
    arguments = [call.arguments for call in calls_of(mutant)]
    said, links = (
        [msgspec.structs.replace(one, value=value) for one in ones if (value := at(arguments, one.path)) is not MISSING]
        for ones in (mutant.plan.said, mutant.plan.links)
    )
    plan = Plan(list(calls_of(mutant)), said, links, mutant.plan.asked)
    return msgspec.structs.replace(mutant, plan=plan)


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{rule} {count}" for rule, count in counts.items()) or "—"


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]) if len(sys.argv) == 3 else (1_000, 500))
