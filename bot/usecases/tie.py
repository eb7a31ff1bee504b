"""`tie` and `split`: what concerns two incidents is recorded in both, in one transaction. Their rows are locked in the
order of their numbers, so that two people who tie the same two never wait for each other."""

from __future__ import annotations

from datetime import datetime

from bot.domain import assets, changes, tellings
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import declared
from bot.domain.errors import NoSuchIncident
from bot.domain.incident import Incident
from bot.store import incidents, pinned
from bot.store.session import Session
from bot.usecases.declare import ReplyTo, place_told
from bot.usecases.permitted import permitted
from bot.usecases.record import Case, Done, as_before, case_of, record, remember, repeated, settle
from bot.usecases.team import Team


def tie(
    session: Session,
    team: Team,
    incident_id: int,
    request: r.OfTwo,
    caller: Caller,
    now: datetime,
    *,
    key: str | None = None,
) -> Done:
    """Link, unlink or merge. Raises a DomainError whose text the caller reads, NoSuchIncident among them."""
    locked = {number: _locked(session, number) for number in sorted({incident_id, request.other})}
    here, there = locked[incident_id], locked[request.other]
    before = repeated(session, key)
    if before is not None:
        return as_before(session, *before)
    _, overrode = permitted(session, team, here.incident, here.protocol, request, caller, team.roster(now))
    ours, theirs = changes.tied(here.incident, there.incident, request)
    record(session, team, case_of(there), theirs, caller, now)
    return remember(session, key, record(session, team, case_of(here), [*overrode, *ours], caller, now))


def split(
    session: Session,
    team: Team,
    incident_id: int,
    request: r.Split,
    caller: Caller,
    now: datetime,
    *,
    reply_to: ReplyTo | None = None,
    key: str | None = None,
) -> Done:
    """Begin an incident for a part of this one, under the same protocol; what it is about is not this one's any more.
    What is done is the new incident. Raises what `act` and `declare` raise.
    """
    here = _locked(session, incident_id)
    before = repeated(session, key)
    if before is not None:
        return as_before(session, *before)
    old = here.incident
    _, overrode = permitted(session, team, old, here.protocol, request, caller, team.roster(now))
    changes.kept_up(old, "nothing can be split off it")
    protocol = here.protocol.bare  # what held before this one was adopted is no matter of what begins now
    pinned.pin(session, protocol)
    first = tellings.of_a_part(declared(_part(old, request), protocol, team.roster(now), caller, now), old)
    number = incidents.next_id(session)
    more = place_told(number, caller, reply_to or ReplyTo())
    begun = record(session, team, Case(number, protocol, None), first, caller, now, more=more)
    people = tuple(p for p in request.people if p != caller.person)
    ours, theirs = changes.both(old, begun.incident, "split into", people)
    linked = record(session, team, case_of(begun), [theirs], caller, now)
    parted = Done(linked.incident, begun.protocol, (*begun.entries, *linked.entries))
    record(session, team, case_of(here), [*overrode, *_moved(old, request), ours], caller, now)
    return remember(session, key, settle(session, team, parted, now))


def _part(old: Incident, request: r.Split) -> r.Declare:
    return r.Declare(
        title=request.title,
        severity=request.severity or old.severity,
        affected=request.affected,
        environment=old.environment,
        private=old.private,
        origin=old.channel,
    )


def _moved(old: Incident, request: r.Split) -> list[f.Fact]:
    named = {one.casefold() for one in assets.things(request.affected)}
    gone = tuple(one for one in assets.things(old.affected) if one.casefold() in named)
    return [f.AffectedChanged(removed=", ".join(gone))] if gone else []


def _locked(session: Session, number: int) -> Done:
    incident = incidents.lock(session, number)
    if incident is None:
        raise NoSuchIncident(f"There is no INC-{number}. /incident list shows the open ones.")
    return Done(incident, pinned.get(session, incident.protocol_digest), ())
