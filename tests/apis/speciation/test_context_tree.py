import subprocess
import sys
from collections import defaultdict

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.speciation import nouns
from toolace.apis.speciation.context_tree import speciate
from toolace.records import Api

NOUNS = ["invoice", "refund", "forecast", "webhook", "playlist", "volume", "ticket", "patient", "flight", "recipe"]
VERBS = ["get", "list", "create", "delete", "update"]


def api(name: str, description: str = "Does something useful.", **place: str) -> Api:
    return Api(name, description, {"type": "object", "properties": {"limit": {"type": "integer"}}}, **place)


def resource(service: str, noun: str, **place: str) -> list[Api]:
    names = [f"{verb}_{noun}" for verb in VERBS]
    return [
        api(n, f"{n.replace('_', 's a ').capitalize()}.", service=service, provider=service, **place) for n in names
    ]


def pool(services: int = 30) -> list[Api]:
    """More groups than are clustered as a small pool."""
    return [one for service in range(services) for noun in NOUNS for one in resource(f"Company {service}", noun)]


texts = st.text(max_size=30)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,30}", fullmatch=True)
apis = st.builds(
    api,
    names,
    texts,
    service=texts,
    provider=texts,
    functionality=texts,
    area=texts,
    domain=st.sampled_from(["", "", "X"]),
)


@given(st.lists(apis, max_size=30))
@settings(max_examples=30, deadline=None)
def test_every_api_gets_a_place_and_keeps_all_else(given_apis: list[Api]) -> None:
    placed = speciate(given_apis)
    assert len(placed) == len(given_apis)
    for before, after in zip(given_apis, placed, strict=True):
        assert after.area.strip() and after.domain.strip() and after.functionality.strip()
        assert not before.domain or after.domain == before.domain
        place = {"area": "", "domain": "", "functionality": ""}
        assert msgspec.structs.replace(before, **place) == msgspec.structs.replace(after, **place)


@given(st.lists(apis, max_size=30))
@settings(max_examples=30, deadline=None)
def test_placed_apis_stay_where_they_are(given_apis: list[Api]) -> None:
    placed = speciate(given_apis)
    assert speciate(placed) == placed
    assert speciate([*placed, api("get_invoice")])[: len(placed)] == placed


@given(st.lists(apis, min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_each_domain_lies_in_one_area(given_apis: list[Api]) -> None:
    areas = defaultdict(set)
    for one in speciate(given_apis):
        areas[one.domain].add(one.area)
    assert all(len(found) == 1 for found in areas.values())


def test_a_topic_that_many_services_share_is_one_domain() -> None:
    domains = defaultdict(set)
    for one in speciate(pool()):
        domains[one.domain].add(one.name.partition("_")[2])
    assert {f"{noun.capitalize()}" for noun in NOUNS} == set(domains)
    assert all(found == {domain.lower()} for domain, found in domains.items())


def test_the_same_apis_give_the_same_tree_whatever_the_threads_and_the_hash_seed() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/apis/speciation')\n"
        "from test_context_tree import pool\nfrom toolace.apis.speciation.context_tree import speciate\n"
        "print([(a.area, a.domain, a.functionality) for a in speciate(pool())])"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"))
    }
    assert len(results) == 1


def test_a_small_document_gives_a_handful_of_domains() -> None:
    document = [one for noun in NOUNS[:6] for one in resource("Shop", noun, functionality=noun.capitalize() + "s")]
    domains = {one.domain for one in speciate(document)}
    assert 2 <= len(domains) <= 6
    assert domains <= {noun.capitalize() + "s" for noun in NOUNS}


def test_a_domain_with_few_apis_joins_another() -> None:
    sizes = defaultdict(int)
    for one in speciate([*pool(), *resource("Museum", "fresco")[:3]]):
        sizes[one.domain] += 1
    assert min(sizes.values()) >= 5


def test_areas_take_the_category_of_most_documents() -> None:
    money = [one for s in range(6) for noun in NOUNS[:2] for one in resource(f"Bank {s}", noun, area="Finance")]
    music = [one for s in range(6) for noun in NOUNS[4:5] for one in resource(f"Radio {s}", noun, area="Media")]
    assert {one.area for one in speciate(money)} == {"Finance"}
    assert {one.area for one in speciate(music)} == {"Media"}


def test_a_tag_that_covers_a_whole_service_gives_way_to_the_names() -> None:
    placed = speciate([one for noun in NOUNS[:3] for one in resource("Shop", noun, functionality="projects")])
    assert {one.functionality for one in placed} == {"Invoice", "Refund", "Forecast"}


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("projects.locations.batch_get_user_keys_by_id", ["user", "keys"]),
        ("invoices.list", ["invoices"]),
        ("createDnsRecord", ["dns", "record"]),
        ("get", []),
    ],
)
def test_the_noun_of_a_name(name: str, noun: list[str]) -> None:
    assert nouns.of_name(name) == noun


@pytest.mark.parametrize(
    ("tag", "topic"),
    [
        ("InvoicesDelete", ["invoices"]),
        ("core_v1", []),
        ("customers/{id}/addresses", ["customers", "addresses"]),
        ("Api20100401Credential", ["credential"]),
        ("", []),
    ],
)
def test_the_topic_of_a_tag(tag: str, topic: list[str]) -> None:
    assert nouns.of_tag(tag) == topic


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("policies", "policy"), ("caches", "cache"), ("batches", "batch"), ("aliases", "alias"), ("status", "status")],
)
def test_plurals(plural: str, singular: str) -> None:
    assert nouns.stem(plural) == nouns.stem(singular) == singular


def test_capitals_are_learned_from_descriptions() -> None:
    told = [api("a", "Sets the DNS records on GitHub.", service=str(number)) for number in range(4)]
    capitals = nouns.casing(told)
    assert nouns.spoken(["git", "hub", "dns", "records"], capitals) == "GitHub DNS records"
    assert nouns.spoken(["private", "dns"], capitals, within=True) == "private DNS"


@pytest.mark.parametrize(
    ("title", "short"),
    [("Xero Accounting API (v2)", "Xero Accounting"), ("Datto|Autotask PSA", "Datto"), ("Trello", "Trello")],
)
def test_short_titles(title: str, short: str) -> None:
    assert nouns.short_title(title) == short
