"""Evolution (ToolACE §2.1): new APIs grown from sampled subtrees of the context tree by diversity indicators.

Scripted: each indicator is an operator of `operators`. What passes the rules joins the pool's names and the example
buffer, from which later APIs may grow in turn.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from random import Random

import msgspec

from toolace.apis.definition import fault
from toolace.apis.evolution.operators import OPERATORS, rename
from toolace.apis.near_duplicates import NearDuplicates
from toolace.apis.speciation.adaptation import ContextTree, Subtree
from toolace.benchmarks.decontamination import TestSet
from toolace.errors import ToolaceError
from toolace.progress import bar
from toolace.records import Api

BUFFER = 8
"""The example buffer holds so many results of a domain."""
FROM_BUFFER = 0.2
"""Share of the new APIs that grow from an example of the buffer, where there is one."""
GENERATIONS = 8
"""An API to which so many operators were applied grows no further."""
BARREN = 1_000
"""Evolution is given up after so many rejects in a row."""


def evolve(
    pool: list[Api], count: int, seed: int, duplicates: NearDuplicates, test_set: TestSet
) -> Iterator[Api | tuple[str, Api]]:
    """Yields `count` new APIs, and between them the rejected ones with their reasons. Depends on the pool and the seed.

    Raises:
        ToolaceError: The pool is too small to grow so many different ones.
    """
    tree = ContextTree(pool)
    names = {api.name for api in pool}
    buffer: dict[str, deque[Api]] = defaultdict(lambda: deque(maxlen=BUFFER))
    accepted = index = barren = 0
    with bar(count, "evolution") as progress:
        while accepted < count:
            subtree = tree.sample(seed, index)
            api = _grow(subtree, buffer[subtree.domain], Random(f"{seed}:evolution:{index}"))
            index += 1
            reason = "name is taken" if api.name in names else fault(api, duplicates, test_set)
            barren = barren + 1 if reason else 0
            if reason:
                yield reason, api
            else:
                accepted += 1
                names.add(api.name)
                buffer[subtree.domain].append(api)
                progress.update()
                yield api
            if barren == BARREN:
                raise ToolaceError(
                    f"apis.evolve={count}: only {accepted} new APIs could be grown from {len(pool)}; ask for fewer, "
                    "or give more sources"
                )


def _grow(subtree: Subtree, examples: deque[Api], rng: Random) -> Api:
    """Apply so many operators as the subtree's diversity level says to its first API, or to an example."""
    api, donors = subtree.seeds[0], subtree.seeds[1:]
    young = [one for one in examples if len(one.evolution) < GENERATIONS]
    if young and rng.random() < FROM_BUFFER:
        api = rng.choice(young)
    operators = rng.sample(sorted(OPERATORS), subtree.level + 1)
    for name in operators:
        api = OPERATORS[name](api, donors, rng)
    api = rename(api, donors, rng)
    return msgspec.structs.replace(api, source="evolution", domain=subtree.domain)
