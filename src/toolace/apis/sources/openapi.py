"""APIs from OpenAPI 3 and Swagger 2 documents: a file, or a folder of them.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Documents are untrusted: only references inside a document
are followed, and the numbers of operations, parameters and merged parts are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from toolace.apis import documents, normalise
from toolace.apis.descriptions import deprecated, describe, human, plumbing, readable_name, words
from toolace.apis.normalise import Schema
from toolace.errors import ToolaceError
from toolace.records import Api, Json

MAX_OPERATIONS = 20_000
MAX_PARAMETERS = 64
MAX_PARTS = 32
"""At most so many references and `allOf` parts are followed for one schema."""
MAX_EXAMPLE = 2_000
"""Characters of an example answer as JSON: longer ones give way to the schema."""

_VERBS = {"get": "get", "post": "create", "put": "update", "patch": "update", "delete": "delete"}


def read(path: Path, skipped: list[str] | None = None) -> Iterator[Api]:
    """Yields the operations of one document, or of all documents of a folder and its subfolders.

    In a folder, what cannot be read is left out, and `skipped` receives one sentence about each such file.

    Raises:
        ToolaceError: The path does not exist, the one file cannot be read, or a folder holds no document at all.
    """
    if path.is_file():
        yield from _apis(_document(path))
        return
    if not path.is_dir():
        raise ToolaceError(f"{path}: no such file or folder; give the path of an OpenAPI document or a folder of them")
    found = False
    for file in sorted(file for file in path.rglob("*") if file.suffix.lower() in documents.SUFFIXES):
        try:
            document = _document(file)
        except ToolaceError as error:
            if skipped is not None:
                skipped.append(str(error))
            continue
        found = True
        yield from _apis(document)
    if not found:
        raise ToolaceError(f"{path}: no readable OpenAPI document (*.json, *.yaml, *.yml) in this folder")


def _document(path: Path) -> dict[str, Json]:
    document = documents.load(path)
    known = isinstance(document, dict) and isinstance(document.get("paths"), dict)
    if not known or not str(document.get("openapi", document.get("swagger"))).startswith(("3.", "2.")):
        raise ToolaceError(f"{path}: no OpenAPI 3 or Swagger 2 document with `paths`; give one, or leave the file out")
    return dict(document)


def _apis(document: dict[str, Json]) -> Iterator[Api]:
    """Yields the usable operations of a document under names of their own."""
    info = _dict(document.get("info"))
    license_name = _dict(info.get("license")).get("name")
    service = human(info.get("title"))
    names: set[str] = set()
    for route, verb, item, operation in islice(_operations(document), MAX_OPERATIONS):
        domain = _tag(operation) or service
        name = _name(route, verb, operation, service or domain, names)
        api = Api(
            name=name,
            description=_description(operation),
            parameters=_parameters(document, item, operation),
            returns=_returns(document, operation),
            domain=domain,
            source="openapi",
            service=service or domain,
            license=" ".join(license_name.split())[:80] if isinstance(license_name, str) else "",
        )
        if not normalise.valid(api) and name not in names:
            names.add(name)
            yield api


def _operations(document: dict[str, Json]) -> Iterator[tuple[str, str, Schema, Schema]]:
    for route, raw in document["paths"].items():
        item = _expand(_dict(raw), document)
        for verb in _VERBS:
            operation = _dict(item.get(verb))
            if operation and not deprecated(operation):
                yield route, verb, item, operation


def _tag(operation: Schema) -> str:
    tag = next(iter(_list(operation.get("tags"))), "")
    return "" if tag == "default" else human(tag)


def _name(route: str, verb: str, operation: Schema, service: str, taken: set[str]) -> str:
    """Takes the operation's id, or its verb and path; one bare word, or a name that is taken, gets the service too."""
    given = operation.get("operationId")
    parts = given.replace("/", ".").split(".") if isinstance(given, str) else []
    if not words("".join(parts)):
        parts = [f"{_VERBS[verb]} {_spoken_route(route)}"]
    name = readable_name(*parts)
    return readable_name(service, *parts) if len(words("".join(parts))) == 1 or name in taken else name


def _spoken_route(route: str) -> str:
    """Words a path: `/pets/{petId}/toys` → pets toys; the last parameter tells `/pets/{petId}` from `/pets`."""
    segments = [segment for segment in route.split("/") if segment]
    fixed = [segment for segment in segments if not segment.startswith("{")]
    last = segments[-1:] if segments and segments[-1].startswith("{") else []
    return " ".join([*fixed, *(f"by {segment}" for segment in last)])


def _description(operation: Schema) -> str:
    summary, text = describe(operation.get("summary")), describe(operation.get("description"))
    if summary and text and not _stems(summary) <= _stems(text.partition(". ")[0]):
        return describe(f"{summary} {text}")
    given = operation.get("operationId")
    return text or summary or (describe(" ".join(words(given))) if isinstance(given, str) else "")


def _stems(sentence: str) -> set[str]:
    """Gives what two wordings of the same thing share: `Get pet` says nothing that `Gets a pet` does not."""
    return {word[:4] if len(word) > 4 else word.rstrip("s") for word in words(sentence)}


