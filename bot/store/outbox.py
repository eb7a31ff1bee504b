"""The outbox: what must still be said or done outside, written with the facts that caused it and sent at least once.

`put` is called by use cases; everything else serves the courier, which claims rows for a lease, sends, and reports.
Order is kept within a lane, and only there. States: waiting → sending → sent | waiting again | refused; rows that need
what a refused row would have made are parked until it is revived.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.domain.message import Message
from bot.store import heads, parking
from bot.store.session import Dialect, Session, insert_on
from bot.store.tables import POOLED, UNFINISHED, calendar_slots, database_now, outbox, outbox_needs
from bot.store.tables import slots as filled_slots

log = structlog.get_logger()


class Row(BaseModel):
    """A claimed message. `id` goes into the message's metadata, by which it is found again in Slack's history.

    `attempts` counts this try. `ambiguous`: an earlier try may have happened, so look before sending again.
    `tried_for`: how long ago it was first tried, by the database's clock.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    incident: int | None
    message: Message
    attempts: int
    tried_for: timedelta
    ambiguous: bool


class Slot(BaseModel):
    """A place Slack has given us: a channel, or a message in it. `extra` is whatever the sender wants back. Without an
    incident it is a message's of the calendar."""

    model_config = ConfigDict(frozen=True)
    incident: int | None
    name: str
    channel: str
    ts: str | None = None
    extra: dict[str, Any] = {}


_SENDING = sa.literal_column("'sending'", sa.Text)
_RELEASED: dict[str, Any] = {"owner": None, "lease_until": None}
_FIRST = sa.and_(outbox.c.attempts <= 1, sa.not_(outbox.c.ambiguous))
_UNTRIED: dict[str, Any] = {
    "attempts": outbox.c.attempts - 1,
    "first_try_at": sa.case((_FIRST, sa.null()), else_=outbox.c.first_try_at),
}


def put(session: Session, incident_id: int | None, messages: Sequence[Message]) -> None:
    """Add messages in this order. A standing one that still waits is brought up to date instead of told twice.

    Raises ValueError for a message that needs a slot but belongs to no incident.
    """
    if incident_id is None and any(message.needs for message in messages):
        raise ValueError("what a message waits for belongs to its incident, so one without an incident needs nothing")
    newest = {_standing(incident_id, message) or index: message for index, message in enumerate(messages)}
    rows = [_values(incident_id, message) for message in newest.values()]
    waiting = _pooled(session, [row["standing"] for row in rows if row["standing"]])
    fresh = [{**row, "id": uuid.uuid4().hex} for row in rows if row["standing"] not in waiting]
    changed = [{**row, "id": waiting[row["standing"]]} for row in rows if row["standing"] in waiting]
    _refresh(session, changed)
    session.each(_NEW, fresh)
    _need(session, [*changed, *fresh])
    needy = any(message.needs for message in messages)
    if incident_id is None or not (changed or needy) or not parking.troubled(session, incident_id):
        return
    if changed:
        parking.wake(session, incident_id)  # a parked one may not need any more what it waited for
    if needy:
        parking.park(session, incident_id)


LOWEST = 99
"""Below every rank there is."""


def claim(
    session: Session,
    owner: str,
    *,
    limit: int,
    lease_seconds: float,
    kinds: Collection[str],
    up_to_rank: int = LOWEST,
) -> list[Row]:
    """Take up to `limit` rows that may be sent now, the highest rank first, then the oldest; only of these kinds and
    ranks. One that cannot be read is left to whoever can: a later Sitrep may have written it.

    They are the owner's for `lease_seconds` of the database's clock. A row whose lease ran out is given to whoever
    asks next, as ambiguous. Choose an owner no other claim shares: a row can be finished only by its present owner.
    """
    now = session.now()
    ids = heads.ready(session, now, kinds, up_to_rank, limit)
    if not ids:
        return []
    lease = {"by": owner, "until": now + timedelta(seconds=lease_seconds), "now": now}
    rows = sorted(session.conn.execute(_TAKE, {**lease, "ids": ids}), key=lambda row: (row.rank, row.position))
    return [one for one in (_row(row, now) for row in rows) if one is not None]


