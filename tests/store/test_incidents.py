"""Incident rows: copies that can be rebuilt, and one writer at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain.evolve import fold
from bot.store import facts, incidents
from bot.store.engines import address, postgresql_engine
from bot.store.session import Database, NotSaved, Session
from tests.store.record import add, adding, declare, declared, entry

NOTE = f.NoteAdded(text="Looking.")


def test_numbers_count_up_and_a_rolled_back_one_is_given_again(db: Database) -> None:
    assert db.run_sync(declare) == 1

    def fails(session: Session) -> None:
        assert incidents.next_id(session) == 2
        raise LookupError

    with pytest.raises(LookupError):
        db.run_sync(fails)
    assert [db.run_sync(declare) for _ in range(2)] == [2, 3]


def test_incidents_declared_at_once_get_numbers_of_their_own(database_url: str) -> None:
    replicas = [Database(database_url) for _ in range(3)]
    with ThreadPoolExecutor(6) as people:
        numbers = list(people.map(lambda n: replicas[n % 3].run_sync(declare), range(18)))
    for replica in replicas:
        replica.dispose()
    assert sorted(numbers) == list(range(1, 19))


def test_people_who_write_at_once_come_one_after_the_other(database_url: str) -> None:
    replicas = [Database(database_url) for _ in range(2)]
    number = replicas[0].run_sync(declare)
    start = threading.Barrier(4)

    def person(which: int) -> None:
        start.wait()
        for _ in range(10):
            replicas[which % 2].run_sync(adding(number, f.NoteAdded(text=f"from {which}")))

    with ThreadPoolExecutor(4) as people:
        list(people.map(person, range(4)))
    last = replicas[0]
    told = last.run_sync(lambda s: facts.entries(s, number))
    assert [each.seq for each in told] == list(range(1, 42))
    assert last.run_sync(lambda s: facts.verify(s, number)) == []
    assert last.run_sync(lambda s: incidents.load(s, number) == incidents.rebuild(s, number))
    for replica in replicas:
        replica.dispose()


def test_an_update_decided_from_an_old_row_is_decided_again(db: Database, number: int) -> None:
    """Even without the lock nobody's entry is lost: who comes second starts over."""
    runs = []

    def late(session: Session) -> int:
        runs.append(1)
        incident = incidents.load(session, number) if len(runs) > 1 else old
        assert incident
        facts.append(session, [entry(number, incident.seq + 1, NOTE)])
        return incident.seq + 1

    old = db.run_sync(lambda s: incidents.load(s, number))
    db.run_sync(adding(number, NOTE))
    assert db.run_sync(late) == 3
    assert len(runs) == 2


def test_a_row_never_goes_back(db: Database, number: int) -> None:
    old = db.run_sync(lambda s: incidents.load(s, number))
    assert old
    db.run_sync(adding(number, NOTE))
    with pytest.raises(NotSaved):
        db.run_sync(lambda s: incidents.save(s, old, rank=1, head="0" * 64))
    assert db.run_sync(lambda s: incidents.load(s, number)) != old


def test_a_row_of_another_shape_is_folded_anew(db: Database, number: int) -> None:
    saved = db.run_sync(adding(number, NOTE))
    db.run_sync(lambda s: s.conn.exec_driver_sql("UPDATE incidents SET state_version = 0, state = '{}'"))
    for look in (incidents.load, incidents.lock):
        assert db.run_sync(partial(look, incident_id=number)) == saved
    assert db.run_sync(lambda s: incidents.listing(s, open_only=True)) == [saved]


def test_the_list_shows_the_newest_first_and_leaves_out_what_is_over(db: Database) -> None:
    first, second, third = (db.run_sync(declare) for _ in range(3))
    db.run_sync(adding(first, f.Resolved(fix="Done.", data="repaired")))
    db.run_sync(adding(second, f.Cancelled(outcome="false alarm")))
    open_ones, all_ones = (db.run_sync(partial(incidents.listing, open_only=only)) for only in (True, False))
    assert [incident.id for incident in open_ones] == [third, first]
    assert [incident.id for incident in all_ones] == [third, second, first]


def test_a_channel_leads_to_its_incident(db: Database, number: int) -> None:
    db.run_sync(adding(number, f.ChannelOpened(channel="C1", name="inc-1")))
    assert db.run_sync(lambda s: (incidents.by_channel(s, "C1"), incidents.by_channel(s, "C2"))) == (number, None)


def test_an_incident_whose_protocol_nobody_kept_is_refused(db: Database) -> None:
    def unpinned(session: Session) -> None:
        first = entry(1, 1, declared())
        incidents.save(session, fold([first]), rank=1, head=facts.append(session, [first]))

    with pytest.raises(sa.exc.IntegrityError):
        db.run_sync(unpinned)
    assert db.run_sync(lambda s: (incidents.load(s, 1), facts.count(s, 1))) == (None, 0)


def test_the_clock_skips_an_incident_somebody_is_writing(pg_url: str) -> None:
    db = Database(pg_url)
    busy, free = db.run_sync(declare), db.run_sync(declare)
    engine = postgresql_engine(address(pg_url), size=2)
    with engine.begin() as person, engine.begin() as clock:
        add(Session(person), busy, NOTE)
        assert incidents.lock(Session(clock), busy, skip_locked=True) is None
        assert incidents.lock(Session(clock), free, skip_locked=True)
        assert incidents.load(Session(clock), busy)
    engine.dispose()
    db.dispose()
