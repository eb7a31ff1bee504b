"""How long a phase may last, and by when an incident is resolved, where a protocol promises that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.promises.answering import answers_for
from bot.domain.promises.asking import chain
from bot.domain.promises.clocks import clocks
from bot.domain.protocol import Protocol
from tests.domain.life import (
    BEA,
    MONDAY,
    NOBODY,
    Line,
    cancelled,
    clock_of,
    default,
    graded,
    graded_otherwise,
    incident_of,
    leads,
    moved,
    reopened,
    resolved,
    span,
)


def timed() -> Protocol:
    """The default protocol in which investigating may last 30 minutes at P1 and 2 hours at P2."""
    base = default()
    within = {"P1": timedelta(minutes=30), "P2": timedelta(hours=2)}
    clauses = {"": "ours § phases", "within.P1": "ours § phases.investigating.P1"}
    phases = tuple(
        p.model_copy(update={"within": within, "clauses": clauses}) if p.name == "investigating" else p
        for p in base.phases
    )
    return base.model_copy(update={"phases": phases})


@pytest.mark.parametrize(
    ("story", "now", "standing"),
    [
        ((moved("0:10", "investigating"),), "0:39", "running"),
        ((moved("0:10", "investigating"),), "0:41", "late"),
        ((moved("0:10", "investigating"), moved("0:30", "fixing")), "9:00", "kept"),
        ((moved("0:10", "investigating"), moved("0:50", "fixing")), "9:00", "late"),
        ((moved("0:10", "investigating"), resolved("0:30")), "9:00", "kept"),
        ((moved("0:10", "investigating"), resolved("0:30"), reopened("0:31")), "9:00", "kept"),
        ((moved("0:10", "investigating"), cancelled("0:30")), "9:00", "not applicable"),
        ((moved("0:10", "investigating"), cancelled("0:50")), "9:00", "missed"),
    ],
)
def test_a_phase_is_over_in_time(story: tuple[Line, ...], now: str, standing: str) -> None:
    clock = clock_of(incident_of(*story, protocol=timed()), timed(), "phase", 2)
    assert clock.due == MONDAY + span("0:40")
    assert clock.standing(MONDAY + span(now)) == standing
    assert clock.clause == "ours § phases.investigating.P1"


def test_a_phase_entered_again_has_its_time_again_and_lowering_gives_more() -> None:
    story = (
        moved("0:10", "investigating"),
        moved("0:20", "fixing"),
        moved("0:30", "investigating"),
        graded("0:40", "P2"),
    )
    incident = incident_of(*story, protocol=timed())
    due = {c.occurrence: c.due for c in clocks(incident, timed()) if c.key == "phase"}
    assert due == {2: MONDAY + span("0:40"), 4: MONDAY + span("2:30")}


def test_the_default_protocol_times_no_phase_and_no_resolution() -> None:
    incident = incident_of(moved("0:10", "investigating"))
    assert not [c for c in clocks(incident, default()) if c.key in ("phase", "resolve")]


def test_whoever_leads_is_asked_when_a_phase_lasts_too_long() -> None:
    incident = incident_of(leads("0:01"), moved("0:10", "investigating"), protocol=timed())
    clock = clock_of(incident, timed(), "phase", 3 if len(incident.phases) > 2 else 2)
    assert [step.name for step in chain(clock, incident, timed())][:3] == ["early", "due", "climb"]
    assert next(answers_for("phase", incident, timed(), NOBODY)) == BEA


@pytest.mark.parametrize(
    ("story", "standing"),
    [
        ((), "late"),
        ((resolved("3:00"),), "kept"),
        ((resolved("5:00"),), "late"),
        ((resolved("3:00"), reopened("3:30")), "kept"),
        ((cancelled("3:00"),), "not applicable"),
    ],
)
def test_a_promised_resolution(story: tuple[Line, ...], standing: str) -> None:
    protocol = graded_otherwise("P1", resolve_within=timedelta(hours=4))
    clock = clock_of(incident_of(*story, protocol=protocol), protocol, "resolve")
    assert clock.due == MONDAY + span("4:00")
    assert clock.standing(MONDAY + span("9:00")) == standing
