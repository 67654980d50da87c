"""APIs of Amazon Web Services from the service models that ship with the package `botocore` (Apache-2.0).

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Only the newest version of each service is read.
"""

from __future__ import annotations

import gzip
import importlib.util
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import dropwhile, takewhile
from pathlib import Path

import msgspec

from toolace.apis import documents as files
from toolace.apis import normalise
from toolace.apis.descriptions import describe, human, readable_name, words
from toolace.apis.normalise import Schema
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

_TYPES = {
    "structure": "object",
    "map": "object",
    "list": "array",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "string",
    "blob": "string",
}
_PLUMBING = re.compile(
    r"(?:next|(?:next_?)?page|continuation|pagination|client|client_?request)_?token|(?:next_?)?marker|dry_?run|"
    r"creator_?request_?id",
    re.IGNORECASE,
)
_UNUSED = re.compile(
    r"(?:\s*<\w+>)*\s*(?:reserved|not (?:currently )?(?:supported|used|implemented)|"
    r"this (?:field|member|parameter|property) is (?:reserved|not|no longer)\b)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"<(note|important)>.*?</\1>|^(?:<p>)?Placeholder documentation for \w+", re.DOTALL)
_INLINE = re.compile(r"</?(?:a|b|i|em|code)\b[^<>]*>")
_PARAGRAPH = re.compile(r"</p>\s*<p>|</?(?:fullname|p|div)>")
_WORD = re.compile(r"IoT|IPv\d|[A-Z]{2,}(?=[A-Z][a-z]|\d|s?$|s[A-Z])s?|[A-Z]?[a-z]+\d*|[A-Z]\d*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=^AWS)(?=[A-Z])")
_PREPOSITIONS = {"to", "from", "for", "by", "with", "in", "on", "into", "of", "as", "at", "up", "out", "off", "using"}
_REPEATED = 3
"""A paragraph that so many operations of a service share says nothing of any of them."""
_CHOICES = 24
"""Of a longer list of values, the first are examples."""
_GROUP = 4
"""A resource with so many operations is a group; one with fewer joins what it is a part of, if anything."""


class _Reference(msgspec.Struct, rename="camel"):
    shape: str
    documentation: str = ""
    deprecated: bool = False
    idempotency_token: bool = False


class _Shape(msgspec.Struct):
    type: str
    documentation: str = ""
    members: dict[str, _Reference] = {}
    member: _Reference | None = None
    required: list[str] = []
    enum: list[str] = []
    min: int | float | None = None
    max: int | float | None = None


class _Operation(msgspec.Struct):
    documentation: str = ""
    input: _Reference | None = None
    output: _Reference | None = None
    deprecated: bool = False


class _Metadata(msgspec.Struct, rename="camel"):
    service_full_name: str
    service_id: str
    endpoint_prefix: str


class _Service(msgspec.Struct):
    metadata: _Metadata
    operations: dict[str, _Operation]
    shapes: dict[str, _Shape]


def documents(config: ApisConfig) -> list[str]:
    """Lists the model of the newest version of each service.

    Raises:
        ToolaceError: The package is not installed.
    """
    newest = {path.parts[-3]: str(path) for path in sorted(_folder().glob("*/*/service-2.json.gz"))}
    return list(newest.values())


def _folder() -> Path:
    spec = importlib.util.find_spec("botocore")
    for package in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(package) / "data"
        if folder.is_dir():
            return folder
    raise ToolaceError("The service models of AWS are missing: pip install --no-deps botocore")


def read(document: str) -> Iterator[Api]:
    """Yields the operations of one service.

    Raises:
        ToolaceError: The document is damaged.
    """
    service = _service(Path(document))
    full_name = service.metadata.service_full_name
    full_name = human(full_name if " " in full_name else _HUMP.sub(" ", full_name))
    usable = {name: operation for name, operation in service.operations.items() if not operation.deprecated}
    groups = _groups(usable)
    texts = _texts(usable)
    answers: dict[str, Json] = {}
    for name, operation in usable.items():
        api = Api(
            name=_name(service.metadata.service_id, name),
            description=describe(texts[name]) or describe(" ".join(words(name))),
            parameters=_parameters(operation.input, service),
            returns=_returns(operation.output, service, answers),
            functionality=groups[name][:1].upper() + groups[name][1:],
            source="botocore",
            area="Cloud",
            provider="amazonaws.com",
            service=full_name,
            license="Apache-2.0",
        )
        if not normalise.valid(api):
            yield api


def _service(path: Path) -> _Service:
    try:
        with gzip.open(path) as file:
            data = file.read(files.MAX_BYTES + 1)
        if len(data) > files.MAX_BYTES:
            raise ToolaceError(f"{path}: larger than {files.MAX_BYTES // 1_000_000} MB; leave it out")
        return msgspec.json.decode(data, type=_Service)
    except (OSError, EOFError, ValueError, zlib.error, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ToolaceError(f"{path} is damaged ({reason}): pip install --no-deps --force-reinstall botocore") from error


def _name(service_id: str, operation: str) -> str:
    """Qualifies an operation by its service (`ec2.run_instances`) unless that gets too long."""
    prefix, name = readable_name(service_id.lower()), readable_name(operation)
    return f"{prefix}.{name}" if len(prefix) + len(name) < 64 else name


def _texts(operations: dict[str, _Operation]) -> dict[str, str]:
    """Takes what the documentation says of each operation itself: no notes, no paragraphs that many of them share."""
    paragraphs = {
        name: [text for part in _PARAGRAPH.split(_own_words(operation.documentation)) if (text := part.strip())]
        for name, operation in operations.items()
    }
    counts = Counter(text for several in paragraphs.values() for text in set(several))
    return {
        name: "\n\n".join([text for text in several if counts[text] < _REPEATED] or several)
        for name, several in paragraphs.items()
    }


def _own_words(documentation: str) -> str:
    """Leaves out notes and marks within sentences, and starts lists as Markdown does: `describe` ends before them."""
    return _INLINE.sub("", _ASIDE.sub(" ", documentation[:10_000])).replace("<li>", "\n- ")


def _parameters(reference: _Reference | None, service: _Service) -> Schema:
    return normalise.parameters(_node(reference) if reference else {}, lambda node: _expand(node, service))


def _returns(reference: _Reference | None, service: _Service, answers: dict[str, Json]) -> Json:
    """Looks up an answer's schema in `answers`, as operations may share it."""
    if reference is None:
        return None
    if reference.shape not in answers:
        answers[reference.shape] = normalise.returns(_node(reference), lambda node: _expand(node, service))
    return answers[reference.shape]


def _node(reference: _Reference) -> Schema:
    return {"$ref": reference.shape, "description": reference.documentation, "deprecated": reference.deprecated}


def _expand(node: Schema, service: _Service) -> Schema:
    """Gives a reference to a shape as JSON Schema; its members stay references."""
    shape = service.shapes.get(node["$ref"]) if "$ref" in node else None
    if shape is None:
        return node
    schema = node | {
        "type": _TYPES.get(shape.type, shape.type),
        "description": _own_words(node["description"] or shape.documentation),
    }
    if shape.members:
        schema["properties"] = dict(_properties(shape, service.metadata.endpoint_prefix))
        schema["required"] = shape.required
    if shape.member:
        schema["items"] = _node(shape.member)
    if shape.enum:
        schema["enum" if len(shape.enum) <= _CHOICES else "examples"] = shape.enum
    if shape.type == "timestamp":
        schema["format"] = "date-time"
    bounds = ("minItems", "maxItems") if shape.type == "list" else ("minimum", "maximum")
    return schema | dict(zip(bounds, (shape.min, shape.max), strict=True))


def _properties(shape: _Shape, service: str) -> Iterator[tuple[str, Schema]]:
    """Yields the members that somebody may speak of; those named ARN get an example that looks like one."""
    for name, member in shape.members.items():
        if member.idempotency_token or _PLUMBING.fullmatch(name) or _UNUSED.match(member.documentation):
            continue
        node = _node(member)
        *noun, last = words(name) or ("",)
        if last == "arn":
            noun = ["role"] if "role" in noun else noun or ["resource"]
            owner = "iam:" if noun == ["role"] else f"{service.rpartition('.')[2]}:us-east-1"
            node["examples"] = [f"arn:aws:{owner}:123456789012:{'-'.join(noun)}/my-{noun[-1]}"]
        yield name, node


def _groups(operations: Iterable[str]) -> dict[str, str]:
    """Groups operations by their resource, as AWS gives no tags: `RunInstances`, `ModifyInstance…` → Instances."""
    phrases = {name: _resource(name) for name in operations}
    keys = {name: tuple(word.lower().rstrip("seiy") for word in phrase) for name, phrase in phrases.items()}
    counts = Counter(keys.values())
    spoken: dict[tuple[str, ...], str] = {}
    for name, key in keys.items():
        spoken[key] = max(spoken.get(key, ""), " ".join(phrases[name]), key=len)
    return {name: spoken[_whole(key, counts)] for name, key in keys.items()}


def _whole(key: tuple[str, ...], counts: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """Gives the resource that a small one is a part of: `InstanceAttribute` belongs to `Instances`."""
    if counts[key] >= _GROUP:
        return key
    return max((key[:size] for size in range(len(key), 0, -1)), key=lambda prefix: counts[prefix], default=key)


def _resource(operation: str) -> list[str]:
    """Takes the resource out of an operation's name: `AddTagsToResource` → Tags."""
    found = [word if word[1:2].isupper() else word.lower() for word in _WORD.findall(operation[:200])]
    if found[:1] in (["tag"], ["untag"]):
        return ["tags"]
    found = found[2:] if found[:1] in (["batch"], ["admin"]) else found[1:]
    found = list(dropwhile(_PREPOSITIONS.__contains__, found))
    found = list(takewhile(lambda word: word not in _PREPOSITIONS, found))
    return [word for word in found if not re.fullmatch(r"v\d", word)]
