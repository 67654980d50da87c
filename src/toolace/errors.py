"""The one exception that users see: a single line that names the fix."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


class ToolaceError(Exception):
    """Bad input or a missing prerequisite. The message says what is wrong, where, and what to do."""


class RefusedError(ToolaceError):
    """An endpoint says that the request itself is wrong (HTTP 4xx), such as too long."""


def near(name: str, known: Iterable[str]) -> str:
    """Ask whether the nearest known name was meant; "" if none is near."""
    match = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {match[0]!r}?" if match else ""


def near_or_all(name: str, known: Collection[str]) -> str:
    """Ask whether the nearest known name was meant, or list them all."""
    return near(name, known) or f"; choose from {', '.join(known)}"
