from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolace.config import EndpointConfig
from toolace.llm.answers import bare, read, request, schema_of
from toolace.llm.faults import Unfit

USER = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


class Place(msgspec.Struct):
    city: str
    default: int = 3


class Trip(msgspec.Struct):
    stops: list[Place]
    back: Place | None = None
    via: list[Trip] = []


class Free(msgspec.Struct):
    arguments: dict[str, Any]


def sent(reply: Any, schema: dict[str, Any] | None = None, **config: Any) -> Any:
    return json.loads(request(EndpointConfig(**config), "m", USER, reply, schema, None))


def test_a_strict_schema_is_closed_and_requires_everything() -> None:
    assert schema_of(Place) == {
        "title": "Place",
        "type": "object",
        "properties": {"city": {"type": "string"}, "default": {"type": "integer"}},
        "required": ["city", "default"],
        "additionalProperties": False,
    }


def test_every_reference_of_a_schema_is_defined() -> None:
    schema = schema_of(Trip)
    assert schema["type"] == "object"
    assert set(schema["$defs"]) == {"Place", "Trip"}
    assert schema["$defs"]["Place"]["additionalProperties"] is False


def test_a_request_asks_for_the_schema_of_the_struct() -> None:
    body = sent(Place)
    assert body["messages"] == USER
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Place", "strict": True, "schema": schema_of(Place)},
    }


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {"a": {}}}])
def test_strict_is_not_asked_where_the_schema_is_open(schema: dict[str, Any]) -> None:
    assert sent(Free)["response_format"]["json_schema"]["strict"] is False
    assert sent(Place, schema)["response_format"]["json_schema"] == {
        "name": "answer",
        "strict": False,
        "schema": schema,
    }


def test_without_structured_output_the_last_user_message_tells_the_schema() -> None:
    body = sent(Place, structured=False)
    assert "response_format" not in body
    assert body["messages"][0] == USER[0]
    said = body["messages"][1]["content"]
    assert said.startswith("Where?\n")
    assert json.loads(said.splitlines()[-1]) == schema_of(Place)
    assert USER[1]["content"] == "Where?"


def test_plain_text_is_asked_for_and_given_as_it_is() -> None:
    assert "response_format" not in sent(str)
    assert sent(str, structured=False)["messages"] == USER
    assert read(" ```json {}", str, None) == " ```json {}"


AROUND = [
    " {} ",
    "```json\n{}\n```",
    "Sure:\n```\n{}```\nBye",
    "<think>{ ``` </think>\n{}",
    "Hm ``` {</think>```json\n{}\n```",
]


@given(texts, st.sampled_from(AROUND))
@example("</think> ```", AROUND[0])
@example("</think>", AROUND[3])
def test_json_is_found_in_fences_and_after_thoughts(city: str, around: str) -> None:
    text = around.replace("{}", msgspec.json.encode(Place(city)).decode(), 1)
    assert read(text, Place, None) == Place(city)


@given(texts)
def test_text_that_is_no_json_is_unfit_and_nothing_else(text: str) -> None:
    with pytest.raises(Unfit):
        read(text, Place, None)
    bare(text)


@pytest.mark.parametrize("text", ["", '{"city": 3}', '{"default": 1}', "[" * 100_000, '{"city": "Rome"', "null"])
def test_answers_that_do_not_fit_are_unfit(text: str) -> None:
    with pytest.raises(Unfit):
        read(text, Place, None)


def test_an_answer_must_also_fit_the_narrower_schema() -> None:
    schema = {"type": "object", "properties": {"city": {"enum": ["Rome"]}}}
    assert read('{"city": "Rome"}', Place, schema) == Place("Rome")
    with pytest.raises(Unfit):
        read('{"city": "Oslo"}', Place, schema)


@pytest.mark.parametrize("schema", [{"$ref": "http://127.0.0.1:9/x"}, {"type": "foo"}])
def test_a_schema_that_is_wrong_or_elsewhere_fits_nothing(schema: dict[str, Any]) -> None:
    with pytest.raises(Unfit):
        read('{"city": "Rome"}', Place, schema)
