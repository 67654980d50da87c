"""Reading calls that are written as JSON: what the Hermes, Llama-3, OpenAI and fenced formats share.

Model output is untrusted: whatever is wrong with it becomes a `CallSyntaxError`.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

from toolace.formats.calls import MAX_CHARS, MAX_DEPTH, CallSyntaxError
from toolace.records import Call, Json


def read_value(text: str, at: int) -> tuple[Json, int]:
    """Read the JSON value that begins at or behind `at`; gives it and the index behind it and the spaces after it.

    Raises:
        CallSyntaxError: no JSON value, or one that is too long, too deep or not finite.
    """
    if len(text) > MAX_CHARS:
        raise CallSyntaxError(f"longer than {MAX_CHARS} characters")
    decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
    try:
        value, end = decoder.raw_decode(text, _behind_spaces(text, at))
        _check(value)
    except (ValueError, RecursionError) as error:
        raise CallSyntaxError(f"not JSON at character {at}: {text[at : at + 30]!r} ({error})") from error
    return value, _behind_spaces(text, end)


def calls_of(value: Json) -> list[Call]:
    """Read a call or a list of calls.

    A call is `{"name", "arguments"}` or `{"name", "parameters"}`, perhaps inside of OpenAI's `{"function": …}`; the
    arguments are an object, or one written as a JSON string.

    Raises:
        CallSyntaxError: anything else.
    """
    return [_call(one) for one in value] if isinstance(value, list) else [_call(value)]


def _call(one: Json) -> Call:
    if isinstance(one, dict):
        one = one.get("function", one)
    if not isinstance(one, dict) or not isinstance(name := one.get("name"), str) or not name:
        raise CallSyntaxError("a call has no name")
    arguments = one.get("arguments", one.get("parameters"))
    if isinstance(arguments, str):
        arguments, end = read_value(text := arguments, 0)
        if end < len(text):
            raise CallSyntaxError(f"{name!r}: more than one value in the arguments")
    if not isinstance(arguments, dict):
        raise CallSyntaxError(f"{name!r} has no object of arguments")
    return Call(name, arguments)


def _check(value: Json, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"values nest deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair raises a ValueError
    elif isinstance(value, dict):
        for key, inner in value.items():
            key.encode()
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _behind_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _finite(token: str) -> float:
    if not math.isfinite(number := float(token)):
        raise ValueError(f"{token[:30]} is too large")
    return number


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token} is not JSON")
