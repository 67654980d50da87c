"""All formats by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from toolace.formats import fenced, hermes, llama3, openai, sharegpt, toolace
from toolace.records import Call, Dialog


class Format(Protocol):
    """What a module of this package gives.

    `render` prints calls as an assistant's text and `parse` reads them (`CallSyntaxError` where there are none);
    `sample` gives a dialog as a row of a data set in this format, with or without the assistant's thoughts.
    """

    def render(self, calls: Sequence[Call], /) -> str: ...  # noqa: D102

    def parse(self, text: str, /) -> list[Call]: ...  # noqa: D102

    def sample(self, dialog: Dialog, thoughts: bool = False, /) -> dict[str, Any]: ...  # noqa: D102


FORMATS: dict[str, Format] = {
    "fenced": fenced,
    "hermes": hermes,
    "llama3": llama3,
    "openai": openai,
    "sharegpt": sharegpt,
    "toolace": toolace,
}
