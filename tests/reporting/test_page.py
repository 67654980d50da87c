import base64
import gzip
import hashlib
import json
import re

import pytest
from tests.reporting.runs import HOSTILE

from toolace.reporting.page import render

FACTS = {"run": {"name": HOSTILE}}


@pytest.fixture(scope="module")
def page() -> str:
    return b"".join(render(HOSTILE, FACTS, b'{"id": "x"}', [("dialogs-0", HOSTILE.encode())])).decode()


def test_no_text_of_a_run_gets_out_of_its_place(page: str) -> None:
    assert HOSTILE not in page and page.count("<script") == page.count("</script>") == 4
    facts = re.search(r'<script type="application/json" id="facts">(.*?)</script>', page, re.S)
    assert facts and json.loads(facts[1]) == FACTS


def test_blocks_are_gzip_in_base64(page: str) -> None:
    block = re.search(r'<script type="text/plain" id="dialogs-0">([A-Za-z0-9+/=]+)</script>', page)
    assert block and gzip.decompress(base64.b64decode(block[1])).decode() == HOSTILE


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy and policy[1].startswith("default-src 'none'; img-src data:; ")
    for tag in ("script", "style"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert text
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_nothing_is_fetched_and_nothing_parsed_as_html(page: str) -> None:
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page) == []
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "{{"):
        assert word not in page


def test_the_same_run_gives_the_same_page(page: str) -> None:
    again = b"".join(render(HOSTILE, FACTS, b'{"id": "x"}', [("dialogs-0", HOSTILE.encode())])).decode()
    assert again == page
