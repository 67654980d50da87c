from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.verification.dates import days, first_day, months, times

TODAY = date(2024, 3, 8)  # a Friday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", date(2024, 5, 1)),
        ("May 1, 2024", date(2024, 5, 1)),
        ("the 1st of May 2024", date(2024, 5, 1)),
        ("Sept. 5th, 2023", date(2023, 9, 5)),
        ("June01 2023", date(2023, 6, 1)),
        ("5/13/2024", date(2024, 5, 13)),
        ("13.5.2024", date(2024, 5, 13)),
        ("on May 1", date(2024, 5, 1)),
        ("today", TODAY),
        ("the day after tomorrow", date(2024, 3, 10)),
        ("yesterday", date(2024, 3, 7)),
        ("in three days", date(2024, 3, 11)),
        ("two weeks ago", date(2024, 2, 23)),
        ("a week from today", date(2024, 3, 15)),
        ("in two months", date(2024, 5, 8)),
        ("next Monday", date(2024, 3, 11)),
        ("last Monday", date(2024, 3, 4)),
        ("Wednesday next week", date(2024, 3, 13)),
        ("Wednesday last week", date(2024, 2, 28)),
        ("the 15th", date(2024, 3, 15)),
        ("this weekend", date(2024, 3, 9)),
        ("by the end of the month", date(2024, 3, 31)),
        ("next year", date(2025, 1, 1)),
    ],
)
def test_the_day_that_a_text_may_name(text: str, day: date) -> None:
    assert day in days(text, TODAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("May 1", date(2024, 5, 2)),
        ("tomorrow", date(2024, 3, 10)),
        ("next Monday", date(2024, 3, 12)),
        ("Friday, 8 March 2024", date(2024, 3, 15)),
        ("May 1, 2024", date(2023, 5, 1)),
        ("February 30, 2024", date(2024, 3, 1)),
    ],
)
def test_days_that_a_text_does_not_name(text: str, day: date) -> None:
    assert day not in days(text, TODAY)


def test_relative_days_need_a_reference() -> None:
    assert not days("tomorrow", None)
    assert date(2031, 5, 1) in days("May 1", None)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(-400, 400))
def test_a_day_that_is_written_out_is_read_back(day: date, away: int) -> None:
    today = day + timedelta(days=away)
    for text in (day.isoformat(), f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}"):
        assert days(f"It was on {text}.", today) == {day}
        assert first_day(f"Today is {text}.") == day


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("14:05", (14, 5)),
        ("2 pm", (14, 0)),
        ("7:30 p.m.", (19, 30)),
        ("12 am", (0, 0)),
        ("12:15 pm", (12, 15)),
        ("at 5", (17, 0)),
        ("noon", (12, 0)),
        ("half past two in the afternoon", (14, 30)),
        ("quarter to three", (2, 45)),
        ("ten to four", (15, 50)),
        ("two o'clock", (2, 0)),
        ("2024-05-01T10:15:00Z", (10, 15)),
    ],
)
def test_the_time_that_a_text_may_name(text: str, time: tuple[int, int]) -> None:
    assert time in times(text)


def test_what_is_no_time() -> None:
    assert not times("3 apples for 25 people in 2024")
    assert (14, 0) not in times("2 am")


def test_months() -> None:
    assert months("March 2024 or 2023-05", None) == {(2024, 3), (2023, 5)}
    assert (2024, 5) in months("in May", TODAY)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(days(text, TODAY) | months(text, TODAY) | times(text), frozenset | set)
