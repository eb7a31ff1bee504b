"""The topic of who is let in against a rule, and who goes out: what is decided, how the incident changes by it, and
what follows outside. The rules themselves are in `permissions`."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.people import let_in
from bot.domain.scribe import Scribe

BESIDE = (f.AdminLookedIn, f.Left)
"""Kinds by which nobody takes part: whoever looks in does not stay."""


def decided(incident: Incident, request: r.OfAccess, caller: Caller) -> list[f.Fact]:
    """The facts that answer a request of this topic."""
    match request:
        case r.LookIn():
            return [] if not incident.private or caller.person in let_in(incident) else [f.AdminLookedIn()]
        case r.Leave(person=person):
            known = incident.private and person not in incident.left and person in let_in(incident)
            return [f.Left(person=person)] if known else []
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.Left(person=person):
            return incident.model_copy(update={"left": (*incident.left, person)})
        case _:
            return incident  # that an admin used their right is read from the timeline


def returned(incident: Incident, entry: f.Entry) -> Incident:
    """The incident once somebody who had left it is brought in again, comes back, or is needed."""
    back = {*_brought(entry.fact), entry.by}
    if isinstance(entry.fact, BESIDE) or not back.intersection(incident.left):
        return incident
    return incident.model_copy(update={"left": tuple(one for one in incident.left if one not in back)})


def _brought(fact: f.Fact) -> tuple[str, ...]:
    match fact:
        case f.PeopleAdded(people=people) | f.Escalated(people=people) | f.Asked(people=people):
            return people
        case f.Joined(person=person) | f.Paged(person=person) | f.RoleAssigned(person=person):
            return (person,)
        case f.HandedOff(to=person) | f.CoverSet(stand_in=person):
            return (person,)
        case _:
            return ()


def reacted(s: Scribe, fact: f.OfAccess) -> list[Message]:
    """What must be said outside: the people of a private incident read that somebody came in against the rules."""
    match fact:
        case f.AdminOverrode() | f.AdminLookedIn():
            return [s.statement()] if s.incident.private else []
        case f.Left():
            return []
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")
