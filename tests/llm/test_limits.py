from __future__ import annotations

import asyncio
from collections.abc import Callable

from toolace.llm.limits import FIRST, Limit


async def crowd(limit: Limit, seconds: Callable[[int], float], requests: int = 5000) -> list[int]:
    """Keep the window full of requests that take `seconds(window)`; give its sizes."""
    places, sizes = 0, []
    for _ in range(requests):
        while places < limit.size:
            await limit.__aenter__()
            places += 1
        while places > limit.size:
            await limit.__aexit__()
            places -= 1
        limit.served(seconds(limit.size), limit.window)
        sizes.append(limit.size)
    for _ in range(places):
        await limit.__aexit__()
    return sizes


def test_an_endpoint_that_never_fills_is_given_all_that_the_configuration_allows() -> None:
    sizes = asyncio.run(crowd(Limit(200), lambda size: 0.05))
    assert sizes[0] == FIRST
    assert sizes[500:] == [200] * (len(sizes) - 500)


def test_the_window_stays_near_the_number_of_requests_that_an_endpoint_works_on_at_once() -> None:
    sizes = asyncio.run(crowd(Limit(200), lambda size: 0.05 * max(1.0, size / 16)))
    assert max(sizes) <= 32
    assert all(10 <= size <= 26 for size in sizes[1000:])


def test_the_window_follows_an_endpoint_that_becomes_slower_than_the_configured_number() -> None:
    limit, capacity = Limit(64), [64]

    def seconds(size: int) -> float:
        return 0.05 * max(1.0, size / capacity[0])

    asyncio.run(crowd(limit, seconds, 1000))
    assert limit.size == 64
    capacity[0] = 8
    sizes = asyncio.run(crowd(limit, seconds))
    assert all(4 <= size <= 14 for size in sizes[2000:])


def test_a_window_of_one_grows_again() -> None:
    limit = Limit(64)
    for _ in range(10):
        limit.overloaded(limit.window)
    assert limit.size == 1
    assert asyncio.run(crowd(limit, lambda size: 0.05))[-1] == 64


def test_few_requests_are_enough_to_come_back_from_an_endpoint_that_was_restarted() -> None:
    limit = Limit(5)  # a slow endpoint: each answer takes seconds
    for _ in range(3):
        limit.overloaded(limit.window)
    assert limit.size == 1
    sizes = asyncio.run(crowd(limit, lambda size: 8.0 * size, requests=1 + 2 + 4))
    assert sizes == [2, 2, 4, 4, 4, 4, 5]


def test_overload_halves_once_for_all_requests_of_a_window() -> None:
    limit = Limit(64)
    asyncio.run(crowd(limit, lambda size: 0.05, 500))
    window = limit.window
    for _ in range(10):
        limit.overloaded(window)
    assert limit.size == 32


def test_no_more_are_inside_than_the_window_allows_and_all_get_in() -> None:
    inside, most = 0, 0

    async def visit(limit: Limit) -> None:
        nonlocal inside, most
        async with limit:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async def main() -> None:
        limit = Limit(3)
        await asyncio.gather(*(visit(limit) for _ in range(50)))

    asyncio.run(main())
    assert (inside, most) == (0, 3)


def test_who_is_cancelled_while_waiting_takes_no_place() -> None:
    async def main() -> None:
        limit = Limit(1)
        async with limit:
            early, late = (asyncio.create_task(limit.__aenter__()) for _ in range(2))
            await asyncio.sleep(0)
            early.cancel()
        await late  # would wait for ever
        assert early.cancelled() and late.done()

    async def just_let_in() -> None:
        limit = Limit(1)
        async with limit:
            early, late = (asyncio.create_task(limit.__aenter__()) for _ in range(2))
            await asyncio.sleep(0)
        early.cancel()
        await late
        assert early.cancelled() and late.done()

    asyncio.run(asyncio.wait_for(main(), 5))
    asyncio.run(asyncio.wait_for(just_let_in(), 5))
