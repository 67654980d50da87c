"""The everyday APIs that ship with the package: our own writing, with several ways to ask for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from toolace.config import ApisConfig
from toolace.records import Api, Ask

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is safe too, and ten times as fast


def documents(config: ApisConfig) -> list[str]:
    """Lists `apis/everyday/*.yaml`, one file per domain."""
    return sorted(str(file) for file in (Path(__file__).parents[1] / "everyday").glob("*.yaml"))


def read(document: str) -> Iterator[Api]:
    """Yields the APIs of one domain."""
    content = yaml.load(Path(document).read_text(encoding="utf-8"), Loader=_LOADER)
    return (_api(entry, content["area"], content["domain"]) for entry in content["apis"])


def _api(entry: dict[str, Any], area: str, domain: str) -> Api:
    return Api(
        name=entry["name"],
        description=entry["description"],
        parameters={
            "type": "object",
            "properties": entry["parameters"],
            "required": entry.get("required", []),
        },
        returns=entry.get("returns"),
        area=area,
        domain=domain,
        source="everyday",
        service=domain,
        license="Apache-2.0",
        asks=[Ask(a) if isinstance(a, str) else Ask(a["text"], a.get("implies", {})) for a in entry["asks"]],
    )
