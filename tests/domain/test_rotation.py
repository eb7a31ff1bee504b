"""Shifts: who has it when, over changes of the clock, overrides, and people who left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.calendar import zone
from bot.domain.duty.oncall import Specialist, groups_at, roster_at
from bot.domain.duty.rotation import Override, Rotation, Turn, disjoint, parse_local, shifts

ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
"""Lord Howe's clocks change by half an hour; Kolkata's never do."""


def rotation(**changes: Any) -> Rotation:
    held: dict[str, Any] = {
        "name": "primary",
        "members": ("ANA", "BEA", "CAR"),
        "starts": date(2026, 11, 16),
        "timezone": "Europe/Amsterdam",
    }
    return Rotation(**(held | changes))


MINUTES = 2 * 365 * 24 * 60
MOMENTS = st.integers(0, MINUTES).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
"""Any minute of two years."""


def local(text: str, where: str = "Europe/Amsterdam") -> datetime:
    return parse_local(text, where)


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    every = draw(st.sampled_from(["1d", "3d", "1w", "2w"]))
    wall = draw(st.sampled_from(["00:00", "02:30", "09:00", "23:59"]))
    day = draw(st.sampled_from(["mon ", "wed ", "sun "])) if every.endswith("w") else ""
    people = st.sampled_from(["ANA", "BEA", "CAR", "DAN"])
    overrides = [
        Override(
            person=draw(people), start=(start := draw(MOMENTS)), end=start + timedelta(hours=draw(st.integers(1, 900)))
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    return rotation(
        members=tuple(draw(st.lists(people, min_size=1, max_size=4))),
        starts=draw(st.dates(date(2026, 1, 1), date(2027, 6, 1))),
        every=every,
        handoff=day + wall,
        timezone=draw(st.sampled_from(ZONES)),
        overrides=tuple(overrides),
        gone=draw(st.frozensets(people, max_size=2)),
    )


@given(rotations(), MOMENTS, st.integers(1, 40))
def test_shifts_tile_the_time_and_say_what_an_instant_says(made: Rotation, since: datetime, days: int) -> None:
    until = since + timedelta(days=days)
    told = shifts(made, made.overrides, since, until)
    assert (told[0].start, told[-1].end) == (since, until)
    assert all(before.end == after.start for before, after in pairwise(told))
    for one in told:
        assert one.start < one.end
        assert one.person not in made.gone
        assert {made.at(one.start), made.at(one.end - timedelta(microseconds=1))} == {one.person}
    for handoff in made.handoffs(since, until):
        assert (made.at(handoff.at - timedelta(microseconds=1)), made.at(handoff.at)) == (handoff.goes, handoff.comes)
        assert handoff.goes != handoff.comes
    ahead = made.next_handoff(since)
    changes = made.handoffs(since, until)
    assert ahead is not None
    assert not changes or changes[0].at == ahead


@given(rotations(), st.integers(0, 60))
def test_turns_change_at_the_wall_time_whatever_the_clocks_do(made: Rotation, nth: int) -> None:
    begins = local(f"{made.starts}", made.timezone)
    told = list(made.by_the_calendar(begins, begins + timedelta(days=nth * 2 + 20)))
    wall = made.handoff.split()[-1]
    for one in told[1:]:
        shown = one.start.astimezone(zone(made.timezone))
        if f"{shown:%H:%M}" != wall:  # the hour does not exist on that day: it is just after the gap
            before = (one.start - timedelta(microseconds=1)).astimezone(zone(made.timezone))
            assert f"{before:%H:%M}" < wall < f"{shown:%H:%M}"
            assert shown.utcoffset() != before.utcoffset()


@pytest.mark.parametrize(
    ("every", "handoff", "at", "person"),
    [
        ("1d", "09:00", "2026-11-17 08:59", "ANA"),
        ("1d", "09:00", "2026-11-17 09:00", "BEA"),
        ("2w", "mon 09:00", "2026-11-30 08:59", "ANA"),
        ("2w", "mon 09:00", "2026-11-30 09:00", "BEA"),
        ("1w", "thu 18:30", "2026-11-19 18:29", "ANA"),
        ("1w", "thu 18:30", "2026-11-19 18:30", "BEA"),
        ("1d", "02:30", "2027-03-28 03:00", "ANA"),  # 02:30 does not exist: the gap ends at 03:00
        ("1d", "02:30", "2027-03-28 01:59", "CAR"),
    ],
)
def test_a_turn_lasts_as_long_as_is_written(every: str, handoff: str, at: str, person: str) -> None:
    assert rotation(every=every, handoff=handoff).at(local(at)) == person


def test_a_handoff_in_an_hour_that_comes_twice_is_at_its_first() -> None:
    made = rotation(every="1d", handoff="02:30", members=("ANA", "BEA"), starts=date(2027, 10, 30))
    handoff = made.next_handoff(local("2027-10-30 12:00"))
    assert handoff == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_rotation_has_its_own_zone() -> None:
    made = rotation(timezone="America/New_York")
    assert made.at(local("2026-11-23 14:59")) == "ANA"
    assert made.at(local("2026-11-23 15:00")) == "BEA"


def test_of_two_overrides_the_later_written_holds() -> None:
    made = rotation(
        overrides=(
            Override(person="DAN", start=local("2026-11-18"), end=local("2026-11-20")),
            Override(person="EVE", start=local("2026-11-19 09:00"), end=local("2026-11-19 17:00")),
        )
    )
    told = made.shifts(local("2026-11-17"), local("2026-11-24"))
    assert [one.person for one in told] == ["ANA", "DAN", "EVE", "DAN", "ANA", "BEA"]
    assert [one.why for one in told] == ["turn", *["override"] * 3, "turn", "turn"]
    assert [(one.goes, one.comes) for one in made.handoffs(local("2026-11-19"), local("2026-11-19 17:00"))] == [
        ("DAN", "EVE"),
        ("EVE", "DAN"),
    ]


def test_the_turn_of_whoever_left_is_passed_over_and_nobody_elses_moves() -> None:
    made = rotation(gone=frozenset({"BEA"}))
    told = made.shifts(local("2026-11-16"), local("2026-12-14 09:00"))
    assert [(one.person, one.why) for one in told] == [
        ("ANA", "turn"),
        ("CAR", "passed over"),
        ("CAR", "turn"),
        ("ANA", "turn"),
    ]
    assert rotation(gone=frozenset({"ANA", "BEA", "CAR"})).at(local("2026-11-18")) is None


def test_when_all_of_the_primary_left_the_secondary_is_asked_first() -> None:
    second = rotation(name="secondary", members=("DAN",))
    left = rotation(members=("ANA",), gone=frozenset({"ANA"}))
    roster = roster_at(local("2026-11-18"), {"primary": left, "secondary": second}, {})
    assert (roster.primary, roster.people("on-call")) == ("DAN", ("DAN",))
    early = roster_at(local("2026-11-01"), {"primary": rotation(), "secondary": second}, {"on-call": ("U0OLD",)})
    assert early.people("on-call") == ("U0OLD",)


def test_a_calendar_says_who_has_it_and_leaves_gaps_to_nobody() -> None:
    turns = disjoint(
        (
            Turn(person="BEA", start=local("2026-11-23"), end=local("2026-11-30")),
            Turn(person="ANA", start=local("2026-11-16"), end=local("2026-11-22")),
            Turn(person="CAR", start=local("2026-11-18"), end=local("2026-11-19")),
        )
    )
    made = Rotation(name="primary", turns=turns)
    told = made.shifts(local("2026-11-15"), local("2026-12-02"))
    assert [one.person for one in told] == [None, "ANA", "CAR", "ANA", None, "BEA", None]
    assert made.next_handoff(local("2026-12-01")) is None
    assert made.next_handoff(local("2026-11-20")) == local("2026-11-22")
    left = made.model_copy(update={"gone": frozenset({"CAR"})})
    assert left.at(local("2026-11-18 12:00")) == "ANA"
    assert made.everyone == ("ANA", "CAR", "BEA")


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=12))
def test_what_a_calendar_says_twice_is_said_once(spans: list[tuple[int, int]]) -> None:
    base = datetime(2026, 11, 16, tzinfo=UTC)
    turns = [
        Turn(person=f"P{nth}", start=base + timedelta(hours=start), end=base + timedelta(hours=start + length))
        for nth, (start, length) in enumerate(spans)
    ]
    told = disjoint(turns)
    assert all(before.end <= after.start for before, after in pairwise(told))
    for hour in range(90):
        at = base + timedelta(hours=hour)
        on = [turn for turn in turns if turn.start <= at < turn.end]
        found = [turn.person for turn in told if turn.start <= at < turn.end]
        assert bool(on) == bool(found)
        assert not on or found[0] in {turn.person for turn in on if turn.start == max(one.start for one in on)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"members": ()}, "needs at least one member"),
        ({"starts": None}, "needs the day on which its first member begins"),
        ({"every": "1x"}, "is not how long a turn lasts"),
        ({"every": "0d", "handoff": "09:00"}, "is not how long a turn lasts"),
        ({"every": "1d", "handoff": "mon 09:00"}, "the handoff is a time only"),
        ({"handoff": "09:00"}, "write a weekday and a time"),
        ({"timezone": "Europe/Amsterdm"}, "is not a time zone"),
        ({"turns": ()}, "members or a calendar, not both"),
    ],
)
def test_refuses_a_rotation_that_cannot_be(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        rotation(**changes)


def test_a_daily_rotation_needs_no_weekday() -> None:
    assert rotation(every="1d").handoff == "09:00"


def test_specialists_know_categories_and_things_by_pattern() -> None:
    knows = rotation(name="ingestion", covers=("Ingestion", "raw_*"))
    roster = roster_at(local("2026-11-18"), {"primary": rotation(), "ingestion": knows}, {"ingestion": ("OLD",)})
    assert roster.specialists == (Specialist(rotation="ingestion", person="ANA", covers=("Ingestion", "raw_*")),)
    one = roster.specialists[0]
    assert one.knows(["ingestion"], [])
    assert one.knows(["other"], ["RAW_orders"])
    assert not one.knows(["other"], ["orders"])
    assert roster.people("ingestion") == ("ANA",)
    assert "ANA" in roster.known()


def test_who_must_be_in_a_user_group() -> None:
    first = rotation(group="S0ONCALL")
    second = rotation(name="secondary", members=("DAN",), group="S0ONCALL")
    nobody = rotation(name="ingestion", covers=("x",), starts=date(2027, 1, 1), group="S0OTHER")
    found = groups_at(local("2026-11-18"), {"primary": first, "secondary": second, "ingestion": nobody})
    assert found == {"S0ONCALL": ("ANA", "DAN")}
