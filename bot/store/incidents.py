"""Incident rows: copies of what the facts tell, kept so that deciding needs no history, and the row that is locked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.errors import Newer
from bot.domain.evolve import fold
from bot.domain.incident import STATE_VERSION, Incident
from bot.store import facts, pinned
from bot.store.session import Conflict, Dialect, Session, insert_on
from bot.store.tables import incidents, numbers

AT_ONCE = 500
"""Incidents read with one statement where many are wanted by their numbers."""

_ROW = sa.select(incidents.c.id, incidents.c.state_version, incidents.c.state)
_ONE = _ROW.where(incidents.c.id == sa.bindparam("of"))
_COPIED = ("id", "seq", "stage", "private", "channel", "protocol_digest", "declared_at", "recorded_at")
_HOLD = sa.select(incidents.c.id).where(incidents.c.id == sa.bindparam("of")).with_for_update(read=True, key_share=True)
_LOCK = {skip: _ONE.with_for_update(skip_locked=skip) for skip in (False, True)}


def lock(session: Session, incident_id: int, *, skip_locked: bool = False) -> Incident | None:
    """The incident, held until the transaction ends: one incident, one writer at a time.

    None when there is no such incident, or with `skip_locked` when another writer holds it just now. Raises Newer for
    one that this version cannot read.
    """
    return _first(session, _LOCK[skip_locked], incident_id)


def hold(session: Session, incident_id: int) -> None:
    """Wait until nobody writes the incident. What refers to its row is checked at the commit, and whoever waited only
    there would keep what they had locked by then from the very writer they wait for."""
    session.conn.execute(_HOLD, {"of": incident_id})


def load(session: Session, incident_id: int) -> Incident | None:
    """The incident as last saved, for readers; nothing may be decided from it. Raises Newer as `lock` does."""
    return _first(session, _ONE, incident_id)


def next_id(session: Session) -> int:
    """The next incident's number: 1, 2, 3 … A number whose transaction is rolled back is given out again."""
    first = session.insert(numbers).values(name="incident", value=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": numbers.c.value + 1})
    number: int = session.conn.execute(counted.returning(numbers.c.value)).scalar_one()
    return number


def skip_to(session: Session, number: int) -> bool:
    """Give out no number up to this one any more. False when it would not have been anyway."""
    first = session.insert(numbers).values(name="incident", value=number)
    moved = first.on_conflict_do_update(index_elements=["name"], set_={"value": number}, where=numbers.c.value < number)
    return session.conn.execute(moved.returning(numbers.c.value)).first() is not None


def save(session: Session, incident: Incident, *, rank: int, head: str) -> None:
    """Write the row's copy of the incident; `head` is the digest of its last fact, `rank` its severity's.

    A row that is already further on makes the use case run again. The protocol must be pinned before.
    """
    written = session.conn.execute(_saving(session.dialect), _values(incident, rank, head))
    if written.one_or_none() is None:
        raise Conflict(f"{incident.number} is already further than entry {incident.seq}")


def by_channel(session: Session, channel_id: str) -> int | None:
    """The incident a channel was opened for."""
    query = sa.select(incidents.c.id).where(incidents.c.channel == channel_id)
    return session.conn.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class Wanted:
    """Which incidents: `open_only` leaves out closed and cancelled ones, not resolved ones; `running` these too.
    `naming`: only such as may name one of these ids, which whoever asks then looks at; `since`: declared then or
    later; `private`: only private ones, or none; None: both. `at_hand`: only those whose row tells all, because folding
    one that another version wrote takes as long as reading all of its facts."""

    open_only: bool = False
    running: bool = False
    private: bool | None = None
    since: datetime | None = None
    naming: tuple[str, ...] = ()
    at_hand: bool = False


def listing(session: Session, wanted: Wanted | None = None, *, open_only: bool = False) -> list[Incident]:
    """The incidents wanted, the newest first. Those that only a newer version can read are left out: `beyond_us` says
    whether there are any."""
    return list(newest(session, wanted or Wanted(open_only=open_only), None))


def newest(session: Session, wanted: Wanted, most: int | None) -> list[Incident]:
    """As `listing`, not more than `most`: which these are an index tells, before any of the long rows is read."""
    query = _of(wanted)
    if most is not None:
        chosen = sa.select(incidents.c.id).where(*_where(wanted)).order_by(incidents.c.id.desc()).limit(most)
        query = query.where(incidents.c.id.in_(chosen))
    found = (_readable(session, row) for row in session.conn.execute(query))
    return [incident for incident in found if incident is not None]


def heads(session: Session) -> dict[str, int]:
    """Every incident that has not ended, by the digest of its last entry: where that is the same, so is all else."""
    query = sa.select(incidents.c.digest, incidents.c.id).where(*_where(Wanted(open_only=True)))
    return {row.digest: row.id for row in session.conn.execute(query)}


def some(session: Session, numbers: Sequence[int]) -> Iterator[Incident]:
    """Incidents by their numbers, as far as this version can read them."""
    for start in range(0, len(numbers), AT_ONCE):
        query = _of(Wanted()).where(incidents.c.id.in_(numbers[start : start + AT_ONCE]))
        found = (_readable(session, row) for row in session.conn.execute(query).all())
        yield from (incident for incident in found if incident is not None)


def count(session: Session, wanted: Wanted) -> int:
    """How many `listing` would give."""
    all_of_them = sa.select(sa.func.count()).select_from(incidents).where(*_where(wanted))
    number: int = session.conn.execute(all_of_them).scalar_one()
    return number - len(_unreadable(session, wanted))


def beyond_us(session: Session, *, open_only: bool) -> bool:
    """Whether `listing` leaves out an incident that only a newer version can read."""
    return bool(_unreadable(session, Wanted(open_only=open_only)))


def written_by_older(session: Session, limit: int = 100) -> list[int]:
    """Incidents that have not ended whose row an older version wrote: it knew less of them."""
    older = sa.and_(incidents.c.state_version < STATE_VERSION, incidents.c.stage.in_(_UNENDED))
    query = sa.select(incidents.c.id).where(older).order_by(incidents.c.id).limit(limit)
    return list(session.conn.execute(query).scalars())


def rebuild(session: Session, incident_id: int) -> Incident:
    """The incident as its facts tell it. Raises ValueError when there are none."""
    return fold(facts.entries(session, incident_id))


@cache
def _saving(dialect: Dialect) -> sa.Executable:
    """Built once: building it takes longer than running it."""
    new = insert_on(dialect, incidents)
    replaced = {name: new.excluded[name] for name in (*_COPIED, "rank", "digest", "state_version", "state")}
    newer = incidents.c.seq <= new.excluded.seq
    return new.on_conflict_do_update(index_elements=["id"], set_=replaced, where=newer).returning(incidents.c.id)


_UNENDED = ("triage", "active", "monitoring", "resolved")


_RUNNING = ("triage", "active", "monitoring")


def _of(wanted: Wanted) -> sa.Select[Any]:
    query = sa.select(*_ROW.selected_columns, incidents.c.protocol_digest).where(*_where(wanted))
    return query.order_by(incidents.c.id.desc())


def _where(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    """An id stands in the row's text within quotes; a row of another version is read to know."""
    if wanted.open_only or wanted.running:
        yield incidents.c.stage.in_(_RUNNING if wanted.running else _UNENDED)
    if wanted.private is not None:
        yield incidents.c.private.is_(wanted.private)
    if wanted.since is not None:
        yield incidents.c.declared_at >= wanted.since
    if wanted.at_hand:
        yield incidents.c.state_version == STATE_VERSION
    if wanted.naming:
        named = (incidents.c.state.contains(f'"{each}"', autoescape=True) for each in wanted.naming)
        yield sa.or_(incidents.c.state_version != STATE_VERSION, *named)


def _unreadable(session: Session, wanted: Wanted) -> list[int]:
    """Those of the incidents wanted that this version cannot read, or whose protocol it cannot: only rows that another
    version wrote and protocols it does not know are looked at."""
    unknown = [digest for digest in pinned.digests(session) if not _known(session, digest)]
    others = [incidents.c.state_version < STATE_VERSION, incidents.c.state_version > STATE_VERSION]
    of_unknown = [incidents.c.protocol_digest.in_(unknown)] if unknown else []
    rows = session.conn.execute(_of(wanted).where(sa.or_(*others, *of_unknown)))
    return [row.id for row in rows if _readable(session, row) is None]


def _known(session: Session, digest: str) -> bool:
    try:
        pinned.get(session, digest)
    except Newer:
        return False
    return True


def _readable(session: Session, row: sa.Row[Any]) -> Incident | None:
    """The incident; None when this version cannot read it, or not the protocol it is drawn by."""
    try:
        pinned.get(session, row.protocol_digest)
        return _incident(session, row.id, row.state_version, row.state)
    except Newer:
        return None


def _first(session: Session, query: sa.Select[int, int, str], incident_id: int) -> Incident | None:
    row = session.conn.execute(query, {"of": incident_id}).one_or_none()
    return None if row is None else _incident(session, *row)


def _incident(session: Session, number: int, version: int, state: str) -> Incident:
    return Incident.model_validate_json(state) if version == STATE_VERSION else rebuild(session, number)


def _values(incident: Incident, rank: int, head: str) -> dict[str, object]:
    copied = {name: getattr(incident, name) for name in _COPIED}
    state = incident.model_dump_json()
    return {**copied, "rank": rank, "digest": head, "state_version": STATE_VERSION, "state": state}
