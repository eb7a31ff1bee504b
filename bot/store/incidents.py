"""Incident rows: copies of what the facts tell, kept so that deciding needs no history, and the row that is locked."""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.evolve import fold
from bot.domain.incident import STATE_VERSION, Incident
from bot.store import facts
from bot.store.session import Conflict, Session
from bot.store.tables import incidents, numbers

_ROW = sa.select(incidents.c.id, incidents.c.state_version, incidents.c.state)


def lock(session: Session, incident_id: int, *, skip_locked: bool = False) -> Incident | None:
    """The incident, held until the transaction ends: one incident, one writer at a time.

    None when there is no such incident, or with `skip_locked` when another writer holds it just now.
    """
    query = _ROW.where(incidents.c.id == incident_id).with_for_update(skip_locked=skip_locked)
    return _first(session, query)


def load(session: Session, incident_id: int) -> Incident | None:
    """The incident as last saved, for readers; nothing may be decided from it."""
    return _first(session, _ROW.where(incidents.c.id == incident_id))


def next_id(session: Session) -> int:
    """The next incident's number: 1, 2, 3 … A number whose transaction is rolled back is given out again."""
    first = session.insert(numbers).values(name="incident", value=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": numbers.c.value + 1})
    number: int = session.conn.execute(counted.returning(numbers.c.value)).scalar_one()
    return number


def save(session: Session, incident: Incident, *, rank: int, head: str) -> None:
    """Write the row's copy of the incident; `head` is the digest of its last fact, `rank` its severity's.

    A row that is already further on makes the use case run again. The protocol must be pinned before.
    """
    values = _values(incident, rank, head)
    written = session.insert(incidents).values(values)
    newer = written.on_conflict_do_update(
        index_elements=["id"], set_={**values}, where=incidents.c.seq <= written.excluded.seq
    )
    if session.conn.execute(newer.returning(incidents.c.id)).one_or_none() is None:
        raise Conflict(f"{incident.number} is already further than entry {incident.seq}")


def by_channel(session: Session, channel_id: str) -> int | None:
    """The incident a channel was opened for."""
    query = sa.select(incidents.c.id).where(incidents.c.channel == channel_id)
    return session.conn.execute(query).scalar_one_or_none()


def listing(session: Session, *, open_only: bool) -> list[Incident]:
    """All incidents, the newest first; `open_only` leaves out closed and cancelled ones, not resolved ones."""
    query = _ROW.order_by(incidents.c.id.desc())
    if open_only:
        query = query.where(incidents.c.stage.not_in(("closed", "cancelled")))
    return [_incident(session, row) for row in session.conn.execute(query)]


def rebuild(session: Session, incident_id: int) -> Incident:
    """The incident as its facts tell it. Raises ValueError when there are none."""
    return fold(facts.entries(session, incident_id))


def _first(session: Session, query: sa.Select[int, int, str]) -> Incident | None:
    row = session.conn.execute(query).one_or_none()
    return None if row is None else _incident(session, row)


def _incident(session: Session, row: sa.Row[int, int, str]) -> Incident:
    if row.state_version != STATE_VERSION:
        return rebuild(session, row.id)
    return Incident.model_validate_json(row.state)


def _values(incident: Incident, rank: int, head: str) -> dict[str, object]:
    same = ("id", "seq", "stage", "private", "channel", "protocol_digest", "declared_at", "recorded_at")
    copied = {name: getattr(incident, name) for name in same}
    state = incident.model_dump_json()
    return {**copied, "rank": rank, "digest": head, "state_version": STATE_VERSION, "state": state}
