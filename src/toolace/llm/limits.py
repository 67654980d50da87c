"""How many requests an endpoint is sent at once: as many as still make it faster, fewer when it is overloaded."""

from __future__ import annotations

import asyncio
import math
from collections import deque

FIRST = 8
"""The first window. Below it, after overload, there is no measuring: so few requests at once tell too little."""
FACTOR = 1.25
WORTH = 0.2
"""A larger window must bring at least this share of what it would bring to an endpoint that never fills."""


class Limit:
    """A window of at most `most` requests, to be entered by `async with`.

    It doubles (slow start) and then climbs by quarters while throughput, requests inside ÷ mean latency, rises with
    it, goes back where it does not, and halves on overload, soon to be given `FIRST` again. The latencies of requests
    that were sent in an earlier window, or while this one was not full, say nothing and are left out.
    """

    def __init__(self, most: int):
        self._most = max(1, most)
        self.size = min(FIRST, self._most)
        self.window = 0
        """Number of the present window; it tells a request which one it was sent in."""
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._slow_start = True
        self._before: tuple[int, float] | None = None
        self._seconds = 0.0
        self._served = 0

    async def __aenter__(self) -> None:
        """Wait for a place, first come first served."""
        if self._inside < self.size and not self._waiting:
            self._inside += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give the place free."""
        self._inside -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._inside < self.size:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)

    def served(self, seconds: float, window: int) -> None:
        """Learn that a request of that window took so long."""
        if window != self.window or self._inside < self.size:
            return
        self._seconds += seconds
        self._served += 1
        steady = not self._slow_start and self.size >= FIRST
        if self._served >= (max(self.size, 16) if steady else self.size):
            self._climb(self.size * self._served / self._seconds)

    def overloaded(self, window: int) -> None:
        """Halve, once per window: the endpoint says that it is too much, or no longer answers in time."""
        if window == self.window:
            self._slow_start, self._before = False, None
            self._resize(self.size // 2)

    def _climb(self, rate: float) -> None:
        if self.size < FIRST:
            self._resize(min(self.size * 2, FIRST))
            return
        up = True
        if self._before:
            (small, slow), (large, fast) = sorted([self._before, (self.size, rate)])
            up = fast / slow - 1 >= WORTH * (large / small - 1)
            if small == large:  # at either end: stay, unless the endpoint became slower
                up = rate > (1 - WORTH) * self._before[1]
        self._slow_start &= up
        self._before = (self.size, rate)
        larger = self.size * 2 if self._slow_start else math.ceil(self.size * FACTOR)
        self._resize(larger if up else math.floor(self.size / FACTOR))

    def _resize(self, size: int) -> None:
        self.size = min(max(size, 1), self._most)
        self.window += 1
        self._seconds, self._served = 0.0, 0
        self._let_in()
