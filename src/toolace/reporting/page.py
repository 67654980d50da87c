"""One self-contained HTML page from facts and samples: style and scripts inlined, nothing fetched, nothing to inject.

Facts go in as JSON in which no `<` is left, samples as gzip in base64. The page forbids itself the network, and runs
exactly the script and the style below, by their hashes (Content-Security-Policy).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files

import msgspec

from toolace.records import Json

SCRIPTS = (
    *("dom.js", "figures.js", "charts.js", "scores.js", "treemap.js"),
    *("chat.js", "store.js", "browser.js", "page.js"),
)
"""In the order in which they are joined to one script."""


def render(title: str, facts: Json, index: bytes, blocks: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Give the page piece by piece."""
    script = "(() => {\n'use strict';\n" + "\n".join(map(_read, SCRIPTS)) + "\n})();"
    style = _read("page.css")
    parts = {
        "policy": f"default-src 'none'; img-src data:; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'",
        "title": html.escape(title),
        "style": style,
        "script": script,
        "facts": msgspec.json.encode(facts).replace(b"<", b"\\u003c").decode(),
    }
    template = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("page.html"))
    before, after = template.split("<!-- blocks -->")
    yield before.encode()
    for name, content in (("index", index), *blocks):
        yield f'<script type="text/plain" id="{name}">'.encode() + _packed(content) + b"</script>\n"
    yield after.encode()


def _packed(content: bytes) -> bytes:
    return base64.b64encode(gzip.compress(content, 6, mtime=0))


def _read(name: str) -> str:
    return (files("toolace.reporting") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
