"""Adopting a newer protocol: what was due stays judged by what held, nothing is missed by it, and what is in use must
be there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.errors import DomainError, NotNow, NotYours
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.promises.clocks import clocks
from bot.domain.protocol import PROMISE_KEYS, Protocol
from tests.domain.life import (
    ANA,
    BEA,
    EVE,
    MONDAY,
    ROSTER,
    Line,
    clock_of,
    default,
    did,
    entry,
    graded_otherwise,
    incident_of,
    leads,
    moved,
    resolved,
    span,
    updated,
)
from tests.domain.test_clocks import lives

BEA_CLICKS = Caller(BEA, "button")


def adopted(incident: Incident, protocol: Protocol, newer: Protocol, after: str) -> tuple[Incident, Protocol]:
    """The incident once Bea adopted, and what it runs on."""
    at = MONDAY + span(after)
    [fact] = [
        fact
        for fact in decide(incident, r.Adopt(to=newer), protocol, ROSTER, BEA_CLICKS, at)
        if isinstance(fact, f.ProtocolAdopted)
    ]
    following = protocol.followed_by(newer, at)
    assert fact.digest == following.digest()
    return evolve(incident, entry(incident, fact, at, BEA, "button")), following


def test_what_was_due_stays_and_what_is_open_has_the_new_time_but_a_quarter_of_an_hour_at_least() -> None:
    newer = graded_otherwise("P1", update_every=timedelta(minutes=20), impact_within=timedelta(hours=4))
    incident, both = adopted(incident_of(leads("0:01")), default(), newer, "0:25")
    assert clock_of(incident, both, "update").due == MONDAY + span("0:40"), "from 0:20 on it is 20, and 15 are left"
    assert clock_of(incident, both, "impact").due == MONDAY + span("4:00"), "it was not due yet"
    assert clock_of(incident, both, "acknowledge").due == MONDAY + span("0:15")
    incident = evolve(incident, entry(incident, f.UpdatePosted(text="x"), MONDAY + span("0:30"), ANA))
    assert clock_of(incident, both, "update", 2).due == MONDAY + span("0:50")
    late, both = adopted(incident_of(leads("0:01")), default(), newer, "0:45")
    assert clock_of(late, both, "update").due == MONDAY + span("0:30"), "late by what held then"
    assert clock_of(late, both, "impact").due == MONDAY + span("0:30")


def test_what_is_adopted_twice_keeps_all_that_held_before() -> None:
    often, seldom = (graded_otherwise("P1", update_every=timedelta(minutes=every)) for every in (10, 60))
    incident, both = adopted(incident_of(leads("0:01"), updated("0:20")), default(), often, "0:21")
    incident, all_three = adopted(incident, both, seldom, "1:00")
    assert [one.until - MONDAY for one in all_three.earlier] == [span("0:21"), span("1:00")]
    assert clock_of(incident, all_three, "update").due == MONDAY + span("0:30")
    assert clock_of(incident, all_three, "update", 2).due == MONDAY + span("0:31"), "ten minutes were left, and passed"
    assert all_three.at(MONDAY) == default()
    assert all_three.bare == seldom


@given(lives(), st.integers(1, 300), st.sampled_from(("P1", "P2", "P3")), st.integers(2, 400), st.booleans())
def test_adopting_erases_no_miss_and_creates_none(
    life: tuple[str, list[Line]], later: int, grade: str, minutes: int, drops: bool
) -> None:
    changes = dict.fromkeys(PROMISE_KEYS, None if drops else timedelta(minutes=minutes))
    newer = graded_otherwise(grade, **changes)
    incident = incident_of(*life[1], severity=life[0])
    assume(incident.running)
    at = incident.recorded_at + timedelta(minutes=later)
    before = {clock.name: clock for clock in clocks(incident, default())}
    after = {clock.name: clock for clock in clocks(incident, default().followed_by(newer, at))}
    for name, clock in before.items():
        if clock.key in ("page", "close") or (clock.due is not None and clock.due <= at):
            assert after[name].due == clock.due
        elif clock.standing(at) in ("running", "kept"):
            assert after[name].standing(at) in ("running", "kept", "not applicable")
    same = default().followed_by(default(), at)
    assert [(c.name, c.due, c.clause) for c in clocks(incident, same)] == [
        (c.name, c.due, c.clause) for c in before.values()
    ]


@pytest.mark.parametrize(
    ("incident", "newer", "person", "kind", "sentence"),
    [
        (incident_of(leads("0:01")), default(), BEA, NotNow, "runs on Self-healing data pipeline as it is now"),
        (incident_of(leads("0:01")), None, BEA, NotNow, "is not configured here any more"),
        (incident_of(leads("0:01"), resolved("0:20")), graded_otherwise("P1"), BEA, NotNow, "is resolved, so it stays"),
        (
            incident_of(leads("0:01")),
            graded_otherwise("P1", update_every=None),
            EVE + "X",
            NotYours,
            "for its people to change",
        ),
        (
            incident_of(leads("0:01"), moved("0:02", "fixing")),
            default().model_copy(update={"phases": tuple(p for p in default().phases if p.name != "fixing")}),
            BEA,
            NotNow,
            "has no phase fixing, which INC-12 uses",
        ),
        (
            incident_of(leads("0:01")),
            default().model_copy(update={"severities": default().severities[1:]}),
            BEA,
            NotNow,
            "has no severity P1, which INC-12 uses",
        ),
        (
            incident_of(leads("0:01")),
            default().model_copy(update={"roles": tuple(o for o in default().roles if o.name != "incident-manager")}),
            BEA,
            NotNow,
            "has no role incident-manager, which INC-12 uses",
        ),
        (
            incident_of(leads("0:01"), environment="staging"),
            default().model_copy(update={"environments": ()}),
            BEA,
            NotNow,
            "has no environment staging, which INC-12 uses",
        ),
        (
            incident_of(
                did("0:05", f.EnvironmentSet(old="staging", new="production", raised=True)), environment="staging"
            ),
            default().model_copy(update={"environments": default().environments[:1]}),
            BEA,
            NotNow,
            "has no environment staging, which INC-12 uses",
        ),
        (
            incident_of(leads("0:01")),
            default().model_copy(update={"environments": default().environments[1:]}),
            BEA,
            NotNow,
            "has no environment production, which INC-12 uses",
        ),
    ],
)
def test_it_is_refused_with_a_sentence(
    incident: Incident, newer: Protocol | None, person: str, kind: type[DomainError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        decide(incident, r.Adopt(to=newer), default(), ROSTER, Caller(person, "button"), MONDAY + span("1:00"))


def test_where_it_happens_is_no_matter_to_a_protocol_without_places_unless_less_is_promised_there() -> None:
    before, newer = incident_of(leads("0:01")), default().model_copy(update={"environments": ()})
    assert default().environments[0].name == before.environment == "production"
    incident, both = adopted(before, default(), newer, "0:05")
    assert [(c.name, c.due) for c in clocks(incident, both)] == [(c.name, c.due) for c in clocks(before, default())]


def test_what_was_shown_is_what_is_adopted() -> None:
    newer = graded_otherwise("P1", update_every=timedelta(minutes=10))
    request = r.Adopt(to=newer, shown="0123456789abcdef")
    with pytest.raises(NotNow, match="changed once more since I showed you"):
        decide(incident_of(leads("0:01")), request, default(), ROSTER, BEA_CLICKS, MONDAY + span("1:00"))
