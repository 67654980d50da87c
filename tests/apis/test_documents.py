import gzip
import json
import os
import re
import threading
import time
import tracemalloc
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis import documents
from toolace.apis.documents import fetch, load
from toolace.errors import ToolaceError


@pytest.fixture
def save(tmp_path):
    def write(content, name="a.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_yaml_with_the_scalars_of_json(save):
    text = """
    200: ok
    country: [NO, y, off, "true", !!str 7]
    day: 2020-01-01
    time: 12:30:45
    numbers: [1, -2, 0.5, 1e3, 007, 0x1F, .inf, 123456789012345678901234567890]
    nothing: [~, null, Null, ]
    yes: true
    block: |
      two
      lines
    !odd tagged: !thing text
    """
    assert load(save(text)) == {
        "200": "ok",
        "country": ["NO", "y", "off", "true", "7"],
        "day": "2020-01-01",
        "time": "12:30:45",
        "numbers": [1, -2, 0.5, 1000.0, "007", "0x1F", ".inf", "123456789012345678901234567890"],
        "nothing": [None, None, None],
        "yes": True,
        "block": "two\nlines\n",
        "tagged": "text",
    }


def test_aliases_and_merge_keys(save):
    text = """
    base: &base {a: 1, b: 2}
    one: {<<: *base, b: 3}
    two: {<<: [{b: 4, c: 5}, *base]}
    same: *base
    """
    document = load(save(text))
    assert document["one"] == {"a": 1, "b": 3}
    assert document["two"] == {"a": 1, "b": 4, "c": 5}
    assert document["same"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ('{\n"a": 1,\n}', "a.json", r"a\.json, line 3: malformed JSON \(.*\); mend this line"),
        ('{"a": NaN}', "a.json", "NaN is no JSON number"),
        ("[" * 100_000, "a.json", "nested too deep"),
        ("1" * 5000, "a.json", "malformed"),
        ("a: 1\nb: [1, 2", "a.yaml", r"a\.yaml, line \d: malformed YAML"),
        ("a: 1\n b: 2", "a.yml", r"a\.yml, line 2: malformed YAML"),
        ("a: 1\nb: *a", "a.yaml", r"line 2: .*alias \*a stands for nothing"),
        ("a: &a [*a]", "a.yaml", r"alias \*a stands for nothing"),
        ("? [1, 2]\n: 3", "a.yaml", "a key is not a plain text"),
        ("<<: 3", "a.yaml", "only mappings can be merged"),
        ("[" * 300, "a.yaml", r"line 1: .*deeper than 200 levels"),
        ("- " * 300 + "x", "a.yaml", r"deeper than 200 levels"),
        ("[" * 100_000, "a.yaml", "deeper than 200 levels"),
        ("a: \x00", "a.yaml", "malformed"),
        (b"a: \xff", "a.yaml", r"not UTF-8 at byte 3; save it as UTF-8"),
        (b'{"a": "\xff"}', "a.json", r"not UTF-8 at byte 7; save it as UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "a.json", "not UTF-8 at byte 7"),
        ('{"a": 1}'.encode("utf-16"), "a.json", "not UTF-8 at byte 0"),
    ],
)
def test_bad_documents_name_file_line_and_fix(save, content, name, message):
    with pytest.raises(ToolaceError, match=message) as error:
        load(save(content, name))
    assert "\n" not in str(error.value)


def test_alias_bombs_stay_small(save):
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{k: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 60)]
    assert len(load(save("\n".join(lines)))) == 60
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 60)]
    assert load(save("\n".join(lines)))["a59"] == {"x": 1}


