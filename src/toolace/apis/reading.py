"""Reads the API documents of all sources: in parallel, with a cache for the large ones, in an order that is fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Protocol

import msgspec

from toolace.apis.cache import cached, state
from toolace.apis.sources import (
    botocore,
    everyday,
    google_discovery,
    home_assistant,
    mcp_server,
    openai_tools,
    openapi,
    openapi_directory,
    pool_file,
    python_functions,
)
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.processes import end_with_parent
from toolace.progress import bar, say
from toolace.records import Api

COLLECTIONS = {"google_discovery", "botocore", "openapi_directory"}
"""The large ones: they are capped and cached. What users bring themselves is never cut and always read anew."""
SHOWN = 10
"""So many of the documents that are skipped are named."""
MANY = 20
"""More documents than this are read by several processes."""
_CHUNK = 8
"""Documents that a worker takes at once."""


class Source(Protocol):
    """What each file in `sources/` offers."""

    def documents(self, config: ApisConfig) -> list[str]:
        """Lists what there is to read; raises ToolaceError when the config names nothing readable."""

    def read(self, document: str) -> Iterator[Api]:
        """Yields the APIs of one document; raises ToolaceError when it cannot be read."""


SOURCES: dict[str, Source] = {
    "everyday": everyday,
    "openapi": openapi,
    "mcp": mcp_server,
    "python": python_functions,
    "openai_tools": openai_tools,
    "pool": pool_file,
    "google_discovery": google_discovery,
    "botocore": botocore,
    "openapi_directory": openapi_directory,
    "home_assistant": home_assistant,
}


class Reading(msgspec.Struct):
    """What was read of one source: its APIs, and a sentence about each document that could not be read."""

    apis: list[Api] = []
    skipped: list[str] = []


def find_documents(config: ApisConfig) -> dict[str, list[str]]:
    """Lists the documents of each source.

    Raises:
        ToolaceError: an unknown source, or one without documents.
    """
    if unknown := [name for name in config.sources if name not in SOURCES]:
        raise ToolaceError(f"apis.sources: unknown source {unknown[0]!r}; known: {', '.join(SOURCES)}")
    return {name: SOURCES[name].documents(config) for name in config.sources}


def read_all(sources: dict[str, list[str]], workers: int) -> Iterator[Api]:
    """Yields the APIs of all documents as they stand there, source by source.

    Raises:
        ToolaceError: the only document of a source cannot be read; of many, it is skipped with a message.
    """
    for name, documents in sources.items():
        make = partial(_read_source, name, documents, workers)
        states = map(state, documents)
        reading = cached(name, states, Reading, make) if name in COLLECTIONS else make()
        for reason in reading.skipped[:SHOWN]:
            say(f"apis: skipped {reason}")
        if (more := len(reading.skipped) - SHOWN) > 0:
            say(f"apis: skipped {more} more documents of {name}")
        yield from reading.apis


def _read_source(name: str, documents: list[str], workers: int) -> Reading:
    whole = Reading()
    with bar(len(documents), name) as progress:
        for reading in _map(partial(_read, name), documents, workers):
            if reading.skipped and len(documents) == 1:
                raise ToolaceError(reading.skipped[0])
            whole.apis += reading.apis
            whole.skipped += reading.skipped
            progress.update()
    return whole


def _map(read: Callable[[str], Reading], documents: list[str], workers: int) -> Iterator[Reading]:
    if workers < 2 or len(documents) <= MANY:
        yield from map(read, documents)
        return
    with ProcessPoolExecutor(workers, initializer=end_with_parent) as processes:
        yield from processes.map(read, documents, chunksize=_CHUNK)


def _read(name: str, document: str) -> Reading:
    try:
        return Reading(list(SOURCES[name].read(document)))
    except ToolaceError as error:
        return Reading(skipped=[str(error)])
