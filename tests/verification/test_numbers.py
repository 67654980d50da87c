import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.verification.numbers import numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5%", 0.05),
        ("five percent", 0.05),
        ("1,200 people", 1200),
        ("150k", 150_000),
        ("$1.2M", 1_200_000),
        ("1.5 million", 1_500_000),
        ("two million three hundred thousand", 2_300_000),
        ("two hundred and fifty", 250),
        ("twenty-five", 25),
        ("one and a half", 1.5),
        ("two and a half hours", 2.5),
        ("half an hour", 30),
        ("a quarter", 0.25),
        ("three quarters", 0.75),
        ("a dozen", 12),
        ("a week", 7),
        ("70kg", 70),
        ("90x15 cm", 15),
        ("p99", 99),
        ("minus five", -5),
        ("(4,-1)", -1),
        ("the third one", 3),
        ("the 5th", 5),
        ("3/4", 0.75),
        ("1e3", 1000),
        ("3,5,8", 5),
    ],
)
def test_what_a_text_may_mean(text: str, number: float) -> None:
    assert number in numbers(text)


@pytest.mark.parametrize(
    ("text", "number"), [("44", 4), ("1,200", 12), ("twenty-five", 45), ("tense", 10), ("1.25", 25)]
)
def test_what_a_text_does_not_mean(text: str, number: float) -> None:
    assert number not in numbers(text)


@given(st.integers(0, 10**12))
def test_grouped_digits_are_the_number(number: int) -> None:
    assert number in numbers(f"about {number:,} of them") & numbers(str(number))


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(number, float) for number in numbers(text))
