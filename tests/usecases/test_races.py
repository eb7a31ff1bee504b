"""One incident, one writer at a time: nothing is lost when several do something at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.store import incidents, seen
from bot.store.session import Database, Session
from bot.store.tables import outbox
from bot.usecases.act import act, fire_clocks
from tests.domain.life import ANA, BEA, CAR, DEE, EVE, MONDAY, SME, TEC, span
from tests.usecases.desk import Desk

PEOPLE = (ANA, BEA, CAR, DEE, TEC, SME)


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Start all jobs at the same moment, each on a thread of its own; what they return or raise."""
    start = threading.Barrier(len(jobs))

    def job(work: Callable[[], Any]) -> Any:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(jobs)) as threads:
        futures = [threads.submit(job, work) for work in jobs]
    return [future.exception() or future.result() for future in futures]


def test_everybody_s_words_are_kept_in_one_order(desk: Desk, number: int) -> None:
    done = at_once(*(lambda p=person: desk.act(number, r.AddNote(f"{p} looks."), by=p) for person in PEOPLE * 2))
    assert [one for one in done if isinstance(one, Exception)] == []
    notes = [e for e in desk.entries(number) if isinstance(e.fact, f.NoteAdded)]
    assert Counter(e.by for e in notes) == Counter(PEOPLE * 2)
    assert desk.kinds(number).count("acknowledged") == 1
    desk.assert_whole(number)


def test_only_one_of_two_resolves_and_the_other_is_told(desk: Desk, number: int) -> None:
    done = at_once(*(lambda p=p: desk.act(number, r.Resolve("Reverted.", "repaired"), by=p) for p in (ANA, BEA)))
    assert sorted(type(one).__name__ for one in done) == ["Done", "NotNow"]
    assert desk.kinds(number).count("resolved") == 1
    desk.assert_whole(number)


def test_the_same_delivery_on_two_threads_has_one_effect(desk: Desk, number: int) -> None:
    done = at_once(*(lambda: desk.act(number, r.PostUpdate("Found it."), key="trigger-1") for _ in range(3)))
    assert [one for one in done if isinstance(one, Exception)] == []
    assert sorted(one.repeated for one in done) == [False, True, True]
    assert len({one.entries for one in done}) == 1
    assert desk.kinds(number).count("update_posted") == 1


def test_the_same_declaration_on_two_threads_is_one_incident(desk: Desk) -> None:
    done = at_once(*(lambda: desk.declare(key="trigger-1") for _ in range(2)))
    assert [one for one in done if isinstance(one, Exception)] == []
    assert {one.incident.id for one in done} == {1}
    assert len(desk.db.run_sync(lambda s: incidents.listing(s, open_only=False))) == 1


def test_declaring_at_once_gives_every_incident_its_number(desk: Desk) -> None:
    done = at_once(*(lambda p=p: desk.declare(f"{p} saw it", by=p) for p in PEOPLE))
    assert sorted(one.incident.id for one in done) == [1, 2, 3, 4, 5, 6]
    for number in range(1, 7):
        desk.assert_whole(number)


def test_the_tick_races_commands_and_nobody_is_asked_twice(desk: Desk, number: int) -> None:
    for minute in (5, 16, 31, 46, 61):
        desk.now = MONDAY + timedelta(minutes=minute)
        ticks = [lambda: desk.tick(number)] * 3
        acts = [lambda p=p: desk.act(number, r.AddNote(f"{p} looks."), by=p) for p in (ANA, EVE)]
        done = at_once(*ticks, *acts, lambda: desk.act(number, r.PostUpdate("Still looking."), by=BEA))
        assert [one for one in done if isinstance(one, Exception)] == []
    steps = Counter((c.key, c.occurrence, a.step) for a in desk.row(number).asks for c in a.covers)
    assert [step for step, times in steps.items() if times > 1] == []
    assert desk.kinds(number).count("update_posted") == 5
    assert desk.kinds(number).count("note_added") == 10
    desk.assert_whole(number)


def test_a_tick_meets_a_writer_and_what_was_due_is_recorded_once(database_url: str) -> None:
    """Two processes: one holds the incident while the other's clock comes by. PostgreSQL skips it, SQLite waits."""
    desks = [Desk(Database(database_url, door_seconds=20)) for _ in range(2)]
    number = desks[0].declare().incident.id
    holding, seen = threading.Event(), threading.Event()
    now = MONDAY + span("0:20")

    def slowly(session: Session) -> str:
        done = act(session, desks[0].team, number, r.PostUpdate("Found it."), Caller(ANA, "slash"), now)
        holding.set()
        waited = session.dialect == "sqlite" or seen.wait(20)  # on SQLite the tick can only come after this commit
        return done.incident.stage if waited else "the tick waited for the writer"

    def tick(session: Session) -> bool:
        return fire_clocks(session, desks[1].team, number, now) is not None

    def meanwhile() -> bool:
        assert holding.wait(20)
        found = desks[1].db.run_sync(tick)
        seen.set()
        return found

    stage, fired = at_once(lambda: desks[0].db.run_sync(slowly), meanwhile)
    assert stage == "active"
    assert fired == (database_url.startswith("sqlite"))
    desks[1].db.run_sync(tick)
    assert desks[0].kinds(number).count("update_posted") == 1
    desks[0].assert_whole(number)
    for desk in desks:
        desk.db.dispose()


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"  # pg_stat_activity is read once in a transaction


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_arrives_keeps_nothing_from_the_writer_it_waits_for(desk: Desk, number: int) -> None:
    """A card's place refers to the incident, which somebody writes just now who refreshes the card, and meets Zoe."""
    opens = next(row for row in desk.claim() if row.message.kind == "open_channel")
    assert desk.arrive(opens)
    card = next(row for row in desk.claim() if row.message.kind == "card")

    def writes(session: Session) -> bool:
        incidents.lock(session, number)
        holding.set()
        while not session.conn.exec_driver_sql(WAITING).scalar_one():
            session.conn.exec_driver_sql("SELECT pg_sleep(0.02)")
        seen.first_met(session, "U0ZOE")
        return len(session.conn.execute(LOCK_NOW, {"of": card.id}).all()) == 1

    def arrives() -> bool:
        assert holding.wait(20)
        desk.db.run_sync(lambda session: seen.first_met(session, "U0YAN"))
        return desk.arrive(card)

    holding = threading.Event()
    assert at_once(lambda: desk.db.run_sync(writes), arrives) == [True, True]


LOCK_NOW = sa.select(outbox.c.id).where(outbox.c.id == sa.bindparam("of")).with_for_update(nowait=True)


def test_two_processes_deliver_each_message_once(desk: Desk, number: int) -> None:
    rows = [row.id for batch in at_once(*(lambda: desk.claim(limit=3) for _ in range(4))) for row in batch]
    assert len(rows) == len(set(rows))
