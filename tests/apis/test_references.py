import json
import os

import pytest

from toolace.apis import references
from toolace.apis.references import bundle, expand


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """Writes files and gives the first one, a document in the folder `api`, bundled; and what was said."""
    said = []
    monkeypatch.setattr(references, "say", said.append)

    def write(files):
        (tmp_path / "api").mkdir(exist_ok=True)
        for name, content in files.items():
            path = tmp_path / "api" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        document = next(iter(files.values()))
        bundle(document, tmp_path / "api" / next(iter(files)))
        return document, said

    return write


def ref(name, **own):
    return {"$ref": name} | own


PET = {"type": "object", "properties": {"name": {"type": "string"}}}


def test_references_inside_a_document():
    document = {
        "Pet": PET,
        "a/b~c d": {"type": "integer"},
        "Link": ref("#/Pet", description="Own words."),
        "Both": {"allOf": [ref("#/Pet"), {"properties": {"age": {}}, "required": ["age"]}], "required": ["name"]},
        "Either": {"oneOf": [{"type": "null"}, ref("#/Pet"), {"type": "string"}]},
        "All": ref("#/Folder"),
        "Folder": {"Pet": PET},
    }
    assert expand(PET, document) is PET
    assert expand(ref("#/Pet"), document) is PET
    assert expand(ref("#/a~1b~0c%20d"), document) == {"type": "integer"}
    assert expand(ref("#/Link", type="x"), document) == PET | {"description": "Own words.", "type": "x"}
    assert expand(document["Both"], document) == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {}},
        "required": ["name", "age"],
    }
    assert expand(document["Either"], document) == PET
    assert expand(ref("#/All/Pet"), document) == PET


@pytest.mark.parametrize(
    "name", ["", "#", "#/", "#/none", "#/Pet/type/x", "Pet", "x.json#/Pet", "http://x/#/Pet", 7, None]
)
def test_other_references_leave_nothing(name):
    assert expand(ref(name, type="string"), {"Pet": PET}) == {"type": "string"}


def test_chains_and_cycles_are_bounded():
    document = {f"c{index}": ref(f"#/c{index + 1}") for index in range(200)} | {"c200": PET}
    assert expand(ref("#/c190"), document) == PET
    assert expand(ref("#/c0"), document) == {}
    loop = {"a": {"allOf": [ref("#/b")] * 40, "type": "object"}, "b": {"allOf": [ref("#/a")] * 40, "title": "b"}}
    assert expand(ref("#/a"), loop) == {"type": "object", "title": "b"}
    assert expand(ref("#/a/x/y"), {"a": ref("#/a")}) == {}


def test_files_are_bundled(bundled):
    document, said = bundled(
        {
            "api.yaml": {"Pet": PET, "a": ref("./parts/owner.yaml#/Owner"), "b": ref("parts/colour%20of.JSON")},
            "parts/owner.yaml": "Owner: {properties: {pet: {$ref: '../api.yaml#/Pet'}, next: {$ref: '#/Owner'}}}",
            "parts/colour of.JSON": {"anyOf": [ref("owner.yaml#/Owner/properties/next"), ref("#/anyOf/0")]},
        }
    )
    owner = expand(document["a"], document)
    assert expand(owner["properties"]["pet"], document) == PET
    assert expand(owner["properties"]["next"], document) == owner
    assert expand(document["b"], document) == owner
    assert said == []


def test_nothing_outside_the_folder_is_read(bundled, tmp_path):
    (tmp_path / "secret.json").write_text('{"type": "string"}')
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "link.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "api" / "loop.json").symlink_to("loop.json")
    (tmp_path / "api" / "folder").symlink_to(tmp_path)
    (tmp_path / "api" / "key.pem").write_text('{"type": "string"}')
    names = [
        *("../secret.json", "link.json", "folder/secret.json", "parts/../../secret.json", "%2e%2e/secret.json"),
        *(f"{tmp_path}/secret.json", f"file://{tmp_path}/secret.json", f"FILE:{tmp_path}/secret.json", "key.pem"),
        *("//127.0.0.1/x.json", "http://127.0.0.1:9/x.json", "\\\\host\\x.json", "C:\\x.json", "\0.json", "a" * 5000),
        "loop.json",
    ]
    document, _ = bundled({"api.json": {str(index): ref(name) for index, name in enumerate(names)}})
    assert [expand(document[str(index)], document) for index in range(len(names))] == [{}] * len(names)
    assert "string" not in json.dumps(document)


def test_what_cannot_be_read_is_said_in_one_line(bundled, tmp_path):
    (tmp_path / "api").mkdir()
    os.mkfifo(tmp_path / "api" / "pipe.json")
    files = ["none.json", "broken.yaml", "pipe.json", "good.json"]
    document, said = bundled(
        {"api.json": {"all": [ref(name) for name in files]}, "broken.yaml": "a: [", "good.json": '{"type": "string"}'}
    )
    assert [expand(node, document) for node in document["all"]] == [{}, {}, {}, {"type": "string"}]
    assert len(said) == 1
    assert "api.json: 3 files that it refers to are left out, as " in said[0]


def test_the_files_are_counted_and_weighed(bundled, monkeypatch):
    files = {"api.json": {"all": [ref(f"f{index}.json") for index in range(4)]}}
    files |= {f"f{index}.json": {"type": "string"} for index in range(4)}
    for limit, value, read in (("MAX_FILES", 3, 3), ("MAX_FILE_BYTES", 40, 2)):
        with monkeypatch.context() as patch:
            patch.setattr(references, limit, value)
            document, said = bundled(json.loads(json.dumps(files)))
        assert [expand(node, document) for node in document["all"]] == [{"type": "string"}] * read + [{}] * (4 - read)
        assert "they are more than" in said.pop()


def test_shared_nodes_are_rewritten_once(bundled):
    shared = ref("part.json#/A")
    document, _ = bundled({"api.json": {}, "part.json": {"A": {"type": "string"}}})
    document |= {"a": [shared] * 9, "b": {"c": shared}}
    for _ in range(60):
        document["a"] = [document["a"]] * 9
    references.bundle(document, references.Path("api.json"))
    assert shared["$ref"] == "#/x-files/0/A"
