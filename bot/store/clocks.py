"""The clock table: when the bot must next look at which incident, and why. Only ever a copy of what the facts imply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from bot.store.session import Session
from bot.store.tables import clocks


class Due(BaseModel):
    """One thing to do at `fire_at` about the promise (`key`, `occurrence`) that falls due at `due` by `clause`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    incident: int
    key: str
    occurrence: int
    step: str
    fire_at: datetime
    due: datetime
    clause: str

    @property
    def name(self) -> tuple[str, int, str]:
        return self.key, self.occurrence, self.step


_KEY = ("incident", "key", "occurrence", "step")
_THIS = sa.and_(*(clocks.c[name] == sa.bindparam(f"old_{name}") for name in _KEY))


def replace(session: Session, incident_id: int, rows: Sequence[Due]) -> None:
    """Make these the incident's only clocks, writing the difference. Raises ValueError for another incident's row."""
    if any(row.incident != incident_id for row in rows):
        raise ValueError(f"only clocks of INC-{incident_id} can be among its clocks")
    query = sa.select(clocks).where(clocks.c.incident == incident_id)
    old = {due.name: due for due in map(Due.model_validate, session.conn.execute(query))}
    new = {due.name: due for due in rows}
    _execute(session, sa.delete(clocks).where(_THIS), map(_key, (old[name] for name in old.keys() - new.keys())))
    changed = [due for name, due in new.items() if name in old and due != old[name]]
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("fire_at", "due", "clause")}
    changes = ({**_key(due), **{f"new_{name}": getattr(due, name) for name in values}} for due in changed)
    _execute(session, sa.update(clocks).where(_THIS).values(values), changes)
    _execute(session, sa.insert(clocks), (due.model_dump() for name, due in new.items() if name not in old))


def due_incidents(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Incidents that have something to fire at `now` (business time), those that waited longest first."""
    due = sa.select(clocks.c.incident).where(clocks.c.fire_at <= now).group_by(clocks.c.incident)
    oldest = due.order_by(sa.func.min(clocks.c.fire_at), clocks.c.incident).limit(limit)
    return list(session.conn.execute(oldest).scalars())


def next_fire(session: Session) -> datetime | None:
    """When the next clock of any incident fires; None when none runs."""
    at: datetime | None = session.conn.execute(sa.select(sa.func.min(clocks.c.fire_at))).scalar_one()
    return at


def _key(due: Due) -> dict[str, object]:
    return {f"old_{name}": getattr(due, name) for name in _KEY}


def _execute(session: Session, statement: sa.Executable, parameters: Iterable[dict[str, object]]) -> None:
    if rows := list(parameters):
        session.conn.execute(statement, rows)
