"""APIs from the discovery documents that ship with the package `google-api-python-client` (Apache-2.0).

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Only the newest stable version of each API is read.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from toolace.apis import descriptions, normalise
from toolace.apis.normalise import Schema
from toolace.errors import ToolaceError
from toolace.records import Api, Json

_VERSION = re.compile(r"(?P<before>\D*?)_?v(?P<major>\d+)(?:[._](?P<minor>\d+))?(?:p(?P<point>\d+))?(?P<stage>.*)")
_REQUIRED = re.compile(r"^\W*required\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"^\W*(?:optional\.\s+)?identifier\.", re.IGNORECASE)


def read() -> Iterator[Api]:
    """Yields the APIs of all discovery documents, one document at a time.

    Raises:
        ToolaceError: The package is not installed, or one of its documents is damaged.
    """
    seen: set[str] = set()
    for path in _newest(_folder()):
        try:
            document = msgspec.json.decode(path.read_bytes())
        except msgspec.DecodeError as error:
            raise ToolaceError(f"{path.name} is damaged ({error}): reinstall google-api-python-client") from error
        if isinstance(document, dict) and "resources" in document and "Deprecated" not in document.get("title", ""):
            yield from _apis(document, seen)


def _folder() -> Path:
    spec = importlib.util.find_spec("googleapiclient")
    for package in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(package) / "discovery_cache" / "documents"
        if folder.is_dir():
            return folder
    raise ToolaceError("The Google discovery documents are missing: pip install google-api-python-client")


def _newest(folder: Path) -> list[Path]:
    """Lists one file for each API: a stable version before a preview, then the highest number."""
    newest: dict[tuple[str, str], tuple[tuple[int, ...], Path]] = {}
    for path in sorted(folder.glob("*.json")):
        name, _, version = path.stem.partition(".")
        part, rank = _rank(version)
        if (name, part) not in newest or rank > newest[name, part][0]:
            newest[name, part] = (rank, path)
    return [path for _, path in newest.values()]


def _rank(version: str) -> tuple[str, tuple[int, ...]]:
    """Splits `directory_v1beta2` into the part of the API and what its age is told by."""
    match = _VERSION.fullmatch(version)
    if not match:
        return "", (0,)
    stage = re.fullmatch(r"(alpha|beta|)(\d*)(.*)", match["stage"])
    maturity, number, after = stage.groups() if stage else ("", "", "")
    numbers = (match["major"], match["minor"], match["point"], number)
    return match["before"] + after, (
        2 - ("", "beta", "alpha").index(maturity) + 1,
        *(int(part or 0) for part in numbers),
    )


def _apis(document: dict[str, Json], seen: set[str]) -> Iterator[Api]:
    """Yields the methods of one document whose description was not `seen` yet: nobody could tell the others apart."""
    service = descriptions.human(document.get("title") or document.get("canonicalName") or document.get("name"))
    methods: dict[str, tuple[tuple[str, ...], dict[str, Json]]] = {}
    for path, method in _methods(document["resources"], ()):
        description = descriptions.describe(method.get("description"))
        if description and description not in seen and not descriptions.deprecated(method):
            seen.add(description)
            methods[description] = (path, method)
    shared = Counter(path[-count:] for path, _ in methods.values() for count in range(2, len(path) + 1))
    answers: dict[str, Json] = {}
    for description, (path, method) in methods.items():
        suffix = next((path[-n:] for n in range(2, len(path)) if shared[path[-n:]] == 1), path)
        api = Api(
            name=descriptions.readable_name(_prefix(service, document), *suffix),
            description=description,
            parameters=_parameters(document, method),
            returns=_returns(document, method.get("response", {}), answers),
            domain=service,
            source="google_discovery",
            service=service,
            license="Apache-2.0",
        )
        if not normalise.valid(api):
            yield api


def _prefix(service: str, document: dict[str, Json]) -> str:
    short = re.sub(r"^(?:Google |Cloud )+(?=\w)", "", service)
    return short.lower() if len(short) <= 32 else str(document.get("name", short))


def _methods(resources: dict[str, Json], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Json]]]:
    for name, resource in resources.items():
        inner = path if re.fullmatch(r"v\d+", name) else (*path, name)
        for verb, method in resource.get("methods", {}).items():
            yield (*inner, verb), method
        yield from _methods(resource.get("resources", {}), inner)


def _parameters(document: dict[str, Json], method: dict[str, Json]) -> Schema:
    """Joins what goes into the address and what goes into the body to one flat schema."""

    def expand(node: Schema) -> Schema:
        return _expand(node, document.get("schemas", {}), method["id"])

    body = expand(method["request"]) if "request" in method else {}
    spoken = _nested(method.get("parameters", {}), document.get("parameters", {}))
    root = {
        "type": "object",
        "properties": spoken | body.get("properties", {}) | spoken,
        "required": [*(key for key, raw in spoken.items() if raw.get("required")), *body.get("required", [])],
    }
    return normalise.parameters(root, expand, method.get("request"))


def _returns(document: dict[str, Json], response: Schema, answers: dict[str, Json]) -> Json:
    """Looks up an answer's schema in `answers`, as most methods of a resource share it."""
    name = response.get("$ref", "")
    if name not in answers:
        answers[name] = normalise.returns(response, lambda node: _expand(node, document.get("schemas", {}), ""))
    return answers[name]


def _nested(parameters: dict[str, Schema], plumbing: dict[str, Json]) -> dict[str, Schema]:
    """Leaves out the parameters that all methods share, and turns dotted names like `time.start` into objects."""
    nested: dict[str, Schema] = {}
    for name, raw in parameters.items():
        first, _, rest = name.partition(".")
        if not rest and name not in plumbing:
            nested[name] = raw
        elif rest and nested.setdefault(first, {"type": "object", "properties": {}}).get("type") == "object":
            nested[first]["properties"] |= _nested({rest: raw}, {})
    return nested


def _expand(node: Schema, schemas: dict[str, Schema], method: str) -> Schema:
    """Gives a discovery node as JSON Schema: references, repetition, numbers in quotes, required marks in the text."""
    if "$ref" in node:
        node = schemas.get(node["$ref"], {}) | {key: value for key, value in node.items() if key != "$ref"}
    if node.get("repeated"):
        item = {key: value for key, value in node.items() if key not in ("repeated", "description", "required")}
        return {"type": "array", "description": node.get("description"), "items": item}
    node = dict(node)
    for bound in node.keys() & {"minimum", "maximum"}:
        node[bound] = _number(node[bound])
    if node.get("format") in ("int64", "uint64"):
        node["type"] = "integer"
    if node.get("format") == "google-datetime":
        node["format"] = "date-time"
    if isinstance(node.get("default"), str) and node.get("type") in ("integer", "number", "boolean"):
        node["default"] = {"true": True, "false": False}.get(node["default"].lower(), _number(node["default"]))
    if "properties" in node:
        fields = {
            key: raw for key, raw in node["properties"].items() if not _IDENTIFIER.match(raw.get("description", ""))
        }
        marked = [key for key, raw in fields.items() if _required(raw, method)]
        given = node.get("required")
        node |= {"properties": fields, "required": given + marked if isinstance(given, list) else marked}
    return node


def _number(text: Json) -> Json:
    try:
        return int(text)
    except (TypeError, ValueError):
        pass
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _required(raw: Schema, method: str) -> bool:
    marked = raw.get("annotations", {}).get("required", [])
    return method in marked or bool(_REQUIRED.match(raw.get("description", "")))
