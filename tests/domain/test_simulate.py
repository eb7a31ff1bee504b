"""The simulator: what is made up goes by the same rules as what is real, and its noise is counted right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.bench.loudness import HEARD, UNHEARD
from bot.domain.bench.simulate import DECLARER, Plot, made_up_roster, simulated
from bot.domain.bench.timetable import INCIDENT, Does, How, Line, Timetable, noise
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput
from bot.domain.message import KINDS, OF_NO_INCIDENT
from bot.domain.promises.scorecard import verdict
from bot.domain.scribe import Audiences
from tests.domain.life import ANA, BEA, DIR, MONDAY, NOBODY, ROSTER, TEC, default, span

AUDIENCES = Audiences("incidents", "data-stakeholders")


def played(severity: str = "P1", roster: Roster = ROSTER, **plot: object) -> Timetable:
    made = Plot(severity, MONDAY, **plot)  # type: ignore[arg-type]
    return simulated(made, default(), lambda at: roster, AUDIENCES)


def asked(timetable: Timetable) -> list[tuple[timedelta, str, tuple[str, ...]]]:
    """When somebody is asked directly, about what, and who."""
    rows = (line for line in timetable.lines if line.does in ("asks", "pages") and line.how == "direct")
    return [(line.at - timetable.began, line.step, line.people) for line in rows]


def test_until_nobody_is_left_to_be_asked() -> None:
    timetable = played()
    assert timetable.ended == "silent"
    assert [line.does for line in timetable.lines if line.how == "act"] == ["declares"]
    assert asked(timetable)[:2] == [(span("0:00"), "page", (ANA,)), (span("0:03"), "again", (ANA,))]
    calls = [line for line in timetable.lines if line.does == "calls" and line.how == "mention"]
    assert [(line.at - MONDAY, line.people[0]) for line in calls] == [(span("0:30"), TEC)]
    assert calls[0].clause == "self-healing-pipeline § escalation.technical.P1"


def test_it_is_watched_no_longer_than_asked_for() -> None:
    short = played(until=span("0:05"))
    assert short.ended == "cut"
    assert max(line.at for line in short.lines) == MONDAY + span("0:05")


def test_who_is_on_call_acknowledges_and_the_asking_for_it_ends() -> None:
    timetable = played(acknowledged_after=span("0:04"))
    acts = [(line.at - MONDAY, line.does, line.people) for line in timetable.lines if line.how == "act"]
    assert acts == [(span("0:00"), "declares", (DECLARER,)), (span("0:04"), "acknowledges", (ANA,))]
    later = [line for line in timetable.lines if line.at > MONDAY + span("0:04") and line.rings]
    assert all("acknowledge" not in line.about for line in later)


def test_where_nobody_is_on_call_whoever_declared_it_takes_it() -> None:
    timetable = played(roster=NOBODY, acknowledged_after=span("0:04"), resolved_after=span("0:05"))
    assert {line.people for line in timetable.lines if line.how == "act"} == {(DECLARER,)}
    assert timetable.ended == "resolved"


def test_resolved_it_stops_and_the_promises_are_judged() -> None:
    timetable = played(acknowledged_after=span("0:10"), resolved_after=span("0:20"))
    assert (timetable.ended, timetable.until) == ("resolved", MONDAY + span("0:20"))
    stands = {clock.key: verdict(clock, timetable.until) for clock in timetable.promises}
    assert (stands["acknowledge"], stands["triage"], stands["impact"]) == ("kept", "missed", "not applicable")
    turned = [line for line in timetable.lines if line.at == timetable.until and line.kind == "turning"]
    assert [(line.how, line.place) for line in turned] == [("post", "incidents")]


def test_a_softer_place_has_softer_promises() -> None:
    calls = next(line for line in played(environment="staging").lines if line.does == "calls")
    assert calls.at - MONDAY == span("2:00")
    assert "environment staging" in calls.clause


def test_management_may_be_a_channel() -> None:
    roster = ROSTER.model_copy(update={"channels": {"director": ("C0DIR",)}, "directory": {}})
    told = [line for line in played(roster=roster).lines if line.kind == "management" and line.how != "edit"]
    assert [(line.how, line.place, line.people) for line in told] == [("post", "C0DIR", ())]
    told = [line for line in played().lines if line.kind == "management" and line.how != "edit"]
    assert [(line.how, line.place, line.people) for line in told] == [("direct", "", (DIR,))]


def test_everybody_made_up_is_somebody() -> None:
    roster = made_up_roster(default())(MONDAY)
    assert all(len(roster.people(name)) == 1 for name in default().directory_names())
    assert len({roster.people(name) for name in default().directory_names()}) == len(default().directory_names())


def test_what_is_no_severity_or_no_time_yet() -> None:
    with pytest.raises(BadInput, match="P9"):
        played("P9")


def test_every_kind_of_message_is_loud_or_not() -> None:
    assert set(KINDS) - OF_NO_INCIDENT == HEARD | UNHEARD
    assert not HEARD & UNHEARD


def line(minute: float, does: Does, how: How, *people: str, place: str = INCIDENT) -> Line:
    return Line(MONDAY + timedelta(minutes=minute), does, how, "", people, place if how != "direct" else "")


def test_the_noise_counts_rings_and_what_people_find_in_the_channel() -> None:
    lines = (
        line(0, "invites", "invite", ANA),
        line(0, "posts", "post"),
        line(5, "asks", "mention", ANA),
        line(5, "asks", "direct", ANA),
        line(5, "edits", "edit"),
        line(50, "invites", "invite", BEA),
        line(64, "asks", "direct", BEA),
        line(64, "tells", "reply", place="incidents"),
        line(66, "asks", "mention", ANA, BEA),
        line(70, "tells", "everyone", place="data"),
    )
    found = noise(Timetable("ours", "P1", MONDAY, lines, "silent", MONDAY))
    assert {p: (s.rings, s.direct, s.read, s.loud) for p, s in found.shares.items()} == {
        ANA: (2, 1, 3, 3),
        BEA: (1, 1, 1, 2),
        "#data": (1, 0, 0, 1),
    }
    assert list(found.shares) == [ANA, BEA, "#data"]
    assert (found.messages, found.edits, found.rings) == (5, 1, 6)
    assert (found.busiest, found.peak, found.hit, found.hits) == (MONDAY + span("1:04"), 4, BEA, 2)


def test_silence_is_no_noise() -> None:
    found = noise(Timetable("ours", "P1", MONDAY, (), "silent", MONDAY))
    assert (found.rings, found.messages, found.busiest, found.peak, found.hit) == (0, 0, None, 0, "")
