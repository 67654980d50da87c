from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.errors import ToolaceError
from toolace.llm.cache import Answer, Cache

WRITER = """
import sys
from pathlib import Path
from toolace.llm.cache import Answer, Cache
cache = Cache(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    cache.put(cache.key(b"", number), Answer(str(number), number, 0))
    cache.commit()
    print(number, flush=True)
"""


def writer(path: Path, start: int, stop: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start), str(stop)], stdout=subprocess.PIPE, text=True
    )


def held(cache: Cache, number: int) -> bool:
    return cache.get(cache.key(b"", number)) == Answer(str(number), number, 0)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 2**40), st.integers(0, 2**40))
def test_what_is_put_is_given(
    tmp_path_factory: pytest.TempPathFactory, text: str, prompt: int, completion: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.sqlite"
    first, second = Cache(path), Cache(path)
    first.put(b"key", Answer(text, prompt, completion))
    first.commit()
    assert second.get(b"key") == Answer(text, prompt, completion)
    first.close()
    second.close()


@given(st.binary(max_size=9), st.binary(max_size=9), st.integers(0, 99), st.integers(0, 99))
def test_keys_tell_requests_and_samples_apart(one: bytes, other: bytes, sample: int, another: int) -> None:
    assert (Cache.key(one, sample) == Cache.key(other, another)) == ((one, sample) == (other, another))


def test_processes_that_start_together_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "answers.sqlite"
    writers = [writer(path, 200 * n, 200 * (n + 1)) for n in range(3)]
    assert [one.communicate(timeout=60) and one.returncode for one in writers] == [0, 0, 0]
    cache = Cache(path)
    assert all(held(cache, number) for number in range(600))
    cache.close()


def test_a_new_file_that_another_process_is_setting_up_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite3.connect(path, timeout=60).execute("PRAGMA journal_mode=WAL")  # does not wait by itself
    release = threading.Timer(0.1, other.close)
    release.start()
    Cache(path).close()
    release.join()


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_loses_nothing_that_was_put(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "answers.sqlite"
    process = writer(path, 0, 1_000_000)
    assert process.stdout
    last = [int(process.stdout.readline()) for _ in range(random.Random(seed).randint(1, 500))][-1]
    process.kill()
    last = max([last, *(int(line) for line in process.communicate()[0].splitlines())])
    cache = Cache(path)
    assert all(held(cache, number) for number in range(last + 1))
    cache.close()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(ToolaceError, match=r"answers\.sqlite.*delete the file"):
        Cache(path)
