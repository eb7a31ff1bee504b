from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.calendar import instant
from bot.domain.duty.covers import stood_in
from bot.domain.duty.oncall import Roster, Rotation, Specialist, parse_handoff, roster_at
from bot.domain.grounds import responsible
from bot.domain.incident import Cover
from bot.domain.promises.answering import level, specialists
from bot.domain.promises.ladder import next_level
from tests.builders import default_protocol, story

PRIMARY = Rotation(
    name="primary",
    members=("U0ANA", "U0BEA"),
    starts=date(2026, 10, 19),
    handoff="mon 09:00",
    timezone="Europe/Amsterdam",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "member"),
    [
        ("2026-10-18T23:59+02:00", None),
        ("2026-10-19T00:00+02:00", "U0ANA"),  # somebody is on call from the first minute of the day it starts
        ("2026-10-19T09:00+02:00", "U0ANA"),
        ("2026-10-26T08:59+01:00", "U0ANA"),  # the clocks went back in the night before: still 09:00 on the wall
        ("2026-10-26T09:00+01:00", "U0BEA"),
        ("2026-11-02T09:00+01:00", "U0ANA"),
        ("2027-03-29T08:59+02:00", "U0ANA"),  # and forward again
        ("2027-03-29T09:00+02:00", "U0BEA"),
    ],
)
def test_the_week_passes_from_one_to_the_next_at_the_wall_time(at: str, member: str | None) -> None:
    assert PRIMARY.at(utc(at)) == member


def test_a_rotation_that_starts_in_mid_week_has_a_short_first_turn() -> None:
    rotation = PRIMARY.model_copy(update={"starts": date(2026, 10, 21)})
    assert rotation.at(utc("2026-10-26T08:59+01:00")) == "U0ANA"
    assert rotation.at(utc("2026-10-26T09:00+01:00")) == "U0BEA"


@given(
    st.sampled_from(["mon 09:00", "sun 02:30", "Friday 24:00"]),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(0, 60),
)
def test_every_week_passes_it_on_by_one_at_the_wall_time_and_not_before(handoff: str, starts: date, week: int) -> None:
    rotation = Rotation(
        name="primary", members=("A", "B", "C"), starts=starts, handoff=handoff, timezone="Europe/Amsterdam"
    )
    day, wall = parse_handoff(handoff)
    assert day is not None
    first = starts + timedelta(days=1)
    first += timedelta(days=(day - first.weekday()) % 7)
    then = instant(first + timedelta(weeks=week), wall, "Europe/Amsterdam")
    before, after = rotation.members[week % 3], rotation.members[(week + 1) % 3]
    assert (rotation.at(then - timedelta(microseconds=1)), rotation.at(then)) == (before, after)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"members": []}, "needs at least one member"),
        ({"handoff": "monday"}, "is not a handoff"),
        ({"handoff": "someday 09:00"}, "is not a weekday"),
        ({"handoff": "mon 25:00"}, "is not a time of day"),
    ],
)
def test_refuses_a_rotation_that_cannot_be(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Rotation.model_validate({**PRIMARY.model_dump(), **fields})


def test_the_roster_puts_the_rotation_before_the_directory() -> None:
    directory = {"on-call": ("U0OLD",), "level-2": ("U0TEC", "U0ANA")}
    running = roster_at(utc("2026-10-20T12:00+02:00"), {"primary": PRIMARY}, directory)
    assert running.people("on-call") == running.people("primary") == ("U0ANA",)
    assert running.everyone(["on-call", "level-2", "nobody"]) == ("U0ANA", "U0TEC")
    assert running.is_on_call("U0ANA")
    assert not running.is_on_call("U0OLD")


def test_without_a_rotation_the_directory_says_who_is_on_call() -> None:
    roster = Roster(directory={"on-call": ("U0OLD",)})
    assert roster.people("on-call") == ("U0OLD",)
    assert roster.is_on_call("U0OLD")
    assert roster.people("secondary") == ()


def test_specialists_for_what_it_is_about_stand_before_the_second_level() -> None:
    knows = Specialist(rotation="loading", person="U0SPC", covers=("performance", "raw_*"))
    roster = Roster(primary="U0ANA", directory={"level-2": ("U0TEC", "U0SPC")}, specialists=(knows,))
    plain = story().incident
    raw = plain.model_copy(update={"affected": "orders_mart, raw_orders"})
    slow = plain.model_copy(update={"categories": ("data-quality", "performance")})
    protocol = default_protocol()
    rung = protocol.level(2)
    assert rung is not None
    assert level(2, plain, protocol, roster) == roster.everyone(rung.names)
    for incident in (raw, slow):
        assert specialists(incident, roster) == ("U0SPC",)
        assert level(2, incident, protocol, roster)[0] == "U0SPC"
        assert level(3, incident, protocol, roster) == level(3, plain, protocol, roster)
        found = next_level(incident, protocol, roster)
        assert found is not None
        assert found[1][0] == "U0SPC"
        assert "U0SPC" in responsible(incident, protocol, roster)


def test_whoever_covers_for_a_specialist_is_called_in_their_place() -> None:
    knows = Specialist(rotation="loading", person="U0SPC", covers=("raw_*",))
    incident = story().incident
    cover = Cover(
        at=incident.declared_at, until=incident.recorded_at + timedelta(days=1), person="U0SPC", stand_in="U0X"
    )
    incident = incident.model_copy(update={"affected": "raw_orders", "covers": (cover,)})
    seen, roster = stood_in(incident, Roster(specialists=(knows,)), incident.recorded_at)
    assert specialists(seen, roster) == ("U0X",)
