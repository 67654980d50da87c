"""The formats that can be read, and whose data they are: a new one is a file here and a line below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from toolace.datasets import apigen_mt, chat, glaive, hermes, toolace, toolbench, when2call, xlam
from toolace.records import Dialog


class Source(NamedTuple):
    """How a row is read, and what the dataset card says of its origin.

    Licences as far as their pages or lists by others told us: look at the publisher's page before you publish.
    """

    read: Callable[[dict[str, Any]], Dialog]
    origin: str


SOURCES = {
    "apigen_mt": Source(apigen_mt.read, "Salesforce/APIGen-MT-5k (CC-BY-NC-4.0)"),
    "chat": Source(chat.read, "general chat (licence of the given file)"),
    "glaive": Source(glaive.read, "glaiveai/glaive-function-calling-v2 (Apache-2.0)"),
    "hermes": Source(hermes.read, "NousResearch/hermes-function-calling-v1 (Apache-2.0)"),
    "toolace": Source(toolace.read, "Team-ACE/ToolACE (Apache-2.0)"),
    "toolbench": Source(toolbench.read, "ToolBench (Apache-2.0)"),
    "when2call": Source(when2call.read, "nvidia/When2Call (CC-BY-4.0)"),
    "xlam": Source(xlam.read, "Salesforce/xlam-function-calling-60k (CC-BY-4.0)"),
}
