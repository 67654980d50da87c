"""Reads untrusted JSON and YAML from files and addresses: bounded in size, depth and time, JSON values come out."""

from __future__ import annotations

import codecs
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast
from urllib.parse import urlsplit

import httpx
import msgspec
import yaml

from toolace.errors import ToolaceError
from toolace.records import Json

SUFFIXES = {".json", ".yaml", ".yml"}
MAX_BYTES = 40_000_000
MAX_YAML_BYTES = 20_000_000
"""YAML takes up to two seconds for a megabyte; JSON takes a hundredth of that."""
MAX_DEPTH = 200
MAX_MERGED = 100_000
"""Keys copied by the merge keys (`<<`) of one YAML document."""
MAX_DIRECTIVES = 100
"""Lines of one YAML document that start with `%TAG`: the parser compares each one with all before it."""
FETCH_SECONDS = 60.0

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17}|\d{1,17}\.\d{0,17}|\.\d{1,17})(?:[eE][-+]?\d{1,2})?")
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}


def load(path: Path) -> Json:
    """Reads a file: JSON by its suffix, else YAML with the scalars of JSON (`no` and `2020-01-01` are texts).

    Raises:
        ToolaceError: The file is missing, too large, not UTF-8, too deep or malformed; with the line where known.
    """
    try:
        if not path.is_file():
            raise ToolaceError(f"{path}: no such file; check the path")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise ToolaceError(f"{path}: cannot be read ({reason}); check its name and permissions") from error
    return _parse(data, str(path), path.suffix.lower() == ".json")


def files(key: str, path: str | None, suffixes: tuple[str, ...]) -> list[str]:
    """Lists the file at `path`, or the files of the folder and its subfolders; `key` is what the user sets it by.

    Raises:
        ToolaceError: It is not set, or there is nothing at it.
    """
    if not path:
        raise ToolaceError(f"{key} is not set: give a file or a folder ({', '.join(suffixes)})")
    if Path(path).is_file():
        return [path]
    found = sorted(str(file) for file in Path(path).rglob("*") if file.is_file() and file.suffix.lower() in suffixes)
    if not found:
        raise ToolaceError(f"{key}={path}: no such file, or no {' or '.join(suffixes)} file in this folder")
    return found


def is_address(document: str) -> bool:
    """Says whether a document is named by an http(s) address."""
    return document.lower().startswith(("http://", "https://"))


def fetch(address: str) -> Json:
    """Fetches a document, JSON or YAML, from exactly this http(s) address: redirections are not followed.

    Raises:
        ToolaceError: The answer does not come, takes more than `FETCH_SECONDS`, or cannot be read (see `load`).
    """
    try:
        plain = {"accept-encoding": "identity"}  # packed, a short answer could unfold without end
        with httpx.stream("GET", address, headers=plain, timeout=FETCH_SECONDS / 4) as answer:
            if answer.is_redirect:
                raise ToolaceError(f"{address}: moved to {answer.headers['location'][:200]!r}; give that address")
            if not answer.is_success:
                raise ToolaceError(f"{address}: the server answers {answer.status_code}; check the address")
            data = _body(answer, address)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ToolaceError(f"{address}: cannot be fetched ({reason}); check the address and the network") from error
    suffix = Path(urlsplit(address).path).suffix.lower()
    looks_so = data.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{")
    return _parse(data, address, suffix == ".json" or (suffix not in SUFFIXES and looks_so))


def _body(answer: httpx.Response, address: str) -> bytes:
    """Collects the answer; a server that sends slowly or without end is left."""
    deadline = time.monotonic() + FETCH_SECONDS
    data = bytearray()
    for chunk in answer.iter_raw():
        data += chunk
        if len(data) > MAX_BYTES:
            break
        if time.monotonic() > deadline:
            raise ToolaceError(f"{address}: took more than {FETCH_SECONDS:.0f} s; download it and give the file")
    return bytes(data)


def _parse(data: bytes, name: str, is_json: bool) -> Json:
    limit = MAX_BYTES if is_json else MAX_YAML_BYTES
    if len(data) > limit:
        advice = "" if is_json else f", or save it as JSON (up to {MAX_BYTES // 1_000_000} MB)"
        raise ToolaceError(f"{name}: larger than {limit // 1_000_000} MB; split the document{advice}")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return _json(data) if is_json else _yaml(data.decode())
    except json.JSONDecodeError as error:
        raise ToolaceError(f"{name}, line {error.lineno}: malformed JSON ({error.msg}); mend this line") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ToolaceError(f"{name}{line}: malformed YAML ({error.problem}); mend this line") from error
    except RecursionError as error:
        raise ToolaceError(f"{name}: nested too deep; flatten the document") from error
    except UnicodeDecodeError as error:
        raise ToolaceError(f"{name}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ToolaceError(f"{name}: malformed ({reason}); save it as plain JSON or YAML") from error


def _json(data: bytes) -> Json:
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):  # `json` knows the line, and lets lone surrogates pass
        return json.loads(data.decode(), parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _yaml(text: str) -> Json:
    if len(re.findall("^%TAG", text, re.MULTILINE)) > MAX_DIRECTIVES:
        raise ValueError(f"more than {MAX_DIRECTIVES} lines start with %TAG")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast
    return _Builder(yaml.parse(text, Loader=loader)).document()


class _Builder:
    """Builds values from YAML events.

    PyYAML's own composer crashes on deep nesting, and its merge keys let a few aliases grow exponentially.
    """

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.anchors: dict[str, Json] = {}
        self.merged = 0

    def document(self) -> Json:
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                return self.value(event, 0)
        return None

    def value(self, event: yaml.Event, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise _error(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _error(event, f"alias *{event.anchor} stands for nothing before it")
            return self.anchors[event.anchor]
        result: Json
        if isinstance(event, yaml.ScalarEvent):
            result = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            result = list(self.items(depth))
        else:
            result = self.mapping(depth)
        if anchor := getattr(event, "anchor", None):  # only now: so an alias cannot stand inside its own anchor
            self.anchors[anchor] = result
        return result

    def items(self, depth: int) -> Iterator[Json]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.value(event, depth + 1)

    def mapping(self, depth: int) -> dict[str, Json]:
        own: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise _error(key, "a key is not a plain text")
            value = self.value(next(self.events), depth + 1)
            if key.value == "<<" and key.implicit[0]:
                merged = self.merge(key, value) | merged
            else:
                own[key.value] = value
        return merged | own

    def merge(self, key: yaml.Event, value: Json) -> dict[str, Json]:
        merged: dict[str, Json] = {}
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                raise _error(key, "only mappings can be merged")
            self.merged += len(part)
            if self.merged > MAX_MERGED:
                raise _error(key, f"more than {MAX_MERGED} keys are merged")
            merged = part | merged
        return merged


def _error(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast(yaml.Mark, event.start_mark))


def _scalar(event: yaml.ScalarEvent) -> Json:
    """Resolves plain scalars as JSON does; everything quoted or tagged is a text."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    return text
