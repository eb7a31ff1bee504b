"""How promises were kept, in one word each: what a snooze makes of them, and which clause is broken most."""

from __future__ import annotations

import pytest

from bot.domain import fact as f
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.promises.scorecard import Tally, judged, tallies, verdict
from bot.domain.protocol import Protocol
from tests.domain.life import (
    ANA,
    MONDAY,
    Line,
    acked,
    clock_of,
    default,
    entry,
    graded,
    incident_of,
    moved,
    resolved,
    snoozed,
    span,
    stated,
    tell,
    told,
    updated,
)

CALM = (told("0:00"), acked("0:05"), stated("0:10"))
"""Everything but updates is seen to."""


def stands(*lines: Line, key: str = "update", occurrence: int = 1, now: str = "1:30") -> str:
    incident = incident_of(*CALM, *lines)
    return verdict(clock_of(incident, default(), key, occurrence), MONDAY + span(now))


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ((snoozed("0:20", "0:45"), updated("0:40")), "snoozed"),  # due 0:30, while they were snoozed
        ((snoozed("0:20", "0:45"),), "snoozed"),  # and nobody has said anything yet
        ((snoozed("0:20", "0:45"), updated("0:25")), "kept"),  # in time all the same
        ((snoozed("0:10", "0:25"), updated("0:40")), "late"),  # they were not snoozed any more when it fell due
        ((snoozed("0:35", "1:00"), updated("0:40")), "late"),  # nor before it had
        ((snoozed("0:20", "0:45"), moved("0:25", "fixing"), updated("0:40")), "late"),  # a phase change ended it
        ((snoozed("0:20", "0:40"), snoozed("0:25", "0:28"), updated("0:50")), "late"),  # a shorter one in its place
    ],
)
def test_what_fell_due_while_reminders_were_snoozed_says_so(lines: tuple[Line, ...], verdict: str) -> None:
    assert stands(*lines) == verdict


def test_a_snooze_moves_no_due_time_and_is_remembered_with_who_and_why() -> None:
    clock = clock_of(incident_of(*CALM, snoozed("0:20", "0:45"), updated("0:40")), default(), "update")
    assert clock.due == MONDAY + span("0:30")
    assert clock.snoozed is not None
    assert (clock.snoozed.by, clock.snoozed.why) == (ANA, "Lunch.")
    assert clock.snoozed.until == MONDAY + span("0:40")


def test_what_ended_before_it_was_kept_was_missed_or_snoozed() -> None:
    lines = (told("0:00"), acked("0:05"), snoozed("0:20", "0:45"), resolved("0:40"))
    assert verdict(clock_of(incident_of(*lines), default(), "impact"), MONDAY) == "snoozed"
    assert verdict(clock_of(incident_of(*lines), default(), "triage"), MONDAY) == "missed"


def test_no_snooze_holds_up_what_the_bot_does_itself() -> None:
    assert stands(snoozed("0:20", "0:45"), key="escalate") == "late"


def test_a_snooze_that_was_taken_back_was_none() -> None:
    entries = tell(*CALM, snoozed("0:20", "0:45"))
    back = entry(fold(entries), f.Undone(seqs=(entries[-1].seq,)), MONDAY + span("0:21"), ANA)
    incident = fold([*entries, back])
    assert incident.snoozes == ()
    assert verdict(clock_of(incident, default(), "update"), MONDAY + span("1:00")) == "late"


def test_a_raise_ends_it_and_lowering_does_not() -> None:
    def until(*lines: Line) -> str:
        [one] = incident_of(*lines, severity="P2").snoozes
        return f"{(one.until - MONDAY).total_seconds() / 60:.0f}"

    assert until(snoozed("0:20", "1:00"), graded("0:30", "P1")) == "30"
    assert until(snoozed("0:20", "1:00"), graded("0:30", "P3")) == "60"


def test_pages_are_nobodys_promise() -> None:
    paged = Line("0:20", lambda incident, protocol: f.Paged(person=ANA, why=""))
    assert all(clock.key != "page" for clock in judged(incident_of(paged), default()))


def test_the_clause_that_is_broken_most_comes_first() -> None:
    def one(*lines: Line) -> tuple[Incident, Protocol]:
        return incident_of(*CALM, *lines, resolved("0:50")), default()

    found = tallies([one(updated("0:40")), one(updated("0:25")), one(snoozed("0:20", "0:45"))], MONDAY)
    shares = [tally.kept / tally.count for tally in found]
    assert shares == sorted(shares)
    update = next(tally for tally in found if tally.key == "update")
    assert update == Tally("update", "self-healing-pipeline § updates.P1", kept=3, snoozed=1, late=1)
    assert found[-1].broken == 0