_TAKE = (
    sa.update(outbox)
    .where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        state="sending",
        owner=sa.bindparam("by"),
        lease_until=sa.bindparam("until", type_=outbox.c.lease_until.type),
        attempts=outbox.c.attempts + 1,
        first_try_at=sa.func.coalesce(outbox.c.first_try_at, sa.bindparam("now", type_=outbox.c.next_at.type)),
        ambiguous=sa.or_(outbox.c.ambiguous, outbox.c.state == _SENDING),
    )
    .returning(outbox)
)


def sent(session: Session, row_id: str, owner: str, slot: Slot | None = None) -> bool:
    """The row is done, and Slack filled this slot with it. False, and nothing changed, when the lease was lost."""
    if session.conn.execute(_SENT, {"this": row_id, "by": owner}).rowcount != 1:
        return False
    if slot is not None:
        fill(session, slot)
    return True


_SENT = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("this"), outbox.c.owner == sa.bindparam("by"), outbox.c.state == _SENDING)
    .values(state="sent", finished_at=database_now(), error=None, **_RELEASED)
)


@cache
def _filling(dialect: Dialect, table: sa.Table) -> sa.Executable:
    new = insert_on(dialect, table)
    given = {name: new.excluded[name] for name in ("channel", "ts", "extra")}
    key = [column.name for column in table.primary_key]
    return new.on_conflict_do_update(index_elements=key, set_=given)


def fill(session: Session, slot: Slot) -> None:
    """Store what Slack gave, in place of what the slot held; messages that need it may go, parked ones too."""
    values = {**slot.model_dump(), "extra": json.dumps(slot.extra, sort_keys=True)}
    if slot.incident is None:
        session.conn.execute(_filling(session.dialect, calendar_slots), values)
        return
    session.conn.execute(_filling(session.dialect, filled_slots), values)
    parking.wake(session, slot.incident)


def again(
    session: Session,
    row_id: str,
    owner: str,
    *,
    after_seconds: float,
    error: str,
    ambiguous: bool,
    tried: bool = True,
) -> bool:
    """Try the row again later; `ambiguous` when this try may have happened, which is never forgotten again. Not
    `tried`: it only waits its turn, and nothing was sent.

    A certain failure takes over the content of a newer refresh that waits for the same place. False when the lease
    was lost.
    """
    at = session.now() + timedelta(seconds=after_seconds)
    back = {"state": "waiting", "next_at": at, "error": error, **_RELEASED}
    mine = sa.select(outbox.c.standing, outbox.c.ambiguous).where(_owned(row_id, owner)).with_for_update()
    row = session.conn.execute(mine).one_or_none()
    if row is None:
        return False
    unsure = ambiguous or row.ambiguous
    newer = {} if unsure or row.standing is None else _absorbed(session, row_id, row.standing)
    untried = {} if tried else _UNTRIED
    return _mine(session, row_id, owner, {**back, **newer, **untried, "ambiguous": unsure})


def refuse(session: Session, row_id: str, owner: str, error: str) -> bool:
    """Slack will never take this row. Whatever needs the slot it would have filled is parked, and what needs that.

    False when the lease was lost.
    """
    refused = {"state": "refused", "error": error, "finished_at": database_now(), **_RELEASED}
    if not _mine(session, row_id, owner, refused):
        return False
    incident = session.conn.execute(sa.select(outbox.c.incident).where(outbox.c.id == row_id)).scalar_one()
    if incident is not None:
        parking.park(session, incident)
    return True


def revive(session: Session, incident_id: int, slot: str) -> int:
    """Let the refused row that fills this slot, and what was parked behind it, wait to be sent again. How many rows."""
    of_slot = sa.and_(outbox.c.incident == incident_id, outbox.c.fills == slot)
    refused = sa.select(sa.func.max(outbox.c.position)).where(of_slot, outbox.c.state == "refused")
    living = sa.select(outbox.c.id).where(of_slot, outbox.c.state.in_(("waiting", "sending", "parked")))
    producer = () if session.conn.execute(living.limit(1)).first() else session.conn.execute(refused).scalars().all()
    back = sa.update(outbox).where(outbox.c.position.in_(producer), outbox.c.state == "refused")
    afresh = {"state": "waiting", "next_at": database_now(), "finished_at": None, "attempts": 0}
    revived = session.conn.execute(back.values(afresh)).rowcount
    return revived + parking.wake(session, incident_id)


