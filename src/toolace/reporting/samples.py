"""All dialogs of a run with the final verdicts on them: what the browser of samples shows, and counts over all.

The page holds columns for the list (verdict, kind, domain, words to search) and the dialogs themselves in compressed
blocks, which are unpacked when somebody looks. Tool definitions are held once and referred to by number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from toolace.dialogs.judging import Distinct, Judged
from toolace.records import Dialog, Json, Tool, Verdict
from toolace.reporting.runs import records

BLOCK = 200
"""So many dialogs, or tool definitions, are compressed together."""
SEARCHED = 2_000
"""At most so many characters of a dialog's requests can be searched."""
NONE = -1
"""No twin."""

Places = Mapping[str, tuple[str, str]]
"""Area and domain of an API, by its description and by its name."""


class Sample(NamedTuple):
    """A dialog, the final verdict on it, and the hash that a duplicate shares with what was said before."""

    dialog: Dialog
    verdict: Verdict
    words: int
    template: int


def read_samples(folder: Path, kinds: Mapping[str, int], template_share: float) -> Iterator[Sample]:
    """Give the dialogs that a run drew, kind by kind, up to the last accepted one that was asked for.

    Shards hold the verdicts of rules and experts; what says the same as an earlier dialog is found anew, as by the run.
    """
    for kind, quota in kinds.items():
        distinct, accepted = Distinct(quota, template_share), 0
        for one in _drawn(folder, kind):
            if accepted == quota:
                break
            verdict = distinct.judge(one)
            accepted += verdict.ok
            yield Sample(one.dialog, verdict, one.words, one.template)


def _drawn(folder: Path, kind: str) -> Iterator[Judged]:
    """The dialogs of a scripted kind's shards, or of the one shard of a kind that models played."""
    for shard in sorted(folder.glob(f"{kind}-*.jsonl")) or [folder / f"{kind}.jsonl"]:
        yield from records(shard, Judged)


class Table:
    """The columns and blocks that the page's browser reads, filled dialog by dialog."""

    def __init__(self, places: Places, every: Mapping[tuple[str, str], int]) -> None:
        self.places = places
        self.every = every
        """Of the dialogs of a (kind, rule), only each so-manieth is shown, so that the page stays small."""
        self.seen: Counter[tuple[str, str]] = Counter()
        self.names: dict[str, dict[Json, int]] = {"kind": {}, "rule": {"": 0}, "domain": {}}
        self.columns: dict[str, list[int]] = defaultdict(list)
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.dialogs: list[bytes] = []
        self.tools: dict[bytes, int] = {}
        self.twins = _Twins()

    def add(self, sample: Sample) -> None:
        """Take a dialog, unless only some of its like are shown and it is none of them."""
        dialog, verdict = sample.dialog, sample.verdict
        alike = dialog.kind, verdict.rule
        self.seen[alike] += 1
        if (self.seen[alike] - 1) % self.every.get(alike, 1):
            return
        called = calls_of(dialog)
        row = {
            "kind": self._number("kind", dialog.kind),
            "rule": self._number("rule", verdict.rule),
            "domain": self._number("domain", self._place(dialog, called)),
            "calls": len(called),
            "tools": len(dialog.tools),
        }
        for name, value in row.items():
            self.columns[name].append(value)
        self.twins.add(len(self.ids), sample, called[0] if called else "")
        self.ids.append(dialog.id)
        self.texts.append("\t".join(map(_flat, (_requests(dialog), ", ".join(dict.fromkeys(called)), verdict.reason))))
        self.dialogs.append(msgspec.json.encode(self._stored(dialog)))

    def index(self) -> bytes:
        """The columns, as JSON: a number per dialog and column, names of what the numbers mean, and lines of text."""
        names = {name: list(numbers) for name, numbers in self.names.items()}
        columns = {**self.columns, "twin": self.twins.column()}
        texts = {"id": "\n".join(self.ids), "text": "\n".join(self.texts)}
        return msgspec.json.encode({"count": len(self.ids), "block": BLOCK, "names": names, **columns, **texts})

    def blocks(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of each block: a JSON list of dialogs, or of tool definitions."""
        for name, stored in (("tools", list(self.tools)), ("dialogs", self.dialogs)):
            for start in range(0, len(stored), BLOCK):
                yield f"{name}-{start // BLOCK}", b"[" + b",".join(stored[start : start + BLOCK]) + b"]"

    def _number(self, column: str, name: Json) -> int:
        return self.names[column].setdefault(name, len(self.names[column]))

    def _place(self, dialog: Dialog, called: list[str]) -> tuple[str, str]:
        """Area and domain of what the dialog calls first, else of the first tool on offer that has a place."""
        for tool in sorted(dialog.tools, key=lambda one: one.name != (called[0] if called else "")):
            if place := self.places.get(tool.description) or self.places.get(tool.name):
                return place
        return "", ""

    def _stored(self, dialog: Dialog) -> dict[str, Json]:
        numbers = [self.tools.setdefault(_tool(tool), len(self.tools)) for tool in dialog.tools]
        return {
            "tools": numbers,
            "messages": dialog.messages,
            "plan": dialog.plan,
            "provenance": dialog.provenance,
        }


class _Twins:
    """Finds the accepted dialog to show beside a rejected one, and the other way round.

    A duplicate stands beside what it repeats; others beside one of their kind that calls the same function, if any.
    """

    def __init__(self) -> None:
        self.accepted: dict[tuple[str, str | int], int] = {}
        self.rejected: list[tuple[int, tuple[tuple[str, str | int], ...]]] = []
        self.count = 0

    def add(self, row: int, sample: Sample, function: str) -> None:
        self.count = row + 1
        kind = sample.dialog.kind
        keys = (kind, sample.words), (kind, sample.template), (kind, function), (kind, "")
        if sample.verdict.ok:
            for key in keys:
                self.accepted.setdefault(key, row)
        else:
            self.rejected.append((row, keys))

    def column(self) -> list[int]:
        column = [NONE] * self.count
        for row, keys in self.rejected:
            twin = next((self.accepted[key] for key in keys if key in self.accepted), NONE)
            column[row] = twin
            if twin != NONE and column[twin] == NONE:
                column[twin] = row
        return column


def calls_of(dialog: Dialog) -> list[str]:
    """Names of the functions that the assistant calls, in order."""
    return [call.name for message in dialog.messages for call in message.calls]


def _requests(dialog: Dialog) -> str:
    return " ⏎ ".join(message.content for message in dialog.messages if message.role == "user")[:SEARCHED]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _tool(tool: Tool) -> bytes:
    return msgspec.json.encode(tool)
