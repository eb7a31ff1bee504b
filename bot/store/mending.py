"""What is put right in the outbox where a clock was wrong, or the record is an older one."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import outbox

FARTHEST = timedelta(minutes=5)
"""Longer than any pause between two tries, and than any lease."""


def hasten(session: Session) -> int:
    """Let nothing wait for a time that no pause of ours is as long as, nor be sent for longer than any lease: such a
    time was set by a clock that has been put back since. How many."""
    now = session.now()
    odd = now + FARTHEST
    late = sa.and_(outbox.c.state == "waiting", outbox.c.next_at > odd)
    held = sa.and_(outbox.c.state == "sending", outbox.c.lease_until > odd)
    sooner = session.conn.execute(sa.update(outbox).where(late).values(next_at=now)).rowcount
    return sooner + session.conn.execute(sa.update(outbox).where(held).values(lease_until=odd)).rowcount


def doubt(session: Session) -> int:
    """Whatever is not sent yet may have been: look before it is. For a record that may be an older one, put back from
    a backup. How many."""
    tried = {"ambiguous": True, "first_try_at": sa.func.coalesce(outbox.c.first_try_at, outbox.c.next_at)}
    left = sa.update(outbox).where(outbox.c.state.in_(("waiting", "sending", "parked")))
    return session.conn.execute(left.values(tried)).rowcount
