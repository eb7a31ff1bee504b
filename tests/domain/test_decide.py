"""What follows from what somebody asks: facts, or a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import BOT, Caller
from bot.domain.decide import decide, declared, may_stop_asking
from bot.domain.duty.oncall import Roster
from bot.domain.ending import proven
from bot.domain.errors import BadInput, DomainError, NotNow, NotYours
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    DEE,
    DIR,
    EVE,
    MONDAY,
    NOBODY,
    ROSTER,
    SME,
    TEC,
    Line,
    acked,
    cancelled,
    closed,
    confirmed,
    default,
    did,
    entry,
    incident_of,
    leads,
    moved,
    resolved,
    span,
    watch,
)

NOW = MONDAY + span("3:00")
STAGES: dict[str, tuple[Line, ...]] = {
    "triage": (),
    "active": (confirmed("0:05"), moved("0:05", "investigating")),
    "monitoring": (confirmed("0:05"), moved("0:05", "monitoring")),
    "resolved": (resolved("0:30"),),
    "closed": (resolved("0:30"), closed("1:00")),
    "cancelled": (cancelled("0:30"),),
}
LIVE = {"triage", "active", "monitoring"}
OVER = {"resolved", "closed", "cancelled"}

CRITERIA = tuple(c.id for c in default().closure)
MARK = r.MarkMessage(channel="C1", ts="1763283600.000100", author=DEE, text="It began at six", marker="pushpin")
REQUESTS: dict[str, tuple[r.Request, set[str]]] = {
    "ack": (r.Acknowledge(), LIVE),
    "take it": (r.Acknowledge(take=True), LIVE),
    "confirm": (r.Confirm(), LIVE),
    "update": (r.PostUpdate("Found the cause."), LIVE),
    "no change": (r.PostUpdate("", no_change=True), LIVE),
    "impact": (r.StateImpact("Revenue is not reliable.", data="suspect"), LIVE),
    "severity": (r.ChangeSeverity("P2"), LIVE),
    "phase": (r.MovePhase("fixing"), LIVE),
    "snooze": (r.SnoozeAsking(timedelta(minutes=10), "Lunch"), LIVE),
    "resolve": (r.Resolve("Reverted.", "repaired"), LIVE),
    "cancel": (r.Cancel("expected", "A test."), LIVE),
    "close": (r.Close(met=CRITERIA), {"resolved"}),
    "reopen": (r.Reopen("It is back."), OVER),
    "note": (r.AddNote("The queue was full."), LIVE | OVER),
    "mark": (MARK, LIVE | OVER),
    "speak": (r.Speak(), LIVE | OVER),
    "retry": (r.RetryChannel(), set()),
    "not me": (r.DeclineAsk(99), set()),
}


def asked(
    incident: Incident, request: r.Request, by: str | None = ANA, roster: Roster = ROSTER, via: f.Door = "slash"
) -> list[f.Fact]:
    return decide(incident, request, default(), roster, Caller(by, via), NOW)


def kinds(facts: Sequence[f.Fact]) -> list[str]:
    return sorted(fact.kind for fact in facts)


def sentence(text: str) -> bool:
    """Something a tired person understands: a beginning, an end, nothing of ours."""
    return bool(re.match(r'^["A-Z].*[.?]$', text, re.DOTALL)) and not re.search(r"Error|None|<class|\w+\(", text)


# ---------------------------------------------------------------------------------------- every stage, every request


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", REQUESTS)
def test_each_stage_does_what_it_can_and_refuses_the_rest_with_a_sentence(name: str, stage: str) -> None:
    request, allowed = REQUESTS[name]
    incident = incident_of(*STAGES[stage])
    assert incident.stage == stage
    if stage in allowed:
        after = incident
        for fact in asked(incident, request):
            after = evolve(after, entry(after, fact, NOW, ANA))
    else:
        with pytest.raises(NotNow) as refused:
            asked(incident, request)
        assert sentence(str(refused.value))


@pytest.mark.parametrize(
    ("stage", "name", "expected"),
    [
        ("triage", "ack", ["acknowledged"]),
        ("triage", "take it", ["acknowledged", "role_assigned"]),
        ("triage", "confirm", ["acknowledged", "phase_moved", "severity_confirmed"]),
        ("triage", "update", ["acknowledged", "phase_moved", "update_posted"]),
        ("triage", "no change", ["acknowledged", "phase_moved", "update_posted"]),
        ("triage", "impact", ["acknowledged", "impact_stated"]),
        ("triage", "severity", ["acknowledged", "phase_moved", "severity_changed"]),
        ("triage", "phase", ["acknowledged", "phase_moved"]),
        ("triage", "resolve", ["acknowledged", "resolved"]),
        ("triage", "note", ["acknowledged", "note_added"]),
        ("triage", "mark", ["acknowledged", "message_marked"]),
        ("triage", "speak", ["acknowledged"]),
        ("active", "confirm", ["acknowledged"]),
        ("monitoring", "update", ["acknowledged", "update_posted"]),
        ("resolved", "close", ["closed"]),
        ("resolved", "reopen", ["phase_moved", "reopened"]),
        ("cancelled", "note", ["note_added"]),
    ],
)
def test_what_a_request_of_the_person_on_call_comes_to(stage: str, name: str, expected: list[str]) -> None:
    assert kinds(asked(incident_of(*STAGES[stage]), REQUESTS[name][0])) == expected


@pytest.mark.parametrize("stage", sorted(OVER))
def test_a_refusal_after_the_end_names_the_door_that_is_open(stage: str) -> None:
    with pytest.raises(NotNow, match="reopen"):
        asked(incident_of(*STAGES[stage]), r.PostUpdate("One more thing."))


def test_closing_what_is_not_resolved_says_to_resolve_it_first() -> None:
    with pytest.raises(NotNow, match="/incident resolve"):
        asked(incident_of(), r.Close(met=CRITERIA))


# ---------------------------------------------------------------------------------------- declaring


def declaring(
    title: str = "Orders mart is stale", *, by: str = EVE, roster: Roster = ROSTER, **more: Any
) -> list[f.Fact]:
    return declared(r.Declare(title=title, **more), default(), roster, Caller(by, "form"), NOW)


@pytest.mark.parametrize(
    "title", ["🔥", "🔥🔥🔥", "订单数据过期了", "注文データ 遅延", "x" * 3000, "<!channel> *bold*", "P1"]
)
def test_any_title_with_something_in_it_is_kept_as_it_is(title: str) -> None:
    first = declaring(title)[0]
    assert isinstance(first, f.Declared)
    assert first.title == title


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "\u2003"])
def test_a_title_with_nothing_in_it_is_asked_for(title: str) -> None:
    with pytest.raises(BadInput) as refused:
        declaring(title)
    assert refused.value.field == "title"
    assert sentence(str(refused.value))


def test_declaring_names_who_is_on_call_and_fills_the_roles_the_severity_requires() -> None:
    first, on_call, *roles = declaring(severity="p1")
    assert isinstance(first, f.Declared)
    assert (first.severity, first.phase, first.detected_at) == ("P1", "detecting", NOW)
    assert on_call == f.OnCallNamed(primary=ANA, secondary=CAR)
    assert [(role.role, role.person) for role in roles if isinstance(role, f.RoleAssigned)] == [
        ("incident-manager", BEA),
        ("technical-coordinator", TEC),
        ("subject-matter-expert", SME),  # level 2 as well, but Tec has a role already
    ]


def test_without_a_severity_it_is_the_second_highest_until_confirmed() -> None:
    first = declaring()[0]
    assert isinstance(first, f.Declared)
    assert first.severity == "P2"


def test_somebody_on_call_who_declares_is_awake() -> None:
    assert f.Acknowledged(implied=True) in declaring(by=ANA)
    assert "acknowledged" not in kinds(declaring(by=EVE))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"severity": "P9"}, "severity"),
        ({"severity": "1"}, "severity"),
        ({"severity": ""}, "severity"),
        ({"detected_at": NOW + timedelta(minutes=1)}, "detected_at"),
        ({"started_at": NOW + timedelta(days=1)}, "started_at"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        declaring(**more)
    assert refused.value.field == field
    assert sentence(str(refused.value))


# ---------------------------------------------------------------------------------------- acknowledging

ON_DUTY = {ANA: "primary", CAR: "secondary", TEC: "on the ladder", EVE: "on the ladder", BEA: "in a role"}


@pytest.mark.parametrize("person", ON_DUTY, ids=ON_DUTY.get)
def test_who_is_on_call_on_the_ladder_or_in_a_role_may_stop_the_asking(person: str) -> None:
    incident = incident_of(leads("0:00"))
    assert may_stop_asking(person, incident, default(), ROSTER)
    assert kinds(asked(incident, r.Acknowledge(), by=person)) == ["acknowledged"]
    assert "acknowledged" in kinds(asked(incident, r.AddNote("Looking."), by=person))


def test_others_are_told_that_the_asking_goes_on_and_may_take_it() -> None:
    incident = incident_of(leads("0:00"))
    with pytest.raises(NotYours) as refused:
        asked(incident, r.Acknowledge(), by=DIR)
    assert sentence(str(refused.value))
    assert kinds(asked(incident, r.Acknowledge(take=True), by=DIR)) == ["acknowledged", "role_assigned"]
    assert kinds(asked(incident, r.AddNote("Looking."), by=DIR)) == ["note_added"]


def test_where_nobody_is_configured_anybody_may_acknowledge_but_nothing_is_implied() -> None:
    incident = incident_of()
    assert kinds(asked(incident, r.Acknowledge(), by=EVE, roster=NOBODY)) == ["acknowledged"]
    assert kinds(asked(incident, r.AddNote("Looking."), by=EVE, roster=NOBODY)) == ["note_added"]


def test_somebody_on_the_ladder_acknowledges_by_acting_even_where_nobody_is_on_call() -> None:
    ladder_only = Roster(directory={"level-2": (TEC,)})
    facts = asked(incident_of(), r.PostUpdate("Looking."), by=TEC, roster=ladder_only)
    assert f.Acknowledged(implied=True) in facts


def test_acknowledging_twice_changes_nothing() -> None:
    incident = incident_of(acked("0:05"))
    assert asked(incident, r.Acknowledge(), by=CAR) == []
    assert kinds(asked(incident, r.PostUpdate("News."), by=CAR)) == ["phase_moved", "update_posted"]


CALLED = did("0:00", f.ManagementCalled(people=(DIR,), channels=(), clause="§ escalation.management.P1"), None)


def test_the_bot_acknowledges_nothing() -> None:
    assert kinds(decide(incident_of(), r.Tick(), default(), ROSTER, BOT, MONDAY)) == ["management_called"]
    informed = decide(incident_of(CALLED), r.Informed(DIR), default(), ROSTER, Caller(None, "courier"), MONDAY)
    assert kinds(informed) == ["management_informed"]


def test_not_me_does_not_acknowledge_and_asks_the_next() -> None:
    paged = watch(until="0:00").incident
    page = paged.asks[-1]
    declining, passed = asked(paged, r.DeclineAsk(page.seq), by=ANA)
    assert declining == f.AskDeclined(covers=page.covers)
    assert isinstance(passed, f.Asked)
    assert passed.people == (CAR,)


def test_not_me_on_an_answered_reminder_says_so() -> None:
    seen = watch(acked("0:01"), until="0:02").incident
    with pytest.raises(NotNow, match="answered"):
        asked(seen, r.DeclineAsk(seen.asks[0].seq), by=ANA)


# ---------------------------------------------------------------------------------------- the course of it


def test_one_answer_keeps_several_promises() -> None:
    facts = asked(incident_of(acked("0:01")), r.PostUpdate("Found it.", impact="Revenue is off.", data="suspect"))
    assert kinds(facts) == ["impact_stated", "phase_moved", "update_posted"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_empty_words_are_asked_for(text: str) -> None:
    incident = incident_of()
    for request in (r.PostUpdate(text), r.StateImpact(text), r.AddNote(text), r.Resolve(text, "repaired")):
        with pytest.raises(BadInput) as refused:
            asked(incident, request)
        assert sentence(str(refused.value))


@pytest.mark.parametrize(
    "request_", [r.StateImpact("Off.", data="rotten"), r.PostUpdate("Off.", impact="Off.", data="rotten")], ids=repr
)
def test_a_state_the_data_cannot_have_is_refused_with_a_sentence(request_: r.Request) -> None:
    with pytest.raises(BadInput) as refused:
        asked(incident_of(), request_)
    assert sentence(str(refused.value))


@pytest.mark.parametrize("text", ["P1", "p1", "sev1", "critical"])
def test_re_grading_to_what_it_is_confirms_it(text: str) -> None:
    assert "severity_confirmed" in kinds(asked(incident_of(), r.ChangeSeverity(text)))
    assert asked(incident_of(acked("0:01"), *STAGES["active"]), r.ChangeSeverity(text)) == []


def test_raising_fills_the_roles_it_requires_and_lowering_takes_none() -> None:
    raised = asked(incident_of(acked("0:01"), severity="P3"), r.ChangeSeverity("P1", "Revenue"))
    roles = {fact.role: fact.person for fact in raised if isinstance(fact, f.RoleAssigned)}
    assert roles["incident-manager"] == BEA
    (change,) = (fact for fact in raised if isinstance(fact, f.SeverityChanged))
    assert (change.old, change.new, change.raised, change.why) == ("P3", "P1", True, "Revenue")
    lowered = asked(incident_of(acked("0:01"), leads("0:01")), r.ChangeSeverity("P3"))
    assert "role_assigned" not in kinds(lowered)


@pytest.mark.parametrize("text", ["P9", "", "urgent", "1", "<@U0ANA>"])
def test_an_unknown_severity_gets_the_ones_there_are(text: str) -> None:
    with pytest.raises(BadInput, match="P1, P2, P3, P4"):
        asked(incident_of(), r.ChangeSeverity(text))


def test_an_unknown_phase_gets_the_ones_there_are() -> None:
    with pytest.raises(BadInput, match="investigating"):
        asked(incident_of(), r.MovePhase("dancing"))


def test_moving_to_the_phase_it_is_in_says_so_and_triage_is_not_gone_back_to() -> None:
    incident = incident_of(*STAGES["active"])
    with pytest.raises(NotNow, match="already"):
        asked(incident, r.MovePhase("investigating"))
    with pytest.raises(NotNow, match="past triage"):
        asked(incident, r.MovePhase("detecting"))
    (back,) = asked(incident_of(acked("0:01"), *STAGES["monitoring"]), r.MovePhase("Fixing"))
    assert isinstance(back, f.PhaseMoved)
    assert (back.old, back.new, back.stage) == ("monitoring", "fixing", "active")


@pytest.mark.parametrize(("severity", "longest"), [("P1", 30), ("P2", 60)])
def test_a_snooze_is_capped_by_the_protocol(severity: str, longest: int) -> None:
    facts = asked(incident_of(severity=severity), r.SnoozeAsking(timedelta(hours=9), "Flying"))
    assert [fact.until for fact in facts if isinstance(fact, f.Snoozed)] == [NOW + timedelta(minutes=longest)]


@pytest.mark.parametrize(("minutes", "why"), [(10, ""), (10, "  "), (0, "Lunch"), (-5, "Lunch")])
def test_a_snooze_needs_a_length_and_a_reason(minutes: int, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked(incident_of(), r.SnoozeAsking(timedelta(minutes=minutes), why))
    assert sentence(str(refused.value))


def test_a_note_of_what_has_not_happened_yet_is_refused() -> None:
    with pytest.raises(BadInput):
        asked(incident_of(), r.AddNote("It will work.", at=NOW + timedelta(minutes=1)))
    assert "note_added" in kinds(asked(incident_of(), r.AddNote("It began.", at=NOW - timedelta(days=2))))


# ---------------------------------------------------------------------------------------- ending


@pytest.mark.parametrize("data", ["late", "suspect", "quarantined", "backfilling"])
def test_what_is_not_right_yet_is_not_resolved_but_may_be_monitored(data: str) -> None:
    with pytest.raises(BadInput, match="monitoring") as refused:
        asked(incident_of(), r.Resolve("Reverted.", data))
    assert refused.value.field == "data"


@pytest.mark.parametrize("data", ["repaired", "unaffected", "lost", "not checked", "Repaired "])
def test_data_that_is_settled_lets_it_be_resolved(data: str) -> None:
    assert "resolved" in kinds(asked(incident_of(), r.Resolve("Reverted.", data)))


@pytest.mark.parametrize("data", ["", "rotten"])
def test_resolving_needs_a_state_of_the_data(data: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked(incident_of(), r.Resolve("Reverted.", data))
    assert refused.value.field == "data"


def test_closing_ticks_what_is_proven_and_asks_why_for_the_rest() -> None:
    known = f.Resolved(fix="Reverted.", data="repaired", cause="A deploy.")
    incident = incident_of(did("0:30", known))
    assert [c.id for c in default().closure if proven(incident, c)] == ["resolved", "root-cause", "service", "notified"]
    with pytest.raises(BadInput, match="Temporary workarounds are gone") as refused:
        asked(incident, r.Close(met=()))
    assert refused.value.field == "reason"
    (done,) = asked(incident, r.Close(met=(), reason="Gone on Monday", automatable=True))
    assert isinstance(done, f.Closed)
    assert (done.unmet, done.reason, done.automatable) == (("workarounds",), "Gone on Monday", True)
    (ticked,) = asked(incident, r.Close(met=("workarounds", "no such criterion")))
    assert isinstance(ticked, f.Closed)
    assert (set(ticked.met), ticked.unmet) == (set(CRITERIA), ())


def test_what_the_record_does_not_show_is_not_proven() -> None:
    lost = incident_of(did("0:30", f.Resolved(fix="Nothing to be done.", data="lost")))
    assert {c.id for c in default().closure if proven(lost, c)} == {"resolved", "notified"}
    assert [c.id for c in default().closure if proven(incident_of(), c)] == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("false alarm", "false alarm"),
        ("False  Alarm", "false alarm"),
        ("noise", "false alarm"),
        ("expected", "expected"),
        ("dup", "duplicate"),
        ("duplicate", "duplicate"),
    ],
)
def test_cancelling_has_three_outcomes_by_many_names(said: str, meant: str) -> None:
    (done,) = asked(incident_of(acked("0:01")), r.Cancel(said))
    assert isinstance(done, f.Cancelled)
    assert done.outcome == meant


def test_an_unknown_outcome_gets_the_three_there_are() -> None:
    with pytest.raises(BadInput, match="false alarm, expected or duplicate"):
        asked(incident_of(), r.Cancel("boring"))


@pytest.mark.parametrize("stage", ["monitoring", "triage"])
def test_reopened_it_is_in_an_active_phase_whatever_it_was_in(stage: str) -> None:
    incident = incident_of(*STAGES[stage], resolved("1:00"))
    for fact in asked(incident, r.Reopen("It is back.")):
        incident = evolve(incident, entry(incident, fact, NOW, ANA))
    assert incident.stage == default().phase(incident.phase).stage == "active"


def test_reopening_needs_a_reason() -> None:
    with pytest.raises(BadInput):
        asked(incident_of(*STAGES["closed"]), r.Reopen(" "))


# ---------------------------------------------------------------------------------------- marks, and what Slack says


def test_a_message_is_marked_once_however_often_it_is_marked() -> None:
    (mark,) = asked(incident_of(acked("0:01")), MARK, by=TEC, via="reaction")
    assert isinstance(mark, f.MessageMarked)
    assert (mark.author, mark.text, mark.marker) == (DEE, "It began at six", "pushpin")
    marked = incident_of(acked("0:01"), did("0:02", mark))
    assert asked(marked, MARK, by=BEA) == []
    assert kinds(asked(marked, r.RetractMark("C1", MARK.ts))) == ["mark_retracted"]
    assert kinds(asked(marked, r.NoteEdit("C1", MARK.ts, "At seven"), by=DEE)) == ["marked_message_edited"]
    assert kinds(asked(marked, r.NoteEdit("C1", MARK.ts, None), by=DEE)) == ["marked_message_deleted"]


def test_what_was_never_marked_is_not_surveyed() -> None:
    incident = incident_of(acked("0:01"))
    for request in (r.RetractMark("C1", "1.1"), r.NoteEdit("C1", "1.1", "Oops"), r.NoteEdit("C1", "1.1", None)):
        assert asked(incident, request, by=DEE) == []


def test_an_edit_by_somebody_on_call_is_no_acknowledgement() -> None:
    mark = f.MessageMarked(channel="C1", ts="1.1", author=ANA, text="Six", marker="star")
    assert "acknowledged" not in kinds(asked(incident_of(did("0:01", mark, DIR)), r.NoteEdit("C1", "1.1", "Seven")))


def courier(incident: Incident, request: r.Request) -> list[f.Fact]:
    return decide(incident, request, default(), ROSTER, Caller(None, "courier"), NOW)


def test_what_slack_answered_is_recorded_once() -> None:
    incident = incident_of()
    (opened,) = courier(incident, r.ChannelIs("C9", "inc-12"))
    assert opened == f.ChannelOpened(channel="C9", name="inc-12")
    incident = incident_of(did("0:01", opened, None))
    assert courier(incident, r.ChannelIs("C9", "inc-12")) == []
    (informed,) = courier(incident_of(CALLED), r.Informed(DIR))
    assert courier(incident_of(CALLED, did("0:01", informed, None)), r.Informed(DIR)) == []
    assert courier(incident, r.Informed(DIR)) == [], "the call was taken back meanwhile"


def test_a_refused_channel_can_be_retried_and_an_open_one_cannot() -> None:
    (refused,) = courier(incident_of(), r.ChannelIs(error="restricted_action"))
    assert refused == f.ChannelRefused(error="restricted_action")
    assert "channel_retried" in kinds(asked(incident_of(did("0:01", refused, None)), r.RetryChannel()))
    with pytest.raises(NotNow, match="has its channel"):
        asked(incident_of(), r.RetryChannel())


# ---------------------------------------------------------------------------------------- any sequence of requests

WORDS = st.sampled_from(["", "Looking.", "🔥", "x" * 3000, "<!channel>"])
ANY_REQUEST = st.one_of(
    st.sampled_from([request for request, _ in REQUESTS.values()]),
    st.builds(r.PostUpdate, WORDS, st.booleans(), WORDS, st.sampled_from([None, "late", "repaired"])),
    st.builds(r.ChangeSeverity, st.sampled_from(["P1", "P2", "P3", "P4", "P5", "high", ""])),
    st.builds(r.MovePhase, st.sampled_from(["detecting", "triaging", "fixing", "monitoring", "x", ""])),
    st.builds(r.SnoozeAsking, st.timedeltas(timedelta(hours=-1), timedelta(days=3)), WORDS),
    st.builds(r.DeclineAsk, st.integers(0, 40)),
    st.builds(r.Resolve, WORDS, st.sampled_from(["repaired", "late", "lost", "x"]), WORDS),
    st.builds(r.Close, st.sampled_from([(), CRITERIA, ("x",)]), WORDS, st.sampled_from([None, "P2", "P9"])),
    st.builds(r.Cancel, st.sampled_from(["noise", "dup", "boring"]), WORDS),
    st.builds(r.Reopen, WORDS),
    st.just(r.Tick()),
)
PEOPLE = st.sampled_from([ANA, BEA, CAR, DEE, TEC, EVE, DIR])

STEPS = {
    ("triage", "active"), ("triage", "monitoring"), ("active", "monitoring"), ("monitoring", "active"),
    *((stage, end) for stage in LIVE for end in ("resolved", "cancelled")),
    ("resolved", "closed"), ("resolved", "active"), ("closed", "active"), ("cancelled", "active"),
}  # fmt: skip
"""The lifecycle."""


def facts_or_refusal(
    incident: Incident, request: r.Request, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """What it comes to; nothing when it is refused, as long as it is refused with a sentence."""
    refusal = ""
    try:
        return decide(incident, request, default(), roster, caller, now)
    except DomainError as error:
        refusal = str(error)
    assert sentence(refusal)
    return []


@settings(max_examples=150)
@given(
    st.sampled_from(["P1", "P2", "P3", "P4"]),
    st.lists(st.tuples(ANY_REQUEST, PEOPLE, st.integers(0, 240)), max_size=25),
    st.sampled_from([ROSTER, NOBODY]),
)
def test_any_sequence_of_requests_keeps_the_incident_whole(
    severity: str, wanted: list[tuple[r.Request, str, int]], roster: Roster
) -> None:
    entries = [entry(None, declaring(severity=severity)[0], MONDAY, ANA)]
    incident, now = evolve(None, entries[0]), MONDAY
    for request, person, minutes in wanted:
        now += timedelta(minutes=minutes)
        caller = BOT if isinstance(request, r.Tick) else Caller(person, "slash")
        for fact in facts_or_refusal(incident, request, roster, caller, now):
            stage = incident.stage
            entries.append(entry(incident, fact, now, caller.person, caller.via))
            incident = evolve(incident, entries[-1])
            assert stage == incident.stage or (stage, incident.stage) in STEPS
        assert incident.running == (incident.stage in LIVE)
        if incident.running:
            assert default().phase(incident.phase).stage == incident.stage
    assert [each.seq for each in entries] == list(range(1, len(entries) + 1))
    assert fold(entries) == incident
    assert Incident.model_validate_json(incident.model_dump_json()) == incident
