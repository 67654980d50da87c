"""What can go wrong with a request, and how long it is tried again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
"""Seconds: the bounds of the exponential back-off."""


class Unanswered(Exception):  # noqa: N818 - it is no error of the program
    """No attempt gave an answer that fits; the sample is to be rejected with this reason, the run goes on.

    The reason is one of few, to be counted; a note (`__notes__`) may say more.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason)
        if detail:
            self.add_note(detail)


class Fault(Exception):  # noqa: N818 - nor is this
    """An attempt failed in the endpoint or on the way; the next one comes after a while."""

    def __init__(self, reason: str, detail: str = "", retry_after: float | None = None):
        super().__init__(reason)
        self.reason, self.detail, self.retry_after = reason, detail, retry_after


class Busy(Fault):
    """The endpoint is down, starting or overloaded: it did not try, so this does not count as an attempt."""


class Unfit(Fault):
    """The answer came but does not fit: the next attempt comes at once."""


class Attempts:
    """The attempts of one question: at most `most` that count, and `patience` seconds of being put off."""

    def __init__(self, most: int, patience: float):
        self._left, self._patience = most, patience
        self._tries = 0
        self._waited = 0.0

    def wait(self, fault: Fault) -> float:
        """Give the seconds until the next attempt: by Retry-After, else exponential with full jitter.

        Raises:
            Unanswered: there is no next one.
        """
        self._left -= not isinstance(fault, Busy)
        if self._left <= 0 or (isinstance(fault, Busy) and self._waited > self._patience):
            raise Unanswered(fault.reason, fault.detail) from None
        if isinstance(fault, Unfit):
            return 0.0
        self._tries += 1
        jittered = random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._tries, 10)))
        wait = jittered if fault.retry_after is None else fault.retry_after + jittered / 10
        self._waited += wait
        return wait


def retry_after(header: str | None) -> float | None:
    """Read a Retry-After header: seconds, or a date of HTTP; `None` where it says neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds == seconds else None