def test_merging_is_bounded(save, monkeypatch):
    monkeypatch.setattr(documents, "MAX_MERGED", 10)
    with pytest.raises(ToolaceError, match=r"line 7: .*more than 10 keys are merged"):
        load(save("a: &a {x: 1, y: 2}\n" + "\n".join(f"b{i}: {{<<: *a}}" for i in range(9))))


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("a.json", 50_000_000, "larger than 40 MB; split the document"),
        ("a.yaml", 50_000_000, "larger than 20 MB; split the document, or save it as JSON (up to 40 MB)"),
        ("a.yaml", 20_000_001, "larger than 20 MB; split the document, or save it as JSON (up to 40 MB)"),
    ],
)
def test_size_is_bounded(tmp_path, name, size, message):
    path = tmp_path / name
    path.touch()
    os.truncate(path, size)
    tracemalloc.start()
    with pytest.raises(ToolaceError, match=re.escape(message)):
        load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_tag_directives_are_bounded(save):
    many = "".join(f"%TAG !a{index}! b{index}\n" for index in range(101))
    assert load(save("%TAG !a! b\n---\n!a!x 1")) == "1"
    with pytest.raises(ToolaceError, match=r"a\.yaml: malformed \(more than 100 lines start with %TAG\)"):
        load(save(many + "---\n1"))


def test_json_that_msgspec_refuses_and_json_does_not(save):
    assert load(save('{"a": "\\ud800", "a": 1e400}', "a.json")) == {"a": float("inf")}
    assert load(save('["\\ud800"]', "a.json")) == ["\ud800"]


def test_a_missing_file_and_a_byte_order_mark(save, tmp_path):
    with pytest.raises(ToolaceError, match="no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ToolaceError, match=r"no such file|cannot be read"):
        load(tmp_path / "\0.yaml")
    with pytest.raises(ToolaceError, match="cannot be read"):
        load(tmp_path / ("a" * 300))
    assert load(save(b'\xef\xbb\xbf{"a": 1}', "a.json")) == {"a": 1}
    assert load(save("")) is None


ANSWERS = {
    "/api.json": (200, {}, b'{"a": 1}'),
    "/flow.yaml": (200, {}, b" {a: [no, 1]}"),
    "/json": (200, {"Content-Type": "text/plain"}, b'\xef\xbb\xbf {"a": 1, "b": 1e400}'),
    "/api.yaml": (200, {}, b"a: no"),
    "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a: 1")),
    "/broken.json": (200, {}, b'{\n"a": }'),
    "/moved": (302, {"Location": "file:///etc/hostname"}, b""),
    "/gone": (404, {}, b"a: 1"),
    "/long": (200, {}, b"# " + b"x" * 200_000),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"a")
                    time.sleep(0.02)
            return
        status, headers, body = ANSWERS[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/api.json", {"a": 1}),
        ("/flow.yaml", {"a": ["no", 1]}),
        ("/json", {"a": 1, "b": float("inf")}),
        ("/api.yaml", {"a": "no"}),
    ],
)
def test_addresses_give_json_or_yaml(server, path, content):
    assert fetch(server + path) == content


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/broken.json", "/broken.json, line 2: malformed JSON"),
        ("/moved", "/moved: moved to 'file:///etc/hostname'; give that address"),
        ("/gone", "/gone: the server answers 404; check the address"),
        ("/packed", "/packed: not UTF-8"),
        ("/long", "/long: larger than 0 MB; split the document"),
        ("/slow", "/slow: took more than 0 s; download it"),
        (":x/y", "cannot be fetched"),
    ],
)
def test_bad_answers_are_errors(server, monkeypatch, path, message):
    monkeypatch.setattr(documents, "MAX_BYTES", 100_000)
    monkeypatch.setattr(documents, "MAX_YAML_BYTES", 100_000)
    if path == "/slow":
        monkeypatch.setattr(documents, "FETCH_SECONDS", 0.2)
    with pytest.raises(ToolaceError, match=message) as error:
        fetch(server + path)
    assert "\n" not in str(error.value) and str(error.value).startswith(server)


def test_an_unreachable_address_is_an_error(server):
    with pytest.raises(ToolaceError, match=r"^http://127.0.0.1:1/x: cannot be fetched \(.+\); check the address"):
        fetch("http://127.0.0.1:1/x")


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_json_reads_the_same_as_yaml(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("documents")
    text = json.dumps(value)
    (folder / "a.json").write_text(text)
    (folder / "a.yaml").write_text(text)
    assert load(folder / "a.json") == value
    assert load(folder / "a.yaml") == value


@settings(max_examples=150, deadline=None)
@given(st.text("a:-[]{}&*!<?|>\"'#, \n\t1~%@", max_size=40))
def test_any_yaml_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_text(text)
    try:
        json.dumps(load(path))
    except ToolaceError as error:
        assert "\n" not in str(error)
