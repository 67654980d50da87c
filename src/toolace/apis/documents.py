"""Reads untrusted JSON and YAML files: bounded in size and depth, and nothing but JSON values comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast

import yaml

from toolace.errors import ToolaceError
from toolace.records import Json

SUFFIXES = {".json", ".yaml", ".yml"}
MAX_BYTES = 20_000_000
MAX_DEPTH = 200
MAX_MERGED = 100_000
"""Keys copied by the merge keys (`<<`) of one YAML document."""

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17}|\d{1,17}\.\d{0,17}|\.\d{1,17})(?:[eE][-+]?\d{1,2})?")
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}


def load(path: Path) -> Json:
    """Reads a document: JSON by its suffix, else YAML with the scalars of JSON (`no` and `2020-01-01` are texts).

    Raises:
        ToolaceError: The file is missing, too large, not UTF-8, too deep or malformed; with the line where known.
    """
    text = _text(path)
    try:
        return _json(text) if path.suffix.lower() == ".json" else _yaml(text)
    except json.JSONDecodeError as error:
        raise ToolaceError(f"{path}, line {error.lineno}: malformed JSON ({error.msg}); mend this line") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ToolaceError(f"{path}{line}: malformed YAML ({error.problem}); mend this line") from error
    except RecursionError as error:
        raise ToolaceError(f"{path}: nested too deep; flatten the document") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ToolaceError(f"{path}: malformed ({reason}); save it as plain JSON or YAML") from error


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise ToolaceError(f"{path}: no such file; check the path")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ToolaceError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; split the document")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ToolaceError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except UnicodeDecodeError as error:
        raise ToolaceError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _json(text: str) -> Json:
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _yaml(text: str) -> Json:
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
