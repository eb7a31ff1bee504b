"""Deliveries already acted upon: what arrives twice is done once and answered the same."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import database_now
from bot.store.tables import seen as deliveries

# Statements of every act are built once: building one takes longer than running it.
_ONE = sa.select(deliveries.c.incident, deliveries.c.seqs).where(deliveries.c.key == sa.bindparam("of"))
_INSERT = sa.insert(deliveries).values(at=database_now())

MET = "met:"
"""How the key of somebody whom we have met begins."""


def seen(session: Session, key: str) -> tuple[int | None, tuple[int, ...]] | None:
    """The incident and the entries that a delivery led to; None when it is new."""
    row = session.conn.execute(_ONE, {"of": key}).one_or_none()
    return None if row is None else (row.incident, tuple(json.loads(row.seqs)))


def remember(session: Session, key: str, incident_id: int | None, seqs: tuple[int, ...]) -> None:
    """Write down what a delivery led to. When the same one is being recorded at this moment, the work runs again."""
    session.conn.execute(_INSERT, {"key": key, "incident": incident_id, "seqs": json.dumps(seqs)})


def came_to_nothing(session: Session, key: str | None) -> None:
    """Write down that a delivery was refused, or answered by a question. It must have no effect when it comes again and
    more is possible by then: the caller knows that nothing was done."""
    if key is not None:
        none = session.insert(deliveries).values(key=key, incident=None, seqs="[]", at=database_now())
        session.conn.execute(none.on_conflict_do_nothing())


def acts(session: Session, incident_id: int) -> list[tuple[int, ...]]:
    """The entries of each delivery that led to any in this incident: what one person did at once."""
    query = sa.select(deliveries.c.seqs).where(deliveries.c.incident == incident_id)
    return [act for seqs in session.conn.execute(query).scalars() if (act := tuple(json.loads(seqs)))]


def first_met(session: Session, person: str) -> bool:
    """Whether this person meets us for the first time; asked again, they have. No incident is named: whoever waits to
    refer to one would keep its writer waiting, who meets the same person."""
    key = f"{MET}{person}"
    if seen(session, key) is not None:
        return False
    remember(session, key, None, ())
    return True


def forget_old(session: Session, days: int = 7) -> int:
    """Drop deliveries older than this and return how many; Slack repeats one within hours, never after days. Whom we
    have met stays."""
    old = deliveries.c.at < session.now() - timedelta(days=days)
    delivered = deliveries.c.key.not_like(f"{MET}%")
    return session.conn.execute(sa.delete(deliveries).where(old, delivered)).rowcount
