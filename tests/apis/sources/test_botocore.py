import gzip
import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolace.apis.normalise import valid
from toolace.apis.sources import botocore
from toolace.config import ApisConfig
from toolace.errors import ToolaceError

LIBRARY = {
    "metadata": {"serviceFullName": "AmazonLibrary", "serviceId": "Library", "endpointPrefix": "api.library"},
    "operations": {
        "CreateBook": {
            "documentation": "<note><p>Not everywhere.</p></note><p>Puts a <a href='x'> <code>Book</code> </a>on a "
            "shelf. You can:</p> <ul> <li> <p>read it</p> </li> </ul>",
            "input": {"shape": "Book"},
            "output": {"shape": "Book"},
        },
        "DescribeBooks": {"documentation": "<p>Lists books.</p><p>Closed on Sundays.</p>"},
        "DeleteBook": {"documentation": "<p>Closed on Sundays.</p> <p>Removes a book.</p>"},
        "UpdateBook": {"documentation": "<p>Closed on Sundays.</p>"},
        "ModifyBookCover": {},
        "BatchGetDVDs": {"documentation": "Placeholder documentation for BatchGetDVDs"},
        "TagResource": {"documentation": "Adds tags to a book."},
        "BurnBook": {"documentation": "Burns a book.", "deprecated": True},
    },
    "shapes": {
        "Book": {
            "type": "structure",
            "required": ["Title", "Token", "NoSuchMember"],
            "members": {
                "Title": {"shape": "Text", "documentation": "<p>The <i>title</i>.</p>"},
                "Token": {"shape": "Text", "idempotencyToken": True},
                "NextToken": {"shape": "Text"},
                "DryRun": {"shape": "Flag"},
                "Spare": {"shape": "Text", "documentation": "<p>Reserved for future use.</p>"},
                "Colour": {"shape": "Text", "deprecated": True},
                "Pages": {"shape": "Pages"},
                "Price": {"shape": "Price", "documentation": "In euros."},
                "Lent": {"shape": "Flag", "documentation": "Whether it is lent."},
                "Due": {"shape": "Time", "documentation": "When it is due."},
                "Cover": {"shape": "Blob", "documentation": "The picture."},
                "Notes": {"shape": "Map", "documentation": "Notes by page."},
                "Genre": {"shape": "Genre", "documentation": "The genre."},
                "Language": {"shape": "Language", "documentation": "The language."},
                "ReaderRoleArn": {"shape": "Text", "documentation": "Who may read it."},
                "ShelfArn": {"shape": "Text", "documentation": "Where it stands."},
                "Sequels": {"shape": "Books", "documentation": "What comes next."},
            },
        },
        "Books": {"type": "list", "member": {"shape": "Book"}, "min": 1, "max": 9},
        "Text": {"type": "string", "min": 1, "max": 80},
        "Pages": {"type": "long", "min": 1, "max": 5000, "documentation": "How many pages."},
        "Price": {"type": "double"},
        "Flag": {"type": "boolean"},
        "Time": {"type": "timestamp"},
        "Blob": {"type": "blob"},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "Genre": {"type": "string", "enum": ["NOVEL", "POEM"]},
        "Language": {"type": "string", "enum": [f"l{number}" for number in range(30)]},
    },
}


def write(folder, document):
    path = folder / "service-2.json.gz"
    path.write_bytes(gzip.compress(json.dumps(document).encode(), 1))
    return str(path)


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setattr("toolace.apis.normalise.WIDTH", 20)
    return {api.name: api for api in botocore.read(write(tmp_path, LIBRARY))}


def test_operations_become_apis(library):
    assert library.keys() == {
        "library.create_book",
        "library.describe_books",
        "library.delete_book",
        "library.update_book",
        "library.modify_book_cover",
        "library.batch_get_dvds",
        "library.tag_resource",
    }
    api = library["library.create_book"]
    assert (api.source, api.provider, api.service, api.license) == (
        "botocore",
        "amazonaws.com",
        "Amazon Library",
        "Apache-2.0",
    )
    assert (api.area, api.domain) == ("Cloud", "")
    assert "Title" in api.returns["properties"]
    assert library["library.describe_books"].returns is None
    assert library["library.describe_books"].parameters == {"type": "object", "properties": {}}


