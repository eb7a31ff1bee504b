"""Promises as a table of worked examples, and what holds for every life of an incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.promises.clocks import MACHINE_TOLERANCE, clocks, next_update_due, open_clocks
from bot.domain.protocol import Protocol
from tests.domain.life import (
    ANA,
    MONDAY,
    Line,
    acked,
    called_up,
    cancelled,
    clock_of,
    closed,
    confirmed,
    default,
    entry,
    graded,
    graded_otherwise,
    incident_of,
    leads,
    local,
    moved,
    office,
    reopened,
    resolved,
    snoozed,
    span,
    stated,
    tell,
    told,
    updated,
)

FRIDAY = local("2026-11-20 16:00")
EMPTY: tuple[Line, ...] = ()


NONE = "not applicable"


@dataclass(frozen=True)
class Example:
    """At this severity, when this happened, this clock falls due then and stands so `now`. Times after declaring."""

    what: str
    severity: str
    happened: tuple[Line, ...]
    clock: str
    due: str | None
    now: str
    stands: str
    occurrence: int = 1


P1_TO_P4 = [
    Example("plain P1 acknowledge", "P1", EMPTY, "acknowledge", "0:15", "0:14", "running"),
    Example("plain P2 acknowledge", "P2", EMPTY, "acknowledge", "0:30", "0:14", "running"),
    Example("plain P3 acknowledge", "P3", EMPTY, "acknowledge", "4:00", "0:14", "running"),
    Example("plain P1 triage", "P1", EMPTY, "triage", "0:15", "0:15", "running"),
    Example("plain P2 triage", "P2", EMPTY, "triage", "1:00", "1:00:01", "late"),
    Example("plain P3 triage", "P3", EMPTY, "triage", "4:00", "4:00", "running"),
    Example("P4 promises no triage", "P4", EMPTY, "triage", None, "99:00", NONE),
    Example("plain P1 first notice", "P1", EMPTY, "first_notice", "0:15", "0:20", "late"),
    Example("plain P2 first notice", "P2", EMPTY, "first_notice", "0:15", "0:10", "running"),
    Example("plain P3 first notice", "P3", EMPTY, "first_notice", "4:00", "0:10", "running"),
    Example("plain P1 impact", "P1", EMPTY, "impact", "0:30", "0:10", "running"),
    Example("plain P3 impact", "P3", EMPTY, "impact", "4:00", "0:10", "running"),
    Example("plain P1 update", "P1", EMPTY, "update", "0:30", "0:10", "running"),
    Example("plain P2 update", "P2", EMPTY, "update", "2:00", "0:10", "running"),
    Example("plain P3 update", "P3", EMPTY, "update", "4:00", "0:10", "running"),
    Example("P4 promises no updates", "P4", EMPTY, "update", None, "99:00", NONE),
    Example("plain P1 escalate", "P1", EMPTY, "escalate", "0:30", "0:10", "running"),
    Example("plain P2 escalate", "P2", EMPTY, "escalate", "2:00", "0:10", "running"),
    Example("plain P3 escalate", "P3", EMPTY, "escalate", "8:00", "0:10", "running"),
    Example("P4 never escalates", "P4", EMPTY, "escalate", None, "99:00", NONE),
    Example("plain P1 management", "P1", EMPTY, "management", "0:00", "0:00", "running"),
    Example("plain P2 management", "P2", EMPTY, "management", "2:00", "0:00", "running"),
    Example("plain P3 management", "P3", EMPTY, "management", "8:00", "0:00", "running"),
    Example("P4 does not tell management", "P4", EMPTY, "management", None, "99:00", NONE),
]

KEPT_AND_MISSED = [
    Example("acked in time", "P1", (acked("0:15"),), "acknowledge", "0:15", "1:00", "kept"),
    Example("acked a second late", "P1", (acked("0:15:01"),), "acknowledge", "0:15", "1:00", "late"),
    Example("a second ack is none", "P1", (acked("0:20"), acked("0:21")), "acknowledge", "0:15", "1:00", "late"),
    Example("confirming is triage", "P1", (confirmed("0:10"),), "triage", "0:15", "1:00", "kept"),
    Example("re-grading is triage", "P2", (graded("0:10", "P3"),), "triage", "4:00", "1:00", "kept"),
    Example("a later phase is triage", "P1", (moved("0:10", "fixing"),), "triage", "0:15", "1:00", "kept"),
    Example("the first update is triage", "P1", (updated("0:16"),), "triage", "0:15", "1:00", "late"),
    Example("another triage phase is none", "P1", (moved("0:10", "triaging"),), "triage", "0:15", "1:00", "late"),
    Example("notice: impact without owner is none", "P1", (stated("0:05"),), "first_notice", "0:15", "0:16", "late"),
    Example("notice: owner without impact is none", "P1", (acked("0:05"),), "first_notice", "0:15", "0:16", "late"),
    Example("notice: then an owner", "P1", (stated("0:05"), acked("0:14")), "first_notice", "0:15", "1:00", "kept"),
    Example("notice: leading is owning", "P1", (leads("0:01"), stated("0:16")), "first_notice", "0:15", "1:00", "late"),
    Example("impact stated", "P1", (stated("0:30"),), "impact", "0:30", "1:00", "kept"),
    Example("management delivered", "P2", (told("1:59"),), "management", "2:00", "9:00", "kept"),
    Example("management at once, within the minute", "P1", (told("0:00:40"),), "management", "0:00", "9:00", "kept"),
    Example("management delivered late", "P1", (told("0:05"),), "management", "0:00", "9:00", "late"),
    Example("acking does not stop escalating", "P1", (acked("0:01"),), "escalate", "0:30", "0:32", "late"),
    Example("resolving in time stops escalating", "P1", (resolved("0:20"),), "escalate", "0:30", "9:00", "kept"),
    Example("escalating keeps it too", "P1", (called_up("0:30"),), "escalate", "0:30", "9:00", "kept"),
    Example("cancelling is no escalation", "P1", (cancelled("0:10"),), "escalate", "0:30", "9:00", NONE),
    Example("escalated after an outage", "P1", (called_up("1:00"),), "escalate", "0:30", "9:00", "late"),
    Example("ended before due, never acked", "P1", (resolved("0:10"),), "acknowledge", "0:15", "9:00", NONE),
    Example("ended after due, never acked", "P1", (resolved("0:16"),), "acknowledge", "0:15", "9:00", "missed"),
    Example("ended at the very due time", "P1", (resolved("0:15"),), "acknowledge", "0:15", "9:00", NONE),
    Example("cancelled before due", "P1", (cancelled("0:10"),), "update", "0:30", "9:00", NONE),
    Example("cancelled when overdue", "P1", (cancelled("0:40"),), "update", "0:30", "9:00", "missed"),
    Example("resolving is the last news", "P1", (resolved("0:25"),), "update", "0:30", "9:00", "kept"),
    Example("resolving is late news", "P1", (resolved("0:35"),), "update", "0:30", "9:00", "late"),
    Example("snoozing moves no due time", "P1", (snoozed("0:01", "0:30"),), "acknowledge", "0:15", "0:16", "late"),
    Example("nor does an outage", "P1", (), "update", "0:30", "72:00", "late"),
]

UPDATES = [
    Example("an update starts the next", "P1", (updated("0:10"),), "update", "0:40", "0:20", "running", 2),
    Example("and keeps the one before", "P1", (updated("0:10"),), "update", "0:30", "0:20", "kept", 1),
    Example("late stays that one promise", "P1", (updated("2:10"),), "update", "0:30", "3:00", "late", 1),
    Example("counted from the last one", "P1", (updated("2:10"),), "update", "2:40", "2:20", "running", 2),
    Example("doubled in monitoring", "P1", (moved("0:10", "monitoring"),), "update", "1:00", "0:40", "running"),
    Example(
        "doubled from the update on", "P1", (moved("0:10", "monitoring"), updated("0:50")), "update", "1:50", "1:00",
        "running", 2,
    ),
    Example(
        "back from monitoring, a quarter of an hour at least", "P1",
        (moved("0:10", "monitoring"), moved("0:40", "fixing")), "update", "0:55", "0:50", "running",
    ),
    Example(
        "back from monitoring early", "P1", (moved("0:05", "monitoring"), moved("0:10", "fixing")), "update", "0:30",
        "0:20", "running",
    ),
    Example(
        "monitoring begins after it was due: judged as it was", "P1", (moved("0:31", "monitoring"),), "update", "0:30",
        "0:40", "late",
    ),
    Example(
        "P2 in monitoring raised to P1: doubled as well", "P2", (moved("0:30", "monitoring"), graded("1:00", "P1")),
        "update", "1:15", "1:01", "running",
    ),
]  # fmt: skip

RE_GRADING = [
    Example("raised early, judged as when it was kept", "P2", (graded("0:02", "P1"),), "triage", "0:17", "0:03",
            "kept"),
    Example("raised: the new promise counts from the start", "P2", (graded("0:05", "P1"),), "escalate", "0:30", "0:06",
            "running"),
    Example("raised late: 15 minutes from then", "P2", (graded("1:50", "P1"),), "escalate", "2:05", "1:51", "running"),
    Example("raised late: the new interval if it is shorter than that", "P3", (graded("3:00", "P1"),), "management",
            "3:00", "3:00:30", "running"),
    Example("raised creates no miss", "P3", (graded("3:50", "P1"),), "acknowledge", "4:05", "4:04", "running"),
    Example("raised to the very promise that has passed", "P2", (graded("0:29", "P1"),), "acknowledge", "0:44", "0:31",
            "running"),
    Example("lowered: later", "P1", (graded("0:10", "P2"),), "acknowledge", "0:30", "0:20", "running"),
    Example("lowered twice", "P1", (graded("0:10", "P2"), graded("0:20", "P3")), "acknowledge", "4:00", "0:40",
            "running"),
    Example("lowered to none", "P1", (graded("0:10", "P4"),), "update", None, "9:00", NONE),
    Example("lowering erases no miss", "P1", (graded("0:16", "P3"),), "acknowledge", "0:15", "0:20", "late"),
    Example("nor one that ended as missed", "P1", (graded("0:16", "P3"), resolved("0:20")), "acknowledge", "0:15",
            "9:00", "missed"),
    Example("nor one to none", "P1", (graded("0:31", "P4"),), "update", "0:30", "0:40", "late"),
    Example("lowered at the very due time: it fell due before", "P1", (graded("0:15", "P2"),), "acknowledge", "0:15",
            "0:20", "late"),
    Example("up, down", "P2", (graded("0:05", "P1"), graded("0:10", "P2")), "acknowledge", "0:30", "0:20", "running"),
    Example("up, down, up", "P2", (graded("0:05", "P1"), graded("0:10", "P2"), graded("0:20", "P1")), "acknowledge",
            "0:35", "0:20", "running"),
    Example("down, up", "P1", (graded("0:05", "P3"), graded("1:00", "P1")), "acknowledge", "1:15", "1:00", "running"),
    Example("raised by grace, then lowered: never earlier than it was", "P2",
            (graded("0:29", "P1"), graded("0:35", "P2")), "acknowledge", "0:44", "0:40", "running"),
    Example("from nothing promised to P1", "P4", (graded("5:00", "P1"),), "update", "5:15", "5:00", "running"),
    Example("judged by what was in force when it was kept", "P2", (acked("0:20"), graded("0:25", "P1")), "acknowledge",
            "0:30", "9:00", "kept"),
    Example("impact again after re-grading", "P2", (stated("0:10"), graded("1:00", "P1")), "impact", "1:30", "1:10",
            "running", 2),
    Example("and kept by stating it again", "P2", (stated("0:10"), graded("1:00", "P1"), stated("1:20")), "impact",
            "1:30", "9:00", "kept", 2),
    Example("re-graded before the first impact: still the first", "P2", (graded("0:10", "P1"),), "impact", "0:30",
            "0:20", "running", 1),
    Example("re-graded twice: one impact is owed, judged as graded last", "P2",
            (stated("0:10"), graded("1:00", "P3"), graded("1:30", "P1")), "impact", "1:45", "1:31", "running", 2),
    Example("no impact is owed again where none is promised", "P2", (stated("0:10"), graded("1:00", "P4")), "impact",
            None, "9:00", NONE, 2),
]  # fmt: skip

AGAIN = [
    Example("reopened: update from then", "P1", (resolved("0:20"), reopened("5:00")), "update", "5:30", "5:10",
            "running", 2),
    Example("reopened: escalate from then", "P1", (resolved("0:20"), reopened("5:00")), "escalate", "5:30", "5:10",
            "running", 2),
    Example("reopened: what was kept stays kept", "P1", (resolved("0:20"), reopened("5:00")), "update", "0:30", "9:00",
            "kept", 1),
    Example("reopened: what was missed stays missed", "P1", (cancelled("0:40"), reopened("5:00")), "update", "0:30",
            "9:00", "missed", 1),
    Example("reopened: triage does not restart", "P1", (resolved("0:10"), reopened("5:00")), "triage", "0:15", "9:00",
            NONE),
    Example("time in between counts on no clock", "P1", (cancelled("0:10"), reopened("24:00"), acked("24:05")),
            "acknowledge", "0:15", "25:00", NONE),
    Example("nor for the impact", "P1", (cancelled("0:10"), reopened("24:00"), stated("24:05")), "impact", "0:30",
            "25:00", NONE),
    Example("reopened, resolved, reopened", "P1",
            (resolved("0:20"), reopened("5:00"), resolved("5:10"), reopened("9:00")), "update", "9:30", "9:10",
            "running", 3),
    Example("escalated before, again after", "P1", (called_up("0:30"), resolved("1:00"), reopened("5:00")), "escalate",
            "5:30", "5:10", "running", 2),
    Example("reopened after closing", "P1", (resolved("0:20"), closed("0:30"), reopened("5:00")), "update", "5:30",
            "5:10", "running", 2),
    Example("raised while resolved is no matter of clocks", "P2", (resolved("0:20"), reopened("1:00"),
            graded("1:10", "P1")), "update", "1:30", "1:11", "running", 2),
]  # fmt: skip


def identified(example: Example) -> str:
    return f"{example.severity}: {example.what}"


@pytest.mark.parametrize("example", [*P1_TO_P4, *KEPT_AND_MISSED, *UPDATES, *RE_GRADING, *AGAIN], ids=identified)
def test_worked_example(example: Example) -> None:
    incident = incident_of(*example.happened, severity=example.severity)
    clock = clock_of(incident, default(), example.clock, example.occurrence)
    due = None if clock.due is None else clock.due - MONDAY
    assert due == (None if example.due is None else span(example.due))
    assert clock.standing(MONDAY + span(example.now)) == example.stands


@dataclass(frozen=True)
class Calendared:
    """A P3 promised in working hours, declared and due by the wall clock in Amsterdam."""

    what: str
    declared: str
    happened: tuple[Line, ...]
    clock: str
    due: str
    occurrence: int = 1


CALENDAR = [
    Calendared("inside the day", "2026-11-18 10:00", EMPTY, "acknowledge", "2026-11-18 14:00"),
    Calendared("up to the last minute", "2026-11-18 13:59", EMPTY, "acknowledge", "2026-11-18 17:59"),
    Calendared("the closing instant is outside", "2026-11-18 14:00", EMPTY, "acknowledge", "2026-11-19 09:00"),
    Calendared("in the evening: next morning", "2026-11-18 16:00", EMPTY, "acknowledge", "2026-11-19 09:00"),
    Calendared("over the weekend", "2026-11-20 16:00", EMPTY, "acknowledge", "2026-11-23 09:00"),
    Calendared("on a Saturday", "2026-11-21 12:00", EMPTY, "update", "2026-11-23 09:00"),
    Calendared("at night, due in the morning: not moved", "2026-11-18 06:30", EMPTY, "acknowledge", "2026-11-18 10:30"),
    Calendared("clocks go forward on Sunday", "2026-03-27 16:00", EMPTY, "acknowledge", "2026-03-30 09:00"),
    Calendared("clocks go back on Sunday", "2026-10-23 16:00", EMPTY, "acknowledge", "2026-10-26 09:00"),
    Calendared("an update on Friday", "2026-11-20 10:00", (updated("5:00"),), "update", "2026-11-23 09:00", 2),
    Calendared("lowered to P3 at night", "2026-11-18 22:00", (graded("0:05", "P2"), graded("0:10", "P3")),
               "acknowledge", "2026-11-19 09:00"),
    Calendared("raised to P1 at night: no waiting for the morning", "2026-11-18 22:00", (graded("0:20", "P1"),),
               "acknowledge", "2026-11-18 22:35"),
    Calendared("closing: next working day", "2026-11-18 10:00", (resolved("1:00"),), "close", "2026-11-19 16:00"),
    Calendared("closing: from Friday to Monday", "2026-11-20 10:00", (resolved("1:00"),), "close", "2026-11-23 16:00"),
    Calendared("closing: by the local date, not by UTC's", "2026-11-19 23:30", (resolved("1:00"),), "close",
               "2026-11-23 16:00"),
    Calendared("closing: over the night the clocks go back", "2026-10-23 10:00", (resolved("1:00"),), "close",
               "2026-10-26 16:00"),
]  # fmt: skip


@pytest.mark.parametrize("example", CALENDAR, ids=lambda example: example.what)
def test_working_hours(example: Calendared) -> None:
    incident = incident_of(*example.happened, severity="P3", protocol=office(), at=local(example.declared))
    assert clock_of(incident, office(), example.clock, example.occurrence).due == local(example.due)


@pytest.mark.parametrize(
    ("declared", "due"),
    [
        ("2026-03-29 01:30", "2026-03-29 06:30"),  # the hour from 2 to 3 does not exist: four hours are four hours
        ("2026-10-25 01:30", "2026-10-25 04:30"),  # the hour from 2 to 3 comes twice
    ],
)
def test_round_the_clock_promises_are_elapsed_time_in_both_nights(declared: str, due: str) -> None:
    incident = incident_of(severity="P3", at=local(declared))
    assert clock_of(incident, default(), "acknowledge").due == local(due)


def test_what_is_judged_at_the_opening_is_in_time_until_then() -> None:
    at = local("2026-11-20 16:00")
    acked_at_nine = incident_of(acked("65:00"), severity="P3", protocol=office(), at=at)
    assert clock_of(acked_at_nine, office(), "acknowledge").standing(at + span("99:00")) == "kept"


def test_promises_count_from_detection_and_some_from_declaring() -> None:
    incident = incident_of(detected_at=MONDAY - timedelta(minutes=20))
    counted = {c.key: c.due for c in clocks(incident, default())}
    late = MONDAY - timedelta(minutes=5)
    assert [counted[key] for key in ("acknowledge", "triage", "first_notice")] == [late, late, late]
    assert counted["impact"] == MONDAY + timedelta(minutes=10)
    assert [counted[key] for key in ("update", "escalate", "management")] == [
        MONDAY + timedelta(minutes=30),
        MONDAY + timedelta(minutes=30),
        MONDAY,
    ]


def test_reopening_out_of_monitoring_is_active_again_and_updates_come_as_often_as_before() -> None:
    incident = incident_of(moved("0:10", "monitoring"), resolved("0:20"), reopened("5:00"), moved("5:00", "fixing"))
    assert clock_of(incident, default(), "update", 2).due == MONDAY + span("5:30")


def test_a_clock_names_the_clause_and_the_severity_it_is_judged_by() -> None:
    lowered_late = incident_of(graded("0:16", "P3"))
    clock = clock_of(lowered_late, default(), "acknowledge")
    assert (clock.severity, clock.clause) == ("P1", "self-healing-pipeline § on-call.expectations.P1")
    assert clock_of(lowered_late, default(), "update").clause == "self-healing-pipeline § updates.P3"
    assert "house" in clock_of(lowered_late, default(), "impact").clause


def test_late_by_counts_on_until_it_is_kept() -> None:
    running, kept = incident_of(), incident_of(acked("0:45"))
    now = MONDAY + span("2:15")
    assert clock_of(running, default(), "acknowledge").late_by(now) == span("2:00")
    assert clock_of(kept, default(), "acknowledge").late_by(now) == span("0:30")
    assert clock_of(running, default(), "escalate").late_by(MONDAY) == timedelta(0)


def test_the_next_update_is_what_the_card_says() -> None:
    assert next_update_due(incident_of(updated("0:10")), default()) == MONDAY + span("0:40")
    assert next_update_due(incident_of(severity="P4"), default()) is None
    assert next_update_due(incident_of(resolved("0:10")), default()) is None


def test_after_the_end_only_closing_and_the_postmortem_are_open() -> None:
    assert [c.key for c in open_clocks(incident_of(resolved("0:10")), default())] == ["close", "postmortem"]
    assert [c.key for c in open_clocks(incident_of(resolved("0:10"), closed("0:20")), default())] == ["postmortem"]
    assert open_clocks(incident_of(resolved("0:10"), closed("0:20"), severity="P3"), default()) == ()
    assert open_clocks(incident_of(cancelled("0:10")), default()) == ()


def test_closing_late_is_late() -> None:
    incident = incident_of(resolved("1:00"), closed("48:00"))
    clock = clock_of(incident, default(), "close")
    assert clock.standing(MONDAY + span("99:00")) == "late"
    assert clock.late_by(MONDAY) == MONDAY + span("48:00") - local("2026-11-17 16:00")


def test_a_shorter_promise_than_a_quarter_of_an_hour_is_the_least_after_raising() -> None:
    protocol = graded_otherwise("P1", update_every=timedelta(minutes=10))
    incident = incident_of(graded("1:30", "P1"), severity="P2", protocol=protocol)
    assert clock_of(incident, protocol, "update").due == MONDAY + span("1:40")


# ---------------------------------------------------------------------------------------------- what holds for any life

SEVERITIES, PHASES = ("P1", "P2", "P3", "P4"), ("investigating", "fixing", "verifying", "monitoring")


@st.composite
def lives(draw: st.DrawFn) -> tuple[str, list[Line]]:
    """A severity and up to twelve things that may happen, in an order that the stages allow."""
    severity, running, was_resolved = draw(st.sampled_from(SEVERITIES)), True, False
    grade, at, lines = severity, 0, []
    for _ in range(draw(st.integers(0, 12))):
        at += draw(st.integers(1, 200))
        after = f"{at // 60}:{at % 60:02}"
        if not running:
            done = draw(st.sampled_from(["reopen", "close", "wait"] if was_resolved else ["reopen", "wait"]))
            lines += {"reopen": [reopened(after)], "close": [closed(after)], "wait": []}[done]
            running, was_resolved = done == "reopen", was_resolved and done == "wait"
            continue
        other = draw(st.sampled_from([s for s in SEVERITIES if s != grade]))
        line = draw(
            st.sampled_from(
                [
                    acked(after), updated(after), stated(after), confirmed(after), graded(after, other),
                    moved(after, draw(st.sampled_from(PHASES))), told(after), called_up(after), leads(after),
                    resolved(after), cancelled(after),
                ]
            )
        )  # fmt: skip
        kind = line.say(INCIDENT, default()).kind
        running, was_resolved = kind not in ("resolved", "cancelled"), kind == "resolved"
        grade = other if kind == "severity_changed" else grade
        lines.append(line)
    return severity, lines


INCIDENT = incident_of()
HOURS = {"round the clock": default, "office hours": office}
PROTOCOLS = st.sampled_from(sorted(HOURS))


@given(lives(), PROTOCOLS)
def test_a_due_time_is_never_before_the_start(life: tuple[str, list[Line]], hours: str) -> None:
    protocol = HOURS[hours]()
    incident = incident_of(*life[1], severity=life[0], protocol=protocol)
    for clock in clocks(incident, protocol):
        assert clock.due is None or clock.due >= clock.start
        assert clock.kept_at is None or clock.kept_at >= clock.start
        assert not (clock.kept_at and clock.stopped_at)


@given(lives(), PROTOCOLS)
def test_one_update_at_most_is_open_and_clocks_have_names_of_their_own(
    life: tuple[str, list[Line]], hours: str
) -> None:
    protocol = HOURS[hours]()
    incident = incident_of(*life[1], severity=life[0], protocol=protocol)
    names = [c.name for c in clocks(incident, protocol)]
    assert len(names) == len(set(names))
    for key in ("update", "escalate", "impact"):
        assert sum(c.key == key for c in open_clocks(incident, protocol)) <= 1
    assert clocks(incident, protocol) == clocks(fold(tell(*life[1], severity=life[0], protocol=protocol)), protocol)


@given(lives(), PROTOCOLS, st.sampled_from(SEVERITIES), st.integers(1, 300))
def test_raising_never_makes_an_open_promise_missed_at_once(
    life: tuple[str, list[Line]], hours: str, new: str, later: int
) -> None:
    protocol = HOURS[hours]()
    before, at = _stopped(life, protocol, later)
    assume(before.running and protocol.severity(new).rank < protocol.severity(before.severity).rank)
    after = _and_then(before, graded("0:00", new), protocol, at)
    for clock in clocks(before, protocol):
        if clock.open and clock.standing(at) == "running":
            assert clock_of(after, protocol, *clock.name).standing(at) in ("running", "kept", "not applicable")


@given(lives(), PROTOCOLS, st.sampled_from(SEVERITIES), st.integers(1, 300))
def test_lowering_erases_no_miss_and_makes_nothing_due_sooner(
    life: tuple[str, list[Line]], hours: str, new: str, later: int
) -> None:
    protocol = HOURS[hours]()
    before, at = _stopped(life, protocol, later)
    assume(before.running and protocol.severity(new).rank > protocol.severity(before.severity).rank)
    after = _and_then(before, graded("0:00", new), protocol, at)
    for clock in clocks(before, protocol):
        now = clock_of(after, protocol, *clock.name)
        if clock.due is not None and clock.due <= at:
            assert now.due == clock.due
        assert now.due is None or clock.due is None or now.due >= clock.due


@given(lives(), PROTOCOLS)
def test_what_was_judged_once_stays_judged(life: tuple[str, list[Line]], hours: str) -> None:
    """Folded prefix by prefix: a promise that was kept or missed stays so, and its due time stays where it was.
    Only closing is promised anew when an incident is reopened, and a message to management may arrive after the end."""
    protocol = HOURS[hours]()
    entries = tell(*life[1], severity=life[0], protocol=protocol)
    settled: dict[tuple[str, int], tuple[datetime | None, str]] = {}
    incident: Incident | None = None
    for each in entries:
        incident = evolve(incident, each)
        now = {c.name: (c.due, c.standing(each.at)) for c in clocks(incident, protocol)}
        for name, judged in settled.items():
            assert now[name] == judged
        ended = (c for c in clocks(incident, protocol) if c.key not in ("close", "management") and not c.open)
        over = ((c.name, now[c.name]) for c in ended)
        settled |= {name: judged for name, judged in over if judged[0] is not None}


def _stopped(life: tuple[str, list[Line]], protocol: Protocol, later: int) -> tuple[Incident, datetime]:
    incident = incident_of(*life[1], severity=life[0], protocol=protocol)
    return incident, incident.recorded_at + timedelta(minutes=later)


def _and_then(incident: Incident, line: Line, protocol: Protocol, at: datetime) -> Incident:
    return evolve(incident, entry(incident, line.say(incident, protocol), at, ANA))


def test_the_tolerance_of_what_the_bot_does_itself_is_the_minute_people_see() -> None:
    incident = incident_of(called_up("0:31"))
    clock = clock_of(incident, default(), "escalate")
    assert clock.tolerance == MACHINE_TOLERANCE == timedelta(minutes=1)
    assert clock.standing(MONDAY + span("9:00")) == "kept"
