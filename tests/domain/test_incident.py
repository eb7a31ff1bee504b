"""An incident is the fold of its facts (architecture: the heart)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.domain import fact as f
from bot.domain.evolve import evolve, fold
from bot.domain.incident import DataState, Incident
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    DEE,
    MONDAY,
    TEC,
    acked,
    cancelled,
    closed,
    confirmed,
    did,
    entry,
    graded,
    incident_of,
    leads,
    moved,
    reopened,
    resolved,
    snoozed,
    span,
    stated,
    tell,
    updated,
)
from tests.domain.test_fact import LINES

REMEMBERED_BY_THE_TIMELINE_ALONE = {
    *("note_added", "heard", "marked_message_edited", "marked_message_deleted", "join_asked"),
    *("admin_overrode", "admin_looked_in", "texts_forgotten"),
}
"""Facts that change nothing an incident is; that they happened is on the timeline."""

BESIDE = {"joined", "followed", "question_heard", "left", "admin_looked_in"}

QUESTION = f.QuestionHeard(channel="C0TEAM", ts="1.1", thread="1.0", author=DEE, text="Is yesterday right?")

PLAN = f.ChangeProposed(what="Restart it.", rollback="Start it again.")

RESOLVED_FIRST = {"closed", "reopened"}


def released(line: str) -> f.Fact:
    said = json.loads(line)
    return f.revive(said["kind"], said["data"])


@pytest.mark.parametrize("fact", [released(line) for line in LINES], ids=lambda fact: fact.kind)
def test_every_kind_of_fact_leaves_its_trace_in_the_incident(fact: f.Fact) -> None:
    if isinstance(fact, f.Declared):
        assert evolve(None, entry(None, fact, MONDAY, ANA)).title == fact.title
        return
    mark = f.MessageMarked(channel="C0INC12", ts="1763620980.000100", author=DEE, text="Six", marker="star")
    before = incident_of(
        *([did("0:01", mark)] if fact.kind == "mark_retracted" else []),
        *([did("0:01", f.ChannelRefused(error="restricted_action"))] if fact.kind == "channel_retried" else []),
        *([resolved("0:02")] if fact.kind in RESOLVED_FIRST else []),
        *([updated("0:02")] if isinstance(fact, f.UpdateEdited) else []),
        *([did("0:02", f.ItemTicked(**fact.model_dump()))] if isinstance(fact, f.ItemUnticked) else []),
        *([did("0:02", f.Linked(other=fact.other, how="related"))] if isinstance(fact, f.Unlinked) else []),
        *([did("0:02", PLAN)] if isinstance(fact, f.OfProposal) else []),
        *([did("0:02", f.SeverityRequested(severity="P1"))] if isinstance(fact, f.SeverityRequestDeclined) else []),
        *([did("0:02", QUESTION)] if isinstance(fact, f.QuestionAnswered) else []),
        *([did("0:02", f.BackfillPlanned(what="orders"))] if isinstance(fact, f.BackfillEnded) else []),
        *([did("0:02", f.CauseProposed(text="a full disk"))] if isinstance(fact, f.CauseJudged) else []),
        *([did("0:02", f.ActionAdded(text="alert"))] if isinstance(fact, f.ActionChanged | f.ActionEnded) else []),
    )
    after = evolve(before, entry(before, fact, MONDAY + span("0:05"), CAR))
    bookkeeping = {"seq", "recorded_at", "last_acts", "participants"}
    changed = after.model_dump(exclude=bookkeeping) != before.model_dump(exclude=bookkeeping)
    assert changed == (fact.kind not in REMEMBERED_BY_THE_TIMELINE_ALONE)
    assert (after.seq, after.recorded_at) == (before.seq + 1, MONDAY + span("0:05"))
    assert (CAR in after.participants) != (fact.kind in BESIDE), "whoever joins, follows or asks takes no part yet"


def test_an_incident_begins_with_its_declaration() -> None:
    with pytest.raises(ValueError, match="acknowledged"):
        evolve(None, entry(None, f.Acknowledged(), MONDAY, ANA))
    with pytest.raises(ValueError, match="at least one fact"):
        fold([])


def test_a_fresh_incident_is_in_triage_and_nobody_has_checked_the_data() -> None:
    incident = incident_of(detected_at=MONDAY - timedelta(minutes=5))
    assert (incident.number, incident.stage, incident.phase, incident.running) == (
        "INC-12",
        "triage",
        "detecting",
        True,
    )
    assert (incident.declared_by, incident.declared_at) == (ANA, MONDAY)
    assert incident.detected_at == MONDAY - timedelta(minutes=5)
    assert incident.data == DataState.NOT_CHECKED


def test_the_first_acknowledgement_counts_and_the_last_makes_the_responder() -> None:
    incident = incident_of(acked("0:01", CAR), acked("0:02", BEA))
    assert (incident.acknowledged_by, incident.responder) == (CAR, BEA)
    assert incident.acknowledged_at == MONDAY + span("0:01")


@pytest.mark.parametrize(
    "line", [confirmed("0:05"), graded("0:05", "P2"), moved("0:05", "fixing"), updated("0:05")], ids=str
)
def test_triage_ends_with_the_first_sign_that_somebody_knows_what_it_is(line: object) -> None:
    incident = incident_of(line, updated("0:06"))  # type: ignore[arg-type]
    assert (incident.stage, incident.triaged_at) == ("active", MONDAY + span("0:05"))


def test_a_note_an_ack_and_an_impact_do_not_end_triage() -> None:
    incident = incident_of(acked("0:01"), stated("0:02"), did("0:03", f.NoteAdded(text="Looking.")), leads("0:04"))
    assert (incident.stage, incident.triaged_at) == ("triage", None)


def test_the_first_notice_needs_an_impact_and_somebody_who_owns_it() -> None:
    assert incident_of(stated("0:05")).first_notice_at is None
    assert incident_of(leads("0:05")).first_notice_at is None
    assert incident_of(stated("0:05"), leads("0:06"), stated("0:07")).first_notice_at == MONDAY + span("0:06")


def test_an_eta_and_a_data_state_stay_until_somebody_says_otherwise() -> None:
    said = f.ImpactStated(sentence="Late.", data="late", eta=MONDAY + span("2:00"))
    incident = incident_of(did("0:05", said), did("0:06", f.ImpactStated(sentence="Still late.")))
    assert (incident.impact, incident.data, incident.eta) == ("Still late.", DataState.LATE, MONDAY + span("2:00"))


def test_resolving_and_closing_keep_what_was_said() -> None:
    incident = incident_of(resolved("1:00"), closed("2:00"))
    assert (incident.stage, incident.fix, incident.data) == ("closed", "Reverted and backfilled.", DataState.REPAIRED)
    assert (incident.resolved_at, incident.closed_at) == (MONDAY + span("1:00"), MONDAY + span("2:00"))
    assert [(p.start, p.end) for p in incident.pauses] == [(MONDAY + span("1:00"), None)]


@pytest.mark.parametrize("end", [[resolved("1:00")], [resolved("1:00"), closed("2:00")], [cancelled("1:00")]])
def test_reopened_an_incident_is_active_and_not_over(end: list[object]) -> None:
    incident = incident_of(*end, reopened("3:00"))  # type: ignore[arg-type]
    assert (incident.stage, incident.running) == ("active", True)
    assert (incident.resolved_at, incident.closed_at, incident.outcome) == (None, None, None)
    assert [(p.start, p.end) for p in incident.pauses] == [(MONDAY + span("1:00"), MONDAY + span("3:00"))]


def test_a_snooze_ends_with_news_a_raise_a_phase_or_the_end() -> None:
    paused = snoozed("0:01", "0:30")
    assert incident_of(paused).snoozed_until == MONDAY + span("0:30")
    for line in (updated("0:02"), graded("0:02", "P1"), moved("0:02", "fixing"), resolved("0:02"), cancelled("0:02")):
        assert incident_of(paused, line, severity="P2").snooze is None
    for line in (graded("0:02", "P3"), acked("0:02"), stated("0:02"), did("0:02", f.NoteAdded(text="Hm."))):
        assert incident_of(paused, line, severity="P2").snooze is not None


def test_a_mark_is_kept_once_and_goes_when_it_is_taken_back() -> None:
    marked = f.MessageMarked(channel="C1", ts="1.1", author=DEE, text="It began at six", marker="pushpin")
    incident = incident_of(did("0:01", marked, TEC, "reaction"))
    found = incident.mark_of("C1", "1.1")
    assert found is not None
    assert found.by == TEC
    assert incident_of(did("0:01", marked), did("0:02", f.MarkRetracted(channel="C1", ts="1.1"))).marks == ()


def test_the_row_is_a_copy_that_loses_nothing() -> None:
    told = tell(
        acked("0:01"), leads("0:01"), stated("0:02"), graded("0:03", "P2"), snoozed("0:04", "0:30"), resolved("0:05"),
        reopened("0:06"), resolved("0:07"), closed("0:08"),
    )  # fmt: skip
    incident = fold(told)
    assert Incident.model_validate_json(incident.model_dump_json()) == incident
    assert incident.seq == len(told)
