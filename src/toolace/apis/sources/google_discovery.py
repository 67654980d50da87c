"""APIs from the discovery documents that ship with the package `google-api-python-client` (Apache-2.0).

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Only the newest stable version of each API is read.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Required, TypedDict, cast

import msgspec

from toolace.apis import descriptions, normalise
from toolace.apis.descriptions import words
from toolace.apis.normalise import Schema
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

_VERSION = re.compile(r"(?P<before>\D*?)_?v(?P<major>\d+)(?:[._](?P<minor>\d+))?(?:p(?P<point>\d+))?(?P<stage>.*)")
_REQUIRED = re.compile(r"^\W*required\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"^\W*(?:optional\.\s+)?identifier\.", re.IGNORECASE)
_CONTAINERS = {"projects", "locations", "organizations", "folders", "global", "regions", "zones"}
"""What nearly every resource of a cloud service lies in."""
_DOTS = 8
"""Parameters with more dots in their names are left out."""
_SLOT = re.compile(r"\[\^/\]\+|\.\*|\{[\w -]+\}|\[[A-Za-z_-]+\]|<[\w -]+>|\*\*?|(?<=/)[A-Z][A-Z_]{3,}(?![a-z])")
_RESOURCE = re.compile(r"(?<![\w/.:=%-])[a-z]\w*s(?:/[A-Za-z][\w-]*)*/%(?:/[A-Za-z][\w-]*(?:/%)?)*(?![\w/@~%-])")
_NO_RESOURCE = re.compile(r"\b(?:id|filter|query|expression|portion)\b", re.IGNORECASE)
_SINGULAR = (("ies", "y"), ("yses", "ysis"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("ss", "ss"), ("s", ""))
_VALUES = {
    "locations": ("us-central1", "europe-west1"),
    "regions": ("us-central1", "europe-west1"),
    "zones": ("us-central1-a", "europe-west1-b"),
    "organizations": ("123456789012", "987654321098"),
    "folders": ("123456789012", "987654321098"),
}
"""Examples of what stands after these in the name of a resource."""

_Node = TypedDict(
    "_Node",
    {
        "$ref": str,
        "type": str,
        "description": str,
        "format": str,
        "pattern": str,
        "enum": list[str],
        "default": str,
        "minimum": str,
        "maximum": str,
        "required": bool,
        "repeated": bool,
        "readOnly": bool,
        "deprecated": bool,
        "annotations": dict[str, list[str]],
        "properties": "dict[str, _Node]",
        "items": "_Node",
    },
    total=False,
)


class _Method(TypedDict, total=False):
    id: Required[str]
    description: str
    deprecated: bool
    parameters: dict[str, _Node]
    request: _Node
    response: _Node


class _Resource(TypedDict, total=False):
    methods: dict[str, _Method]
    resources: dict[str, _Resource]


class _Document(_Resource, total=False):
    name: str
    title: str
    parameters: dict[str, _Node]
    schemas: dict[str, _Node]


def documents(config: ApisConfig) -> list[str]:
    """Lists the newest stable version of each API.

    Raises:
        ToolaceError: The package is not installed.
    """
    return [str(path) for path in _newest(_folder())]


def read(document: str) -> Iterator[Api]:
    """Yields the APIs of one discovery document.

    Raises:
        ToolaceError: The document is damaged.
    """
    try:
        content = msgspec.json.decode(Path(document).read_bytes(), type=_Document)
    except (OSError, ValueError, RecursionError) as error:
        raise ToolaceError(f"{document} is damaged ({error}): reinstall google-api-python-client") from error
    if "resources" in content and "Deprecated" not in content.get("title", ""):
        yield from _apis(cast(dict[str, Json], content))


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


def _apis(document: dict[str, Json]) -> Iterator[Api]:
    """Yields the methods of one document, the first of each description: nobody could tell the others apart."""
    service = descriptions.human(document.get("title") or document.get("name"))
    methods: dict[str, tuple[tuple[str, ...], dict[str, Json]]] = {}
    for path, method in _methods(document["resources"], ()):
        description = descriptions.describe(method.get("description"))
        if description and description not in methods and not descriptions.deprecated(method):
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
            functionality=_group(path[:-1]),
            source="google_discovery",
            provider="googleapis.com",
            service=service,
            license="Apache-2.0",
        )
        if not normalise.valid(api):
            yield api


def _prefix(service: str, document: dict[str, Json]) -> str:
    short = re.sub(r"^(?:Google |Cloud )+(?=\w)", "", service)
    return short.lower() if len(short) <= 32 else str(document.get("name", short))


def _group(resources: tuple[str, ...]) -> str:
    """Words the path of a resource: `projects.instances.backups` → Instance backups."""
    named = [name for name in resources if name not in _CONTAINERS] or resources[-1:]
    spoken = [" ".join(words(name)) for name in named[-2:]]
    whole = [noun for noun in map(_singular, spoken[:-1]) if not spoken[-1].startswith(noun)]
    return " ".join([*whole, *spoken[-1:]]).capitalize()


def _singular(noun: str) -> str:
    for plural, singular in _SINGULAR:
        if noun.endswith(plural):
            return noun.removesuffix(plural) + singular
    return noun


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
    needed = body["required"] if "properties" in body else []
    spoken = _nested(method.get("parameters", {}), document.get("parameters", {}))
    root = {
        "type": "object",
        "properties": spoken | body.get("properties", {}) | spoken,
        "required": [*(key for key, raw in spoken.items() if raw.get("required")), *needed],
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
        if name in plumbing or name.count(".") > _DOTS:
            continue
        if not rest:
            nested[name] = raw
        elif "properties" in nested.setdefault(first, {"type": "object", "properties": {}}):
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
    if node.get("type") == "string" and "enum" not in node:
        node["examples"] = _resource_names(node)
    if "properties" in node:
        fields = {
            key: raw for key, raw in node["properties"].items() if not _IDENTIFIER.match(raw.get("description", ""))
        }
        marked = [key for key, raw in fields.items() if _required(raw, method)]
        given = node.get("required")
        node |= {"properties": fields, "required": given + marked if isinstance(given, list) else marked}
    return node


def _resource_names(node: Schema) -> list[str]:
    """Fills in the form of a resource's name: `projects/{project}/zones/*` → projects/my-project/zones/us-central1-a"""
    text = node.get("description", "")
    for form in (node.get("pattern", ""), "" if _NO_RESOURCE.search(text[:60]) else text):
        if "/" in form and (found := _RESOURCE.search(_SLOT.sub("%", form[:2000]))):
            return [_filled(found[0], choice) for choice in (0, 1)]
    return []


def _filled(form: str, choice: int) -> str:
    segments = form.split("/")
    for index, before in enumerate(segments[:-1]):
        if segments[index + 1] == "%":
            noun = "-".join(words(_singular(before)))
            segments[index + 1] = _VALUES.get(before, (f"my-{noun}", f"test-{noun}"))[choice]
    return "/".join(segments)


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