def test_descriptions_say_what_an_operation_does(library):
    assert {name.partition(".")[2]: api.description for name, api in library.items()} == {
        "create_book": "Puts a Book on a shelf.",
        "describe_books": "Lists books.",
        "delete_book": "Removes a book.",
        "update_book": "Closed on Sundays.",
        "modify_book_cover": "Modify book cover.",
        "batch_get_dvds": "Batch get dvds.",
        "tag_resource": "Adds tags to a book.",
    }


def test_shapes_become_json_schema(library):
    parameters = library["library.create_book"].parameters
    assert parameters["required"] == ["Title"]
    properties = parameters["properties"]
    assert {name: properties[name] for name in properties if name not in ("ReaderRoleArn", "ShelfArn")} == {
        "Title": {"type": "string", "description": "The title."},
        "Pages": {"type": "integer", "description": "How many pages.", "minimum": 1, "maximum": 5000},
        "Price": {"type": "number", "description": "In euros."},
        "Lent": {"type": "boolean", "description": "Whether it is lent."},
        "Due": {"type": "string", "description": "When it is due.", "format": "date-time"},
        "Cover": {"type": "string", "description": "The picture."},
        "Notes": {"type": "object", "description": "Notes by page."},
        "Genre": {"type": "string", "description": "The genre.", "enum": ["NOVEL", "POEM"]},
        "Language": {"type": "string", "description": "The language.", "examples": ["l0", "l1", "l2"]},
    }


def test_an_arn_has_an_example(library):
    properties = library["library.create_book"].parameters["properties"]
    assert properties["ReaderRoleArn"]["examples"] == ["arn:aws:iam::123456789012:role/my-role"]
    assert properties["ShelfArn"]["examples"] == ["arn:aws:library:us-east-1:123456789012:shelf/my-shelf"]


def test_lists_are_bounded_and_recursion_ends(tmp_path):
    shapes = LIBRARY["shapes"] | {
        "Book": {"type": "structure", "members": {"Sequels": {"shape": "Books"}, "Copies": {"shape": "Copies"}}},
        "Copies": {"type": "list", "member": {"shape": "Pages"}, "min": 1, "max": 9},
    }
    operations = {"CreateBook": LIBRARY["operations"]["CreateBook"]}
    (api,) = botocore.read(write(tmp_path, LIBRARY | {"operations": operations, "shapes": shapes}))
    assert api.parameters["properties"] == {
        "Copies": {
            "type": "array",
            "description": "Copies.",
            "items": {"type": "integer", "minimum": 1, "maximum": 5000},
            "minItems": 1,
            "maxItems": 9,
        }
    }


def test_a_long_name_stands_without_its_service():
    assert botocore._name("EC2", "RunInstances") == "ec2.run_instances"
    assert botocore._name("Cost Explorer", "GetUsage") == "cost_explorer.get_usage"
    assert botocore._name("CloudFront", "List" + "X" * 55) == "list_" + "x" * 55


@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        ("RunInstances", "instances"),
        ("DescribeDBInstances", "DB instances"),
        ("ListWebACLs", "web ACLs"),
        ("DescribeIpv6Pools", "ipv6 pools"),
        ("AddClientIDToProvider", "client ID"),
        ("ListTagsForResource", "tags"),
        ("UntagResource", "tags"),
        ("BatchGetImage", "image"),
        ("AdminCreateUser", "user"),
        ("RestoreFromSnapshot", "snapshot"),
        ("ListObjectsV2", "objects"),
        ("SignUp", ""),
        ("Converse", ""),
        ("", ""),
    ],
)
def test_the_resource_of_an_operation(operation, resource):
    assert " ".join(botocore._resource(operation)) == resource


def test_a_small_resource_joins_what_it_is_a_part_of():
    verbs = ("Create", "Get", "List", "Delete")
    operations = [verb + "Policy" for verb in verbs[:3]] + ["ListPolicies", "GetPolicyVersion", "ListTagKeys"]
    operations += [verb + "PolicyRule" for verb in verbs]
    assert botocore._groups(operations) == {
        "CreatePolicy": "policies",
        "GetPolicy": "policies",
        "ListPolicy": "policies",
        "ListPolicies": "policies",
        "GetPolicyVersion": "policies",
        "ListTagKeys": "tag keys",
        **{verb + "PolicyRule": "policy rule" for verb in verbs},
    }


