"""High-impact changes: who approves them, what a changed plan is worth, and what goes ahead without approval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, DomainError, NotNow, NotYours, WhichOne
from bot.domain.incident import Incident
from bot.domain.proposals import parts, whole
from bot.domain.react import react
from bot.domain.scribe import Audiences
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    MONDAY,
    NOBODY,
    ROSTER,
    TEC,
    Line,
    acked,
    default,
    did,
    entry,
    incident_of,
    leads,
    resolved,
    span,
)

ZOE = "U0ZOE"
NOW = MONDAY + span("1:00")
PLAN = r.Propose("Drop the partition.", "It is corrupt.", "An hour of data.", "Restore it.")


def asked(incident: Incident, request: r.Request, by: str | None = TEC, roster: Roster = ROSTER) -> list[f.Fact]:
    return decide(incident, request, default(), roster, Caller(by, "slash"), NOW)


def proposed(after: str = "0:10", by: str = TEC, **changes: object) -> Line:
    held = {"what": "Drop the partition.", "rollback": "Restore it.", "people": (BEA,), **changes}
    return did(after, f.ChangeProposed.model_validate(held), by)


def coordinates(person: str = TEC) -> Line:
    return did("0:01", f.RoleAssigned(role="technical-coordinator", person=person), None)


def waiting(*more: Line) -> Incident:
    """Led by Bea, coordinated by Tec, who planned the change that waits."""
    return incident_of(acked("0:02"), leads("0:01"), coordinates(), proposed(), *more)


def plan_of(incident: Incident) -> int:
    return incident.proposals[-1].seq


def state_of(incident: Incident) -> str:
    return incident.proposals[-1].state


# ------------------------------------------------------------------------------------------- planning


def test_a_plan_is_put_to_those_who_approve_and_never_to_who_planned_it() -> None:
    held = incident_of(acked("0:02"), leads("0:01"), coordinates())
    for planner, approvers in ((TEC, (BEA,)), (BEA, (TEC,)), (ZOE, (BEA, TEC))):
        [plan] = asked(held, PLAN, planner)
        assert isinstance(plan, f.ChangeProposed)
        assert (plan.people, plan.environment) == (approvers, "production")
    nobody_leads = incident_of(acked("0:02"))
    [plan] = asked(nobody_leads, PLAN, ANA)
    assert isinstance(plan, f.ChangeProposed)
    assert plan.people == (CAR,), "without anybody who approves, the next who stands behind it is asked"
    [alone] = asked(incident_of(), PLAN, ZOE, NOBODY)
    assert isinstance(alone, f.ChangeProposed)
    assert alone.people == ()


def test_a_plan_says_what_and_how_it_is_taken_back() -> None:
    for plan in (r.Propose(" ", rollback="x"), r.Propose("x"), r.Propose("x", rollback="y", environment="moon")):
        with pytest.raises(BadInput):
            asked(waiting(), plan)
    with pytest.raises(NotNow):
        asked(incident_of(resolved("0:30")), PLAN)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("restart the loader", {"what": "restart the loader"}),
        (
            "restart the loader because it hangs, risk: an hour late; rollback start it again",
            {"what": "restart the loader", "why": "it hangs", "risk": "an hour late", "rollback": "start it again"},
        ),
        ("because it hangs", {"what": "", "why": "it hangs"}),
        ("lower the risky limit", {"what": "lower the risky limit"}),
    ],
)
def test_a_plan_typed_on_one_line_is_taken_apart(text: str, held: dict[str, str]) -> None:
    assert parts(text) == held
    assert whole(parts(text)) == (len(held) == 4)


WORDS = ("because", "Risk:", "rollback", "rollback:", "restart", "it,", ";", "risky", "The", "…")


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_taking_a_line_apart_loses_no_word(text: str) -> None:
    kept = " ".join(parts(text).values())
    markers = {"because", "risk", "risks", "rollback"}
    words = [
        word for word in "".join(c if c.isalnum() else " " for c in text.casefold()).split() if word not in markers
    ]
    left = "".join(c if c.isalnum() else " " for c in kept.casefold()).split()
    assert sorted(word for word in left if word not in markers) == sorted(words)


# ------------------------------------------------------------------------------------------- answering


def test_nobody_approves_their_own_plan() -> None:
    for request, words in (
        (r.Approve(), "so the Incident Manager or Technical Coordinator approves it"),
        (r.Reject("No."), "so rejecting is for somebody else. To plan it differently"),
    ):
        with pytest.raises(NotYours, match=f"You planned this, {words}"):
            asked(waiting(), request)
        with pytest.raises(NotYours, match="for the Incident Manager"):
            asked(waiting(), request, ZOE)
        assert asked(waiting(), request, BEA)
    own = incident_of(leads("0:01"), proposed(by=BEA, people=()))
    with pytest.raises(NotYours, match="somebody else on call, on the ladder or in a role"):
        asked(own, r.Approve(), BEA)
    assert f.ChangeApproved(proposal=3) in asked(own, r.Approve(), ANA), "no other holds a role that approves"
    with pytest.raises(NotYours):
        asked(own, r.Approve(), ZOE)


@given(by=st.sampled_from((ANA, BEA, CAR, TEC, ZOE)), planner=st.sampled_from((ANA, BEA, TEC, ZOE)))
def test_whoever_planned_it_is_never_who_approves(by: str, planner: str) -> None:
    for roster in (ROSTER, NOBODY):
        incident = incident_of(leads("0:01"), coordinates(), proposed(by=planner))
        try:
            facts = asked(incident, r.Approve(), by, roster)
        except DomainError:
            continue
        assert by != planner
        assert any(isinstance(fact, f.ChangeApproved) for fact in facts)


def test_a_plan_is_decided_once() -> None:
    done = did("0:20", f.ChangeApproved(proposal=5), BEA)
    incident = waiting(done)
    assert plan_of(incident) == 5
    assert state_of(incident) == "approved"
    with pytest.raises(NotNow, match="was approved already"):
        asked(incident, r.Approve(5), BEA)
    with pytest.raises(NotNow, match="No plan waits"):
        asked(incident, r.Approve(), BEA)
    with pytest.raises(BadInput, match="There is no plan 5"):
        asked(incident, r.Approve(nth=5), BEA)
    with pytest.raises(NotNow, match="no such plan"):
        asked(incident, r.Approve(99), BEA)
    with pytest.raises(BadInput, match="Say why"):
        asked(waiting(), r.Reject(" "), BEA)


def test_of_several_that_wait_one_is_named() -> None:
    two = waiting(proposed("0:12", what="Restart the loader."))
    for request, verb, words, rest in (
        (r.Approve(), "approve", ["1", "2"], ""),
        (r.Reject("Wait."), "reject", ["1", "2"], "Wait."),
        (r.GoAhead("It burns."), "propose", ["go ahead 1", "go ahead 2"], "It burns."),
    ):
        with pytest.raises(WhichOne, match=r"1 is “Drop the partition\.”; 2 is “Restart the loader\.”") as which:
            asked(two, request, BEA)
        assert (which.value.verb, [one for _, one in which.value.picks], which.value.rest) == (verb, words, rest)
    assert asked(two, r.Approve(nth=2), BEA) == [f.ChangeApproved(proposal=6)]
    assert asked(two, r.Reject("Wait.", nth=1), BEA) == [f.ChangeRejected(proposal=5, why="Wait.")]


def test_a_plan_put_forward_unchanged_by_another_is_still_who_planned_its() -> None:
    same = r.Propose("Drop the partition.", rollback="Restore it.", replaces=5)
    for standing in (waiting(), waiting(did("0:20", f.ChangeApproved(proposal=5), BEA))):
        with pytest.raises(BadInput, match="how the plan stands already"):
            asked(standing, same, ANA)
    assert asked(waiting(did("0:20", f.ChangeRejected(proposal=5, why="Not now."), BEA)), same, ANA)


def test_a_changed_plan_is_worth_nothing_until_it_is_approved_again() -> None:
    approved = waiting(did("0:20", f.ChangeApproved(proposal=5), BEA))
    [changed] = asked(approved, r.Propose("Drop two.", rollback="Restore both.", replaces=5))
    after = waiting(did("0:20", f.ChangeApproved(proposal=5), BEA), did("0:30", changed, TEC))
    assert [one.state for one in after.proposals] == ["replaced", "waiting"]
    messages = react(entry(approved, changed, NOW, TEC), after, default(), Audiences())
    assert [m.args["about"] for m in messages if m.kind == "matter"] == [5, plan_of(after)]
    with pytest.raises(NotNow, match="replaced already"):
        asked(after, r.Propose("Drop all.", rollback="None.", replaces=5))


def test_going_ahead_without_approval_needs_a_reason_and_is_for_who_answers_for_it() -> None:
    with pytest.raises(BadInput, match="needs a reason"):
        asked(waiting(), r.GoAhead(" "))
    with pytest.raises(NotYours):
        asked(waiting(), r.GoAhead("Now.", None), ZOE)
    assert asked(waiting(), r.GoAhead("The disk is full.")) == [f.ChangeWentAhead(proposal=5, why="The disk is full.")]
    rejected = waiting(did("0:20", f.ChangeRejected(proposal=5, why="Wait."), BEA))
    assert asked(rejected, r.GoAhead("It burns.", 5))
    ahead = waiting(did("0:20", f.ChangeWentAhead(proposal=5, why="It burns."), TEC))
    for request in (r.GoAhead("Again."), r.Approve(5)):
        with pytest.raises(NotNow):
            asked(ahead, request, BEA)


def test_whoever_planned_it_hears_of_the_answer() -> None:
    incident = waiting(did("0:20", f.ChangeApproved(proposal=5), BEA))
    answered = entry(waiting(), f.ChangeApproved(proposal=5), NOW, BEA)
    told = [m.args["person"] for m in react(answered, incident, default(), Audiences()) if m.kind == "tell"]
    assert told == [TEC]
