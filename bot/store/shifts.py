"""What people changed of their shifts: who asked what, who answered, when. Rows are only added, by one at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from bot.domain.duty.swaps import Change, Reply
from bot.store.session import Session
from bot.store.tables import numbers, shift_answers, shift_changes

MOST = 1000
"""How many are read, the latest; what is older is over."""

_COUNTER = "shift_change"
_STANDING = sa.select(numbers.c.value).where(numbers.c.name == _COUNTER)


def standing(session: Session) -> int:
    """A number that grows with everything that is added; 0 while nothing was."""
    return session.conn.execute(_STANDING).scalar_one_or_none() or 0


def next_number(session: Session) -> int:
    """The number of what is added next. Whoever asked for it is alone with the shifts until the end of the
    transaction."""
    first = session.insert(numbers).values(name=_COUNTER, value=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": numbers.c.value + 1})
    number: int = session.conn.execute(counted.returning(numbers.c.value)).scalar_one()
    return number


def add(session: Session, change: Change) -> None:
    """Keep a change under its number."""
    body = change.model_dump(mode="json", exclude={"id", "at", "replies"})
    row = {"id": change.id, "body": json.dumps(body, sort_keys=True), "at": change.at}
    session.conn.execute(sa.insert(shift_changes).values(row))


def answer(session: Session, number: int, change: int, reply: Reply) -> None:
    """Keep what became of a change, under a number of its own."""
    row = {"id": number, "change": change, "answer": reply.answer, "by": reply.by, "at": reply.at}
    session.conn.execute(sa.insert(shift_answers).values(row))


def get(session: Session, number: int) -> Change | None:
    """The change of this number, if there is one."""
    found = _read(session, sa.select(shift_changes).where(shift_changes.c.id == number))
    return found[0] if found else None


def latest(session: Session) -> tuple[Change, ...]:
    """The latest changes with what became of them, in the order in which they were asked."""
    return _read(session, sa.select(shift_changes).order_by(shift_changes.c.id.desc()).limit(MOST))


def _read(session: Session, wanted: sa.Select[tuple[int, str, datetime]]) -> tuple[Change, ...]:
    rows = session.conn.execute(wanted).all()
    if not rows:
        return ()
    known = shift_answers.c.change >= min(row.id for row in rows)
    replies: dict[int, list[Reply]] = defaultdict(list)
    for row in session.conn.execute(sa.select(shift_answers).where(known).order_by(shift_answers.c.id)):
        replies[row.change].append(Reply(answer=row.answer, by=row.by, at=row.at))
    made = ({**json.loads(row.body), "id": row.id, "at": row.at, "replies": replies[row.id]} for row in rows)
    return tuple(sorted(map(Change.model_validate, made), key=lambda change: change.id))
