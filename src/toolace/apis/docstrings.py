"""Docstrings of Python code: what they say of a function and its parameters."""

from __future__ import annotations

import ast
import re

import docstring_parser
from docstring_parser.common import Docstring, DocstringParam, DocstringStyle

MAX_DOCSTRING = 5_000
MAX_NAMES = 300
"""Characters of the names that one entry is about."""

_STYLES = [style for style in DocstringStyle if style is not DocstringStyle.AUTO]
_SPACES = re.compile(r"(?<=\S)[ \t]+")
_RAISES = re.compile(r"\n[ \t]*(?:Raises|Exceptions|Examples?):[ \t]*\n")
_REST = re.compile(r"\n[ \t]*(?:>>>|\.\. |(?:Args|Arguments|Parameters|Returns|Raises|Yields|Examples?|Usage|Notes?):)")
_NOISE = re.compile(
    r"^\s*Description:\s*|\(defaults?\b[^()]*\)|\bDefaults? (?:to|is|=) (?:None|True|False|\d+)\b\.?",
    re.IGNORECASE,
)
_ROLE = re.compile(r"(?::\w{1,20}){1,3}:`~?(?:\w{1,40}\.){0,9}([^`<]*)(?:<[^`>]*>)?`")


def docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Docstring:
    """Parses a docstring in the style (Google, NumPy, reST, Epydoc) that finds most in it; else all is description."""
    text = _SPACES.sub(" ", (ast.get_docstring(node) or "")[:MAX_DOCSTRING])
    best = Docstring()
    best.short_description = text
    text = _RAISES.split(text, maxsplit=1)[0]  # a loose line under `Raises` spoils all
    for style in _STYLES:
        try:
            found = docstring_parser.parse(text, style)
        except (docstring_parser.ParseError, LookupError, ValueError):  # not only of its own kind, as of 0.18
            continue
        best = found if len(found.meta) > len(best.meta) else best
    return best


def documented(doc: Docstring) -> dict[str, DocstringParam]:
    """Gives what a docstring says of each parameter or attribute; NumPy's style may name several at once."""
    return {name.strip(" *`"): one for one in doc.params for name in one.arg_name[:MAX_NAMES].split(",")}


def spoken(text: str | None) -> str:
    """Strips a description of what only Sphinx and readers of the code need."""
    return _NOISE.sub("", plain(_REST.split(text or "", maxsplit=1)[0]))


def plain(text: str) -> str:
    """Strips the roles of Sphinx: :class:`~shop.Order` → Order."""
    return _ROLE.sub(r"\1", text)
