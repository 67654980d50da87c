from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace.llm.faults import LONGEST_WAIT, Attempts, Busy, Fault, Unanswered, Unfit, retry_after


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), (None, None), ("soon", None)])
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert 3500 < (retry_after(later) or 0) <= 3600
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@given(st.text(max_size=40))
def test_any_header_is_read(header: str) -> None:
    seconds = retry_after(header)
    assert seconds is None or seconds >= 0


def test_waits_grow_and_obey_the_endpoint() -> None:
    attempts = Attempts(100, 60)
    assert all(0 <= attempts.wait(Fault("HTTP 500")) <= LONGEST_WAIT for _ in range(50))
    assert 5 <= attempts.wait(Busy("HTTP 429", retry_after=5)) <= 5 + LONGEST_WAIT / 10
    assert attempts.wait(Unfit("the answer is no JSON")) == 0


def test_the_reason_of_the_last_attempt_is_told_and_the_detail_is_a_note() -> None:
    attempts = Attempts(2, 60)
    attempts.wait(Fault("timed out"))
    with pytest.raises(Unanswered) as caught:
        attempts.wait(Unfit("the answer is no JSON", "at byte 3"))
    assert str(caught.value) == "the answer is no JSON"
    assert caught.value.__notes__ == ["at byte 3"]


def test_being_put_off_is_no_attempt_but_has_an_end() -> None:
    attempts = Attempts(1, 60)
    for _ in range(10):
        attempts.wait(Busy("HTTP 429"))
    with pytest.raises(Unanswered, match="HTTP 429"):
        [Attempts.wait(impatient, Busy("HTTP 429")) for impatient in [Attempts(1, -1)]]
