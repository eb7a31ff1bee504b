"""What is old enough to be deleted, and what deleting leaves behind in the database's files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from bot.domain.errors import Newer
from bot.domain.incident import Incident
from bot.store import incidents, seen
from bot.store.engines import address, postgresql_engine
from bot.store.session import Session
from bot.store.tables import facts, people, texts
from bot.store.tables import incidents as rows
from bot.store.tables import seen as deliveries

WAIT = 1.0
"""Seconds in which the log can be emptied, or is left as it is."""

OVER = ("resolved", "closed", "cancelled")

_newest = sa.func.max(facts.c.recorded_at)
_WORDS = sa.select(texts.c.incident).join(
    facts, sa.and_(facts.c.incident == texts.c.incident, facts.c.seq == texts.c.seq)
)


def due(session: Session, before: datetime, limit: int = 1000) -> list[int]:
    """Incidents that were over before then and in which people wrote nothing since, but did before: oldest first."""
    ended = sa.and_(rows.c.stage.in_(OVER), rows.c.declared_at < before)
    query = _WORDS.join(rows, rows.c.id == texts.c.incident).where(ended)
    old = query.group_by(texts.c.incident).having(_newest < before)
    numbers = session.conn.execute(old.order_by(texts.c.incident)).scalars().all()
    return list(islice((number for number in numbers if _known_over(session, number, before)), limit))


def _known_over(session: Session, number: int, before: datetime) -> bool:
    """Whether it was; what only a newer version can read is that one's to look after."""
    try:
        incident = incidents.load(session, number)
    except Newer:
        return False
    return incident is not None and _over(incident, before)


def is_due(session: Session, incident: Incident, before: datetime) -> bool:
    """Whether that is so of this one, which is locked."""
    newest = _WORDS.with_only_columns(_newest).where(texts.c.incident == incident.id)
    at: datetime | None = session.conn.execute(newest).scalar_one()
    return at is not None and at < before and _over(incident, before)


def _over(incident: Incident, before: datetime) -> bool:
    """A pause begins with every ending, and an open one is the last."""
    return not incident.running and incident.pauses[-1].start < before


def forget_people(session: Session, before: datetime) -> int:
    """Delete whom nobody asked for since then from the cache, and that we met them. How many people."""
    met = sa.and_(deliveries.c.key.like(f"{seen.MET}%"), deliveries.c.at < before)
    session.conn.execute(sa.delete(deliveries).where(met))
    return session.conn.execute(sa.delete(people).where(people.c.fetched_at < before)).rowcount


class NotSwept(Exception):
    """The database's files may still hold what was deleted. The text says why."""


def sweep(url: str) -> None:
    """Leave as little as possible of what was deleted in the database's files. On SQLite deleting overwrites
    (`secure_delete`), so the write-ahead log is what still has it, and is emptied unless somebody reads in it just now;
    on PostgreSQL the places of deleted rows are freed to be written over. Raises NotSwept."""
    place = address(url)
    try:
        if place.get_backend_name() == "sqlite":
            _emptied(str(place.database))
        else:
            _vacuumed(place)
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        raise NotSwept(str(getattr(error, "orig", error)).partition("\n")[0]) from error


def _emptied(file: str) -> None:
    with closing(sqlite3.connect(file, timeout=WAIT, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _vacuumed(place: sa.URL) -> None:
    engine = postgresql_engine(place, size=1)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM texts, incidents, outbox, people, seen")
    finally:
        engine.dispose()
