"""The calendar: what happened at its hour and belongs to no incident, each once, whoever looked first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from bot.store.session import Session
from bot.store.tables import calendar, calendar_slots, outbox

_NOTHING = "{}"


class Kept(BaseModel):
    """Something that happened: at which hour it was to be, when it was done, by whom (None: by the bot), and what came
    of it."""

    model_config = ConfigDict(frozen=True)
    key: str
    at: datetime
    done_at: datetime
    by: str | None = None
    body: dict[str, Any] = {}


def enter(
    session: Session,
    key: str,
    at: datetime,
    now: datetime,
    *,
    by: str | None = None,
    body: dict[str, Any] | None = None,
) -> bool:
    """Write that it happened; False when somebody has written so already. Whoever comes second waits for the first."""
    row = {"key": key, "at": at, "done_at": now, "by": by, "body": json.dumps(body or {}, sort_keys=True)}
    written = session.insert(calendar).values(row).on_conflict_do_nothing().returning(calendar.c.key)
    return session.conn.execute(written).first() is not None


def of(session: Session, key: str, at: datetime) -> Kept | None:
    """What happened at this hour, if it did."""
    return _first(session, sa.select(calendar).where(calendar.c.key == key, calendar.c.at == at))


def latest(session: Session, key: str, before: datetime) -> Kept | None:
    """The last of this key before an hour."""
    earlier = sa.select(calendar).where(calendar.c.key == key, calendar.c.at < before)
    return _first(session, earlier.order_by(calendar.c.at.desc()).limit(1))


def all_of(session: Session, beginning: str, after: datetime, until: datetime) -> list[Kept]:
    """Those whose key begins so that were done after one time and up to another, in order."""
    mine = calendar.c.key.startswith(beginning, autoescape=True)
    query = sa.select(calendar).where(mine, calendar.c.done_at > after, calendar.c.done_at <= until)
    return [_kept(row) for row in session.conn.execute(query.order_by(calendar.c.done_at, calendar.c.key))]


def overtaken(session: Session, key: str, at: datetime) -> bool:
    """Whether a later one of this key has happened."""
    later = sa.select(calendar.c.at).where(calendar.c.key == key, calendar.c.at > at).limit(1)
    return session.conn.execute(later).first() is not None


def forget(session: Session, beginning: str) -> None:
    """As if those whose key begins so had never happened."""
    session.conn.execute(sa.delete(calendar).where(calendar.c.key.startswith(beginning, autoescape=True)))


def forget_words(session: Session, beginning: str, before: datetime) -> int:
    """Delete what people wrote under keys that begin so, before a time; that they did stays. How many."""
    theirs = calendar.c.key.startswith(beginning, autoescape=True)
    old = sa.and_(theirs, calendar.c.done_at < before, calendar.c.body != _NOTHING)
    return session.conn.execute(sa.update(calendar).where(old).values(body=_NOTHING)).rowcount


def said(session: Session, name: str) -> bool:
    """Whether a message of this place was to be said, be it on its way."""
    mine = sa.select(outbox.c.id).where(outbox.c.incident.is_(None), outbox.c.fills == name).limit(1)
    return session.conn.execute(mine).first() is not None


def hold(session: Session, name: str) -> None:
    """Wait until nobody else who holds this is at it, and let others wait until this transaction ends."""
    row = session.insert(calendar_slots).values(name=name, channel="", extra="{}")
    session.conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"channel": ""}))


def became(session: Session, name: str, what: str) -> bool:
    """Keep that something is so from now on; False when it was so already. Of several who say it at once, one is told
    that it is new."""
    row = session.insert(calendar_slots).values(name=name, channel=what, extra="{}")
    changed = row.on_conflict_do_update(
        index_elements=["name"], set_={"channel": what}, where=calendar_slots.c.channel != what
    )
    return session.conn.execute(changed.returning(calendar_slots.c.name)).first() is not None


def _first(session: Session, query: sa.Select[Any]) -> Kept | None:
    row = session.conn.execute(query).one_or_none()
    return None if row is None else _kept(row)


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(key=row.key, at=row.at, done_at=row.done_at, by=row.by, body=json.loads(row.body))
