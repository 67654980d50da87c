"""Answers on disk, so that no request is paid twice: safe against `kill -9`, shared by several processes."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from toolace.errors import ToolaceError

TABLE = """CREATE TABLE IF NOT EXISTS answers
(key BLOB PRIMARY KEY, content TEXT NOT NULL, prompt INTEGER NOT NULL, completion INTEGER NOT NULL) WITHOUT ROWID"""


PATIENCE = 60
"""Seconds to wait for other processes."""


class Answer(NamedTuple):
    """What a model said, and the tokens that it took."""

    content: str
    prompt_tokens: int
    completion_tokens: int


class Cache:
    """An SQLite table. The system may lose the last answers, never a whole file.

    Raises:
        ToolaceError: the file is damaged, or cannot be written.
    """

    def __init__(self, path: Path):
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            _share(self._db)
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(TABLE)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    @staticmethod
    def key(body: bytes, sample: int) -> bytes:
        """Digest of a request (it holds the model's name) and the number of the sample."""
        return hashlib.blake2b(b"%d\n%b" % (sample, body), digest_size=20).digest()

    def get(self, key: bytes) -> Answer | None:
        """Look an answer up."""
        try:
            row = self._db.execute("SELECT content, prompt, completion FROM answers WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return Answer(*row) if row else None

    def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer; with the next `commit`, which should be soon, it is on disk and others can use the file."""
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", (key, *answer))
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def commit(self) -> None:
        """Write what was put since the last time."""
        try:
            self._db.commit()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Give the file free, after a last `commit`."""
        self.commit()
        self._db.close()

    def _unusable(self, error: Exception) -> ToolaceError:
        return ToolaceError(f"{self._path}: {error}; delete the file if it is damaged, free the disk if it is full")


def _share(db: sqlite3.Connection) -> None:
    """Let several processes use the file. SQLite itself does not wait while another one sets a new file up."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
