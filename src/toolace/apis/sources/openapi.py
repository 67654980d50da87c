"""APIs from OpenAPI 3 and Swagger 2 documents: a file, a folder of them, or the address of one.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Documents are untrusted: references are followed inside a
document and to files beside it, and the time and the numbers of operations, parameters and parts are bounded.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from toolace.apis import normalise
from toolace.apis.descriptions import deprecated, describe, human, license_name, plumbing, readable_name, words
from toolace.apis.documents import SUFFIXES, fetch, is_address, load
from toolace.apis.normalise import Schema
from toolace.apis.references import MAX_PARTS, bundle, expand
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

MAX_OPERATIONS = 20_000
MAX_PARAMETERS = 64
MAX_EXAMPLE = 2_000
"""Characters of an example answer as JSON: longer ones give way to the schema."""
MAX_SECONDS = 100.0
"""CPU time for the operations of one document: the largest real one takes 4 seconds."""

_VERBS = {"get": "get", "post": "create", "put": "update", "patch": "update", "delete": "delete"}
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"(?:rest)?apis?|rest|json|v\d[\w.-]*|[\d.-]*", re.IGNORECASE)
_AREAS = {
    "customer_relation": "Customer relations",
    "ecommerce": "E-commerce",
    "financial": "Finance",
    "iot": "Internet of things",
    "payment": "Payments",
    "telecom": "Telecommunications",
}
"""Categories of APIs.guru whose capitalised words are no name for people."""

_NO_TEXT = re.compile(
    r"no documentation|placeholder|todo|tbd|\w+ (?:new |the )?navigation property|get the number of the resource|"
    r"invoke (?:action|function) \w+\.?$",
    re.IGNORECASE,
)
"""What generators write where nobody has described an operation."""


def documents(config: ApisConfig) -> list[str]:
    """Lists the one file or address, or all JSON and YAML files of the folder and its subfolders.

    Raises:
        ToolaceError: `apis.openapi.path` is not set or names nothing.
    """
    given = config.openapi.path
    if not given:
        raise ToolaceError("apis.sources names openapi: give apis.openapi.path=FILE, FOLDER or http(s) address")
    path = Path(given)
    if is_address(given) or path.is_file():
        return [given]
    if not path.is_dir():
        raise ToolaceError(f"apis.openapi.path={given}: no such file or folder; give an OpenAPI document or a folder")
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and not file.is_dir())
    if not files:
        raise ToolaceError(f"apis.openapi.path={given}: no *.json, *.yaml or *.yml file in this folder")
    return [str(file) for file in files]


def read(document: str, source: str = "openapi", undocumented: bool = True) -> Iterator[Api]:
    """Yields the usable operations of a document, perhaps only those with a description, under unique names.

    Raises:
        ToolaceError: It cannot be read, is no OpenAPI or Swagger document, or takes longer than `MAX_SECONDS`.
    """
    content = fetch(document) if is_address(document) else load(Path(document))
    known = isinstance(content, dict) and isinstance(content.get("paths"), dict)
    if not known or str(content.get("openapi", content.get("swagger")))[:2] not in ("3.", "2."):
        raise ToolaceError(f"{document}: no OpenAPI 3 or Swagger 2 document with `paths`; give one, or leave it out")
    if not is_address(document):
        bundle(content, Path(document))
    end = time.process_time() + MAX_SECONDS
    names: set[str] = set()
    for api in _apis(content, source, names, undocumented):
        if time.process_time() > end:
            raise ToolaceError(f"{document}: takes longer than {MAX_SECONDS:.0f} s to read; split the document")
        if not normalise.valid(api) and api.name not in names:
            names.add(api.name)
            yield api


def _apis(document: dict[str, Json], source: str, names: set[str], undocumented: bool) -> Iterator[Api]:
    """Yields all operations, usable or not; a name in `names` is not given again where the service can qualify it."""
    common = _common(document, source)
    for route, verb, item, operation in islice(_operations(document), MAX_OPERATIONS):
        if not undocumented and not _documented(operation):
            continue
        functionality = _functionality(route, operation)
        yield msgspec.structs.replace(
            common,
            name=_name(route, verb, operation, common.service or functionality, names),
            description=_description(operation),
            parameters=_parameters(document, item, operation),
            returns=_returns(document, operation),
            functionality=functionality,
        )


def _common(document: dict[str, Json], source: str) -> Api:
    """Gives what all APIs of a document share."""
    info = _dict(document.get("info"))
    provider = _provider(document, info)
    return Api(
        name="",
        description="",
        parameters={},
        area=_area(info.get("x-apisguru-categories")),
        source=source,
        provider=provider,
        service=human(info.get("title")) or provider,
        license=license_name(_dict(info.get("license")).get("name")),
    )


def _provider(document: dict[str, Json], info: Schema) -> str:
    """Gives the domain name of whose API it is: as APIs.guru states it, or else where the first server is."""
    server = _dict(next(iter(_list(document.get("servers"))), None)).get("url")
    host = server.partition("//")[2].partition("/")[0] if isinstance(server, str) else None
    for name in (info.get("x-providerName"), host, document.get("host")):
        if isinstance(name, str) and (found := _HOST.search(name[:200])):
            return found[0].lower()
    return ""


def _area(categories: Json) -> str:
    """Words the first category of APIs.guru, which may stand alone or in a list."""
    first = next(iter(_list(categories)), None) if isinstance(categories, list) else categories
    if not isinstance(first, str) or len(first) < 2:
        return ""
    return _AREAS.get(first, " ".join(words(first)).capitalize()[:80])


def _operations(document: dict[str, Json]) -> Iterator[tuple[str, str, Schema, Schema]]:
    for route, raw in expand(document["paths"], document).items():
        item = expand(_dict(raw), document)
        for verb in _VERBS:
            operation = _dict(item.get(verb))
            if operation and not deprecated(operation):
                yield route, verb, item, operation


def _functionality(route: str, operation: Schema) -> str:
    """Words the tag of an operation, or else the first segment of its path that tells something."""
    tag = human(next(iter(_list(operation.get("tags"))), None))
    if not tag or tag == "default":
        fixed = [segment.partition(".")[0] for segment in route[:500].split("/") if segment[:1].isalpha()]
        tag = next((segment for segment in fixed if not _SAYS_NOTHING.fullmatch(segment)), "")
    return tag if " " in tag else " ".join(words(tag)).capitalize()[:80] or tag[:80]


def _name(route: str, verb: str, operation: Schema, service: str, taken: set[str]) -> str:
    """Takes the operation's id, or its verb and path; one bare word, or a name that is taken, gets the service too."""
    given = operation.get("operationId")
    parts = given[:300].replace("/", ".").split(".") if isinstance(given, str) else []
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
    """Joins summary and description where both tell something; identifiers and paths are taken apart to words."""
    summary, text = describe(operation.get("summary")), describe(operation.get("description"))
    if " " in summary and text and not _stems(summary) <= _stems(text.partition(". ")[0]):
        return describe(f"{summary} {text}")
    given = operation.get("operationId")
    said = text or summary or (given if isinstance(given, str) else "")
    return said if " " in said else describe(" ".join(words(said))) or said