def _parameters(document: dict[str, Json], item: Schema, operation: Schema) -> Schema:
    """Joins path, query and header parameters and the body to one flat schema; the former win over the latter."""
    properties: Schema = {}
    required: list[str] = []
    body, needed = _body(document, operation)
    for raw in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]:
        parameter = _expand(_dict(raw), document)
        name, place = parameter.get("name"), parameter.get("in")
        if place == "body":
            body, needed = _dict(parameter.get("schema")), parameter.get("required") is True
        elif isinstance(name, str) and place in ("path", "query", "header", "formData") and not plumbing(name):
            properties[name] = _property(parameter)
            if parameter.get("required") is True:
                required.append(name)
    whole = _expand(body, document)
    flat = isinstance(whole.get("properties"), dict)
    if flat:
        properties = properties | whole["properties"] | properties
        required += _list(whole.get("required"))
    elif body and whole.get("type") != "object":
        name = "items" if whole.get("type") == "array" else "body"
        properties.setdefault(name, body)
        required += [name] if needed else []
    root = {"type": "object", "properties": properties, "required": required}
    return normalise.parameters(root, lambda node: _expand(node, document), body if flat else None)


def _property(parameter: Schema) -> Schema:
    """Gives a parameter as a property: OpenAPI 3 holds its type in `schema` or `content`, Swagger 2 in itself."""
    schema = _dict(parameter.get("schema")) or _media(parameter.get("content")).get("schema")
    own = {key: parameter[key] for key in ("description", "deprecated", "example") if key in parameter}
    return _dict(schema) | own if schema else {key: value for key, value in parameter.items() if key != "required"}


def _body(document: dict[str, Json], operation: Schema) -> tuple[Schema, bool]:
    body = _expand(_dict(operation.get("requestBody")), document)
    return _dict(_media(body.get("content")).get("schema")), body.get("required") is True


def _media(content: Json) -> Schema:
    """Picks the JSON variant of a body, or else the form."""
    kinds = list(islice(_dict(content), MAX_PARTS))
    for wanted in ("json", "form"):
        for kind in kinds:
            if isinstance(kind, str) and wanted in kind:
                return _dict(content[kind])
    return {}


def _returns(document: dict[str, Json], operation: Schema) -> Json:
    """Gives a small example of the answer, or else its schema."""
    responses = _dict(operation.get("responses"))
    response = _expand(_dict(responses.get("200") or responses.get("201")), document)
    media = _media(response.get("content"))
    several = [
        _dict(_expand(_dict(one), document)).get("value") for one in islice(_dict(media.get("examples")).values(), 1)
    ]
    for example in (media.get("example"), *several, _media_example(response)):
        if (small := _small(example)) is not None:
            return small
    schema = _dict(media.get("schema") or response.get("schema"))
    return normalise.returns(schema, lambda node: _expand(node, document)) if schema else None


def _media_example(response: Schema) -> Json:
    """Swagger 2 maps the media type to the example itself."""
    return next((value for kind, value in _dict(response.get("examples")).items() if "json" in kind), None)


def _small(example: Json) -> Json:
    """Gives a copy of an example, or None when it is too long: shared YAML nodes may unfold without end."""
    text = ""
    try:
        if isinstance(example, str) and example.lstrip().startswith(("{", "[")) and len(example) <= MAX_EXAMPLE:
            example = json.loads(example)
        for chunk in json.JSONEncoder(ensure_ascii=False, allow_nan=False).iterencode(example):
            text += chunk
            if len(text) > MAX_EXAMPLE:
                return None
        return json.loads(text.encode())
    except (ValueError, RecursionError):
        return None


def _expand(node: Schema, document: dict[str, Json]) -> Schema:
    """Follows references inside the document, merges `allOf`, and takes the first alternative of `oneOf` and `anyOf`.

    What the node says itself goes before what it refers to. Any other reference leaves nothing.
    """
    merged: Schema = {}
    queue: list[Json] = [node]
    for _ in range(MAX_PARTS):
        if not queue:
            break
        part = _dict(queue.pop(0))
        for key, value in islice(part.items(), MAX_PARTS):
            if key == "properties":
                merged[key] = dict(islice(_dict(value).items(), normalise.SCANNED)) | merged.get(key, {})
            elif key == "required" and isinstance(value, list):
                merged[key] = [*merged.get(key, []), *value[: normalise.SCANNED]]
            else:
                merged.setdefault(key, value)
        alternatives = [one for key in ("oneOf", "anyOf") for one in _list(part.get(key)) if not _is_null(one)]
        target = [_target(part["$ref"], document)] if "$ref" in part else []
        queue = [*target, *_list(part.get("allOf")), *alternatives[:1], *queue]
    return merged


def _is_null(schema: Json) -> bool:
    return _dict(schema).get("type") == "null"


def _target(reference: Json, document: dict[str, Json]) -> Json:
    """Looks up a JSON pointer of this document; references to files and to the web are never followed."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    node: Json = document
    for token in reference[2:500].split("/"):
        node = _dict(node).get(unquote(token).replace("~1", "/").replace("~0", "~"))
    return node


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value[:MAX_PARAMETERS] if isinstance(value, list) else []
