import asyncio
from typing import Any

import jsonschema_rs
import msgspec

from toolace.apis.speciation import context_tree
from toolace.apis.speciation.llm_speciation import GROUPS, Children, Functionality, Reading, speciate
from toolace.llm.client import Unanswered
from toolace.llm.prompts import prompt
from toolace.records import Api


def api(name: str, service: str, tag: str = "", area: str = "", domain: str = "") -> Api:
    said = f"Do {name.replace('_', ' ')} for everybody."
    return Api(name, said, {"type": "object", "properties": {}}, None, area, domain, tag, "openapi", service, service)


MAIL = [api("list_drafts", "Acme Mail", "Drafts"), api("send_draft", "Acme Mail", "Drafts")]
LABELS = [api("list_labels", "Acme Mail", "Labels")]
POST = [api("list_parcels", "Speedy Post", "Parcels")]
TIDES = [api("tide_table", "Harbour", area="Sea", domain="Tides")]
POOL = [*MAIL, *LABELS, *POST, *TIDES]
READINGS = {
    "Acme Mail": Reading(
        "Communication",
        "emails",
        [Functionality("drafts", ["List drafts", "Schedule a draft"]), Functionality("Labels", ["Merge colours", ""])],
    ),
    "Speedy Post": Reading("Communication", "Email API", [Functionality("parcels", ["Insure a parcel"])]),
    "Harbour": Reading("Weather", "Waves", [Functionality("tide tables", ["Predict a flood"])]),
}


class Fake:
    """A model that knows some services; `fits` remembers whether its answers fit the schema that was sent."""

    def __init__(self, readings: dict[str, Reading]) -> None:
        self.readings = readings
        self.prompts: list[str] = []

    async def ask(self, role: str, messages: Any, reply: Any, *, schema: Any = None, **_: Any) -> Any:
        text = messages[1]["content"]
        self.prompts.append(text)
        reading = self.readings.get(text.splitlines()[0].removeprefix("Service: "))
        if reading is None:
            raise Unanswered("the answer is no JSON")
        if reading is READINGS.get("Acme Mail"):
            jsonschema_rs.validate(schema, msgspec.to_builtins(reading))
            assert not jsonschema_rs.is_valid(schema, msgspec.to_builtins(reading) | {"area": "Mars"})
            assert not jsonschema_rs.is_valid(schema, msgspec.to_builtins(reading) | {"functionalities": []})
        return reading


def place(apis: list[Api], readings: dict[str, Reading]) -> tuple[list[tuple[str, str, str]], Children, list[str]]:
    llm = Fake(readings)
    placed, children = asyncio.run(speciate(apis, llm))
    assert [one.name for one in placed] == [one.name for one in apis]
    return [(one.area, one.domain, one.functionality) for one in placed], children, llm.prompts


def test_the_model_places_services_and_names_are_shared() -> None:
    placed, _, prompts = place(POOL, READINGS)
    assert placed[:4] == [("Communication", "Emails", name) for name in ("Drafts", "Drafts", "Labels", "Parcels")]
    assert len(prompts) == 3


def test_a_given_domain_stays_with_its_area() -> None:
    placed, children, _ = place(POOL, READINGS)
    assert placed[4] == ("Sea", "Tides", "Tide tables")
    assert children["Tides", "Tide tables"] == ["Predict a flood"]


def test_children_say_what_no_operation_does() -> None:
    _, children, _ = place(POOL, READINGS)
    assert children["Emails", "Drafts"] == ["Schedule a draft"] and children["Emails", "Labels"] == ["Merge colours"]


def test_a_service_without_an_answer_keeps_the_names_of_clustering() -> None:
    placed, children, _ = place(POOL, {})
    scripted = context_tree.speciate(POOL)
    assert [(domain, name) for _, domain, name in placed] == [(one.domain, one.functionality) for one in scripted]
    assert children == {}


def test_what_the_model_does_not_see_joins_the_domain() -> None:
    many = [
        api(f"list_{word}", "Acme Mail", word)
        for word in ["Drafts", "Labels", "Filters", "Rules", "Threads", "Users", "Keys"]
    ]
    reading = Reading("Communication", "Email", [Functionality(f"Part {n}", []) for n in range(GROUPS)])
    placed, _, prompts = place(many, {"Acme Mail": reading})
    assert {domain for _, domain, _ in placed} == {"Email"}
    assert placed[-1][2] == "Keys" and placed[0][2] == "Part 0"
    assert "Threads" in prompts[0] and "Keys" not in prompts[0]


def test_a_domain_has_one_area() -> None:
    readings = {
        "Acme Mail": READINGS["Acme Mail"],
        "Speedy Post": Reading("Travel", "Email", [Functionality("Parcels", [])]),
    }
    assert {area for area, domain, _ in place([*MAIL, *LABELS, *POST], readings)[0] if domain == "Emails"} == {
        "Communication"
    }


def test_the_example_of_the_prompt_is_a_reading() -> None:
    system = prompt("speciation", service="", groups={}, areas=["Communication", "Travel"])[0]["content"]
    shown = next(line for line in system.splitlines() if line.startswith("Answer: "))
    reading = msgspec.json.decode(shown.removeprefix("Answer: "), type=Reading)
    assert reading.area == "Communication" and len(reading.functionalities) == 2
