import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis import documents
from toolace.apis.documents import load
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


def test_size_is_bounded(save, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 1_000_000)
    with pytest.raises(ToolaceError, match="larger than 1 MB; split the document"):
        load(save("a" * 1_000_001))


def test_a_missing_file_and_a_byte_order_mark(save, tmp_path):
    with pytest.raises(ToolaceError, match="no such file"):
        load(tmp_path / "none.yaml")
    assert load(save(b'\xef\xbb\xbf{"a": 1}', "a.json")) == {"a": 1}
    assert load(save("")) is None


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
