"""The topic of who is on call while an incident runs: whoever comes is asked from then on, and has what whoever goes
had once they say so."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.duty.oncall import PRIMARY, SECONDARY, Roster
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.people import moved
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe, posts


def decided(incident: Incident, request: r.OfHandover, protocol: Protocol, roster: Roster) -> list[f.Fact]:
    """The facts that answer a request of this topic; none where nothing changes in this incident."""
    match request:
        case r.ChangeShift():
            return _changed(incident, request, protocol, roster)
        case r.TakeOver():
            return _taken(incident, request, protocol)
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _changed(incident: Incident, request: r.ChangeShift, protocol: Protocol, roster: Roster) -> list[f.Fact]:
    """Of the first in line every running incident says so, of the second its card; of specialists only where the one
    who goes has something to hand over."""
    had = request.goes is not None and holds(incident, request.goes, protocol)
    known = {PRIMARY: incident.primary, SECONDARY: incident.secondary}.get(request.rotation, request.comes)
    if not incident.running or (known == request.comes and not had):
        return []
    return [
        f.ShiftChanged(
            rotation=request.rotation,
            goes=request.goes,
            comes=request.comes,
            second=roster.secondary if request.rotation != SECONDARY else None,
            unclaimed=request.claimed is False,
            clause=request.clause,
        )
    ]


def _taken(incident: Incident, request: r.TakeOver, protocol: Protocol) -> list[f.Fact]:
    goes = request.goes
    if incident.stage in ("closed", "cancelled") or goes == request.comes or not holds(incident, goes, protocol):
        return []
    return [
        f.TakenOver(
            rotation=request.rotation,
            goes=goes,
            comes=request.comes,
            roles=tuple(role for role, person in incident.roles.items() if person == goes),
            responds=incident.responder == goes,
            asks=open_asks(incident, goes, protocol),
            clause=request.clause,
        )
    ]


def holds(incident: Incident, person: str, protocol: Protocol) -> bool:
    """Whether somebody has a role in it, or is asked something there that nobody has answered."""
    return person in (incident.responder, *incident.roles.values()) or bool(open_asks(incident, person, protocol))


def open_asks(incident: Incident, person: str, protocol: Protocol) -> tuple[int, ...]:
    """The asks (seqs) that wait for somebody's answer; a page by a person is their own."""
    owed = {clock.name for clock in open_clocks(incident, protocol) if clock.key != "page"}
    return tuple(
        ask.seq
        for ask in incident.asks
        if person in ask.people and owed & {(covered.key, covered.occurrence) for covered in ask.covers}
    )


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.ShiftChanged(rotation="primary", comes=comes):
            return incident.model_copy(update={"primary": comes})
        case f.ShiftChanged(rotation="secondary", comes=comes):
            return incident.model_copy(update={"secondary": comes})
        case f.TakenOver() as fact:
            return moved(incident, entry.at, fact.goes, fact.comes, fact)
        case _:
            return incident


def reacted(s: Scribe, fact: f.OfHandover) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.ShiftChanged(rotation=rotation, comes=comes, unclaimed=unclaimed):
            rank = s.protocol.severity_in(s.incident.severity, s.incident.environment).rank
            needed = rotation == PRIMARY or rank <= 2
            return [*s.bring(comes if needed else None), *([s.statement()] if unclaimed else []), s.card()]
        case f.TakenOver() as taken:
            asks = [ask for ask in s.incident.asks if ask.seq in taken.asks]
            shown = [s.reminder(ask) for ask in asks if posts(ask)]
            over = [s.asked_of(person, ask) for ask in asks for person in (taken.goes, taken.comes)]
            return [*s.bring(taken.comes), s.statement(), *shown, *over, s.card(), *s.team("notice")]
        case _:
            raise TypeError(f"no reaction is written for a fact of kind {fact.kind}")
