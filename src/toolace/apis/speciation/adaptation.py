"""Adaptation (ToolACE §2.1): subtrees of the context tree, which fix what a new API will be before it is written."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, cycle, islice
from math import sqrt
from random import Random

import msgspec

from toolace.records import Api

LEVELS = {1: (1, 1), 2: (2, 3), 3: (3, 5)}
"""Diversity level → least and most functionalities of a subtree: one makes a simple API, several a detailed one."""
MOST_SEEDS = 6
SMALLEST = 3
"""Domains with fewer APIs are not sampled, if there are larger ones."""
_TRIES = 4


class Subtree(msgspec.Struct, frozen=True):
    """What a new API is to be: its place, its diversity level (1 to 3), and the APIs it comes from.

    The first of `seeds` is the one to grow; the others, of the same functionalities, lend it their parts.
    """

    domain: str
    area: str
    functionalities: list[str]
    level: int
    seeds: list[Api]


class ContextTree:
    """The context tree of a pool (at least one API): domain → functionality → APIs."""

    def __init__(self, apis: list[Api]) -> None:
        self.apis = apis
        tree: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, api in enumerate(apis):
            tree[api.domain][api.functionality].append(index)
        sizes = {domain: sum(map(len, leaves.values())) for domain, leaves in tree.items()}
        kept = [domain for domain, size in sizes.items() if size >= SMALLEST] or list(sizes)
        self.domains = [(domain, dict(tree[domain])) for domain in kept]
        self.shares = list(accumulate(sqrt(sizes[domain]) for domain in kept))

    def sample(self, seed: int, index: int) -> Subtree:
        """Gives the subtree that `seed` and `index` fix; a domain is drawn by the root of its size.

        So the largest domains do not drown the small ones.
        """
        rng = Random(f"{seed}:subtree:{index}")
        domain, leaves = rng.choices(self.domains, cum_weights=self.shares)[0]
        level = min(rng.randint(1, 3), len(leaves))
        least, most = LEVELS[level]
        functionalities = rng.sample(list(leaves), min(rng.randint(least, most), len(leaves)))
        seeds = self._seeds([leaves[name] for name in functionalities], 2 * level, rng)
        return Subtree(domain, seeds[0].area, functionalities, level, seeds)

    def _seeds(self, leaves: list[list[int]], count: int, rng: Random) -> list[Api]:
        """Picks APIs from the functionalities in turn, from different services where a few tries find one."""
        chosen: dict[int, str] = {}
        for leaf in islice(cycle(leaves), max(count, len(leaves))):
            tried = [one for one in (rng.choice(leaf) for _ in range(_TRIES)) if one not in chosen]
            fresh = (one for one in tried if self.apis[one].service not in chosen.values())
            one = next(fresh, tried[0] if tried else None)
            if one is not None:
                chosen[one] = self.apis[one].service
        return [self.apis[one] for one in islice(chosen, MOST_SEEDS)]