def still_mine(session: Session, row_id: str, owner: str) -> bool:
    """Whether the owner's lease on the row still runs."""
    query = sa.select(outbox.c.id).where(_owned(row_id, owner), outbox.c.lease_until > database_now())
    return session.conn.execute(query).first() is not None


def renew(session: Session, row_id: str, owner: str, *, lease_seconds: float) -> bool:
    """Let the owner's lease run so long from now. False when it is over, whoever has the row: to be asked before
    anything is done about it by somebody who may have slept."""
    until = session.now() + timedelta(seconds=lease_seconds)
    mine = sa.update(outbox).where(_owned(row_id, owner), outbox.c.lease_until > database_now())
    return session.conn.execute(mine.values(lease_until=until)).rowcount == 1


def slot(session: Session, incident_id: int, name: str) -> Slot | None:
    """What Slack gave for this slot, or None."""
    return slots(session, incident_id, (name,)).get(name)


def slots(session: Session, incident_id: int, names: Collection[str] | None = None) -> dict[str, Slot]:
    """The incident's filled slots by name; only these names, when given."""
    query = sa.select(filled_slots).where(filled_slots.c.incident == incident_id)
    if names is not None:
        query = query.where(filled_slots.c.name.in_(names))
    return {row.name: _slot(row) for row in session.conn.execute(query)}


def place(session: Session, name: str) -> Slot | None:
    """What Slack gave for a message of no incident, or None."""
    row = session.conn.execute(sa.select(calendar_slots).where(calendar_slots.c.name == name)).one_or_none()
    return None if row is None else Slot(incident=None, name=name, channel=row.channel, ts=row.ts)


def standing_at(session: Session, channel: str, ts: str) -> Slot | None:
    """The slot whose message stands at this place, if one of ours does."""
    query = sa.select(filled_slots).where(filled_slots.c.channel == channel, filled_slots.c.ts == ts)
    row = session.conn.execute(query).first()
    return _slot(row) if row is not None else None


def waiting(session: Session) -> int:
    """How many rows wait or are being sent now; parked and refused ones are not among them."""
    return session.conn.execute(sa.select(sa.func.count()).where(sa.text(UNFINISHED)).select_from(outbox)).scalar_one()


def oldest(session: Session) -> timedelta:
    """How long the oldest of these should have been sent already; zero when nothing waits but for a later time."""
    since = sa.func.min(sa.func.coalesce(outbox.c.first_try_at, outbox.c.next_at))
    at: datetime | None = session.conn.execute(sa.select(since).where(sa.text(UNFINISHED))).scalar_one()
    return max(timedelta(0), session.now() - at) if at else timedelta(0)


def next_at(session: Session, kinds: Collection[str], up_to_rank: int = LOWEST) -> datetime | None:
    """When the next row of these kinds can be claimed by time alone, which may be past; None when none waits for
    time."""
    return heads.next_at(session, session.now(), kinds, up_to_rank)


def release(session: Session, *, after_seconds: float) -> int:
    """End every lease so soon, where it would run longer. Only for a process that knows it is alone, at its start:
    what is being sent was left by one that died. It comes back as ambiguous, so whoever claims it looks before it is
    sent, and `after_seconds` is how long a try may take to be seen in Slack's history. How many."""
    soon = session.now() + timedelta(seconds=after_seconds)
    left = sa.update(outbox).where(outbox.c.state == "sending", outbox.c.lease_until > soon)
    return session.conn.execute(left.values(lease_until=soon)).rowcount


def forget_finished(session: Session, days: int = 30) -> int:
    """Delete rows sent this long ago and return how many; an incident's refused ones stay, because they can be
    revived."""
    over = sa.or_(outbox.c.state == "sent", sa.and_(outbox.c.state == "refused", outbox.c.incident.is_(None)))
    old = sa.and_(over, outbox.c.finished_at < session.now() - timedelta(days=days))
    return session.conn.execute(sa.delete(outbox).where(old)).rowcount


