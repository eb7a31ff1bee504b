"""Somebody else is on call while an incident runs: what changes in it, and what does not."""

from __future__ import annotations

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import BOT
from bot.domain.decide import decide
from bot.domain.duty.oncall import Roster
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.promises.answering import answers_for
from bot.domain.react import react
from bot.domain.scribe import Audiences
from tests.builders import ANA, BEA, CAR, TEC, default_protocol, event, minute, resolved, story

AFTER = Roster(primary=TEC, secondary=CAR)
CLAUSE = "house rule (handover)"


def running(*more: f.Fact) -> Incident:
    """A P1 that Ana, who is on call, has taken; Bea leads it."""
    taken = f.RoleAssigned(role="on-call-responder", person=ANA, responds=True)
    return story(*(event(n, fact) for n, fact in enumerate((taken, *more), start=1))).incident


def changed(rotation: str = "primary", goes: str | None = ANA, claimed: bool | None = False) -> r.ChangeShift:
    return r.ChangeShift(rotation, goes, TEC, claimed, CLAUSE)


def decided(incident: Incident, request: r.Request) -> list[f.Fact]:
    return decide(incident, request, default_protocol(), AFTER, BOT, minute(60))


def then(incident: Incident, *facts: f.Fact) -> Incident:
    for fact in facts:
        entry = f.Entry(
            incident=incident.id,
            seq=incident.seq + 1,
            at=minute(60),
            recorded_at=minute(60),
            by=None,
            via="clock",
            fact=fact,
        )
        incident = evolve(incident, entry)
    return incident


def test_from_the_handoff_on_the_next_one_is_asked() -> None:
    unanswered = story(event(1, f.RolesAsked(roles=()), None)).incident
    after = then(unanswered, *decided(unanswered, changed()))
    assert after.primary == TEC
    asked = list(answers_for("acknowledge", after, default_protocol(), AFTER))
    assert asked[0] == TEC
    assert ANA not in asked, "who went is on call no more"


def test_nobody_has_said_so_stands_in_the_channel_and_who_is_second() -> None:
    incident = running()
    (fact,) = decided(incident, changed())
    assert fact == f.ShiftChanged(rotation="primary", goes=ANA, comes=TEC, second=CAR, unclaimed=True, clause=CLAUSE)
    entry = f.Entry(
        incident=12, seq=incident.seq + 1, at=minute(60), recorded_at=minute(60), by=None, via="clock", fact=fact
    )
    kinds = [m.kind for m in react(entry, evolve(incident, entry), default_protocol(), Audiences("incidents"))]
    assert {"invite", "say", "card"} <= set(kinds)
    (quiet,) = decided(incident, changed(claimed=None))
    silent = entry.model_copy(update={"fact": quiet})
    assert "say" not in [m.kind for m in react(silent, evolve(incident, silent), default_protocol(), Audiences())]


@pytest.mark.parametrize("rotation", ["secondary", "ingestion"])
def test_of_other_rotations_only_what_matters_is_kept(rotation: str) -> None:
    """The backup's name stands on the card; a specialist who holds nothing is nobody's news."""
    found = decided(running(), changed(rotation, CAR, None))
    assert [fact.kind for fact in found] == (["shift_changed"] if rotation == "secondary" else [])
    assert decided(then(running(), *found), changed(rotation, CAR, None)) == [], "once"


def test_who_comes_has_what_who_goes_had_and_no_more() -> None:
    covered = (f.Covered(key="update", occurrence=1),)
    ask = f.Asked(covers=covered, step="due", how="due", people=(ANA, BEA), due=minute(30), clause="x")
    incident = running(ask)
    (fact,) = decided(incident, r.TakeOver("primary", ANA, TEC, CLAUSE))
    assert isinstance(fact, f.TakenOver)
    after = then(incident, fact)
    assert (after.responder, after.roles["incident-manager"]) == (TEC, BEA)
    assert after.asks[-1].people == (TEC, BEA)
    assert TEC in after.added, "they are brought in"
    assert decided(after, r.TakeOver("primary", ANA, TEC, CLAUSE)) == [], "pressed again nothing moves"


def test_what_is_over_stays_with_whoever_had_it() -> None:
    over = running(resolved(), f.Closed(severity="P1", met=(), unmet=(), reason="done"))
    assert decided(over, r.TakeOver("primary", ANA, TEC, CLAUSE)) == []
    assert decided(over, changed()) == []
