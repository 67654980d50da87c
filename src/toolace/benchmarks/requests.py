"""Requests to an OpenAI-compatible endpoint that are patient with failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

import aiohttp

from toolace.errors import RefusedError, ToolaceError

_ATTEMPTS = 3


class Session(NamedTuple):
    """Connections to an endpoint, kept for the next request."""

    http: aiohttp.ClientSession
    base_url: str


@asynccontextmanager
async def session(
    url: str, timeout: float | None = None, headers: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Session]:
    """Open a session for a `with` block; a request may take `timeout` seconds (None: for ever).

    aiohttp, since httpx goes through all its connections for every request, which takes most of the time from 100 on.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=timeout),
        headers=headers,
        trust_env=True,
    ) as http:
        yield Session(http, f"{url.rstrip('/')}/")


async def is_up(client: Session) -> bool:
    """Whether anything answers at the address, be it an error."""
    try:
        async with client.http.get(f"{client.base_url}models"):
            return True
    except (aiohttp.ClientConnectionError, OSError):
        return False
    except (aiohttp.ClientError, TimeoutError):
        return True


async def request(
    client: Session,
    method: str,
    path: str,
    body: Any = None,
    name: str = "the endpoint ",
    fix: str = "run the command again to go on from here",
    check: Callable[[Any], str] = lambda answer: "",
) -> Any:
    """Ask up to three times; what the request itself is to blame for is not repeated.

    `check` says what is wrong with an answer, if anything.

    Raises:
        ToolaceError: all attempts failed; it begins with `name` and the address, and ends with `fix`.
    """
    failure = ""
    for attempt in range(_ATTEMPTS):
        await asyncio.sleep(2**attempt - 1)
        try:
            async with client.http.request(method, f"{client.base_url}{path.lstrip('/')}", json=body) as response:
                status, content = response.status, await response.read()
            if status == 200:
                answer = json.loads(content)
                if not (failure := check(answer)):
                    return answer
                continue
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = f"{type(error).__name__} {error}".strip()
            continue
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            failure = f"an answer that is no chat completion: {error!r}"
            continue
        failure = f"HTTP {status}: {content[:200].decode(errors='replace')}"
        if 400 <= status < 500 and status != 429:
            raise RefusedError(f"{name}{client.base_url} failed ({failure}); {fix}")
    raise ToolaceError(f"{name}{client.base_url} failed ({failure}); {fix}")