def forget_of(session: Session, incident_id: int) -> int:
    """Delete an incident's rows that nothing will become of any more and return how many; refused ones with them."""
    done = sa.and_(outbox.c.incident == incident_id, outbox.c.state.in_(("sent", "refused", "parked")))
    return session.conn.execute(sa.delete(outbox).where(done)).rowcount


def _standing(incident_id: int | None, message: Message) -> str | None:
    """What two refreshes of the same standing message have in common."""
    if not message.standing:
        return None
    place = message.fills or f"{message.lane} {json.dumps(message.args, sort_keys=True)}"
    return f"{incident_id} {message.kind} {place}"


def _values(incident_id: int | None, message: Message) -> dict[str, Any]:
    copied = message.model_dump(include={"kind", "lane", "rank", "fills"})
    standing = _standing(incident_id, message)
    return {**copied, "incident": incident_id, "standing": standing, "body": message.model_dump_json()}


def _pooled(session: Session, standings: Sequence[str]) -> dict[str, str]:
    """Rows that newer refreshes take the place of: standing key → row id. Locked, so that none is claimed meanwhile."""
    if not standings:
        return {}
    return {row.standing: row.id for row in session.conn.execute(_STANDING, {"keys": standings})}


_REFRESHED = ("lane", "rank", "body")

# Statements of every act are built once: building one takes longer than running it.
_STANDING = (
    sa.select(outbox.c.standing, outbox.c.id)
    .where(outbox.c.standing.in_(sa.bindparam("keys", expanding=True)), sa.text(POOLED))
    .with_for_update()
)
_RENEW = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in _REFRESHED})
)
_UNNEED = sa.delete(outbox_needs).where(outbox_needs.c.message == sa.bindparam("row_id"))
_NEW = sa.insert(outbox).values(state="waiting", next_at=database_now(), attempts=0, ambiguous=False)
_NEED = sa.insert(outbox_needs)


def _refresh(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.each(_RENEW, [{"row_id": r["id"], **{f"new_{n}": r[n] for n in _REFRESHED}} for r in rows])
    session.each(_UNNEED, [{"row_id": row["id"]} for row in rows])


def _need(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    needs = [{"message": row["id"], "slot": name} for row in rows for name in set(json.loads(row["body"])["needs"])]
    session.each(_NEED, needs)


def _owned(row_id: str, owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(outbox.c.id == row_id, outbox.c.owner == owner, outbox.c.state == _SENDING)


def _mine(session: Session, row_id: str, owner: str, values: dict[str, Any]) -> bool:
    """Change a row that is the owner's; False when it no longer is."""
    return session.conn.execute(sa.update(outbox).where(_owned(row_id, owner)).values(values)).rowcount == 1


def _absorbed(session: Session, row_id: str, standing: str) -> dict[str, Any]:
    """Take the content of the newer refresh that waits for the same place, and remove that row."""
    columns = [outbox.c[name] for name in _REFRESHED]
    query = sa.select(outbox.c.id, *columns).where(outbox.c.standing == standing, sa.text(POOLED)).with_for_update()
    newer = session.conn.execute(query).mappings().one_or_none()
    if newer is None:
        return {}
    session.conn.execute(sa.delete(outbox_needs).where(outbox_needs.c.message == row_id))
    moved = sa.update(outbox_needs).where(outbox_needs.c.message == newer["id"]).values(message=row_id)
    session.conn.execute(moved)
    session.conn.execute(sa.delete(outbox).where(outbox.c.id == newer["id"]))
    return {name: newer[name] for name in _REFRESHED}


def _slot(row: sa.Row[Any]) -> Slot:
    return Slot(incident=row.incident, name=row.name, channel=row.channel, ts=row.ts, extra=json.loads(row.extra))


def _row(row: sa.Row[Any], now: datetime) -> Row | None:
    try:
        message = Message.model_validate_json(row.body)
    except ValidationError:
        log.exception("message_unreadable", row=row.id, kind=row.kind)
        return None
    same = {name: getattr(row, name) for name in ("id", "incident", "attempts", "ambiguous")}
    return Row(message=message, tried_for=max(timedelta(0), now - row.first_try_at), **same)
