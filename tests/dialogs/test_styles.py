import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.dialogs.language import Voice, load
from toolace.dialogs.rephrasing import rephrase
from toolace.dialogs.styles import restyle
from toolace.errors import ToolaceError
from toolace.records import Said

TEXT = "Please book the cheapest table at Casa Verde for seventeen people."
SAID = [Said("0.place", "Casa Verde", "Casa Verde"), Said("0.guests", 17, "seventeen")]


@given(st.integers(0, 2**32))
def test_values_stand_in_every_style(seed: int) -> None:
    text = restyle(TEXT, Random(seed), SAID)
    assert all(one.text in text for one in SAID)


def test_there_are_many_styles_and_typos_only_where_the_values_are_known() -> None:
    assert len({restyle(TEXT, Random(seed), SAID) for seed in range(300)}) > 90
    words = set(re.findall(r"\w+", TEXT.lower()))
    kept = [words <= set(re.findall(r"\w+", restyle(TEXT, Random(seed)).lower())) for seed in range(300)]
    assert all(kept)
    assert not all(words <= set(re.findall(r"\w+", restyle(TEXT, Random(s), SAID).lower())) for s in range(300))


@given(st.integers(0, 2**32))
def test_another_phrasing_keeps_every_slot(seed: int) -> None:
    template = "Show me flats under ${price} with {area} square meters and {rooms} rooms."
    assert re.findall(r"\{\w+\}", rephrase(template, Voice(Random(seed), load("en")))) == [
        "{price}",
        "{area}",
        "{rooms}",
    ]


def test_units_are_written_in_several_ways() -> None:
    said = {rephrase("How heavy is {mass} kg?", Voice(Random(seed), load("en"))) for seed in range(60)}
    assert said == {f"How heavy is {{mass}}{unit}?" for unit in (" kg", "kg", " kilograms", " kilos")}


def test_an_unknown_language_is_one_error() -> None:
    with pytest.raises(ToolaceError, match="language 'tlh': unknown; known: en"):
        load("tlh")
