"""What happens at an hour: once, by the wall, whatever the clocks do, and however often somebody looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar
from bot.domain.duty import agenda as on
from bot.domain.duty.agenda import agenda, coming
from bot.domain.duty.oncall import Override, Rotation
from bot.domain.protocol import Protocol
from bot.domain.protocol.around import Duty, Review, Standup
from tests.builders import default_protocol

ANA, BEA, CAR = "U0ANA", "U0BEA", "U0CAR"
ZONES = ("Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "UTC")
AMSTERDAM = Calendar(timezone="Europe/Amsterdam")
HOUR = timedelta(hours=1)


def protocol(calendar: Calendar = AMSTERDAM, **more: Any) -> Protocol:
    given = {"duty": Duty(review=True, published="month"), "review": Review(every="quarter"), **more}
    return default_protocol().model_copy(update={"calendar": calendar, **given})


def rotation(name: str = "primary", zone: str = "Europe/Amsterdam", **more: Any) -> Rotation:
    given = {"members": (ANA, BEA), "starts": date(2026, 1, 5), "timezone": zone, **more}
    return Rotation(name=name, **given)


def wall(text: str, zone: str = "Europe/Amsterdam") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def told(
    since: str, until: str, *protocols: Protocol, rotations: tuple[Rotation, ...] = (), calendar: Calendar = AMSTERDAM
) -> list[tuple[str, str]]:
    """(what, local time) of everything that happens."""
    named = {one.name: one for one in rotations}
    found = agenda(protocols or (protocol(),), named, calendar, wall(since), wall(until))
    return [(type(one).__name__, f"{calendar.local(one.at):%Y-%m-%d %H:%M}") for one in found]


def test_a_week_in_order() -> None:
    assert told("2026-11-20T12:00", "2026-11-24T12:00", rotations=(rotation(starts=date(2026, 11, 16)),)) == [
        ("Handover", "2026-11-23 08:30"),
        ("Passing", "2026-11-23 09:00"),
        ("Standup", "2026-11-23 09:30"),
        ("HowItWas", "2026-11-23 10:00"),
        ("Standup", "2026-11-24 09:30"),
    ]


def test_the_month_is_published_on_its_last_working_day_and_the_review_comes_on_the_first() -> None:
    found = told("2026-12-30T00:00", "2027-01-12T00:00", rotations=(rotation(members=(ANA,)),))
    assert ("Month", "2026-12-31 09:00") in found
    assert ("Review", "2027-01-01 09:00") in found
    assert ("Review", "2027-01-08 09:00") in found, "asked again after a week"
    weekend = told("2026-10-28T00:00", "2026-11-02T00:00", rotations=(rotation(members=(ANA,)),))
    assert ("Month", "2026-10-30 09:00") in weekend, "the 31st is a Saturday"
    assert [what for what, _ in weekend if what == "Review"] == []


def test_where_the_protocol_asks_for_nothing_nothing_happens() -> None:
    loud = tuple(one.model_copy(update={"announce": "channel"}) for one in default_protocol().severities)
    silent = protocol(duty=Duty(handover=None), review=Review(), severities=loud)
    assert told("2026-11-01T00:00", "2026-12-31T00:00", silent) == []
    kinds = {what for what, _ in told("2026-11-01T00:00", "2026-12-31T00:00", silent, rotations=(rotation(),))}
    assert kinds == {"Passing"}, "who is on call changes all the same"


@pytest.mark.parametrize(
    ("at", "day", "utc"),
    [
        ("02:30", "2026-03-29", "2026-03-29T01:00"),  # there is no 02:30: just after the gap
        ("02:30", "2026-10-25", "2026-10-25T00:30"),  # 02:30 comes twice: the first
        ("09:30", "2026-03-29", "2026-03-29T07:30"),
    ],
)
def test_a_wall_time_that_does_not_exist_or_exists_twice(at: str, day: str, utc: str) -> None:
    meets = protocol(standup=Standup(at=at, days="sun"))  # type: ignore[arg-type]  # as a file says it
    found = agenda([meets], {}, AMSTERDAM, wall(f"{day}T00:00"), wall(f"{day}T23:00"))
    assert [one.at.isoformat() for one in found if isinstance(one, on.Standup)] == [f"{utc}:00+00:00"]


def test_who_covers_for_some_hours_is_asked_nothing_and_hands_nothing_over() -> None:
    start = wall("2026-11-25T14:00")
    covered = rotation(overrides=(Override(person=CAR, start=start, end=start + timedelta(hours=2), why="cover"),))
    found = agenda(
        [protocol()], {"primary": covered}, AMSTERDAM, start - timedelta(hours=3), start + timedelta(hours=3)
    )
    assert [(type(one).__name__, one.quiet) for one in found if isinstance(one, on.Passing)] == [("Passing", True)] * 2
    assert not [one for one in found if isinstance(one, on.Handover | on.HowItWas)]


@pytest.mark.parametrize(
    ("covers", "told", "asked"),
    [
        # Bea covers the end of Ana's week: Car has heard nothing of it
        ([(BEA, -2, 0)], [(0, CAR, (ANA, BEA))], [ANA]),
        # and the beginning of Car's
        ([(BEA, -2, 0), (BEA, 0, 2)], [(2, CAR, (ANA, BEA))], [ANA]),
        # Ana stays longer
        ([(ANA, 0, 2)], [(2, CAR, (ANA,))], [ANA]),
        # Car comes earlier, and stays
        ([(CAR, -2, 0)], [(-2, CAR, (ANA,))], [ANA]),
        # one covers after the other, and Ana comes back
        ([(BEA, -5, -4), (CAR, -4, -3)], [(0, CAR, (ANA,))], [ANA]),
        # Ana comes back while somebody covers for her, and Tec covers the end
        ([(BEA, -5, -3), (ANA, -4, -3), ("U0TEC", -1, 0)], [(0, CAR, (ANA, "U0TEC"))], [ANA]),
    ],
)
def test_a_turn_that_ends_while_somebody_covers_is_handed_over(
    covers: list[tuple[str, int, int]], told: list[tuple[int, str, tuple[str, ...]]], asked: list[str]
) -> None:
    at = wall("2026-11-23T09:00")
    hours = [Override(person=who, start=at + b * HOUR, end=at + e * HOUR, why="cover") for who, b, e in covers]
    covered = rotation(members=(ANA, CAR), starts=date(2026, 11, 16), overrides=tuple(hours))
    found = agenda([protocol()], {"primary": covered}, AMSTERDAM, at - 9 * HOUR, at + 4 * HOUR)
    loud = [one.handoff for one in found if isinstance(one, on.Passing) and not one.quiet]
    assert [((one.at - at) // HOUR, one.comes, on.leavers(covered, one)) for one in loud] == told
    assert [one.handoff for one in found if isinstance(one, on.Handover)] == loud
    assert [one.handoff.goes for one in found if isinstance(one, on.HowItWas)] == asked


def test_a_day_that_was_swapped_is_handed_over_like_any_other() -> None:
    start = wall("2026-11-25T09:00")
    swapped = rotation(overrides=(Override(person=CAR, start=start, end=start + timedelta(days=1), why="swap"),))
    found = agenda([protocol()], {"primary": swapped}, AMSTERDAM, start - timedelta(hours=3), start + timedelta(days=1))
    assert [one.handoff.comes for one in found if isinstance(one, on.Handover)] == [
        CAR,
        swapped.at(start - timedelta(days=1)),
    ]


def test_a_backup_hands_nothing_over() -> None:
    found = agenda(
        [protocol()],
        {"secondary": rotation("secondary")},
        AMSTERDAM,
        wall("2026-11-01T00:00"),
        wall("2026-11-30T00:00"),
    )
    assert {type(one).__name__ for one in found} & {"Handover", "HowItWas", "Passing"} == {"Passing"}


def test_what_is_late_is_of_use_for_so_long() -> None:
    """The digest until the team goes home, the handover until the handoff, the question how it was for three days."""
    found = agenda(
        [protocol()],
        {"primary": rotation(starts=date(2026, 11, 16))},
        AMSTERDAM,
        wall("2026-11-23T00:00"),
        wall("2026-11-23T12:00"),
    )
    until = {type(one).__name__: f"{AMSTERDAM.local(one.until):%d %H:%M}" for one in found}
    assert until["Standup"] == "23 18:00"
    assert until["Handover"] == "23 09:00"
    assert until["HowItWas"] == "26 10:00"


INSTANTS = st.integers(0, 480 * 86_400).map(lambda seconds: wall("2026-02-01T00:00") + timedelta(seconds=seconds))
SPANS = st.lists(st.timedeltas(timedelta(seconds=1), timedelta(days=9)), min_size=1, max_size=6)


@given(st.sampled_from(ZONES), INSTANTS, SPANS)
@settings(max_examples=40)
def test_however_often_somebody_looks_everything_is_seen_once(
    zone: str, since: datetime, spans: list[timedelta]
) -> None:
    calendar = Calendar(timezone=zone)
    rotations = {one.name: one for one in (rotation(zone=zone), rotation("secondary", zone, members=(CAR, ANA)))}
    known, seen, at = [protocol(calendar)], [], since
    for span in spans:
        seen += [(one.key, one.at) for one in agenda(known, rotations, calendar, at, at + span)]
        at += span
    whole = [(one.key, one.at) for one in agenda(known, rotations, calendar, since, at)]
    assert seen == whole
    assert len(set(whole)) == len(whole), "a key and an hour name one thing"
    following = coming(known, rotations, calendar, since)
    assert whole[:1] in ([], [(whole[0][0], following)] if whole else [])


@given(st.sampled_from(ZONES), INSTANTS)
@settings(max_examples=40)
def test_stand_ups_are_at_their_hour_on_working_days_only(zone: str, since: datetime) -> None:
    calendar = Calendar(timezone=zone)
    until = since + timedelta(days=20)
    found = [one for one in agenda([protocol(calendar)], {}, calendar, since, until) if isinstance(one, on.Standup)]
    local = [calendar.local(one.at) for one in found]
    assert {f"{at:%H:%M}" for at in local} == {"09:30"}
    days = {calendar.local(since + timedelta(days=n)).date() for n in range(1, 20)}
    assert {at.date() for at in local} >= {day for day in days if day.weekday() < 5}
    assert all(at.weekday() < 5 for at in local)
    assert all(one.at <= one.until for one in found)


@given(st.sampled_from(ZONES), INSTANTS)
@settings(max_examples=40)
def test_every_handoff_is_announced_half_an_hour_before(zone: str, since: datetime) -> None:
    one = rotation(zone=zone)
    found = agenda([protocol()], {"primary": one}, AMSTERDAM, since, since + timedelta(days=40))
    handovers = [item for item in found if isinstance(item, on.Handover)]
    assert len(handovers) >= 4
    for item in handovers:
        assert item.handoff.at - item.at == timedelta(minutes=30)
        assert (one.at(item.handoff.at - timedelta(seconds=1)), one.at(item.handoff.at)) == (
            item.handoff.goes,
            item.handoff.comes,
        )
