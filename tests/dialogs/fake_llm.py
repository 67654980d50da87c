"""A language model for tests."""

from collections.abc import Callable
from typing import Any


class Fake:
    """Answers by a function of role, prompt and sample; keeps what was asked as (role, prompt, schema)."""

    def __init__(self, answer: Callable[[str, str, int], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []

    async def ask(
        self, role: str, messages: list[dict[str, str]], reply: Any, *, schema: Any = None, sample: int = 0, **_: Any
    ) -> Any:
        text = "\n".join(message["content"] for message in messages)
        self.asked.append((role, text, schema))
        answer = self.answer(role, text, sample)
        if isinstance(answer, Exception):
            raise answer
        return answer
