import json
import re
from random import Random

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolace.apis.evolution.acts import act
from toolace.apis.evolution.changes import DESCRIPTION
from toolace.apis.evolution.operators import OPERATORS, differs, rename
from toolace.apis.normalise import DEPTH, PROPERTIES, WIDTH, valid
from toolace.apis.sources import everyday, google_discovery
from toolace.config import ApisConfig
from toolace.records import Api, Ask

KEYWORDS = {
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "default",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "examples",
    "pattern",
    "x-values",
    "x-say",
    "x-say-item",
    "x-decimals",
    "multipleOf",
    "uniqueItems",
}
NAMES = st.one_of(
    st.sampled_from(
        [
            "id",
            "name",
            "city",
            "email",
            "limit",
            "start_date",
            "end_date",
            "price",
            "tags",
            "sortBy",
            "MaxResults",
            "x-amz-date",
            "q",
        ]
    ),
    st.from_regex(r"[a-z]{1,9}(_[a-z]{1,9}){0,2}", fullmatch=True),
    st.from_regex(r"[^\W\d](-?\w){0,20}", fullmatch=True),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["Name of the city.", "One of red, green or blue.", "Price in US dollars.", "A date, YYYY-MM-DD.", ""]
    ),
    st.text(max_size=60),
)
SCALARS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "enum": st.lists(st.text(max_size=5), min_size=1, max_size=3, unique=True),
            "examples": st.lists(st.text(max_size=8), max_size=3),
            "default": st.text(max_size=5),
            "format": st.sampled_from(["date", "date-time", "email"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={"minimum": st.integers(-5, 5), "maximum": st.integers(6, 99), "default": st.integers(6, 9)},
    ),
    st.fixed_dictionaries({"type": st.just("boolean")}, optional={"default": st.booleans()}),
    st.just({}),
)


def described(schemas):
    told = st.fixed_dictionaries({}, optional={"description": TEXTS})
    return st.tuples(schemas, told).map(lambda both: both[0] | both[1])


def objects(fields):
    properties = st.dictionaries(NAMES, fields, max_size=5)
    made = st.tuples(properties, st.randoms(use_true_random=False))
    return made.map(
        lambda pair: {
            "type": "object",
            "properties": pair[0],
            "required": [name for name in pair[0] if pair[1].random() < 0.4],
        }
    )


FIELDS = described(
    st.recursive(
        described(SCALARS),
        lambda inner: st.one_of(
            objects(described(inner)), st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        ),
        max_leaves=6,
    )
)
PARAMETERS = st.one_of(
    st.just({"type": "object"}),
    objects(FIELDS),
    st.dictionaries(NAMES, described(SCALARS), min_size=WIDTH, max_size=WIDTH).map(
        lambda fields: {"type": "object", "properties": fields, "required": list(fields)[:7]}
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=5),
    max_leaves=8,
)


def nodes(schema, level=1):
    """Yields each object schema that has properties, with its level."""
    if schema.get("properties"):
        yield schema, level
        for field in schema["properties"].values():
            yield from nodes(field, level + 1)
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"], level)


def within_bounds(schema):
    found = list(nodes(schema))
    return (
        all(len(node["properties"]) <= WIDTH and level <= DEPTH for node, level in found)
        and sum(len(node["properties"]) for node, _ in found) <= PROPERTIES
    )


APIS = st.builds(
    Api,
    name=st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", fullmatch=True),
    description=st.one_of(
        st.sampled_from(
            [
                "Lists the invoices of a customer.",
                "Create a new order.",
                "Delete a file.",
                "Calculate the area of a room.",
            ]
        ),
        st.text(min_size=10, max_size=250),
    ),
    parameters=PARAMETERS.filter(within_bounds),
    returns=JSON,
).filter(lambda api: valid(api) is None)


