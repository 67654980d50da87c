"""The model-layer experts as classifiers: semantic mutations that no rule can see against undamaged dialogs.

python eval/experts.py --url http://127.0.0.1:8033/v1 [--count 10] [--votes 1] [--seed 0] [--out verdicts.jsonl]

Each expert is asked about mutants of the operators in its charge and about undamaged dialogs of which it has something
to see; the others cost no request. Interrupted, the same command goes on: the client caches all answers. A mutant's
plan is changed along with it, so that the rules accept it; the agreement with the rule layer is taken from the verdicts
of the rules on the same mutants with the plan of what was meant.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import mutations_of_calls as of_calls
import mutations_of_dialogs as of_dialogs
import mutations_of_meaning as of_meaning
from corruption import on_a_call, wordings_changed
from mutations_of_dialogs import DialogMutation

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.config import Config, DialogsConfig, EndpointConfig, LlmConfig, VerificationConfig
from toolace.dialogs.generate import generate
from toolace.dialogs.kinds import KINDS
from toolace.llm.client import Client, Llm, Unanswered
from toolace.progress import bar
from toolace.records import Dialog, Said, Verdict
from toolace.store import write
from toolace.verification.experts import EXPERTS, judge
from toolace.verification.plan import at, same
from toolace.verification.rules import verify
from toolace.verification.structure import calls_of

RULES = VerificationConfig().rules
TRIES = 20_000
"""Few mutants of an operator may pass the rules; so many are tried."""


class Case(NamedTuple):
    """A dialog that an expert is asked about; `rules` is the rule layer's verdict by the plan that was meant."""

    expert: str
    operator: str
    dialog: Dialog
    rules: Verdict


