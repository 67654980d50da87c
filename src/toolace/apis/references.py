"""References between the parts of API documents: followed inside a document, and to files beside it, never further."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from toolace.apis import normalise
from toolace.apis.documents import SUFFIXES, load
from toolace.apis.normalise import Schema
from toolace.errors import ToolaceError
from toolace.progress import say
from toolace.records import Json

MAX_PARTS = 32
"""At most so many references and parts (`allOf`, …) are merged to one schema, and so many keys of each part."""
MAX_FILES = 500
MAX_FILE_BYTES = 20_000_000
"""Of all the files together that one document refers to."""

_COMPOSED = {"$ref", "allOf", "oneOf", "anyOf"}
_FILES = "x-files"
_CONTAINERS = (dict, list)


def expand(node: Schema, document: dict[str, Json]) -> Schema:
    """Follows references inside the document, merges `allOf`, and takes the first alternative of `oneOf` and `anyOf`.

    What the node says itself goes before what it refers to. Any other reference leaves nothing.
    """
    merged: Schema = {}
    queue: list[Json] = [node]
    for _ in range(MAX_PARTS):
        if not queue:
            break
        part = queue.pop(0)
        if not isinstance(part, dict):
            continue
        if not merged and not queue and _COMPOSED.isdisjoint(part):
            return part
        _merge(part, merged)
        alternatives = [one for key in ("oneOf", "anyOf") for one in _parts(part.get(key)) if not _is_null(one)]
        target = [_target(part["$ref"], document)] if "$ref" in part else []
        queue = [*target, *_parts(part.get("allOf")), *alternatives[:1], *queue]
    return merged


def _merge(part: Schema, merged: Schema) -> None:
    for key, value in islice(part.items(), MAX_PARTS):
        if key in _COMPOSED:
            continue
        if key == "properties" and isinstance(value, dict):
            merged[key] = dict(islice(value.items(), normalise.SCANNED)) | merged.get(key, {})
        elif key == "required" and isinstance(value, list):
            merged[key] = [*merged.get(key, []), *value[: normalise.SCANNED]]
        elif key not in ("properties", "required"):
            merged.setdefault(key, value)


def _parts(value: Json) -> list[Json]:
    return value[:MAX_PARTS] if isinstance(value, list) else []


def _is_null(schema: Json) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _target(reference: Json, document: dict[str, Json], follow: bool = True) -> Json:
    """Looks up a JSON pointer of this document; a step may lead through one reference, as to a file of all schemas."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    node: Json = document
    for token in unquote(reference[2:500]).split("/"):
        key = token.replace("~1", "/").replace("~0", "~") if "~" in token else token
        if follow and isinstance(node, dict) and key not in node and "$ref" in node:
            node, follow = _target(node["$ref"], document, follow=False), False
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def bundle(document: dict[str, Json], path: Path) -> None:
    """Copies the files into a document that it refers to, and lets its references lead to the copies.

    Only JSON and YAML files in the folder of the document or below are read; `path` is where it was read from. What
    refers to any other file or address stays as it is, and `expand` makes nothing of it.
    """
    files = _Files(path.resolve())
    queue: list[tuple[Json, Path]] = [(document, files.root)]
    while queue:
        tree, file = queue.pop()
        for node in files.references(tree):
            name, _, pointer = node["$ref"].partition("#")
            target = files.path(file, name)
            if target is None or (pointer and not pointer.startswith("/")):
                continue
            if target not in files.keys:
                files.keys[target] = f"{_FILES}/{len(files.trees)}"
                files.trees.append(files.read(target))
                queue.append((files.trees[-1], target))
            node["$ref"] = "#/" + f"{files.keys[target]}/{pointer[1:]}".strip("/")
    if files.trees:
        document[_FILES] = dict(zip(map(str, range(len(files.trees))), files.trees, strict=True))
    if files.failed:
        say(f"{path}: {len(files.failed)} files that it refers to are left out, as {files.failed[0]}")


class _Files:
    """The files that one document refers to. `keys` holds their places in it, `trees` what is in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys = {root: ""}
        self.trees: list[Json] = []
        self.failed: list[str] = []
        self.bytes = 0
        self.seen: set[int] = set()

    def references(self, tree: Json) -> list[Schema]:
        """Lists the nodes that are references, each once, though a YAML node may stand in many places."""
        found: list[Schema] = []
        stack = [tree]
        while stack:
            node = stack.pop()
            if id(node) in self.seen:
                continue
            self.seen.add(id(node))
            if type(node) is dict:
                if type(node.get("$ref")) is str:
                    found.append(node)
                stack += [value for value in node.values() if type(value) in _CONTAINERS]
            elif type(node) is list:
                stack += [value for value in node if type(value) in _CONTAINERS]
        return found[::-1]

    def path(self, file: Path, name: str) -> Path | None:
        """Resolves a reference of a file to another, or gives None when it may not or need not be followed."""
        if not name:
            return file
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:|[\\/]", name):
            return None
        try:
            target = (file.parent / unquote(name)).resolve()
        except (OSError, ValueError, RuntimeError):  # a loop of links, a null byte
            return None
        return target if target.is_relative_to(self.root.parent) and target.suffix.lower() in SUFFIXES else None

    def read(self, path: Path) -> Json:
        try:
            self.bytes += path.stat().st_size if path.is_file() else 0
            if len(self.trees) >= MAX_FILES or self.bytes > MAX_FILE_BYTES:
                raise ToolaceError(f"they are more than {MAX_FILES} or {MAX_FILE_BYTES // 1_000_000} MB in all")
            return load(path)
        except (OSError, ToolaceError) as error:
            self.failed.append(str(error))
            return None
