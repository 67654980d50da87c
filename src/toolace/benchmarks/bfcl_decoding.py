"""Read a model's text as BFCL's own decoder does for Python (`default_decode_ast_prompting`), but never run any of it.

The official decoder evaluates operators (`2 * 3`) with Python's `eval`, names and calls in them included. Here they are
computed on literals alone, and only up to a bound; with anything else in them the text is unreadable, as it is there
for most names, because they are unknown.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, cast

LARGEST = 10**6
"""Powers and repetitions of more digits, characters or items are not computed."""
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}


class UnreadableError(Exception):
    """The text is no list of calls."""


def decode(text: str) -> list[dict[str, Any]]:
    """Give each call as {name: arguments}; positional arguments are left out, bare names are strings, as there.

    Raises:
        UnreadableError: the official decoder fails, or would have to run code.
    """
    return read(bracketed(text))


def bracketed(text: str) -> str:
    """What the official decoders do to any text first."""
    text = text.strip("`\n ")
    text = text if text.startswith("[") else f"[{text}"
    return text if text.endswith("]") else f"{text}]"


def read(text: str) -> list[dict[str, Any]]:
    """As `decode`, of a text that has its brackets.

    Raises:
        UnreadableError: see `decode`.
    """
    try:
        body: Any = ast.parse(text.strip().strip("'"), mode="eval").body
        calls = [body] if isinstance(body, ast.Call) else body.elts
        if not all(isinstance(call, ast.Call) for call in calls):
            raise UnreadableError("not everything in the list is a call")
        return [_call(call) for call in calls]
    except (SyntaxError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"{type(error).__name__}: {error}") from error


def _call(node: ast.Call) -> dict[str, Any]:
    parts: list[str] = []
    function = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        parts.append(function.id)
    return {".".join(reversed(parts)): {one.arg: _value(one.value) for one in node.keywords}}


def _value(node: Any) -> Any:
    match node:
        case ast.Constant():
            return "..." if node.value is Ellipsis else node.value
        case ast.UnaryOp():
            return -cast(ast.Constant, node.operand).value  # type: ignore[operator]  # whatever the operator, as there
        case ast.List():
            return [_value(item) for item in node.elts]
        case ast.Tuple():
            return tuple(_value(item) for item in node.elts)
        case ast.Dict():
            return {_value(key): _value(value) for key, value in zip(node.keys, node.values, strict=True)}
        case ast.BinOp():
            return _computed(node)
        case ast.Name():
            return node.id
        case ast.Call():
            return _call(node) if node.keywords else ast.unparse(node)
        case ast.Subscript():
            return f"{ast.unparse(node.value)}[{ast.unparse(node.slice)}]"
    raise UnreadableError(f"{type(node).__name__} is no value")


def _computed(node: Any) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.UnaryOp():
            return _UNARY[type(node.op)](_computed(node.operand))
        case ast.List() | ast.Tuple():
            items = [_computed(item) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        case ast.Dict():
            return {_computed(key): _computed(value) for key, value in zip(node.keys, node.values, strict=True)}
        case ast.BinOp() if type(node.op) in _OPERATORS:
            left, right = _computed(node.left), _computed(node.right)
            _bound(node.op, left, right)
            return _OPERATORS[type(node.op)](left, right)
    raise UnreadableError(f"{ast.unparse(node)} would have to be run")


def _bound(op: ast.operator, left: Any, right: Any) -> None:
    size = 0.0
    if isinstance(op, ast.Pow | ast.LShift) and isinstance(right, int | float):
        size = abs(right) * max(left.bit_length() if isinstance(left, int) else 1, 1)
    elif isinstance(op, ast.Mult):
        counts = [one for one in (left, right) if isinstance(one, int)]
        sized = [one for one in (left, right) if isinstance(one, str | bytes | list | tuple)]
        size = abs(counts[0]) * len(sized[0]) if counts and sized else 0
    if size > LARGEST:
        raise UnreadableError("too large to be computed")
