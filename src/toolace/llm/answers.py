"""What is sent to a model and how its answer is read: JSON that fits a schema."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn, TypeVar, cast

import jsonschema_rs
import msgspec

from toolace.config import EndpointConfig
from toolace.llm.faults import Unfit

T = TypeVar("T")
Messages = list[dict[str, str]]


def request(
    config: EndpointConfig,
    model: str,
    messages: Messages,
    reply: Any,
    schema: dict[str, Any] | None,
    temperature: float | None,
) -> bytes:
    """Give the body of a chat completion whose answer is to fit `schema`, by default that of the struct `reply`.

    No schema is sent where `reply` is `str`: the answer is plain text.
    """
    body = {
        "model": model,
        "messages": messages,
        "temperature": config.temperature if temperature is None else temperature,
        "max_tokens": config.max_tokens,
    }
    if reply is not str or schema:
        wanted = _format(reply) if schema is None else _encode_format("answer", schema)
        if config.structured:
            body["response_format"] = wanted
        else:
            text = msgspec.json.encode(schema or schema_of(reply)).decode()
            body["messages"] = _with_schema(messages, text)
    return msgspec.json.encode(body)


def _with_schema(messages: Messages, schema: str) -> Messages:
    last = max((i for i, message in enumerate(messages) if message["role"] == "user"), default=len(messages) - 1)
    text = f"{messages[last]['content']}\n\nAnswer with JSON that fits this JSON schema, with nothing else:\n{schema}"
    return [*messages[:last], {**messages[last], "content": text}, *messages[last + 1 :]]


def read(content: str, reply: type[T], schema: dict[str, Any] | None) -> T:
    """Decode an answer.

    Raises:
        Unfit: it is no JSON, or does not fit the struct or the schema.
    """
    if reply is str and not schema:
        return content  # type: ignore[return-value]
    text = bare(content)
    try:
        answer: T = _decoder(cast(Any, reply)).decode(text)
    except msgspec.ValidationError as error:
        raise Unfit("the answer does not fit the schema", str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfit("the answer is no JSON", str(error)) from None
    if schema and not _valid(schema, msgspec.json.decode(text)):
        raise Unfit("the answer does not fit the schema", text[:200])
    return answer


def _valid(schema: dict[str, Any], value: Any) -> bool:
    try:
        return jsonschema_rs.is_valid(schema, value, retriever=_refuse)
    except ValueError:  # the schema itself is wrong, or refers to another document
        return False


def _refuse(address: str) -> NoReturn:
    raise ValueError(f"{address} is not fetched")


def bare(content: str) -> str:
    """Take JSON out of a code fence and from behind a reasoning model's thoughts."""
    text = content.strip()
    if text[:1] not in {"{", "["} and "</think>" in text:
        text = text.partition("</think>")[2].strip()
    if text[:1] not in {"{", "["} and "```" in text:
        text = text.partition("```")[2].rpartition("```")[0].removeprefix("json").strip()
    return text


@cache
def schema_of(reply: Any) -> dict[str, Any]:
    """The JSON schema of a struct as endpoints want it for `strict`: closed, everything required, no `$ref` on top."""
    (schema,), definitions = msgspec.json.schema_components([reply], ref_template="#/$defs/{name}")
    if "$ref" in schema:
        reference, schema = schema["$ref"], definitions[schema["$ref"].rpartition("/")[2]]
        if reference.encode() not in msgspec.json.encode(definitions):
            del definitions[reference.rpartition("/")[2]]
    closed: dict[str, Any] = _close(schema | ({"$defs": definitions} if definitions else {}))
    return closed


def _close(node: Any) -> Any:
    if isinstance(node, list):
        return [_close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _close(value) for key, value in node.items() if key not in {"default", "properties"}}
    if properties := node.get("properties"):
        closed["properties"] = {name: _close(value) for name, value in properties.items()}
        closed |= {"required": list(properties), "additionalProperties": False}
    return closed


@cache
def _format(reply: Any) -> msgspec.Raw:
    return _encode_format(reply.__name__, schema_of(reply))


def _encode_format(name: str, schema: dict[str, Any]) -> msgspec.Raw:
    strict = all(
        node.get("additionalProperties") is False and len(node.get("required", ())) == len(node.get("properties", ()))
        for node in _objects(schema)
    )
    form = {"type": "json_schema", "json_schema": {"name": name, "strict": strict, "schema": schema}}
    return msgspec.Raw(msgspec.json.encode(form))


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _objects(item)


@cache
def _decoder(reply: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(reply)
