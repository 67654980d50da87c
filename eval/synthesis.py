"""How fast scripted dialogs are made: 10,000 accepted ones by 1 and by 2 workers, in turn, each in an empty folder.

python eval/synthesis.py
"""

import tempfile
import time
from pathlib import Path

import msgspec

from toolace.apis.pool import build
from toolace.benchmarks import decontamination
from toolace.cli import compose
from toolace.config import Config
from toolace.dialogs.generate import generate
from toolace.store import write

COUNT = 10_000
ROUNDS = 3


def main() -> None:
    start = time.perf_counter()
    config = compose(["dialogs.kinds={single:6000,parallel:2000,irrelevant:2000}"])
    apis = build(config.apis, decontamination.load(), config.seed, config.workers).apis
    print(f"pool: {len(apis)} APIs in {time.perf_counter() - start:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool.jsonl"
        write(pool, b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
        measure(config, pool)


def measure(config: Config, pool: Path) -> None:
    for _ in range(ROUNDS):
        seconds = {}
        for workers in (1, 2):
            config.workers = workers
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                accepted = sum(judged.verdict.ok for judged in generate(config, pool, Path(folder)))
                seconds[workers] = time.perf_counter() - start
            assert accepted == COUNT
        rates = ", ".join(f"{workers} workers {COUNT / taken:.0f} dialogs/s" for workers, taken in seconds.items())
        print(f"{rates}; ratio {seconds[1] / seconds[2]:.2f}")


if __name__ == "__main__":
    main()
