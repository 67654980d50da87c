"""A dialog while it is written: turns, the plan behind them, and the tool role that answers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import msgspec

from toolace.dialogs.telling import tell_all
from toolace.dialogs.tool_role import ToolRole
from toolace.dialogs.wording import Request, restyle
from toolace.records import Api, Call, Json, Link, Message, Plan, Said


class Outline(NamedTuple):
    """A dialog to be judged: the tools on offer, what is said, what was meant, and what the user says in no tone."""

    offered: list[Api]
    messages: list[Message]
    plan: Plan
    core: str


class Script:
    """Writes turns in order and keeps the plan: each method adds what one role does."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.role = ToolRole(str(rng.random()))
        self.messages: list[Message] = []
        self.apis: list[Api] = []
        self.results: list[Json] = []
        self.plan = Plan()
        self.core: list[str] = []

    def user(self, text: str) -> None:
        """Let the user say `text` as it is."""
        self.core.append(text)
        self.messages.append(Message("user", text))

    def ask(self, text: str, said: Sequence[Said] = ()) -> None:
        """Let the user say `text`: at first in some tone, later as it is. The wordings `said` keep every letter."""
        begun = any(message.role == "user" for message in self.messages)
        self.core.append(text)
        self.messages.append(Message("user", text if begun else restyle(text, self.rng, said)))

    def open(self, text: str) -> None:
        """Let the user say `text` in some tone before all that was written."""
        self.core.insert(0, text)
        self.messages.insert(0, Message("user", restyle(text, self.rng, self.plan.said)))

    def say(self, text: str) -> None:
        """Let the assistant say `text`."""
        self.messages.append(Message("assistant", text))

    def call(
        self, apis: Sequence[Api], calls: Sequence[Call], said: Sequence[Said], links: Sequence[Link] = ()
    ) -> None:
        """Let the assistant call; paths count from 0 here and are moved to their place in the dialog."""
        plan, start = self.plan, len(self.plan.calls)
        self.messages.append(Message("assistant", calls=list(calls)))
        self.apis += apis
        self.plan = Plan(
            [*plan.calls, *calls],
            plan.said + [Said(_moved(s.path, start), s.value, s.text) for s in said],
            plan.links + [Link(_moved(link.path, start), link.value, link.source) for link in links],
            plan.asked,
        )

    def request(self, api: Api, request: Request, links: Sequence[Link] = ()) -> None:
        """Let the assistant make the calls of a request to one API."""
        self.call([api] * len(request.calls), request.calls, request.said, links)

    def miss(self, names: Sequence[str]) -> None:
        """Note that the user left these arguments of the next call out."""
        start = len(self.plan.calls)
        self.plan = msgspec.structs.replace(self.plan, asked=self.plan.asked + [f"{start}.{name}" for name in names])

    def answer(self, results: Sequence[Json] | None = None) -> list[Json]:
        """Let the tools answer the last calls, by themselves unless `results` are given."""
        count = len(self.messages[-1].calls)
        calls, apis = self.plan.calls[-count:], self.apis[-count:]
        if results is None:
            results = [self.role.answer(api, call) for api, call in zip(apis, calls, strict=True)]
        for call, result in zip(calls, results, strict=True):
            self.messages.append(Message("tool", msgspec.json.encode(result).decode(), name=call.name))
        self.results += results
        return list(results)

    def tell(self, count: int) -> None:
        """Let the assistant put the last `count` results into words."""
        self.say(tell_all(self.apis[-count:], self.plan.calls[-count:], self.results[-count:], self.rng))

    def conclude(self, count: int) -> None:
        """Let the tools answer the last `count` calls and the assistant tell the results."""
        self.answer()
        self.tell(count)

    def outline(self, offered: list[Api]) -> Outline:
        """Give the finished dialog."""
        return Outline(offered, self.messages, self.plan, " ".join(self.core))


def _moved(path: str, by: int) -> str:
    index, rest = path.split(".", 1)
    return f"{int(index) + by}.{rest}"
