"""Answers come in any order; what is made of them comes in one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def in_order(
    start: Callable[[int], Coroutine[Any, Any, T]], wanted: Callable[[], int], ahead: int
) -> AsyncGenerator[T, None]:
    """Yield the results of start(0), start(1), … in this order, while more are `wanted`.

    At most so many as are wanted run at once, and at most `ahead`.
    """
    running: deque[asyncio.Task[T]] = deque()
    index = 0
    try:
        while wanted() > 0:
            while len(running) < min(ahead, wanted()):
                running.append(asyncio.create_task(start(index)))
                index += 1
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
