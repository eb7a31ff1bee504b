"""Who does what, and who is brought in: pure rules, told as stories."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide, declared
from bot.domain.errors import BadInput, NotNow
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.people import COVER_MOST
from bot.domain.promises.asking import still_asked
from bot.domain.promises.clocks import open_clocks
from bot.domain.promises.ladder import next_level, next_person
from bot.domain.react import react
from bot.domain.roles import role_named
from bot.domain.scribe import Audiences
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    COMMS,
    DEE,
    EVE,
    LEAD,
    MONDAY,
    NOBODY,
    RESPONDER,
    ROSTER,
    SME,
    TEC,
    acked,
    confirmed,
    default,
    did,
    entry,
    graded,
    incident_of,
    leads,
    resolved,
    span,
    stated,
    tell,
    tick,
    watch,
)

TOLD = Audiences(team="C0TEAM")


def done(incident: Incident, request: r.Request, by: str | None = ANA, after: str = "0:01") -> list[f.Fact]:
    return decide(incident, request, default(), ROSTER, Caller(by, "slash"), MONDAY + span(after))


def then(incident: Incident, facts: list[f.Fact], by: str | None = ANA, after: str = "0:01") -> Incident:
    for fact in facts:
        incident = evolve(incident, entry(incident, fact, MONDAY + span(after), by))
    return incident


def messages(incident: Incident, fact: f.Fact, by: str | None = ANA) -> list[tuple[str, object]]:
    after = evolve(incident, new := entry(incident, fact, MONDAY + span("0:02"), by))
    return [(m.kind, m.args.get("person") or m.args.get("people")) for m in react(new, after, default(), TOLD)]


# roles


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("comms", COMMS),
        ("Communications Coordinator", COMMS),
        ("the comms role", COMMS),
        ("communications-coordinator", COMMS),
        ("cc", COMMS),
        ("lead", LEAD),
        ("incident manager", LEAD),
        ("tech", "technical-coordinator"),
        ("sme", "subject-matter-expert"),
        ("stakeholder rep", "stakeholder-representative"),
        ("on call responder", RESPONDER),
    ],
)
def test_a_role_is_known_by_its_name_its_title_or_close_words(text: str, role: str) -> None:
    assert role_named(text, default()).name == role


@pytest.mark.parametrize(("text", "names"), [("boss", "Incident Manager"), ("coordinator", "Technical Coordinator")])
def test_no_role_and_half_a_role_name_those_there_are(text: str, names: str) -> None:
    with pytest.raises(BadInput, match=names):
        role_named(text, default())


def test_taking_a_role_is_an_acknowledgement_and_giving_one_is_not() -> None:
    fresh = incident_of()
    assert [each.kind for each in done(fresh, r.AssignRole(None), "U0ZOE")] == ["role_assigned", "acknowledged"]
    assert [each.kind for each in done(fresh, r.AssignRole(None), CAR)].count("acknowledged") == 1, "once, if on call"
    assert [each.kind for each in done(fresh, r.AssignRole(DEE, "comms"), "U0ZOE")] == ["role_assigned"]
    assert done(incident_of(leads("0:00")), r.AssignRole(BEA), "U0ZOE") == [], "she leads already"


def test_whoever_is_made_responder_is_the_responder_and_the_one_before_reads_so() -> None:
    incident = incident_of(acked("0:01"))
    (assigned,) = done(incident, r.AssignRole(DEE, "responder"), EVE)
    assert then(incident, [assigned], EVE).responder == DEE
    told = [person for kind, person in messages(incident, assigned, EVE) if kind == "tell"]
    assert told == [DEE, ANA], "the duties for Dee, a line for Ana, who had it"


def test_empty_required_roles_are_asked_for_once_and_again_only_for_what_is_new() -> None:
    def asked(facts: list[f.Fact]) -> list[tuple[str, ...]]:
        return [each.roles for each in facts if isinstance(each, f.RolesAsked)]

    def begun(severity: str) -> list[f.Fact]:
        request = r.Declare("Orders mart is stale", severity)
        return declared(request, default(), ROSTER, Caller(EVE, "slash"), MONDAY)

    assert asked(begun("P3")) == [], "whoever acknowledges is the responder, and nobody else is required"
    assert asked(begun("P2")) == [(COMMS,)], "the directory fills the others"
    incident = then(incident_of(severity="P2"), begun("P2")[1:])
    raised = done(incident, r.ChangeSeverity("P1"), BEA)
    assert asked(raised) == [("stakeholder-representative",)], "the rest was asked for before"
    lowered = done(then(incident, raised, BEA), r.ChangeSeverity("P2"), BEA, "0:02")
    again = done(then(then(incident, raised, BEA), lowered, BEA, "0:02"), r.ChangeSeverity("P1"), BEA, "0:03")
    assert asked(lowered) == asked(again) == []


# handing over


def test_a_handoff_moves_roles_and_what_is_asked_together() -> None:
    watched = watch(acked("0:05"), leads("0:06", ANA), until="0:31")
    incident = watched.incident
    assert ANA in still_asked(incident, default())
    (moved,) = done(incident, r.HandOff(DEE), ANA, "0:32")
    assert isinstance(moved, f.HandedOff)
    assert (moved.roles, moved.responds) == ((LEAD,), True)
    after = then(incident, [moved], ANA, "0:32")
    asked = still_asked(after, default())
    assert DEE in asked
    assert ANA not in asked
    assert (after.roles[LEAD], after.responder) == (DEE, DEE)
    told = [m for m in messages(incident, moved) if m[0] == "tell"]
    assert told.count(("tell", DEE)) == 1, "one message for whoever takes over"
    assert ("tell", ANA) in told, "and what asked Ana says that it went to Dee"


def test_nothing_to_hand_over_is_a_sentence() -> None:
    with pytest.raises(NotNow, match="nothing to hand over"):
        done(incident_of(acked("0:01")), r.HandOff(DEE), EVE)
    with pytest.raises(BadInput, match="That is you"):
        done(incident_of(acked("0:01")), r.HandOff(ANA), ANA)


# covers


def test_who_covers_is_asked_until_the_cover_ends() -> None:
    for cover, whom in (("0:20", BEA), ("0:40", EVE)):
        until = MONDAY + span(cover)
        covered = did("0:02", f.CoverSet(person=BEA, stand_in=EVE, until=until), BEA)
        told = (confirmed("0:03"), stated("0:04", BEA))
        log = watch(acked("0:01"), leads("0:01"), covered, *told, until="0:31").log
        name = {BEA: "Bea", EVE: "Eve"}[whom]
        assert f"0:30 due update → {name}" in log, log


@pytest.mark.parametrize(
    ("length", "words"),
    [(COVER_MOST + timedelta(minutes=1), "7 days at most"), (timedelta(minutes=4), "5 min at least")],
)
def test_a_cover_has_its_limits(length: timedelta, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        done(incident_of(acked("0:01")), r.Cover(EVE, length))


# bringing people in


def test_of_a_group_only_who_is_new_is_brought_in() -> None:
    incident = incident_of(acked("0:01"), leads("0:01"))
    (added,) = done(incident, r.AddPeople((DEE,), ("S0DATA",), members=(BEA, TEC, ANA)))
    assert isinstance(added, f.PeopleAdded)
    assert added.people == (DEE, TEC)
    assert done(incident, r.AddPeople((), ("S0DATA",), members=(BEA, ANA))) == []
    with pytest.raises(BadInput, match="Bring in whom"):
        done(incident, r.AddPeople(()))


def test_who_could_not_be_invited_is_told_of_once() -> None:
    incident = incident_of(did("0:01", f.PeopleAdded(people=(DEE, EVE))))
    refused = r.NotInvited(((EVE, "cant_invite"),), ANA)
    (told,) = done(incident, refused, None)
    after = then(incident, [told], None)
    assert done(after, refused, None) == []
    assert after.added == (DEE,)


# paging


def test_a_page_is_repeated_and_then_goes_back_to_whoever_sent_it() -> None:
    paged = did("0:02", f.Paged(person=DEE, why="Kafka"), ANA)
    log = [line for line in watch(acked("0:01"), paged, until="0:20").log if "call" in line]
    assert log == [
        "0:05 called again page → Dee",
        "0:08 called once more page → Dee",
        "0:12 call unanswered page → Ana",
    ]


def test_whatever_the_paged_person_does_answers_the_page() -> None:
    paged = did("0:02", f.Paged(person=DEE, why="Kafka"), ANA)
    here = did("0:06", f.Heard(), DEE, "message")
    log = watch(acked("0:01"), paged, here, until="0:20").log
    assert [line for line in log if "call" in line] == ["0:05 called again page → Dee"]
    incident = incident_of(acked("0:01"), paged)
    assert DEE in still_asked(incident, default())
    assert done(incident, r.Speak(), DEE) == [f.Heard()]
    waiting = incident_of(did("0:02", f.Paged(person="U0ZOE", why=""), ANA))
    assert done(waiting, r.Acknowledge(), "U0ZOE") == [f.Acknowledged()], (
        "who was called for by name may say it is theirs"
    )
    reaction = evolve(incident, entry(incident, f.Joined(person=DEE), MONDAY + span("0:03"), None))
    assert DEE in still_asked(reaction, default()), "coming into the channel is no answer"


def test_nobody_is_paged_twice_at_once_and_nobody_pages_themselves() -> None:
    incident = incident_of(acked("0:01"), did("0:02", f.Paged(person=DEE, why=""), ANA))
    with pytest.raises(NotNow, match="paged already"):
        done(incident, r.Page(DEE, "again"), "U0ZOE", "0:03")
    with pytest.raises(BadInput, match="That is you"):
        done(incident, r.Page(ANA, "me"))
    instead = did("0:12", f.Paged(person=TEC, why="", instead_of=3), ANA)
    open_pages = [
        c.occurrence
        for c in open_clocks(
            incident_of(acked("0:01"), did("0:02", f.Paged(person=DEE, why=""), ANA), instead), default()
        )
        if c.key == "page"
    ]
    assert open_pages == [2], "paging the next ends the first"
    with pytest.raises(NotNow, match="nobody is paged"):
        done(incident_of(resolved("0:02")), r.Page(DEE, ""))


# the ladder


def test_the_next_level_is_the_first_with_people_that_was_not_called() -> None:
    fresh = incident_of(acked("0:01"))
    assert next_level(fresh, default(), ROSTER) == (2, (TEC, SME))
    (up,) = done(fresh, r.Escalate("Kafka"))
    assert isinstance(up, f.Escalated)
    assert (up.level, up.by_clock, up.help) == (2, False, "Kafka")
    after = then(fresh, [up])
    assert next_level(after, default(), ROSTER) == (3, (EVE,))
    assert not any(c.key == "escalate" for c in open_clocks(after, default())), "the clock has nothing left to do"
    with pytest.raises(NotNow, match="at its end"):
        decide(fresh, r.Escalate(), default(), NOBODY, Caller(ANA, "slash"), MONDAY)


def test_whom_to_page_next_is_somebody_else() -> None:
    incident = incident_of(acked("0:01"), did("0:02", f.Paged(person=TEC, why=""), ANA))
    assert next_person(incident, default(), ROSTER, ANA) == CAR
    assert next_person(then(incident, [f.FoundMuted(person=CAR)], None), default(), ROSTER, ANA) == SME


def test_a_hold_keeps_the_clock_from_escalating_and_the_promise_where_it_is() -> None:
    held = did("0:25", f.EscalationHeld(until=MONDAY + span("0:40"), why="rolling out"))
    assert "0:40 escalate → Tec, Sme" in watch(acked("0:01"), held, until="0:45", severity="P1").log
    worse = [acked("0:01"), did("1:55", f.EscalationHeld(until=MONDAY + span("2:20"), why="rolling out"))]
    raised = watch(*worse, graded("1:58", "P1"), until="2:40", severity="P2").log
    assert next(line for line in raised if "escalate" in line).startswith("2:1"), "raising it ends the hold"


def test_a_hold_says_what_it_can_and_cannot_do() -> None:
    incident = incident_of(acked("0:01"))
    (held,) = done(incident, r.HoldEscalation(timedelta(hours=3), "rolling out"), ANA, "0:20")
    assert held == f.EscalationHeld(until=MONDAY + span("0:50"), why="rolling out"), "no longer than a snooze"
    for request, words in (
        (r.HoldEscalation(timedelta(minutes=5), "soon"), "ends before"),
        (r.HoldEscalation(timedelta(minutes=30), " "), "needs a reason"),
    ):
        with pytest.raises((NotNow, BadInput), match=words):
            done(incident, request, ANA, "0:02")


# who cannot hear it


def test_the_next_is_asked_at_once_when_somebody_cannot_hear_it() -> None:
    incident, _ = tick(incident_of(), default(), ROSTER, MONDAY)
    until: datetime = MONDAY + span("8:00")
    found, asked = done(incident, r.IsMuted(ANA, until), None)
    assert found == f.FoundMuted(person=ANA, until=until)
    assert isinstance(asked, f.Asked)
    assert asked.people == (CAR,)
    after = then(incident, [found, asked], None)
    assert done(after, r.IsMuted(ANA, until), None) == [], "Slack's answer to the next message changes nothing"


# those who look on


def test_who_follows_reads_four_turning_points_and_takes_no_part() -> None:
    incident = incident_of(acked("0:01"), did("0:02", f.Followed(), EVE), severity="P3")
    assert EVE not in incident.participants
    p1 = f.SeverityChanged(old="P3", new="P1", raised=True)
    lowered = f.SeverityChanged(old="P3", new="P4", raised=False)
    unsafe = f.ImpactStated(sentence="Wrong.", data="suspect")
    tells = {fact.kind: ("tell", EVE) in messages(incident, fact) for fact in (lowered, unsafe)}
    assert tells == {"severity_changed": False, "impact_stated": True}
    assert ("tell", EVE) in messages(incident, p1)
    assert done(incident, r.Follow(), EVE) == [f.Followed(follows=False)]


def test_questions_are_heard_from_outside_only() -> None:
    incident = incident_of(acked("0:01"))
    asked = r.HearQuestion("C0TEAM", "1.1", "1.0", EVE, "Is yesterday right?")
    (heard,) = done(incident, asked, EVE)
    assert done(incident, r.HearQuestion("C0TEAM", "1.1", "1.0", ANA, "On it"), ANA) == []
    assert done(incident_of(private=True), asked, EVE) == []
    after = then(incident, [heard], EVE)
    (answered,) = done(after, r.AnswerQuestion(after.seq, "Yes."))
    with pytest.raises(NotNow, match="answered that question already"):
        done(then(after, [answered]), r.AnswerQuestion(after.seq, "No."))


def test_coming_in_is_recorded_once_and_acknowledges_nothing() -> None:
    incident = incident_of()
    (joined,) = done(incident, r.Join(CAR), None)
    assert joined == f.Joined(person=CAR)
    after = then(incident, [joined], None)
    assert done(after, r.Join(CAR), None) == []
    assert after.acknowledged_at is None


def test_what_has_ended_keeps_its_people() -> None:
    closed = evolve(
        incident := incident_of(resolved("0:05")),
        entry(incident, f.Closed(severity="P1", met=()), MONDAY + span("0:06"), ANA),
    )
    for request in (r.AssignRole(BEA), r.HandOff(BEA), r.Cover(BEA, timedelta(hours=1)), r.AddPeople((BEA,))):
        with pytest.raises(NotNow, match="INC-12 is closed"):
            done(closed, request, EVE, "0:10")
    assert tell(resolved("0:05"))


def test_who_covers_answers_the_page_as_the_one_they_cover_for_would() -> None:
    covered = did("0:01", f.CoverSet(person=ANA, stand_in=EVE, until=MONDAY + timedelta(hours=2)))
    assert [each.kind for each in done(incident_of(covered), r.Acknowledge(), EVE)] == ["acknowledged"]
