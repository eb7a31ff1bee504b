"""Parking: what needs a slot that nothing will fill any more waits for nobody, until the slot is filled after all."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import database_now, outbox, outbox_needs
from bot.store.tables import slots as filled_slots

_TROUBLED = sa.select(
    sa.exists().where(outbox.c.incident == sa.bindparam("of"), outbox.c.state.in_(("refused", "parked")))
)
_UNPARK = (
    sa.update(outbox)
    .where(outbox.c.incident == sa.bindparam("of"), outbox.c.state == "parked")
    .values(state="waiting", next_at=database_now())
)


def troubled(session: Session, incident_id: int) -> bool:
    """Whether anything of the incident was refused or is parked: else nothing can be woken, and nothing is hopeless."""
    return bool(session.conn.execute(_TROUBLED, {"of": incident_id}).scalar_one())


def wake(session: Session, incident_id: int) -> int:
    """Let parked rows wait again, but for those that are still hopeless. How many."""
    woken = session.conn.execute(_UNPARK, {"of": incident_id}).rowcount
    return woken - park(session, incident_id) if woken else 0


def park(session: Session, incident_id: int) -> int:
    """Park the rows that need a slot nothing will fill any more, and those behind them. How many."""
    parked = 0
    while more := session.conn.execute(_hopeless(), {"of": incident_id}).rowcount:
        parked += more
    return parked


@cache
def _hopeless() -> sa.Update:
    """Parks rows of the incident `of` that need a slot whose every producer was refused, is parked, or stands behind
    them in their own lane: it could never overtake them."""
    producer = outbox.alias("producer")
    made = sa.and_(producer.c.incident == sa.bindparam("of"), producer.c.fills == outbox_needs.c.slot)
    lost = sa.exists().where(made, producer.c.state.in_(("refused", "parked")))
    behind = sa.and_(producer.c.lane == outbox.c.lane, producer.c.position > outbox.c.position)
    coming = sa.exists().where(made, producer.c.state.in_(("waiting", "sending")), ~behind)
    filled = sa.exists().where(
        filled_slots.c.incident == sa.bindparam("of"), filled_slots.c.name == outbox_needs.c.slot
    )
    ahead = coming.correlate(outbox, outbox_needs)
    conditions = (lost.correlate(outbox_needs), ~ahead, ~filled.correlate(outbox_needs))
    needy = sa.exists().where(outbox_needs.c.message == outbox.c.id, *conditions)
    waits = sa.and_(outbox.c.incident == sa.bindparam("of"), outbox.c.state == "waiting")
    return sa.update(outbox).where(waits, needy).values(state="parked")