class Outcome(NamedTuple):
    """A verdict; `raw` is whether the answers object, be their spans in the dialog or not."""

    case: Case
    verdict: Verdict
    raw: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="OpenAI-compatible endpoint, with /v1")
    parser.add_argument("--count", type=int, default=10, help="mutants of each operator; of undamaged ones four times")
    parser.add_argument("--votes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=4, help="dialogs at once")
    parser.add_argument("--out", type=Path, help="file for all cases with their verdicts")
    args = parser.parse_args()
    sound = sound_dialogs(args.seed)
    report_first_stage(sound)
    cases = [*undamaged(sound, 4 * args.count, args.seed), *mutants(sound, args.count, args.seed)]
    endpoint = EndpointConfig(url=args.url, concurrency=args.concurrency, timeout_seconds=900, max_tokens=200)
    outcomes = asyncio.run(ask(cases, LlmConfig(endpoint), args.votes, args.concurrency))
    report_experts(outcomes)
    report_operators(outcomes)
    report_agreement(outcomes)
    if args.out:
        write(args.out, b"".join(msgspec.json.encode(outcome) + b"\n" for outcome in outcomes))


def sound_dialogs(seed: int) -> list[Dialog]:
    """Accepted dialogs of all kinds, most of them with results that are told."""
    config = Config(seed=seed, dialogs=DialogsConfig(kinds=dict.fromkeys(KINDS, 200), answered=0.8))
    apis = build(config.apis, decontamination.load(), config.seed, config.workers).apis
    with tempfile.TemporaryDirectory() as name:
        pool = Path(name) / "pool.jsonl"
        write(pool, b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
        return [one.dialog for one in generate(config, pool, Path(name) / "dialogs") if one.verdict.ok]


def operators(sound: Sequence[Dialog]) -> Iterator[tuple[DialogMutation, str, tuple[str, ...]]]:
    """Each mutation with its name and the experts in whose charge it is."""
    values = ("hallucination", "consistency")
    for change in (of_calls.another_of_the_enum, of_calls.flipped_boolean, of_calls.invented_number):
        yield on_a_call(change), change.__name__, values
    yield on_a_call(of_meaning.invented_optional_that_matters), "invented_optional", values
    yield on_a_call(of_calls.swapped_values), "swapped_values", ("consistency",)
    yield on_a_call(of_calls.name_of_another_tool), "wrong_tool_of_the_same_shape", ("consistency",)
    swapped = of_dialogs.values_swapped_between_calls
    for mutate in (swapped, of_meaning.second_task_left_out, of_meaning.declined_though_possible):
        yield mutate, mutate.__name__, ("consistency",)
    for mutate in (*of_meaning.TELLINGS, *of_meaning.RESULTS, of_meaning.Others(sound).result_of_another_tool):
        yield mutate, mutate.__name__, ("tool_response",)


def undamaged(sound: Sequence[Dialog], count: int, seed: int) -> Iterator[Case]:
    """So many dialogs for each expert, of those that it is asked about."""
    for expert, sees in EXPERTS.items():
        shuffled = Random(f"{seed}:{expert}").sample(sound, len(sound))
        seen = (dialog for dialog in shuffled if sees(dialog))
        yield from (Case(expert, "", dialog, Verdict(True)) for dialog, _ in zip(seen, range(count), strict=False))


def mutants(sound: Sequence[Dialog], count: int, seed: int) -> Iterator[Case]:
    """At most so many mutants of each operator that the rules accept, for each expert in charge."""
    for mutate, name, experts in operators(sound):
        for dialog, rules in unseen(mutate, sound, count, Random(f"{seed}:{name}")):
            yield from (Case(expert, name, dialog, rules) for expert in experts)


def unseen(
    mutate: DialogMutation, sound: Sequence[Dialog], count: int, rng: Random
) -> Iterator[tuple[Dialog, Verdict]]:
    """Mutants whose plan can be changed so that the rules accept them, and what the rules say with the old plan."""
    for _ in range(TRIES):
        original = rng.choice(sound)
        mutant = mutate(original, rng)
        if mutant is None:
            continue
        for change in (wordings_changed, implied_by_the_request):
            if verify(changed := change(mutant), RULES).ok:
                yield changed, verify(mutant, RULES)
                count -= 1
                break
        if not count:
            return


def implied_by_the_request(mutant: Dialog) -> Dialog:
    """The plan says that each new value is implied by the user's first turn as a whole."""
    request = next(message.content for message in mutant.messages if message.role == "user")
    meant = [call.arguments for call in mutant.plan.calls]
    new = {
        f"{index}.{name}": value
        for index, call in enumerate(calls_of(mutant))
        for name, value in call.arguments.items()
        if not same(at(meant, f"{index}.{name}"), value)
    }
    changed = wordings_changed(mutant)
    said = [one for one in changed.plan.said if one.path not in new]
    said += [Said(path, value, request) for path, value in new.items()]
    return msgspec.structs.replace(changed, plan=msgspec.structs.replace(changed.plan, said=said))


async def ask(cases: Sequence[Case], config: LlmConfig, votes: int, concurrency: int) -> list[Outcome]:
    """Ask the expert of each case; a case that stays unanswered counts as rejected."""
    seats = asyncio.Semaphore(concurrency)  # of dialogs, so that the votes on one follow each other in the server

    async def seated(case: Case) -> Outcome:
        async with seats:
            listener = Listener(llm)
            try:
                verdict = await judge(case.dialog, listener, [case.expert], votes)
            except Unanswered as error:
                verdict = Verdict(False, "unanswered", str(error))
            progress.update()
            return Outcome(case, verdict, listener.objects())

    with bar(len(cases), "verdicts") as progress:
        async with Client(config) as llm:
            return list(await asyncio.gather(*map(seated, cases)))


class Listener:
    """Passes questions on and notes which answers object."""

    def __init__(self, llm: Llm) -> None:
        self.llm = llm
        self.objections: list[bool] = []

    async def ask(self, *args: Any, **options: Any) -> Any:
        answer = await self.llm.ask(*args, **options)
        self.objections.append(not answer.ok)
        return answer

    def objects(self) -> bool:
        return sum(self.objections) * 2 > len(self.objections)


def report_first_stage(sound: Sequence[Dialog]) -> None:
    for expert, sees in EXPERTS.items():
        asked = sum(sees(dialog) is not None for dialog in sound)
        print(f"{expert}: asked about {asked} of {len(sound)} undamaged dialogs ({asked / len(sound):.1%})")


def report_experts(outcomes: Sequence[Outcome]) -> None:
    """`void`: the answers object, but quote nothing that stands in the dialog."""
    print("\n| expert | mutants caught | undamaged rejected | precision | recall | F1 | void: mutants, undamaged |")
    print("|---|---|---|---|---|---|---|")
    for expert in EXPERTS:
        hit, missed, void = _counts(outcomes, lambda case, expert=expert: case.expert == expert and case.operator)
        false, right, void_of_sound = _counts(
            outcomes, lambda case, expert=expert: case.expert == expert and not case.operator
        )
        precision, recall = _share(hit, hit + false), _share(hit, hit + missed)
        f1 = _share(2 * hit, 2 * hit + false + missed)
        print(
            f"| {expert} | {hit} of {hit + missed} | {false} of {false + right} | {precision} | {recall} | {f1} "
            f"| {void}, {void_of_sound} |"
        )
    if lost := sum(outcome.verdict.rule == "unanswered" for outcome in outcomes):
        print(f"unanswered, counted as rejected: {lost}")


def report_operators(outcomes: Sequence[Outcome]) -> None:
    print("\n| operator | expert | caught | recall |\n|---|---|---|---|")
    for operator, expert in dict.fromkeys((o.case.operator, o.case.expert) for o in outcomes if o.case.operator):
        key = (operator, expert)
        hit, missed, _ = _counts(outcomes, lambda case, key=key: (case.operator, case.expert) == key)
        print(f"| {operator} | {expert} | {hit} of {hit + missed} | {_share(hit, hit + missed)} |")


def report_agreement(outcomes: Sequence[Outcome]) -> None:
    """On the same samples, mutants and undamaged ones: the rules, which know what was meant, and each expert."""
    print("\n| expert | both accept | only the rules reject | only the expert rejects | both reject | agreement |")
    print("|---|---|---|---|---|---|")
    for expert in EXPERTS:
        pairs = [(o.case.rules.ok, o.verdict.ok) for o in outcomes if o.case.expert == expert]
        cells = [pairs.count(pair) for pair in ((True, True), (False, True), (True, False), (False, False))]
        print(f"| {expert} | {' | '.join(map(str, cells))} | {_share(cells[0] + cells[3], len(pairs))} |")


def _counts(outcomes: Sequence[Outcome], fits: Callable[[Case], object]) -> tuple[int, int, int]:
    """How many are rejected, how many accepted, and how many of these only because no span fits."""
    chosen = [outcome for outcome in outcomes if fits(outcome.case)]
    rejected = sum(not outcome.verdict.ok for outcome in chosen)
    return rejected, len(chosen) - rejected, sum(outcome.raw and outcome.verdict.ok for outcome in chosen)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "—"


if __name__ == "__main__":
    main()
