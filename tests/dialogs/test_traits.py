from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.dialogs.traits import Traits, dissimilarity, traits
from toolace.formats.chat import messages_of, tools_as_json
from toolace.records import Call, Message, Tool

TOOLS = [
    Tool("find_hotel", "Find hotels in a city.", {"type": "object", "properties": {}}),
    Tool("send_mail", "Send a message to somebody.", {"type": "object", "properties": {}}),
]
WORDS = st.lists(st.sampled_from(["hotel", "hotels", "the", "city", "Mail", "to", "2"]), max_size=6).map(" ".join)


def row(*messages: Message) -> dict[str, Any]:
    return {"messages": messages_of(messages), "tools": tools_as_json(TOOLS)}


def test_calls_count_each_time_and_used_tools_once() -> None:
    calls = [Call("find_hotel", {"city": "Ulm"}), Call("find_hotel", {"city": "Bonn"})]
    read = traits(row(Message("user", "Which hotels are in Ulm and Bonn?"), Message("assistant", calls=calls)))
    assert (read.candidates, read.calls, read.used) == (2, 2, 1)
    both = traits(row(Message("user", "x"), Message("assistant", calls=[*calls, Call("send_mail", {})])))
    assert (both.calls, both.used) == (3, 2)


def test_words_in_brackets_are_no_calls() -> None:
    said = row(Message("user", "hello"), Message("assistant", "[None of them] fits."))
    assert traits(said) == Traits(2, 0, 0, None)


def test_a_query_near_the_description_is_less_dissimilar() -> None:
    described = [TOOLS[0].description]
    near, far = (dissimilarity(text, described) for text in ("Find me a hotel in this city", "Where can I sleep?"))
    assert near == pytest.approx(1 - 3 / 3) and far == 1


@given(WORDS, WORDS)
def test_dissimilarity_is_a_symmetric_share(one: str, other: str) -> None:
    value = dissimilarity(one, [other])
    assert 0 <= value <= 1
    assert value == dissimilarity(other, [one])
    assert dissimilarity(one, [one]) == (0 if {"hotel", "hotels", "city", "Mail"} & {*one.split()} else 1)
