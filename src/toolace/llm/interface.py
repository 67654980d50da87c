"""What the roles need of a language model, apart from the client that asks it: no network is loaded for it."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from toolace.llm.faults import Unanswered

__all__ = ["Llm", "Unanswered"]

T = TypeVar("T")


class Llm(Protocol):
    """What the roles need of a client: `async with Client(config.llm) as llm: await llm.ask(…)`."""

    async def ask(
        self,
        role: str,
        messages: list[dict[str, str]],
        reply: type[T],
        *,
        schema: dict[str, Any] | None = None,
        sample: int = 0,
        temperature: float | None = None,
    ) -> T:
        """Give the answer of the endpoint that plays `role`, decoded into the msgspec struct `reply`.

        `schema` narrows the JSON schema of `reply` (say, an enum of the tools at hand). `sample` tells apart several
        answers to one prompt; the same (role's model, messages, schema, sample) is answered from the cache.

        Raises:
            Unanswered: see there.
            ToolaceError: the endpoint is down, the key wrong, or the budget spent: the run ends, cleanly.
        """
        ...