def faults(operator, before, donors, after):
    """Yields what is wrong with the result of an operator."""
    if reason := valid(after):
        yield reason
    if not within_bounds(after.parameters):
        yield "beyond the bounds"
    if len(after.description) > max(DESCRIPTION, len(before.description)):
        yield "description too long"
    if not differs(operator, before, after):
        yield "does not differ"
    if after.evolution != [*before.evolution, operator] or before.name not in after.parents:
        yield "lineage"
    if len({*after.parents}) < len(after.parents) or not {*after.parents} <= {before.name, *(d.name for d in donors)}:
        yield "parents"
    given_names = {
        name for api in (before, *donors) for node, _ in nodes(api.parameters) for name in node["properties"]
    }
    was = [
        field for api in (before, *donors) for node, _ in nodes(api.parameters) for field in node["properties"].values()
    ]
    for node, _ in nodes(after.parameters):
        if not set(node.get("required", [])) <= node["properties"].keys():
            yield "required but unknown"
        for name, field in node["properties"].items():
            if name not in given_names and not re.fullmatch(r"[A-Za-z_]\w*", name):
                yield f"name {name!r}"
            if field not in was:
                yield from field_faults(name, field, was)


def field_faults(name, field, was):
    if not field["description"].strip() or len(field["description"]) > DESCRIPTION:
        yield f"description of {name}"
    if field.keys() - KEYWORDS:
        yield f"keywords of {name}: {field.keys() - KEYWORDS}"
    own = field.get("examples", []) + ([field["default"]] if "default" in field else [])
    known = [
        value for old in was for value in (*old.get("examples", []), *([old["default"]] if "default" in old else []))
    ]
    if not all(jsonschema_rs.is_valid(field, value) for value in own if value not in known):
        yield f"values of {name}"
    if "pattern" in field and not all(re.search(field["pattern"], value) for value in field["examples"]):
        yield f"pattern of {name}"


def held(api):
    """Says whether each ask's needed slots exist and whether they give all that is required."""
    for ask in api.asks:
        slots = [*re.findall(r"\{([^{}]+)\}", re.sub(r"\[[^\]]*\]", "", ask.text)), *ask.implies]
        for slot in slots:
            schema = api.parameters
            for key in slot.split("."):
                schema = schema["properties"][key]
        if not {slot.partition(".")[0] for slot in slots} >= {*api.parameters.get("required", [])}:
            return False
    return True


def apply(operator, api, donors, seed):
    before = msgspec.json.encode([api, *donors])
    after = OPERATORS[operator](api, donors, Random(seed))
    assert msgspec.json.encode([api, *donors]) == before, "the input was changed"
    assert msgspec.json.encode(OPERATORS[operator](api, donors, Random(seed))) == msgspec.json.encode(after)
    return after


@pytest.fixture(scope="module")
def domains():
    return [list(everyday.read(document)) for document in everyday.documents(ApisConfig())]


