"""`act`: load → decide → record, for every request that is about one incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.errors import NoSuchIncident
from bot.domain.message import CHANNEL
from bot.store import facts, incidents, outbox, pinned
from bot.store.session import Session
from bot.usecases import able, adopting, recurrence, taking_back
from bot.usecases.permitted import permitted
from bot.usecases.record import Done, as_before, case_of, copy, record, remember, repeated, settle
from bot.usecases.team import Team


def act(
    session: Session,
    team: Team,
    incident_id: int,
    request: r.Request,
    caller: Caller,
    now: datetime,
    *,
    key: str | None = None,
) -> Done:
    """Do what a person or Slack asks of an incident. The same `key` (delivery id) again has no second effect and
    gives the same answer. Raises a DomainError whose text the caller reads, NoSuchIncident among them."""
    return _act(session, team, incident_id, (request,), caller, now, key)


def close_after_resolving(
    session: Session,
    team: Team,
    incident_id: int,
    requests: tuple[r.Resolve, r.Close],
    caller: Caller,
    now: datetime,
    *,
    key: str | None = None,
) -> Done:
    """*Close too* on the resolve form: both or neither. Raises what `act` raises."""
    return _act(session, team, incident_id, requests, caller, now, key)


def _act(
    session: Session,
    team: Team,
    incident_id: int,
    requests: tuple[r.Request, ...],
    caller: Caller,
    now: datetime,
    key: str | None,
) -> Done:
    mirror = taking_back.mirror(session, incident_id, requests)
    done = _locked(session, incident_id)
    before = repeated(session, key)
    if before is not None:
        return as_before(session, *before)
    now = max(now, done.incident.recorded_at)  # this machine's clock may have been put back
    for asked in requests:
        roster = team.roster(now)
        so, overrode = permitted(session, team, done.incident, done.protocol, asked, caller, roster)
        request = adopting.with_newest(team, done.incident, able.admitted(session, asked, team.workspace))
        decided = _decided(session, team, done, request, so, now)
        at = request.at if isinstance(request, r.AddNote) else None
        case = replace(case_of(done), protocol=adopting.pinned_to(session, done.protocol, request, decided, now))
        more = record(session, team, case, [*overrode, *decided], caller, now, at=at)
        done = Done(more.incident, case.protocol, (*done.entries, *more.entries))
    mirror.record(session, team, done.entries, caller, now)
    if any(isinstance(entry.fact, f.ChannelRetried) for entry in done.entries):
        outbox.revive(session, incident_id, CHANNEL)
    return remember(session, key, recurrence.noticed(session, team, done, now))


def _decided(
    session: Session, team: Team, done: Done, request: r.Request, caller: Caller, now: datetime
) -> list[f.Fact]:
    if not isinstance(request, r.Undo):
        return decide(done.incident, request, done.protocol, team.roster(now), caller, now)
    return [taking_back.decided(session, done, request, caller, now)]


def fire_clocks(session: Session, team: Team, incident_id: int, now: datetime) -> Done | None:
    """Record everything that is due for one incident; None when another replica is at it or nothing was due."""
    incident = incidents.lock(session, incident_id, skip_locked=True)
    if incident is None:
        return None
    return settle(session, team, Done(incident, pinned.get(session, incident.protocol_digest), ()), now)


def renew(session: Session, incident_id: int) -> None:
    """Write an incident's row and clocks anew after an older version did, which knew fewer clocks. Nothing when
    somebody is at it: the next tick sees it."""
    incident = incidents.lock(session, incident_id, skip_locked=True)
    if incident is not None:
        copy(session, incident, pinned.get(session, incident.protocol_digest), facts.head(session, incident_id))


def _locked(session: Session, incident_id: int) -> Done:
    incident = incidents.lock(session, incident_id)
    if incident is None:
        raise NoSuchIncident(f"There is no INC-{incident_id}. /incident list shows the open ones.")
    return Done(incident, pinned.get(session, incident.protocol_digest), ())
