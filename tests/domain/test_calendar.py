from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.calendar import Calendar, instant

AMSTERDAM = Calendar(timezone="Europe/Amsterdam", opens=time(9), closes=time(18))
ZONES = ["UTC", "Europe/Amsterdam", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]
INSTANTS = st.datetimes(datetime(1985, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens, closes = sorted(draw(st.lists(WALLS, min_size=2, max_size=2, unique=True)))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    return Calendar(timezone=draw(st.sampled_from(ZONES)), days=tuple(days), opens=opens, closes=closes)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-20T08:59+01:00", "2026-11-20T09:00+01:00"),  # Friday, a minute early
        ("2026-11-20T09:00+01:00", "2026-11-20T09:00+01:00"),
        ("2026-11-20T17:59+01:00", "2026-11-20T17:59+01:00"),
        ("2026-11-20T18:00+01:00", "2026-11-23T09:00+01:00"),  # closing time is outside: over the weekend
        ("2026-11-22T23:59+01:00", "2026-11-23T09:00+01:00"),
        ("2026-03-27T18:00+01:00", "2026-03-30T09:00+02:00"),  # over the night the clocks go forward
        ("2026-10-23T18:00+02:00", "2026-10-26T09:00+01:00"),  # and the night they go back
    ],
)
def test_next_opening(at: str, opening: str) -> None:
    assert AMSTERDAM.next_opening(utc(at)) == utc(opening)


def test_the_day_before_and_the_day_after_skip_the_weekend() -> None:
    friday, monday = utc("2026-11-20T12:00+01:00"), utc("2026-11-23T09:30+01:00")
    assert AMSTERDAM.next_working_day(friday, time(16)) == utc("2026-11-23T16:00+01:00")
    assert AMSTERDAM.morning_before(monday) == utc("2026-11-20T09:00+01:00")


def test_the_day_after_counts_from_the_local_date() -> None:
    late_on_thursday_utc_is_friday_there = utc("2026-11-19T23:30+00:00")
    assert AMSTERDAM.next_working_day(late_on_thursday_utc_is_friday_there, time(16)) == utc("2026-11-23T16:00+01:00")


def test_a_wall_time_that_does_not_exist_is_just_after_the_gap() -> None:
    assert instant(date(2026, 3, 29), time(2, 30), "Europe/Amsterdam") == utc("2026-03-29T03:00+02:00")
    assert instant(date(2026, 3, 29), time(3), "Europe/Amsterdam") == utc("2026-03-29T03:00+02:00")
    # A half-hour gap, and a whole day that Samoa left out.
    assert instant(date(2026, 10, 4), time(2, 10), "Australia/Lord_Howe") == utc("2026-10-04T02:30+11:00")
    assert instant(date(2011, 12, 30), time(12), "Pacific/Apia") == utc("2011-12-31T00:00+14:00")


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), "Europe/Amsterdam") == utc("2026-10-25T02:30+02:00")


def test_hours_that_fall_into_a_gap_do_not_open() -> None:
    night_owls = Calendar(timezone="Europe/Amsterdam", days=(6,), opens=time(2, 10), closes=time(2, 50))
    assert night_owls.next_opening(utc("2026-03-29T00:00+01:00")) == utc("2026-04-05T02:10+02:00")


def test_midnight_closes_the_day() -> None:
    around_the_clock = Calendar.model_validate({"days": "mon-sun", "opens": "00:00", "closes": "24:00"})
    at = utc("2026-11-22T23:59:59.5+00:00")
    assert around_the_clock.next_opening(at) == at


@given(calendars(), INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, at: datetime) -> None:
    opening = calendar.next_opening(at)
    assert opening >= at
    assert calendar.next_opening(opening) == opening
    if opening > at:
        assert calendar.next_opening(opening - timedelta(microseconds=1)) == opening
        assert calendar.next_opening(at + (opening - at) / 2) == opening


@given(calendars(), INSTANTS, WALLS)
def test_working_days_lie_strictly_on_either_side(calendar: Calendar, at: datetime, wall: time) -> None:
    today = calendar.local(at).date()
    after, before = (
        calendar.local(each) for each in (calendar.next_working_day(at, wall), calendar.morning_before(at))
    )
    assert after.date() > today > before.date()
    assert {after.weekday(), before.weekday()} <= set(calendar.days)


@given(st.sampled_from(ZONES), st.dates(date(1985, 1, 1), date(2040, 1, 1)), st.tuples(WALLS, WALLS))
def test_later_on_the_wall_is_never_earlier_in_time(zone: str, day: date, walls: tuple[time, time]) -> None:
    first, second = (instant(day, wall, zone) for wall in sorted(walls))
    assert first <= second


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sun-thu", (0, 1, 2, 3, 6)),
        ("Monday, wed", (0, 2)),
        (["mon", "thu-fri"], (0, 3, 4)),
    ],
)
def test_days_as_people_write_them(written: object, days: tuple[int, ...]) -> None:
    assert Calendar.model_validate({"days": written}).days == days


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"timezone": "Europe/Amsterdm"}, '"Europe/Amsterdm" is not a time zone'),
        ({"timezone": "../etc/passwd"}, "is not a time zone"),
        ({"days": "mon-fry"}, '"fry" is not a weekday'),
        ({"days": []}, "working days are written like mon-fri"),
        ({"opens": "9 o'clock"}, "is not a time of day"),
        ({"opens": "24:30"}, "is not a time of day"),
        ({"opens": "18:00", "closes": "09:00"}, "must end after they begin"),
    ],
)
def test_refuses_hours_that_cannot_be(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Calendar.model_validate(fields)


def test_refuses_an_instant_without_a_zone() -> None:
    with pytest.raises(ValueError, match="needs its time zone"):
        AMSTERDAM.next_opening(datetime(2026, 11, 20, 12))  # noqa: DTZ001