@pytest.mark.parametrize("operator", OPERATORS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(api=APIS, donors=st.lists(APIS, max_size=3), seed=st.integers(0, 99))
def test_any_operator_on_any_api_keeps_its_promise(operator, api, donors, seed):
    after = apply(operator, api, donors, seed)
    assert not list(faults(operator, api, donors, after))
    assert not differs(operator, api, api)


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_keep_their_promise_on_the_everyday_apis(operator, domains):
    for apis in domains:
        for index, api in enumerate(apis):
            donors = [apis[index - 1], apis[index - 2]]
            after = apply(operator, api, donors, index)
            assert not list(faults(operator, api, donors, after)), api.name
            assert held(after), api.name


def test_operators_keep_their_promise_on_google_apis():
    checked = 0
    for document in google_discovery.documents(ApisConfig())[::60]:
        apis = list(google_discovery.read(document))
        for index, api in enumerate(apis[:15]):
            donors = apis[index + 1 : index + 4]
            for operator in OPERATORS:
                assert not list(faults(operator, api, donors, apply(operator, api, donors, index))), api.name
                checked += 1
    assert checked > 100


def test_operators_can_follow_one_another_for_long(domains):
    for apis in domains:
        api, donors, rng = apis[0], apis[1:4], Random(0)
        for turn in range(12):
            operator = rng.choice(sorted(OPERATORS))
            before = msgspec.structs.replace(api, parents=[], evolution=[])
            api = apply(operator, before, donors, turn)
            assert not list(faults(operator, before, donors, api)), (api.name, turn)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(api=APIS, donors=st.lists(APIS, max_size=2), seed=st.integers(0, 99))
def test_rename_gives_another_valid_name(api, donors, seed):
    renamed = rename(api, donors, Random(seed))
    assert valid(renamed) is None
    assert renamed.name != api.name
    assert msgspec.structs.replace(renamed, name=api.name) == api


def test_names_agree_with_descriptions(domains):
    for api in [api for apis in domains for api in apis]:
        name = rename(api, [], Random(1)).name
        assert re.fullmatch(r"[a-z][a-z0-9_.]*", name)
        said = {word[:4] for word in re.findall("[a-z]+", api.description.lower())}
        assert any(word[:4] in said for word in re.findall("[a-z]+", name.rpartition(".")[2])), name


def results(operator, api, *donors):
    """Gives what an operator makes of an API in 60 draws."""
    return [OPERATORS[operator](api, donors, Random(seed)) for seed in range(60)]


def api(description, returns=None, asks=(), /, required=(), **properties):
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return Api("x.y", description, parameters, returns, asks=list(asks))


def fields(many, name):
    return [one.parameters["properties"][name] for one in many if name in one.parameters["properties"]]


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("name", "field", "new", "told"),
    [
        (
            "hotelId",
            TEXT | {"description": "Identifier of the hotel."},
            "hotelIds",
            "Identifiers of one or more hotels.",
        ),
        ("category", TEXT | {"description": "Category to search."}, "categories", "One or more categories to search."),
        (
            "distance_km",
            {"type": "number", "description": "Distance in kilometers."},
            "distance",
            "Distance, with its unit.",
        ),
        ("city", TEXT | {"description": "City to visit."}, "location", "Place to visit, as city and country."),
        ("price", {"type": "number", "description": "Price of it."}, "price", "Price of it, with its currency."),
        (
            "tags",
            {"type": "array", "items": TEXT, "description": "Tags that it must have."},
            "tag",
            "Tag that it must have.",
        ),
        (
            "color",
            TEXT | {"description": "Color, e.g. red, green or blue."},
            "color",
            "Color. One of red, green or blue.",
        ),
        (
            "guest",
            TEXT | {"description": "Full name of the guest."},
            "guest",
            "Full name of the guest, split into first and last name.",
        ),
        (
            "match_date",
            TEXT | {"format": "date", "description": "Date of the match, YYYY-MM-DD."},
            "match_date_range",
            "Date of the match, as a range of days.",
        ),
    ],
)
def test_types_mutate_to_what_a_person_would_take(name, field, new, told):
    found = fields(results("mutate_type", api("Search for things to do.", **{name: field})), new)
    assert told in [one["description"] for one in found]


@pytest.mark.parametrize(
    ("name", "field", "rule", "told"),
    [
        (
            "limit",
            {"type": "integer", "description": "How many."},
            {"minimum": 1, "maximum": 100},
            "Between 1 and 100.",
        ),
        (
            "currency",
            TEXT | {"description": "The currency."},
            {"pattern": "^[A-Z]{3}$"},
            "three capital letters, e.g. EUR.",
        ),
        (
            "color",
            TEXT | {"description": "Can be red or blue."},
            {"enum": ["red", "blue"]},
            "Color. One of red or blue.",
        ),
        ("birthday", TEXT | {"description": "Day of birth."}, {"format": "date"}, "Day of birth. As YYYY-MM-DD."),
        (
            "ids",
            {"type": "array", "items": TEXT, "description": "Them."},
            {"minItems": 1, "maxItems": 10},
            "One to ten",
        ),
    ],
)
def test_constraints_fit_the_words_and_are_said(name, field, rule, told):
    found = fields(results("add_constraints", api("Search for things to do.", **{name: field})), name)
    assert any(rule.items() <= one.items() and told in one["description"] for one in found)


def test_constraints_contradict_no_known_value():
    limit = {"type": "integer", "description": "How many.", "default": 500}
    asks = [Ask("All of them", {"depth": -4})]
    made = results("add_constraints", api("Do it now.", None, asks, limit=limit, depth={"type": "number"}))
    assert all("maximum" not in field for field in fields(made, "limit"))
    assert all("minimum" not in field for field in fields(made, "depth"))


