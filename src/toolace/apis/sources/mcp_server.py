"""APIs of MCP servers: dumps of `tools/list`, a server started over stdio, or a running one over streamable HTTP.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Servers are asked with the official SDK (package `mcp`); what
they and the dumps say is untrusted, and time, pages and sizes are bounded.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from toolace.apis.descriptions import human
from toolace.apis.documents import files, load
from toolace.apis.functions import to_apis
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

if TYPE_CHECKING:
    from mcp import StdioServerParameters

SECONDS = 60
"""For the start of a server and all its answers: `npx` and `uvx` may fetch it first."""
MAX_PAGES = 100

_STDIO = "stdio:"
_HTTP = ("http://", "https://")
_PLACES = ((), ("result",), ("metadata", "remote_server_response"))
_LICENSE = re.compile(r"(?i)\b(?:mit|isc|apache|bsd|[al]?gpl|mpl|cc0|cc-by|unlicense|zlib|eupl)\b[\w.+ -]*")
_BOILERPLATE = re.compile(r"(?i)\s*\b(?:mcp|server)\b")


def documents(config: ApisConfig) -> list[str]:
    """Lists the dumps, and what is needed to reach a live server.

    Raises:
        ToolaceError: None of `apis.mcp.path`, `.command` and `.url` is set, or it names nothing.
    """
    mcp = config.mcp
    found = files("apis.mcp.path", mcp.path, (".json",)) if mcp.path else []
    if mcp.command:
        if missing := [name for name in mcp.env if name not in os.environ]:
            raise ToolaceError(f"apis.mcp.env: {missing[0]} is not set in the environment; export it first")
        found.append(_STDIO + json.dumps([list(mcp.command), list(mcp.env)]))
    if mcp.url and not mcp.url.startswith(_HTTP):
        raise ToolaceError(f"apis.mcp.url={mcp.url}: no http:// or https:// address; give the server's full address")
    if mcp.url:
        found.append(mcp.url)
    if not found:
        raise ToolaceError(
            "apis.mcp is empty: give apis.mcp.path=DUMPS, apis.mcp.command=[PROGRAM,…] or apis.mcp.url=…"
        )
    return found


def read(document: str) -> Iterator[Api]:
    """Yields every tool of one dump or one server.

    Raises:
        ToolaceError: The dump cannot be read or holds no list of tools; the server cannot be reached.
    """
    live = document.startswith((_STDIO, *_HTTP))
    tools, blank = _live(document) if live else _dump(Path(document))
    yield from to_apis((tool for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str)), blank)


def _blank(service: Json, provider: str, functionality: str = "", license_name: str = "") -> Api:
    """Gives what all tools of a server share."""
    name = human(service)
    return Api(
        name="",
        description="",
        parameters={},
        functionality=functionality,
        source="mcp",
        provider=provider,
        service=" ".join(_BOILERPLATE.sub("", name).split()).strip(" -:") or name,
        license=license_name,
    )


def _dump(path: Path) -> tuple[list[Json], Api]:
    value = load(path)
    found = [value] if isinstance(value, list) else [_at(value, *place, "tools") for place in _PLACES]
    tools = next((one for one in found if isinstance(one, list)), None)
    if tools is None:
        raise ToolaceError(f'{path}: no list of tools; save what tools/list answers: {{"tools": [...]}}')
    crawled = ("metadata", "server_info_crawled")
    name = _at(value, "metadata", "server_name") or _at(value, *crawled, "name") or re.sub(r"[_.-]+", " ", path.stem)
    label = _at(value, "labels", "primary_label")
    license_name = _LICENSE.match(str(_at(value, *crawled, "license") or "")[:80])
    return tools, _blank(
        name,
        provider=str(_at(value, *crawled, "author") or "").strip("@").partition("/")[0],
        functionality="" if label == "Others" else human(label),
        license_name=license_name[0] if license_name else "",
    )


def _at(value: Json, *keys: str) -> Json:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _live(document: str) -> tuple[list[Json], Api]:
    """Asks a server; one that was started is stopped again, whatever happens."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            return asyncio.run(_ask(document, log))
        except ImportError as error:
            raise ToolaceError(
                "The source mcp needs the official SDK for live servers: pip install 'mcp>=2'"
            ) from error
        except Exception as error:  # the SDK raises what its transports raise, often in groups
            hint = "see that it runs" if document.startswith(_STDIO) else "see that the server runs at this address"
            raise ToolaceError(f"{document}: no answer to tools/list ({_reason(error, log)}); {hint}") from error


async def _ask(document: str, log: TextIO) -> tuple[list[Json], Api]:
    import anyio
    from mcp import Client, stdio_client

    tools: list[Json] = []
    cursor = None
    stdio = document.startswith(_STDIO)
    server = stdio_client(_command(document), errlog=log) if stdio else document
    with anyio.fail_after(SECONDS):
        async with Client(server) as client:
            for _ in range(MAX_PAGES):
                page = await client.list_tools(cursor=cursor)
                tools += [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in page.tools]
                if not (cursor := page.next_cursor):
                    break
            info = client.server_info
    host = "" if stdio else urlsplit(document).hostname or ""
    return tools, _blank((info.title or info.name) if info else host, provider=host)


def _command(document: str) -> StdioServerParameters:
    from mcp import StdioServerParameters

    (program, *arguments), names = json.loads(document.removeprefix(_STDIO))
    return StdioServerParameters(command=program, args=arguments, env={name: os.environ[name] for name in names})


def _reason(error: BaseException, log: TextIO) -> str:
    """Gives the first cause in a group, and the last line that a started server wrote."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = str(error) or (f"none within {SECONDS} s" if isinstance(error, TimeoutError) else type(error).__name__)
    log.seek(0)
    last = log.read(1_000_000).strip().rpartition("\n")[2]
    return " ".join(f"{said}; {last}".split())[:300].strip("; ")
