"""The clock table holds exactly what was put there last, and wakes in order."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import clocks
from bot.store.clocks import Due
from bot.store.session import Database, Session
from bot.store.tables import clocks as table
from tests.store.record import NOON, declare


def due(number: int, key: str, minutes: int, **changes: Any) -> Due:
    at = NOON + timedelta(minutes=minutes)
    told: dict[str, Any] = {"occurrence": 1, "step": "due", "fire_at": at, "due": at, "clause": f"small § {key}"}
    return Due(incident=number, key=key, **{**told, **changes})


def stored(session: Session) -> set[Due]:
    return set(map(Due.model_validate, session.conn.execute(sa.select(table))))


def test_only_the_difference_is_written(db: Database, number: int) -> None:
    kept, moved, gone = (due(number, key, 5) for key in ("triage", "update", "impact"))
    new = due(number, "update", 40, occurrence=2)
    later = due(number, "update", 9)
    db.run_sync(lambda s: clocks.replace(s, number, [kept, moved, gone]))
    written: list[str] = []

    def work(session: Session) -> set[Due]:
        def note(*call: Any) -> None:
            written.append(f"{call[2].split()[0]} {len(call[3]) if call[5] else 1}")

        sa.event.listen(session.conn, "before_cursor_execute", note)
        clocks.replace(session, number, [later, new, kept])
        return stored(session)

    assert db.run_sync(work) == {kept, later, new}
    assert written[1:4] == ["DELETE 1", "UPDATE 1", "INSERT 1"]


def test_the_same_clocks_again_write_nothing(db: Database, number: int) -> None:
    rows = [due(number, key, 5) for key in ("triage", "update")]
    db.run_sync(lambda s: clocks.replace(s, number, rows))

    def work(session: Session) -> None:
        sa.event.listen(session.conn, "before_cursor_execute", lambda *call: seen.append(call[2].split()[0]))
        clocks.replace(session, number, rows)

    seen: list[str] = []
    db.run_sync(work)
    assert seen == ["SELECT"]


def test_clocks_of_one_incident_leave_the_others_alone(db: Database, number: int) -> None:
    other = db.run_sync(declare)
    db.run_sync(lambda s: clocks.replace(s, other, [due(other, "update", 5)]))
    db.run_sync(lambda s: clocks.replace(s, number, []))
    assert db.run_sync(stored) == {due(other, "update", 5)}
    with pytest.raises(ValueError, match=f"INC-{number}"):
        db.run_sync(lambda s: clocks.replace(s, number, [due(other, "update", 5)]))


def test_due_incidents_come_once_each_and_longest_waiting_first(db: Database) -> None:
    first, second, third = (db.run_sync(declare) for _ in range(3))
    assert db.run_sync(clocks.next_fire) is None
    db.run_sync(lambda s: clocks.replace(s, first, [due(first, "triage", 4), due(first, "update", 3)]))
    db.run_sync(lambda s: clocks.replace(s, second, [due(second, "triage", 1), due(second, "update", 60)]))
    db.run_sync(lambda s: clocks.replace(s, third, [due(third, "triage", 6)]))
    at = NOON + timedelta(minutes=5)
    assert db.run_sync(lambda s: clocks.due_incidents(s, at)) == ([second, first], None)
    found, place = db.run_sync(lambda s: clocks.due_incidents(s, at, limit=1))
    assert (found, place) == ([second], (NOON + timedelta(minutes=1), second)), "there may be more"
    assert db.run_sync(lambda s: clocks.due_incidents(s, at, after=place)) == ([first], None)
    assert db.run_sync(lambda s: clocks.due_incidents(s, NOON + timedelta(minutes=1))) == ([second], None)
    assert db.run_sync(clocks.next_fire) == NOON + timedelta(minutes=1)
