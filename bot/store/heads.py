"""Which rows of the outbox may be taken now: those that lead their lane, and whose needs are met.

Thousands wait after an outage, and each message that goes out makes somebody look for the next: so what is looked
through is an index of lanes, and the statements are built once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import SENDING, UNFINISHED, Instant, outbox, outbox_needs
from bot.store.tables import slots as filled_slots

_WAITING = sa.literal_column("'waiting'", sa.Text)
_SENDING = sa.literal_column("'sending'", sa.Text)
_NOW = sa.bindparam("now", type_=Instant)


def ready(session: Session, now: datetime, kinds: Collection[str], up_to_rank: int, limit: int) -> Sequence[str]:
    """The ids of up to `limit` rows that may be taken at `now` (the database's clock), locked: the highest rank first,
    then the oldest."""
    wanted = {"now": now, "kinds": list(kinds), "up_to": up_to_rank, "most": limit}
    return session.conn.execute(_READY, wanted).scalars().all()


def next_at(session: Session, now: datetime, kinds: Collection[str], up_to_rank: int) -> datetime | None:
    """When the next of these rows can be taken by time alone, which may be past."""
    at: datetime | None = session.conn.execute(
        _NEXT, {"now": now, "kinds": list(kinds), "up_to": up_to_rank}
    ).scalar_one()
    return at


def _when() -> sa.ColumnElement[datetime]:
    """When a row may be taken: a waiting one at its time, one being sent when its lease runs out."""
    return sa.case((outbox.c.state == _SENDING, outbox.c.lease_until), else_=outbox.c.next_at)


_OTHER = outbox.alias("other")


def _leading() -> sa.ColumnElement[bool]:
    """True of a row that is the first of its lane, where nothing else of that lane is under way.

    Positions are given before the commit, so a row of another incident that is committed late can stand before one
    that is under way: it waits for that one's lease. The texts are those of the partial indexes.
    """
    first = sa.select(sa.func.min(_OTHER.c.position)).where(sa.text(UNFINISHED)).group_by(_OTHER.c.lane)
    busy = sa.select(_OTHER.c.lane).where(sa.text(SENDING), _OTHER.c.lease_until > _NOW)
    itself = outbox.c.state == _SENDING
    return sa.and_(outbox.c.position.in_(first), sa.or_(itself, outbox.c.lane.not_in(busy)))


def _unmet() -> sa.ColumnElement[bool]:
    needed = sa.and_(filled_slots.c.incident == outbox.c.incident, filled_slots.c.name == outbox_needs.c.slot)
    filled = sa.exists().where(needed).correlate(outbox, outbox_needs)
    return sa.exists().where(outbox_needs.c.message == outbox.c.id, ~filled).correlate(outbox)


_WANTED = sa.and_(
    outbox.c.state.in_((_WAITING, _SENDING)),  # looked at again in the row itself, where another claim came first
    _leading(),
    outbox.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    outbox.c.rank <= sa.bindparam("up_to"),
    ~_unmet(),
)
_READY = (
    sa.select(outbox.c.id)
    .where(_WANTED, _when() <= _NOW)
    .order_by(outbox.c.rank, outbox.c.position)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)
)
_NEXT = sa.select(sa.func.min(_when())).where(_WANTED)
