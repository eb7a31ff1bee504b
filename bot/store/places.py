"""Channel names and their Slack ids: a cache, because Slack finds a channel by name only by listing all of them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.session import Session
from bot.store.tables import places


def get(session: Session, name: str) -> str | None:
    """The id of the channel of this name, written without `#`; None when it is not known."""
    return session.conn.execute(sa.select(places.c.id).where(places.c.name == name)).scalar_one_or_none()


def known(session: Session) -> dict[str, str]:
    """The ids of all channels that are known by name."""
    rows = session.conn.execute(sa.select(places.c.name, places.c.id))
    return {row.name: row.id for row in rows}


def forget(session: Session, name: str, channel_id: str) -> bool:
    """This name does not mean that channel any more. False when it meant another, or none."""
    stale = sa.delete(places).where(places.c.name == name, places.c.id == channel_id)
    return session.conn.execute(stale).rowcount == 1


def put(session: Session, name: str, channel_id: str) -> None:
    """Remember which channel has this name."""
    fresh = session.insert(places).values(name=name, id=channel_id)
    session.conn.execute(fresh.on_conflict_do_update(index_elements=["name"], set_={"id": channel_id}))
