"""What lies on disk: files that are written whole or not at all, and lines that outlive a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from toolace.errors import ToolaceError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure of the disk into one line that names `path` and the fix.

    Raises:
        ToolaceError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ToolaceError(f"cannot write {path} ({error.strerror}): free space there or set output_dir=…") from error


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ToolaceError: the folder cannot be made or the disk is full.
    """
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write it piece by piece; it takes its name, or an older file's place, when the block ends well.

    Raises:
        ToolaceError: the folder cannot be made or the disk is full.
    """
    part = path.with_name(f".{path.name}.part")
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with suppress(OSError):  # where the parent is no folder, nothing was written
                part.unlink(missing_ok=True)
            raise


def require_space(folder: Path, size: int) -> None:
    """Make sure that `size` bytes fit into `folder`, before long work starts.

    Raises:
        ToolaceError: they do not.
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size:
        raise ToolaceError(
            f"{folder} has {free >> 20} MiB free, {size >> 20} MiB are needed: free space or set output_dir=…"
        )


def read_complete_lines(path: Path) -> list[bytes]:
    """Read a file of lines that a killed process may have left with half a line at its end; the half is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    complete = content[: content.rfind(b"\n") + 1]
    if complete != content:
        write(path, complete)
    return complete.splitlines()


@contextmanager
def append(path: Path) -> Iterator[BinaryIO]:
    """Open a file to add lines to it.

    Raises:
        ToolaceError: it cannot be opened or written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            yield file
