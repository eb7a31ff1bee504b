"""Times as people say them: by their own clock, on the right side of now, and nothing that only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.calendar import Calendar
from bot.inbound.times import Here, longest, moment

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HERE = Here(FRIDAY, "Europe/Amsterdam", Calendar(timezone="Europe/Amsterdam"))
"""Ten in the morning in Amsterdam, where a team works from nine to six."""


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("14:30", utc(20, 13, 30)),
        ("14.30", utc(20, 13, 30)),
        ("14h30", utc(20, 13, 30)),
        ("2pm", utc(20, 13)),
        ("2 pm", utc(20, 13)),
        ("09:00", utc(21, 8)),
        ("14:30 UTC", utc(20, 14, 30)),
        ("9am EST", utc(20, 14)),
        ("noon", utc(20, 11)),
        ("EOD", utc(20, 17)),
        ("end of day", utc(20, 17)),
        ("tomorrow cob", utc(21, 17)),
        ("tomorrow morning", utc(21, 8)),
        ("mon", utc(23, 17)),
        ("on Monday at 09:00", utc(23, 8)),
        ("monday, 14:00", utc(23, 13)),
        ("25 nov", utc(25, 17)),
        ("nov 25th 14:00", utc(25, 13)),
        ("2026-12-01", utc(1, 17, month=12)),
    ],
)
def test_what_is_to_come(said: str, meant: datetime) -> None:
    assert moment(said, HERE, alone="closes") == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("08:40", utc(20, 7, 40)),
        ("23:50", utc(19, 22, 50)),
        ("2pm", utc(19, 13)),
        ("yesterday 14:00", utc(19, 13)),
        ("mon 09:00", utc(16, 8)),
        ("now", utc(20, 9)),
    ],
)
def test_what_is_over(said: str, meant: datetime) -> None:
    assert moment(said, HERE, past=True) == meant


@pytest.mark.parametrize(
    "said",
    [
        *("", "2", "may", "a", "1430", "1/12", "12-01", "second", "week", "orders", "99:99", "25:00", "31 feb"),
        *("the 5th", "yesterday 14:00", "2020-01-01", "10 orders", "14:30 loader", "in", "at", "１２", "²", "\u200b"),
    ],
)
def test_what_is_no_time_to_come(said: str) -> None:
    assert moment(said, HERE, alone="closes") is None


def test_a_day_alone_begins_or_ends_with_the_teams_work_or_is_no_time() -> None:
    assert moment("mon", HERE, alone="opens") == utc(23, 8)
    assert moment("mon", HERE) is None
    assert moment("tomorrow 9:00", HERE, past=True) is None


def test_the_longest_phrase_counts_and_the_rest_is_left() -> None:
    assert longest("mon 09:00 because Ana is back", HERE) == (utc(23, 8), len("mon 09:00"))
    assert longest("14:30, then we see", HERE) == (utc(20, 13, 30), len("14:30"))
    assert longest("now or never", HERE) == (None, 0)


def test_an_hour_that_the_clock_skips_is_just_after() -> None:
    before = Here(datetime(2026, 3, 28, 20, 0, tzinfo=UTC), "Europe/Amsterdam", HERE.calendar)
    skipped = moment("tomorrow 02:30", before)
    assert skipped is not None
    assert skipped - datetime(2026, 3, 29, 1, 0, tzinfo=UTC) < timedelta(seconds=2)