def test_nesting_finds_what_belongs_together():
    texts = {
        name: TEXT | {"description": f"The {name}."} for name in ("guest_name", "guest_email", "start_date", "end_date")
    }
    made = results("nest", api("Book a room.", required=["guest_name"], **texts))
    guest = fields(made, "guest")[0]
    assert guest["description"] == "Details of the guest."
    assert guest["required"] == ["name"] and guest["properties"]["email"] == texts["guest_email"]
    guests = fields(made, "guests")[0]
    assert guests["type"] == "array" and guests["description"] == "One or more guests."
    assert fields(made, "period") or fields(made, "date_range")
    assert fields(made, "details")[0]["properties"].keys() < texts.keys()


def test_functionality_comes_from_siblings_or_the_library():
    sibling = api(
        "Lists the refunds of an invoice.", required=["invoice_id"], invoice_id=TEXT | {"description": "The invoice."}
    )
    sibling = msgspec.structs.replace(sibling, name="list_refunds")
    made = results("add_functionality", api("Get an invoice.", number=TEXT | {"description": "Its number."}), sibling)
    assert {one.description for one in made} == {"Get an invoice. Can also list the refunds of an invoice."}
    assert fields(made, "include_refunds")[0]["description"].startswith(
        "Whether to also list the refunds of an invoice."
    )
    assert "invoice_id" not in made[0].parameters["required"] and made[0].parents == ["x.y", "list_refunds"]
    alone = results("add_functionality", api("Get an invoice."))
    assert all("Can also" in one.description and one.parents == ["x.y"] for one in alone)


def test_only_fitting_parameters_are_borrowed():
    sibling = api(
        "Search for hotels.",
        stars={"type": "integer", "description": "Category of the hotel in stars."},
        max_price={"type": "number", "description": "Highest price of a night."},
    )
    flights = api("Search for flights by price.", city=TEXT | {"description": "Where to go."})
    made = results("add_parameters", flights, msgspec.structs.replace(sibling, name="hotels.search"))
    assert fields(made, "max_price") and not fields(made, "stars")


def test_answers_come_in_pages_with_less_or_as_a_receipt():
    rows = [{"id": "a", "name": "b", "status": "c", "city": "d"}]
    told = {
        one.description.partition(". ")[2]
        for one in results("change_returns", api("Lists the users.", {"users": rows}))
    }
    assert "The users are returned in pages, with their total number." in told
    assert "Only the id and name of each user are returned." in told
    told = {one.description for one in results("change_returns", api("Create a user."))}
    assert "Create a user. A status and a message are returned." in told
    twice = OPERATORS["change_returns"](results("change_returns", api("Create a user."))[0], [], Random(3))
    assert twice.description.count("returned") == 1


def test_asks_that_no_longer_hold_are_dropped():
    asks = [Ask("To {city}[ for {name}]"), Ask("Somewhere for {name}"), Ask("Anywhere", {"city": "Rome"})]
    city = TEXT | {"description": "City to visit."}
    name = TEXT | {"description": "Name of whom."}
    for one in results("mutate_type", api("Plan a trip.", None, asks, city=city, name=name)):
        if "city" not in one.parameters["properties"]:
            assert one.asks == [asks[1]]


@pytest.mark.parametrize(
    ("description", "kind", "phrase", "thing"),
    [
        ("Lists the refunds of an invoice.", "list", "list the refunds of an invoice", "refunds"),
        ("Gets a pet.", "read", "get a pet", "pet"),
        ("This endpoint allows you to submit a draft for approval.", "create", "submit a draft for approval", "draft"),
        ("Creates or updates a rule.", "create", "create or update a rule", "rule"),
        (
            "Platform Regions. Return a list of regions for a platform.",
            "list",
            "return a list of regions for a platform",
            "regions",
        ),
        ("Roll one or more dice.", "other", "roll one or more dice", "dice"),
        (
            "Calculate the total price of a stay, with tax.",
            "compute",
            "calculate the total price of a stay",
            "total price",
        ),
    ],
)
def test_acts_are_read_from_descriptions(description, kind, phrase, thing):
    found = act(Api("some.name", description, {}))
    assert (found.kind, found.phrase, found.thing) == (kind, phrase, thing)


def test_results_are_json(domains):
    for operator in OPERATORS.values():
        grown = msgspec.to_builtins(operator(domains[0][0], domains[0][1:], Random(0)))
        assert json.loads(json.dumps(grown, allow_nan=False)) == grown
