"""Results that take long, kept on disk under a digest of all that they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from toolace.store import write
from toolace.weights import cache_dir

T = TypeVar("T")


def cached(name: str, depends: Iterable[str], kind: type[T], make: Callable[[], T]) -> T:
    """Give what an earlier call made from the same things by the same code, else make it and keep it."""
    code = sorted(Path(__file__).parent.rglob("*.py"))
    digest = hashlib.sha256("\n".join([*depends, *(file.read_text() for file in code)]).encode()).hexdigest()
    path = cache_dir() / "apis" / f"{name}-{digest[:16]}.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=kind)
    made = make()
    write(path, msgspec.json.encode(made))
    return made


def state(document: str) -> str:
    """Tells whether a document, or a file of a document that is a folder, was changed."""
    path = Path(document)
    files = [path, *sorted(path.iterdir())] if path.is_dir() else [path] if path.exists() else []
    return "\n".join([document, *(f"{file.name} {(s := file.stat()).st_size} {s.st_mtime_ns}" for file in files)])
