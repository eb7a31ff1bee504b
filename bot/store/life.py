"""Signs of life: when a Sitrep last worked with this database, by the database's clock.

After a long silence the record may be an older one, put back from a backup: what waits in it may have been sent since.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import numbers

ALIVE = "alive"
"""Under this name `numbers` keeps the seconds since EPOCH."""

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""The column is four bytes wide: that is enough until 2088."""


def sign(session: Session) -> None:
    """A Sitrep works with this database now."""
    row = {"name": ALIVE, "value": round((session.now() - EPOCH).total_seconds())}
    written = session.insert(numbers).values(row)
    session.conn.execute(written.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))


def silent_for(session: Session) -> timedelta | None:
    """How long none did; None where none ever has, or before Sitrep gave such signs."""
    last = session.conn.execute(sa.select(numbers.c.value).where(numbers.c.name == ALIVE)).scalar_one_or_none()
    return None if last is None else session.now() - (EPOCH + timedelta(seconds=last))