def _documented(operation: Schema) -> bool:
    texts = (describe(operation.get(key)) for key in ("summary", "description"))
    return any(" " in text and not _NO_TEXT.match(text) for text in texts)


def _stems(sentence: str) -> set[str]:
    """Gives what two wordings of the same thing share: `Get pet` says nothing that `Gets a pet` does not."""
    return {word[:4] if len(word) > 4 else word.rstrip("s") for word in words(sentence)}


def _parameters(document: dict[str, Json], item: Schema, operation: Schema) -> Schema:
    """Joins path and query parameters and the body to one flat schema; nobody speaks of headers and cookies."""
    properties: Schema = {}
    required: list[str] = []
    body, needed = _body(document, operation)
    for raw in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]:
        parameter = expand(_dict(raw), document)
        name, place = parameter.get("name"), parameter.get("in")
        if place == "body":
            body, needed = _dict(parameter.get("schema")), parameter.get("required") is True
        elif isinstance(name, str) and place in ("path", "query", "formData") and not plumbing(name):
            properties[name] = _property(parameter)
            if parameter.get("required") is True:
                required.append(name)
    whole = expand(body, document)
    flat = isinstance(whole.get("properties"), dict)
    if flat:
        properties = properties | dict(islice(whole["properties"].items(), normalise.SCANNED)) | properties
        required += _list(whole.get("required"))
    elif body and whole.get("type") != "object":
        name = "items" if whole.get("type") == "array" else "body"
        properties.setdefault(name, body)
        required += [name] if needed else []
    root = {"type": "object", "properties": properties, "required": required}
    return normalise.parameters(root, lambda node: expand(node, document), body if flat else None)


def _property(parameter: Schema) -> Schema:
    """Gives a parameter as a property: OpenAPI 3 holds its type in `schema` or `content`, Swagger 2 in itself."""
    schema = _dict(parameter.get("schema")) or _media(parameter.get("content")).get("schema")
    own = {key: parameter[key] for key in ("description", "deprecated", "example") if key in parameter}
    return _dict(schema) | own if schema else {key: value for key, value in parameter.items() if key != "required"}


def _body(document: dict[str, Json], operation: Schema) -> tuple[Schema, bool]:
    body = expand(_dict(operation.get("requestBody")), document)
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
    response = expand(_dict(responses.get("200") or responses.get("201")), document)
    media = _media(response.get("content"))
    several = [
        _dict(expand(_dict(one), document)).get("value") for one in islice(_dict(media.get("examples")).values(), 1)
    ]
    for example in (media.get("example"), *several, _media_example(response)):
        if (small := _small(example)) is not None:
            return small
    schema = _dict(media.get("schema") or response.get("schema"))
    return normalise.returns(schema, lambda node: expand(node, document)) if schema else None


def _media_example(response: Schema) -> Json:
    """Swagger 2 maps the media type to the example itself."""
    return next((value for kind, value in _dict(response.get("examples")).items() if "json" in kind), None)


def _small(example: Json) -> Json:
    """Gives a copy of an example, or None when it is too long: shared YAML nodes may unfold without end."""
    if example is None:
        return None
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


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value[:MAX_PARAMETERS] if isinstance(value, list) else []
