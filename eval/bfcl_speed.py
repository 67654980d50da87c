"""How long evaluating takes beside the leaderboard's own commands, against an endpoint that answers after 50 ms.

python eval/bfcl_speed.py [--peer-folder FOLDER] [--rounds 3] [--threads 100]

1,000 single-turn cases (simple_python, multiple, parallel, parallel_multiple) in native mode, whole commands in turn:
`bfcl generate` and `bfcl evaluate` with so many threads, from an environment that is made in FOLDER once, and
`toolace.evaluate` with as many requests at once. Then the time to score one answer to every case of the single-turn
categories. The endpoint gives the same call to every question: verdicts are not what is measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar

from llm_overhead import Mock, serve
from peers import install

from toolace.benchmarks import bfcl
from toolace.benchmarks.cases import answer

CATEGORIES = ("simple_python", "multiple", "parallel", "parallel_multiple")
MODEL = "openbmb/MiniCPM-SALA-FC"
"""An entry of the leaderboard's list that asks any OpenAI-compatible endpoint, natively."""


class CallingMock(Mock):
    """Answers every question by a call."""

    answer: ClassVar[dict[str, object]] = {
        **Mock.answer,
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
                },
            }
        ],
    }


def theirs(bin_folder: Path, threads: int) -> list[list[str]]:
    common = ["--model", MODEL, "--test-category", ",".join(CATEGORIES)]
    return [
        [str(bin_folder / "bfcl"), "generate", *common, "--num-threads", str(threads)],
        [str(bin_folder / "bfcl"), "evaluate", *common],
    ]


def ours(url: str, threads: int, scratch: Path) -> list[list[str]]:
    categories = ",".join(f"{name}:null" for name in CATEGORIES)
    return [
        [
            *(sys.executable, "-m", "toolace.evaluate", f"output_dir={scratch}/run"),
            f"evaluate.categories={{{categories}}}",
            f'evaluate.others={{mock:{{url:"{url}",mode:native}}}}',
            f"evaluate.concurrency={threads}",
        ]
    ]


def seconds(commands: list[list[str]], url: str, scratch: Path) -> float:
    env = os.environ | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "BFCL_PROJECT_ROOT": str(scratch)}
    start = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=scratch, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return time.perf_counter() - start


def scoring() -> None:
    cases = bfcl.load_cases(dict.fromkeys(bfcl.CATEGORIES), 0)
    answers = [answer(case, '[f(a=1, b="two")]') for case in cases]
    start = time.perf_counter()
    bfcl.check(answers)
    print(
        f"scoring {len(answers)} saved answers of {len(bfcl.CATEGORIES)} categories: "
        f"{time.perf_counter() - start:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-folder", type=Path, default=Path("outputs/peers"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=100)
    given = parser.parse_args()
    scoring()
    bin_folder = install(given.peer_folder.absolute() / "bfcl", "bfcl-eval==2026.3.23", "soundfile")
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    multiprocessing.Process(target=serve, args=(port, CallingMock), daemon=True).start()
    url = f"http://127.0.0.1:{port.get()}/v1"
    taken: dict[str, list[float]] = {"bfcl generate + evaluate": [], "toolace.evaluate": []}
    for _ in range(given.rounds):
        for name, times in taken.items():
            with tempfile.TemporaryDirectory() as folder:
                run_ours = ours(url, given.threads, Path(folder))
                commands = run_ours if name == "toolace.evaluate" else theirs(bin_folder, given.threads)
                times.append(seconds(commands, url, Path(folder)))
                print(f"{name}: {times[-1]:.1f} s", file=sys.stderr, flush=True)
    our_times = taken["toolace.evaluate"]
    print("| command | seconds, median | of all rounds | ours is … times as fast |\n|---|---|---|---|")
    for name, times in taken.items():
        ratio = statistics.median(a / b for a, b in zip(times, our_times, strict=True))
        print(f"| {name} | {statistics.median(times):.1f} | {min(times):.1f}–{max(times):.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
