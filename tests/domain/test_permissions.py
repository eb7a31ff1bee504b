"""Who may: every request says its verbs, and a rule means the same people whatever the incident's stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain import fact as f
from bot.domain import permissions
from bot.domain import request as r
from bot.domain.caller import BOT, Caller
from bot.domain.decide import decide
from bot.domain.duty.oncall import Roster
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.permissions import DOES, LIKE, READING, SAYS, UNRULED
from bot.domain.rules import Rule, asked_of_slack
from bot.inbound.verbs import VERBS
from tests.domain.life import ANA, BEA, CAR, DEE, DIR, EVE, MONDAY, ROSTER, TEC, Line, default, did, leads, tell

NAMES = {ANA: "Ana", BEA: "Bea", CAR: "Car", DEE: "Dee", DIR: "Dir", EVE: "Eve", TEC: "Tec"}
PROTOCOL = default()


def ruled(**rules: tuple[str, ...]) -> Roster:
    """The roster of a team with these rules; of two groups, Slack has said who is in the first."""
    written = {"director": (DIR,), "crew": ("S0CREW",), "late": ("S0LATE",)}
    behind = {"S0CREW": (CAR, DEE), "tec@example.com": (TEC,)}
    return ROSTER.model_copy(
        update={"rules": {verb: Rule.made(names, written, behind) for verb, names in rules.items()}}
    )


def begun(*lines: Line) -> Incident:
    return fold(tell(*lines))


def may(roster: Roster, person: str, request: r.Request, incident: Incident | None = None) -> bool:
    found = incident or begun()
    return not permissions.lacking(request, found, PROTOCOL, roster, Caller(person, "slash"))


def kinds_of(of: type[r.Request]) -> Iterator[type[r.Request]]:
    for each in of.__subclasses__():
        yield from kinds_of(each)
        if not each.__subclasses__():
            yield each


def test_every_request_says_a_verb_or_says_why_none() -> None:
    """No door can go round a rule with a request that nobody thought of."""
    everything = set(kinds_of(r.Request))
    assert everything == {*SAYS, *UNRULED}
    assert not {*SAYS} & {*UNRULED}


def test_every_verb_there_is_can_be_left_to_some() -> None:
    assert {verb.name for verb in VERBS} == set(DOES)
    said = {verb for each in SAYS.values() for verb in each}
    depends = {"take", "lead", "drill", "edit"}
    assert said | depends | READING == set(DOES)
    assert not READING & (said | depends)
    assert {*LIKE, *LIKE.values()} <= set(DOES)


@pytest.mark.parametrize(
    ("request_", "verbs"),
    [
        (r.PostUpdate("x"), ("update",)),
        (r.PostUpdate("x", impact="none", data="suspect"), ("update", "impact", "data")),
        (r.PostUpdate("x", data="not checked"), ("update",)),
        (r.StateImpact("x", data="repaired"), ("impact", "data")),
        (r.AssignRole(BEA), ("role", "lead")),
        (r.AssignRole(BEA, "lead"), ("role", "lead")),
        (r.AssignRole(BEA, "comms"), ("role",)),
        (r.AssignRole(None, "comms"), ("role", "take")),
        (r.AssignRole(BEA, "no such role"), ("role",)),
        (r.Acknowledge(take=True), ("ack", "take")),
        (r.Declare("x", drill=True), ("declare", "drill")),
        (r.Split("x"), ("split", "declare")),
        (r.Duplicate(9), ("duplicate", "cancel")),
        (r.Close((), severity="P3"), ("close", "severity")),
        (r.Close((), severity="P1"), ("close",)),
        (r.Correct(title="Orders mart is stale"), ("edit",)),
        (r.Correct(title="another", environment="staging", text="x"), ("edit", "rename", "environment")),
        (r.KeepSeverity(), ("severity", "confirm")),
        (r.AnswerFirst((("what", "orders"), ("impact", " "))), ("checklist", "affected")),
        (r.AnswerFirst((), since=MONDAY), ("checklist", "edit")),
        (r.Speak(), ()),
    ],
)
def test_what_a_request_does_besides_needs_its_verb_too(request_: r.Request, verbs: tuple[str, ...]) -> None:
    began = {"started_at": MONDAY - timedelta(hours=1)}
    incident = begun().model_copy(update={"title": "Orders mart is stale", "severity": "P1", **began})
    assert permissions.verbs(request_, incident, PROTOCOL, Caller(ANA, "slash")) == verbs


def test_without_a_rule_nothing_changes_and_any_is_everybody() -> None:
    close, roster = r.Close(()), ruled(cancel=("any",))
    assert may(roster, EVE, close)
    assert may(roster, EVE, r.Cancel("false alarm"))
    assert permissions.grants(close, roster) is None
    assert permissions.grants(r.Cancel("false alarm"), roster) is True


def test_a_role_is_whoever_holds_it_and_while_nobody_does_whom_the_directory_names() -> None:
    roster, incident = ruled(close=("incident-manager",)), begun()
    unled = incident.model_copy(update={"roles": {}})
    assert may(roster, BEA, r.Close(()), unled)
    led = incident.model_copy(update={"roles": {"incident-manager": EVE}})
    assert may(roster, EVE, r.Close(()), led)
    assert not may(roster, BEA, r.Close(()), led), "somebody else leads now"
    assert may(ruled(close=("lead",)), EVE, r.Close(()), led)


def test_whoever_covers_for_one_of_them_may_too() -> None:
    led = begun(leads("0:01"))
    cover = f.CoverSet(person=BEA, stand_in=EVE, until=MONDAY + timedelta(hours=2))
    roster = ruled(close=("incident-manager",))
    assert may(roster, EVE, r.Close(()), begun(leads("0:01"), did("0:02", cover)))
    assert not may(roster, EVE, r.Close(()), led)


def test_duty_groups_addresses_and_ids_name_people() -> None:
    roster = ruled(
        close=("on-call",), cancel=("crew", "tec@example.com"), reopen=(EVE,), note=("director",), phase=("secondary",)
    )
    assert may(roster, ANA, r.Close(()))
    assert may(roster, CAR, r.Close(())), "second on call is on call"
    assert not may(roster, BEA, r.Close(()))
    assert [one for one in NAMES if may(roster, one, r.Cancel("expected"))] == [CAR, DEE, TEC]
    assert [one for one in NAMES if may(roster, one, r.Reopen("x"))] == [EVE]
    assert [one for one in NAMES if may(roster, one, r.AddNote("x"))] == [DIR]
    assert [one for one in NAMES if may(roster, one, r.MovePhase("x"))] == [CAR]
    assert may(roster, BEA, r.Close(())) is False
    assert not permissions.lacking(r.Close(()), begun(), PROTOCOL, roster, BOT), "the bot keeps its promises"


def test_a_group_slack_has_not_described_is_nobody_yet_and_said_so() -> None:
    roster = ruled(close=("late",), cancel=("crew",))
    rules = {verb: permissions.rule_of(verb, roster) for verb in ("close", "cancel")}
    assert {verb: permissions.unheard(rule) for verb, rule in rules.items() if rule} == {"close": True, "cancel": False}
    assert not may(roster, CAR, r.Close(()))
    assert asked_of_slack("S0CREW")
    assert not asked_of_slack("U0BEA")


def test_who_approves_also_rejects_unless_that_has_a_rule_of_its_own() -> None:
    assert not may(ruled(approve=("director",)), BEA, r.Reject("x"))
    assert may(ruled(approve=("director",), reject=("any",)), BEA, r.Reject("x"))


def test_a_rule_for_acknowledging_holds_for_whatever_else_acknowledges() -> None:
    incident = begun()
    note = r.AddNote("I see it")
    kinds = [fact.kind for fact in decide(incident, note, PROTOCOL, ROSTER, Caller(TEC, "slash"), MONDAY)]
    assert kinds == ["acknowledged", "note_added"]
    only = ruled(ack=("on-call",))
    kinds = [fact.kind for fact in decide(incident, note, PROTOCOL, only, Caller(TEC, "slash"), MONDAY)]
    assert kinds == ["note_added"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            ("incident-manager", "responder"),
            "Only the Incident Manager (Bea) or the On-Call Responder (Ana) may close incidents here. Ask Bea or Ana.",
        ),
        (("crew",), "Only crew (Car and Dee) may close incidents here. Ask Car or Dee."),
        (("S0CREW", EVE), "Only a user group (Car and Dee) or Eve may close incidents here. Ask Car, Dee or Eve."),
        (("tec@example.com",), "Only Tec may close incidents here. Ask Tec."),
        (("on-call",), "Only whoever is on call (Ana and Car) may close incidents here. Ask Ana or Car."),
        (("nobody@example.com",), "Only nobody@example.com (nobody yet) may close incidents here. Nobody is"),
    ],
)
def test_a_refusal_says_who_may_by_name_and_what_to_do(names: tuple[str, ...], sentence: str) -> None:
    roster = ruled(close=names)
    incident = begun().model_copy(update={"roles": {}, "responder": None})
    (found,) = permissions.lacking(r.Close(()), incident, PROTOCOL, roster, Caller("U0MAX", "slash"))
    assert permissions.sentence(found, incident, PROTOCOL, roster, NAMES).startswith(sentence)
