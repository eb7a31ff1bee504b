"""How bad it is, of what kind and where: who may say so, what it changes, and what is only asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide, declared
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.domain.incident import Incident
from bot.domain.promises.clocks import clocks
from bot.domain.protocol import PROMISE_KEYS
from bot.domain.react import react
from bot.domain.scribe import Audiences
from tests.domain.life import (
    ANA,
    BEA,
    DEE,
    MONDAY,
    NOBODY,
    ROSTER,
    Line,
    acked,
    cancelled,
    clock_of,
    default,
    did,
    entry,
    graded,
    incident_of,
    leads,
    resolved,
    span,
    stated,
)

ZOE = "U0ZOE"
NOW = MONDAY + span("1:00")


def asked(incident: Incident, request: r.Request, by: str | None = ZOE, roster: Roster = ROSTER) -> list[f.Fact]:
    return decide(incident, request, default(), roster, Caller(by, "slash"), NOW)


def kinds(facts: list[f.Fact]) -> list[str]:
    return [fact.kind for fact in facts]


def wanted(severity: str = "P1", by: str = ZOE) -> Line:
    return did("0:10", f.SeverityRequested(severity=severity, why="The board meets."), by)


# ------------------------------------------------------------------------------------------- who may re-grade


@pytest.mark.parametrize(
    ("who", "story", "roster", "decides"),
    [
        (ANA, (), ROSTER, True),  # on call
        (BEA, (leads("0:01"),), ROSTER, True),  # in a role
        (ZOE, (acked("0:02"),), ROSTER, False),
        (DEE, (), ROSTER, True),  # declared it, and nobody has it yet
        (DEE, (acked("0:02"),), ROSTER, False),
        (ZOE, (), NOBODY, True),  # nobody is configured at all
    ],
)
def test_who_changes_a_severity_and_who_asks_for_it(
    who: str, story: tuple[Line, ...], roster: Roster, decides: bool
) -> None:
    incident = incident_of(*story, severity="P3").model_copy(update={"declared_by": DEE})
    facts = kinds(asked(incident, r.ChangeSeverity("P1", "It spreads."), who, roster))
    assert ("severity_changed" in facts, "severity_requested" in facts) == (decides, not decides)


def test_a_request_changes_nothing_but_that_it_waits() -> None:
    incident = incident_of(acked("0:02"), severity="P3")
    [request] = asked(incident, r.ChangeSeverity("P1", " It spreads. "))
    assert request == f.SeverityRequested(severity="P1", why="It spreads.")
    after = incident_of(acked("0:02"), wanted(), severity="P3")
    assert (after.severity, after.stage, after.severity_requests[0].state) == ("P3", "triage", "waiting")
    with pytest.raises(NotNow, match="asked for P1 already"):
        asked(after, r.ChangeSeverity("P1"), "U0MAX")
    assert kinds(asked(after, r.ChangeSeverity("P2"), "U0MAX")) == ["severity_requested"]
    assert kinds(asked(after, r.ChangeSeverity("P3"))) == ["phase_moved", "severity_confirmed"], (
        "the same is a confirmation"
    )


def test_only_those_who_may_regrade_answer_a_request() -> None:
    incident = incident_of(acked("0:02"), wanted(), severity="P3")
    number = incident.severity_requests[0].seq
    for request in (r.AcceptSeverity(number), r.DeclineSeverity(number)):
        with pytest.raises(NotYours, match="Ask the Incident Manager"):
            asked(incident, request)
        assert asked(incident_of(acked("0:02", ZOE), wanted(), severity="P3"), request, ZOE, NOBODY)
    accepted = asked(incident, r.AcceptSeverity(number), ANA)
    assert f.SeverityChanged(old="P3", new="P1", raised=True, why="The board meets.") in accepted
    assert asked(incident, r.DeclineSeverity(number, "No."), ANA) == [
        f.SeverityRequestDeclined(request=number, why="No.")
    ]


def test_a_request_is_answered_once_however_it_is_answered() -> None:
    by_hand = incident_of(acked("0:02"), wanted(), graded("0:20", "P1"), severity="P3")
    declined = incident_of(
        acked("0:02"), wanted(), did("0:20", f.SeverityRequestDeclined(request=3, why="")), severity="P3"
    )
    over = incident_of(acked("0:02"), wanted(), cancelled("0:20"), severity="P3")
    number = by_hand.severity_requests[0].seq
    assert by_hand.severity_requests[0].state == "accepted", "whoever raises it to P1 gave what was asked for"
    assert number == declined.severity_requests[0].seq == 3
    for incident in (by_hand, declined, over):
        with pytest.raises(NotNow):
            asked(incident, r.AcceptSeverity(number), ANA)


def test_whoever_asked_is_told_and_the_request_shrinks() -> None:
    incident = incident_of(acked("0:02"), wanted(), graded("0:20", "P1"), severity="P3")
    changed = f.SeverityChanged(old="P3", new="P1", raised=True)
    last = entry(incident_of(acked("0:02"), wanted(), severity="P3"), changed, NOW, ANA)
    messages = react(last, incident, default(), Audiences())
    assert [(m.fills, m.args) for m in messages if m.kind == "matter"] == [("matter-3", {"about": 3})]
    assert [m.args["person"] for m in messages if m.kind == "tell"] == [ZOE]


# ------------------------------------------------------------------------------------------- kind and place


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("data-quality",), ("data-quality",)),
        (("Data quality", "INFRA"), ("data-quality", "infrastructure")),
        (("security", "Security"), ("security",)),
    ],
)
def test_categories_are_understood_and_the_first_is_the_main_one(
    words: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert asked(incident_of(severity="P3"), r.SetCategories(words)) == [f.CategoriesSet(categories=found)]


def test_categories_that_are_none_are_refused_with_those_there_are() -> None:
    for words in (("weather",), (), ("se",)):
        with pytest.raises(BadInput, match="data-quality, pipeline-execution"):
            asked(incident_of(), r.SetCategories(words))
    same = incident_of(did("0:01", f.CategoriesSet(categories=("security",))))
    assert asked(same, r.SetCategories(("security",))) == []


def test_declared_with_kind_and_place() -> None:
    request = r.Declare("Orders", "P1", environment="Stag", categories=("security",))
    facts = declared(request, default(), ROSTER, Caller(ZOE, "form"), NOW)
    assert isinstance(facts[0], f.Declared)
    assert facts[0].environment == "staging"
    assert f.CategoriesSet(categories=("security",)) in facts
    filled = [fact.role for fact in facts if isinstance(fact, f.RoleAssigned)]
    assert filled == ["incident-manager", "technical-coordinator"], "a P1 in staging is staffed like a P2"


def test_production_is_as_written_and_elsewhere_is_softer() -> None:
    protocol = default()
    assert protocol.severity_in("P1", "production") == protocol.severity("P1")
    assert protocol.severity_in("P1", "the moon") == protocol.severity("P1"), "a place nobody described changes nothing"
    staging = protocol.severity_in("P1", "staging")
    assert (staging.name, staging.label, staging.hours, staging.stakeholders) == (
        "P1",
        "P1 (Critical)",
        "business",
        False,
    )
    assert staging.update_every == protocol.severity("P2").update_every
    assert staging.management_after is None
    assert staging.clause("update_every") == "self-healing-pipeline § updates.P2, environment staging (house)"
    assert staging.clause("management_after") == "environment staging (house)"
    assert protocol.severity_in("P4", "development").announce == "none"


@given(
    name=st.sampled_from(("P1", "P2", "P3", "P4")),
    place=st.sampled_from(("production", "staging", "development", "elsewhere")),
)
def test_no_place_makes_a_promise_stricter_or_a_name_another(name: str, place: str) -> None:
    protocol = default()
    here, written = protocol.severity_in(name, place), protocol.severity(name)
    assert here.name == name
    assert here.rank >= written.rank
    for key in PROMISE_KEYS:
        soft, strict = here.within(key), written.within(key)
        assert soft is None or (strict is not None and soft >= strict)
    assert protocol.severity_in(name, place) == here


def test_moving_it_to_production_makes_its_promises_stricter_from_then_on() -> None:
    there = f.EnvironmentSet(old="staging", new="production", raised=True)
    before = incident_of(acked("0:02"), severity="P1", environment="staging")
    assert there in asked(before, r.SetEnvironment("prod"), ANA)
    after = incident_of(acked("0:02"), did("1:00", there), severity="P1", environment="staging")
    soft, strict = (clock_of(one, default(), "update") for one in (before, after))
    assert soft.due is not None
    assert soft.due - before.declared_at == span("2:00")
    assert strict.due is not None
    assert strict.due - after.declared_at == span("1:15"), "a quarter of an hour from the change, not in the past"
    assert strict.clause == "self-healing-pipeline § updates.P1"
    assert not [c for c in clocks(before, default()) if c.key == "management" and c.due]
    assert clock_of(after, default(), "management").due == after.declared_at + span("1:00")
    assert len([c for c in clocks(after, default()) if c.key == "impact"]) == 1, "another place is no re-grading"


def test_an_environment_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="production, staging, development"):
        asked(incident_of(), r.SetEnvironment("moon"))
    with pytest.raises(NotNow):
        asked(incident_of(resolved("0:30")), r.SetEnvironment("staging"))
    assert asked(incident_of(), r.SetEnvironment("Production")) == []


# ------------------------------------------------------------------------------------------- judging the impact

LEVELS = st.fixed_dictionaries(
    {},
    optional={one.name: st.sampled_from([level.name for level in one.levels]) for one in default().impact},
)


@given(judged=LEVELS)
def test_what_is_proposed_is_the_highest_that_any_answer_points_to(judged: dict[str, str]) -> None:
    protocol = default()
    proposed = protocol.proposed(judged)
    alone = [protocol.proposed({side: level}) for side, level in judged.items()]
    ranks = [one.rank for one in alone if one]
    assert (proposed.rank if proposed else None) == (min(ranks) if ranks else None)


@given(judged=LEVELS, more=LEVELS)
def test_judging_more_sides_never_lowers_what_is_proposed(judged: dict[str, str], more: dict[str, str]) -> None:
    before, after = default().proposed(judged), default().proposed({**more, **judged})
    assert before is None or (after is not None and after.rank <= before.rank)


def test_an_assessment_states_the_impact_and_remembers_what_was_judged_before() -> None:
    request = r.Assess({"business": "limited"}, sentence="Revenue is late.", data="late")
    facts = asked(incident_of(), request)
    assert kinds(facts) == ["impact_stated", "impact_assessed"]
    assert facts[1] == f.ImpactAssessed(levels={"business": "limited"}, proposed="P3")
    before = incident_of(did("0:05", f.ImpactAssessed(levels={"users": "severe"}, proposed="P1")))
    [_, judged] = asked(before, request)
    assert isinstance(judged, f.ImpactAssessed)
    assert judged.proposed == "P1", "what was judged before still counts"
    for wrong in (r.Assess({"weather": "bad"}), r.Assess({"users": "bad"}), r.Assess({})):
        with pytest.raises(BadInput):
            asked(incident_of(), wrong)


def test_the_impact_is_asked_for_again_after_re_grading_with_what_was_judged() -> None:
    incident = incident_of(stated("0:05"), graded("0:30", "P2"))
    again = [c for c in clocks(incident, default()) if c.key == "impact"]
    assert [c.occurrence for c in again] == [1, 2]


# ------------------------------------------------------------------------------------------- the team for its kind


def test_a_team_is_called_beside_the_ladder_by_its_clause() -> None:
    roster = ROSTER.model_copy(update={"directory": {**ROSTER.directory, "devops": (DEE,)}})
    called = f.Escalated(level=2, people=(), by_clock=False, clause="")
    for word in ("devops", "infra", "DevOps team"):
        [called] = [
            x for x in asked(incident_of(), r.Escalate("the disk", word), ANA, roster) if isinstance(x, f.Escalated)
        ]
        assert (called.team, called.people, called.level, called.help) == ("devops", (DEE,), 0, "the disk")
        assert called.clause == "self-healing-pipeline § escalation.functional.infrastructure"
    with pytest.raises(BadInput, match="data-engineering, development, devops, security"):
        asked(incident_of(), r.Escalate("", "the moon"), ANA)
    with pytest.raises(NotNow, match="names nobody for security"):
        asked(incident_of(), r.Escalate("", "security"), ANA)
    after = incident_of(did("0:20", called))
    assert clock_of(after, default(), "escalate").kept_at is None, "a team beside the ladder is not its next level"
