"""The clock table: when the bot must next look at which incident, and why. Only ever a copy of what the facts imply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from bot.store.session import Session
from bot.store.tables import Instant, clocks

Place = tuple[datetime, int]
"""Where a row stands among those to fire: its time, and its incident."""


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
_VALUES = ("fire_at", "due", "clause")

# Built once: building a statement takes longer than running it.
_OF_ONE = sa.select(clocks).where(clocks.c.incident == sa.bindparam("of"))
_DELETE, _INSERT = sa.delete(clocks).where(_THIS), sa.insert(clocks)
_UPDATE = sa.update(clocks).where(_THIS).values({name: sa.bindparam(f"new_{name}") for name in _VALUES})


def replace(session: Session, incident_id: int, rows: Sequence[Due]) -> None:
    """Make these the incident's only clocks, writing the difference. Raises ValueError for another incident's row."""
    if any(row.incident != incident_id for row in rows):
        raise ValueError(f"only clocks of INC-{incident_id} can be among its clocks")
    rows_there = session.conn.execute(_OF_ONE, {"of": incident_id})
    old = {due.name: due for due in map(Due.model_validate, rows_there)}
    new = {due.name: due for due in rows}
    session.each(_DELETE, [_key(old[name]) for name in old.keys() - new.keys()])
    changed = [due for name, due in new.items() if name in old and due != old[name]]
    session.each(_UPDATE, [{**_key(due), **{f"new_{name}": getattr(due, name) for name in _VALUES}} for due in changed])
    session.each(_INSERT, [due.model_dump() for name, due in new.items() if name not in old])


def due_incidents(
    session: Session, now: datetime, limit: int = 100, after: Place | None = None
) -> tuple[list[int], Place | None]:
    """Incidents that have something to fire at `now` (business time), those that waited longest first, after `after`;
    and after which place there may be more, None when these are all."""
    here = sa.tuple_(clocks.c.fire_at, clocks.c.incident)
    due = sa.select(clocks.c.fire_at, clocks.c.incident).where(clocks.c.fire_at <= now)
    due = due.order_by(clocks.c.fire_at, clocks.c.incident).limit(limit)
    if after is not None:
        due = due.where(here > sa.tuple_(*map(sa.literal, after, (Instant, sa.Integer))))
    rows = session.conn.execute(due).all()
    last = (rows[-1].fire_at, rows[-1].incident) if len(rows) == limit else None
    return list(dict.fromkeys(row.incident for row in rows)), last


def next_fire(session: Session) -> datetime | None:
    """When the next clock of any incident fires; None when none runs."""
    at: datetime | None = session.conn.execute(sa.select(sa.func.min(clocks.c.fire_at))).scalar_one()
    return at


def _key(due: Due) -> dict[str, object]:
    return {f"old_{name}": getattr(due, name) for name in _KEY}
