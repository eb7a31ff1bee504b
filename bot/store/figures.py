"""Figures: how much there is of everything, for whoever watches Sitrep; and whether anything can be written at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.clocks import open_clocks
from bot.store import clocks, incidents, outbox, pinned
from bot.store.session import Session
from bot.store.tables import incidents as rows
from bot.store.tables import numbers


@dataclass(frozen=True)
class Figures:
    """Counts only: nothing here tells a private incident from another.

    `incidents` by severity rank and stage, those that have not ended. `promises` by key and standing (running, late).
    `waiting`: messages not sent yet, the oldest for `oldest`. `overdue`: how long the next reminder should have gone
    out already; about a second at most while all is well.
    """

    incidents: Mapping[tuple[int, str], int]
    promises: Mapping[tuple[str, str], int]
    waiting: int
    oldest: timedelta
    overdue: timedelta


def read(session: Session, now: datetime) -> Figures:
    """The figures at `now` (business time)."""
    living = sa.select(rows.c.rank, rows.c.stage, sa.func.count()).where(rows.c.stage.not_in(("closed", "cancelled")))
    counted = session.conn.execute(living.group_by(rows.c.rank, rows.c.stage))
    fires_at = clocks.next_fire(session)
    return Figures(
        incidents={(rank, stage): count for rank, stage, count in counted},
        promises=_promises(session, now),
        waiting=outbox.waiting(session),
        oldest=outbox.oldest(session),
        overdue=max(timedelta(0), now - fires_at) if fires_at else timedelta(0),
    )


def _promises(session: Session, now: datetime) -> Mapping[tuple[str, str], int]:
    """The clock table does not tell: a promise whose reminders have all gone out has no row left."""
    standing: Counter[tuple[str, str]] = Counter()
    for incident in incidents.listing(session, open_only=True):
        promised = open_clocks(incident, pinned.get(session, incident.protocol_digest))
        standing.update((clock.key, clock.standing(now)) for clock in promised)
    return standing


def write(session: Session) -> None:
    """Write something that means nothing: whoever can do this can keep what people say."""
    row = {"name": "written", "value": 1}
    written = session.insert(numbers).values(row)
    session.conn.execute(written.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]}))