def test_only_the_newest_version(tmp_path, monkeypatch):
    monkeypatch.setattr(botocore, "_folder", lambda: tmp_path)
    for version in ("library/2012-01-01", "library/2020-12-01", "museum/2015-06-01"):
        (tmp_path / version).mkdir(parents=True)
        write(tmp_path / version, {})
    names = [Path(document).parent.relative_to(tmp_path).as_posix() for document in botocore.documents(ApisConfig())]
    assert names == ["library/2020-12-01", "museum/2015-06-01"]


def test_a_missing_package_names_the_fix(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolaceError, match="pip install --no-deps botocore"):
        botocore.documents(ApisConfig())


DAMAGED = {
    "no gzip": b"no gzip",
    "no JSON": gzip.compress(b"{"),
    "empty": gzip.compress(b"{}"),
    "cut": gzip.compress(json.dumps(LIBRARY).encode())[:-20],
    "deep": gzip.compress(b'{"shapes":' + b"[" * 5000),
    "wrong type": gzip.compress(json.dumps(LIBRARY).replace('"boolean"', "7").encode()),
    "no UTF-8": gzip.compress(b'{"metadata": {"serviceId": "\xff"}}'),
}


@pytest.mark.parametrize("damage", DAMAGED)  # by name: gzip writes the time into the bytes
def test_a_damaged_document_is_named(tmp_path, damage):
    path = tmp_path / "service-2.json.gz"
    path.write_bytes(DAMAGED[damage])
    with pytest.raises(ToolaceError, match=r"service-2\.json\.gz is damaged .*: pip install --no-deps"):
        list(botocore.read(str(path)))


def test_a_document_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("toolace.apis.documents.MAX_BYTES", 1000)
    with pytest.raises(ToolaceError, match="larger than"):
        list(botocore.read(write(tmp_path, LIBRARY)))


names = st.sampled_from([*LIBRARY["shapes"], "Nowhere", "", "\ud800"])
references = st.fixed_dictionaries({"shape": names}, optional={"documentation": st.text(), "deprecated": st.booleans()})
shapes = st.fixed_dictionaries(
    {"type": st.sampled_from([*botocore._TYPES, "string", "integer", "boolean", "nonsense"])},
    optional={
        "documentation": st.text(),
        "members": st.dictionaries(st.text(), references, max_size=4),
        "member": references,
        "required": st.lists(st.text(), max_size=3),
        "enum": st.lists(st.text(), max_size=30),
        "min": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "max": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    },
)
operations = st.fixed_dictionaries({}, optional={"documentation": st.text(), "input": references, "output": references})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    shapes=st.dictionaries(names, shapes, max_size=6),
    operations=st.dictionaries(st.text(), operations, max_size=4),
)
def test_any_model_gives_valid_apis(tmp_path, shapes, operations):
    document = LIBRARY | {"shapes": LIBRARY["shapes"] | shapes, "operations": LIBRARY["operations"] | operations}
    try:
        apis = list(botocore.read(write(tmp_path, document)))
    except ToolaceError as error:
        assert "is damaged" in str(error)
        return
    assert len(apis) >= 3
    assert [valid(api) for api in apis] == [None] * len(apis)


def test_the_installed_models():
    pytest.importorskip("botocore")
    documents = botocore.documents(ApisConfig())
    assert len(documents) > 400
    (sqs,) = (document for document in documents if Path(document).parts[-3] == "sqs")
    apis = {api.name: api for api in botocore.read(sqs)}
    assert [valid(api) for api in apis.values()] == [None] * len(apis)
    send = apis["sqs.send_message"]
    assert (send.service, send.functionality) == ("Amazon Simple Queue Service", "Message")
    assert send.parameters["required"] == ["QueueUrl", "MessageBody"]
    assert send.description.startswith("Delivers a message to the specified queue.")
