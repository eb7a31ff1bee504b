"""Shifts that people change, on both databases: once per delivery, seen by every replica, and only the first wins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Rotation
from bot.domain.errors import BadInput, DomainError, NotYours
from bot.store import people
from bot.store.people import Person
from bot.store.session import Database
from bot.store.tables import outbox, shift_answers, shift_changes
from bot.usecases.oncall import Changed, change_shifts, refresh
from bot.usecases.team import Team
from tests.builders import ANA, BEA, CAR, ZONE, default_protocol

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def team() -> Team:
    week: dict[str, Any] = {"starts": date(2026, 11, 16), "timezone": ZONE}
    return Team(default_protocol(), {"primary": Rotation(name="primary", members=(ANA, BEA, CAR), **week)})


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.dispose()


def does(db: Database, ours: Team, by: str, asked: r.OfShifts, key: str | None = None, now: datetime = NOW) -> Changed:
    return db.run_sync(lambda s: change_shifts(s, ours, asked, Caller(by, "slash"), now, key=key))


def rows(db: Database) -> list[tuple[str, str]]:
    """Kind of every message, and to whom."""
    wanted = sa.select(outbox.c.kind, outbox.c.body).order_by(outbox.c.position)
    found = db.run_sync(lambda s: s.conn.execute(wanted).all())
    return [(row.kind, next(one for one in (ANA, BEA, CAR) if f'"person":"{one}"' in row.body)) for row in found]


def test_a_swap_is_agreed_once_and_every_replica_sees_it(db: Database) -> None:
    here, there = team(), team()
    first = does(db, here, ANA, r.Swap(BEA, date(2026, 11, 20)), "one")
    again = does(db, here, ANA, r.Swap(BEA, date(2026, 11, 20)), "one")
    assert (first.change, first.what) == (again.change, again.what)
    db.run_sync(lambda s: refresh(s, there))
    assert [one.id for one in there.changes] == [first.change.id]
    assert there.roster(FRIDAY).primary == here.roster(FRIDAY).primary == ANA, "not before Bea agrees"

    answer = r.AnswerSwap(first.change.id, agrees=True)
    does(db, there, BEA, answer, "two")
    does(db, there, BEA, answer, "two")
    assert there.roster(FRIDAY).primary == BEA, "in the process that changed it, at once"
    db.run_sync(lambda s: refresh(s, here))
    assert here.roster(FRIDAY).primary == BEA
    assert here.roster(FRIDAY + timedelta(days=7)).primary == ANA
    with pytest.raises(DomainError, match="You accepted it already"):
        does(db, here, BEA, answer, "three")
    counts = db.run_sync(
        lambda s: [
            s.conn.execute(sa.select(sa.func.count()).select_from(t)).scalar() for t in (shift_changes, shift_answers)
        ]
    )
    assert counts == [1, 1]
    assert rows(db) == [("swap", BEA), ("shift_told", ANA)], "the question is one row that is brought up to date"

    does(db, here, ANA, r.TakeBack(first.change.id))
    db.run_sync(lambda s: refresh(s, there))
    assert there.roster(FRIDAY).primary == ANA
    assert rows(db)[-1] == ("shift_told", BEA)


def test_what_is_heard_late_changes_nothing(db: Database) -> None:
    ours = team()
    before = ours.heard
    done = does(db, ours, ANA, r.CoverShift(CAR, timedelta(hours=2)))
    assert ours.roster(NOW).primary == CAR
    ours.learn(before, (), frozenset())
    assert ours.roster(NOW).primary == CAR
    does(db, ours, CAR, r.TakeBack(done.change.id), now=NOW + timedelta(hours=1))
    assert ours.roster(NOW + timedelta(minutes=61)).primary == ANA
    assert rows(db) == [("shift_told", CAR), ("shift_told", ANA)]


def test_whoever_left_is_passed_over_as_soon_as_slack_says_so(db: Database) -> None:
    ours = team()
    gone = Person(id=ANA, name="Ana", deactivated=True, fetched_at=NOW)
    db.run_sync(lambda s: people.put(s, gone))
    db.run_sync(lambda s: refresh(s, ours))
    assert (set(ours.gone), ours.roster(NOW).primary) == ({ANA}, BEA)
    db.run_sync(lambda s: people.put(s, gone.model_copy(update={"deactivated": False})))
    db.run_sync(lambda s: refresh(s, ours))
    assert ours.roster(NOW).primary == ANA


def test_only_full_members_take_part(db: Database) -> None:
    ours = team()
    guest = Person(id="U0GUEST", name="Gus", guest=True, fetched_at=NOW)
    db.run_sync(lambda s: people.put(s, guest))
    with pytest.raises(BadInput, match="Gus is a guest here"):
        does(db, ours, ANA, r.CoverShift("U0GUEST", timedelta(hours=2)))
    with pytest.raises(NotYours, match="Guests cannot"):
        does(db, ours, "U0GUEST", r.TakeShift(timedelta(hours=2)))
    with pytest.raises(DomainError, match="No rotation is configured"):
        does(db, Team(default_protocol()), ANA, r.TakeShift(timedelta(hours=2)))
    with pytest.raises(DomainError, match="I do not know this swap any more"):
        does(db, ours, BEA, r.AnswerSwap(77, agrees=True))
    assert rows(db) == []
