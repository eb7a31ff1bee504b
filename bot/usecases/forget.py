"""`forget`: people's own words are deleted, and the record tells that they were. The chain of digests stays whole,
and so do times, people's ids and everything that is counted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain import fact as f
from bot.domain.caller import BOT, Caller
from bot.domain.errors import BadInput, NoSuchIncident, NotNow
from bot.domain.incident import Incident
from bot.store import facts, forgetting, incidents, outbox, pinned
from bot.store.session import Session
from bot.usecases.record import Case, Done, record
from bot.usecases.team import Team


def forget(
    session: Session, team: Team, incident_id: int, entries: Collection[int], caller: Caller, now: datetime
) -> Done:
    """Delete what people wrote in these entries, or everything of an incident that is over.

    Raises NoSuchIncident; NotNow for everything of one that is not over; BadInput where there is nothing to delete.
    """
    incident = incidents.lock(session, incident_id)
    if incident is None:
        raise NoSuchIncident(f"There is no INC-{incident_id}.")
    if not entries:
        must_be_over(incident)
    done = _forgotten(session, team, incident, entries, caller, now, None)
    if done is None:
        raise BadInput(f"Nothing that people wrote is left {'in that' if entries else f'in {incident.number}'}.")
    return done


def must_be_over(incident: Incident) -> None:
    """Raises NotNow: the words of one that is not are still needed."""
    if incident.running:
        raise NotNow(f"{incident.number} is not over, so only single entries can be deleted: name them with --entry.")


def forget_old(session: Session, team: Team, incident_id: int, now: datetime, days: int) -> Done | None:
    """Delete what people wrote in an incident that was over so many days ago. None when it was not, when nothing is
    left, or when another replica is at it."""
    incident = incidents.lock(session, incident_id, skip_locked=True)
    if incident is None or not forgetting.is_due(session, incident, now - timedelta(days=days)):
        return None
    return _forgotten(session, team, incident, (), BOT, now, days)


def _forgotten(
    session: Session,
    team: Team,
    incident: Incident,
    entries: Collection[int],
    caller: Caller,
    now: datetime,
    days: int | None,
) -> Done | None:
    texts = facts.forget_texts(session, incident.id, entries)
    if not texts:
        return None
    if not entries:
        outbox.forget_of(session, incident.id)
    forgotten = f.TextsForgotten(entries=tuple(sorted(entries)), texts=texts, days=days)
    case = Case(incident.id, pinned.get(session, incident.protocol_digest), incident)
    return record(session, team, case, [forgotten], caller, now)
