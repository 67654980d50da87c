"""The words of a language, read from `languages/<language>.yaml` when they are first needed."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from toolace.errors import ToolaceError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is safe too, and ten times as fast
_FOLDER = Path(__file__).parent / "languages"

Words = dict[str, Any]


class Voice(NamedTuple):
    """A user who speaks: what is left to chance, the words at hand, and the day it is, where that is known."""

    rng: Random
    words: Words
    today: date | None = None
    past: bool = False
    """Whether the user speaks of things that are over."""

    def chance(self, share: float) -> bool:
        """Say yes in a share of the cases."""
        return self.rng.random() < share

    def pick(self, options: list[str], **parts: object) -> str:
        """Take one of several templates and fill it in."""
        return self.rng.choice(options).format(**parts)


@cache
def load(language: str) -> Words:
    """Read the words of a language (an ISO 639 code).

    Raises:
        ToolaceError: there are none.
    """
    path = _FOLDER / f"{language}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
        raise ToolaceError(f"language {language!r}: unknown; known: {known}")
    return dict(read(path))


def read(path: Path) -> Any:
    """Read a data file of the package."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
