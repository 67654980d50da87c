"""APIs from tools in OpenAI's form: JSON or JSON lines of tools, or of a data set's rows that hold tools.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Among the data sets are ToolACE's own rows, whose tools stand
in the system prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from toolace.apis.descriptions import human
from toolace.apis.documents import files
from toolace.apis.functions import to_apis
from toolace.apis.normalise import Schema
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

SUFFIXES = (".json", ".jsonl")
MAX_BYTES = 200_000_000
"""Of a JSON file, or of one line of JSON lines: the published ToolACE has 80 MB."""
MAX_TRIES = 16
"""So many places of a prompt are tried where a list of functions may begin."""

_LIST = re.compile(r"\[\s*\{")


def documents(config: ApisConfig) -> list[str]:
    """Lists the file, or the files of the folder.

    Raises:
        ToolaceError: `apis.openai_tools.path` is not given, or there is nothing at it.
    """
    return files("apis.openai_tools.path", config.openai_tools.path, SUFFIXES)


def read(document: str) -> Iterator[Api]:
    """Yields the different tools of one file under names of their own.

    Raises:
        ToolaceError: The file cannot be read, is malformed (with the line or entry) or holds no tool.
    """
    functions = (one for where, value in _values(Path(document)) for one in _functions(value, where))
    found = False
    for api in to_apis(
        functions,
        Api(name="", description="", parameters={}, source="openai_tools", service=human(Path(document).stem)),
    ):
        found = True
        yield api
    if not found:
        raise ToolaceError(f"{document}: no tools; each needs a name and a description or parameters")


def _values(path: Path) -> Iterator[tuple[str, Json]]:
    """Yields each entry of a JSON list, or each line of JSON lines, and where it stands."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".jsonl":
                value = _decode(file.read(MAX_BYTES + 1), str(path))
                entries = value if isinstance(value, list) else [value]
                yield from ((f"{path}, entry {number}", entry) for number, entry in enumerate(entries, 1))
                return
            for number, line in enumerate(iter(lambda: file.readline(MAX_BYTES + 1), b""), 1):
                if line.strip():
                    yield (where := f"{path}, line {number}"), _decode(line, where)
    except OSError as error:
        raise ToolaceError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def _decode(data: bytes | str, where: str) -> Json:
    if len(data) > MAX_BYTES:
        raise ToolaceError(f"{where}: larger than {MAX_BYTES // 1_000_000} MB; save it as JSON lines (.jsonl)")
    try:
        return json.loads(data.decode("utf-8-sig") if isinstance(data, bytes) else data)
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if error.lineno > 1 else ""
        raise ToolaceError(f"{where}{line}: malformed JSON ({error.msg}); mend this line") from error
    except (ValueError, RecursionError) as error:
        raise ToolaceError(f"{where}: not JSON in UTF-8 ({' '.join(str(error).split())[:120]}); mend it") from error


def _functions(value: Json, where: str) -> Iterator[Schema]:
    """Yields the function definitions of a tool, a list of tools, or a row that holds one or the text of one."""
    if function := _function(value):
        yield function
        return
    row = value if isinstance(value, dict) else {"tools": value}
    found = False
    for key in ("tools", "functions"):
        held = row.get(key)
        if isinstance(held, str) and held.strip():
            held = _decode(held, f"{where}, `{key}`")
        for function in filter(None, map(_function, held if isinstance(held, list) else [])):
            found = True
            yield function
    if not found and isinstance(row.get("system"), str):
        yield from _spoken(row["system"])


def _function(value: Json) -> Schema | None:
    inner = value.get("function", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
        return None
    return inner if "description" in inner or "parameters" in inner else None


def _spoken(prompt: str) -> list[Schema]:
    """Finds the first list of functions inside a text."""
    decoder = json.JSONDecoder()
    for match in islice(_LIST.finditer(prompt), MAX_TRIES):
        try:
            value, _ = decoder.raw_decode(prompt, match.start())
        except (ValueError, RecursionError):
            continue
        if found := list(filter(None, map(_function, value))):
            return found
    return []
