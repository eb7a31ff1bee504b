"""Three answers and no lie: saved, not saved, not yet known."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain.errors import NotNow
from bot.store import clocks, facts, incidents, outbox, seen
from bot.store.engines import StartError, address, postgresql_engine, sqlite_engine
from bot.store.session import RUNS, CannotSay, Conflict, Database, NotSaved, Session
from tests.store.record import NOON, add, adding, declare, say

NOTE = f.NoteAdded(text="Looking.")


@contextmanager
def held(url: str, number: int) -> Iterator[None]:
    """Another process writes this incident and does not come to an end."""
    place = address(url)
    sqlite = place.get_backend_name() == "sqlite"
    engine = (
        sqlite_engine(place, begin="BEGIN IMMEDIATE", wait_seconds=5) if sqlite else postgresql_engine(place, size=1)
    )
    with engine.connect() as connection, connection.begin() as transaction:
        assert incidents.lock(Session(connection), number)
        yield
        transaction.rollback()
    engine.dispose()


def everything(session: Session, number: int) -> None:
    """One step of an incident, in all the tables it touches."""
    incident = add(session, number, NOTE, NOTE)
    due = clocks.Due(incident=number, key="update", occurrence=1, step="due", fire_at=NOON, due=NOON, clause="§ 1")
    clocks.replace(session, number, [due])
    outbox.put(session, number, [say("one"), say("two")])
    seen.remember(session, "delivery", number, (incident.seq - 1, incident.seq))


def traces(session: Session, number: int) -> tuple[object, ...]:
    saved = seen.seen(session, "delivery")
    return facts.count(session, number), clocks.next_fire(session), outbox.waiting(session), saved


async def test_saved_means_all_of_it(db: Database, number: int) -> None:
    await db.run(lambda s: everything(s, number))
    assert await db.read(lambda s: traces(s, number)) == (3, NOON, 2, (number, (2, 3)))


@pytest.mark.parametrize("error", [NotNow("It is closed."), KeyError("a bug")])
async def test_what_the_work_raises_leaves_nothing_behind(db: Database, number: int, error: Exception) -> None:
    called: list[str] = []

    def fails(session: Session) -> None:
        session.after_commit(lambda: called.append("too early"))
        everything(session, number)
        raise error

    with pytest.raises(type(error)):
        await db.run(fails)
    await asyncio.sleep(0)
    assert await db.read(lambda s: traces(s, number)) == (1, None, 0, None)
    assert called == []


async def test_after_commit_runs_on_the_callers_loop_when_others_can_see_it(db: Database, number: int) -> None:
    woken: asyncio.Future[threading.Thread] = asyncio.get_running_loop().create_future()

    def work(session: Session) -> None:
        add(session, number, NOTE)
        session.after_commit(lambda: woken.set_result(threading.current_thread()))

    await db.run(work, door=False)
    assert await woken is threading.current_thread()


@pytest.mark.parametrize("kind", ["conflict", "unique"])
async def test_who_was_overtaken_starts_over_at_most_three_times(db: Database, kind: str) -> None:
    runs = []

    def overtaken(session: Session) -> None:
        runs.append(seen.seen(session, "a"))
        seen.remember(session, "a", None, ())
        if kind == "conflict":
            raise Conflict
        seen.remember(session, "a", None, ())

    with pytest.raises(NotSaved, match="Nothing was changed"):
        await db.run(overtaken)
    assert runs == [None] * RUNS == [None] * 4


async def test_a_lock_that_is_not_given_is_not_saved(database_url: str) -> None:
    db = Database(database_url, door_seconds=0.2)
    number = await db.run(declare)
    with held(database_url, number), pytest.raises(NotSaved, match="busy"):
        await db.run(adding(number, NOTE))
    assert await db.read(lambda s: facts.count(s, number)) == 1
    await db.run(adding(number, NOTE))
    await db.close()


@pytest.mark.parametrize("ends", ["saved", "not saved"])
async def test_who_cannot_be_answered_in_time_hears_the_truth_later(database_url: str, ends: str) -> None:
    db = Database(database_url, door_seconds=0.4)
    number = await db.run(declare)
    go_on = threading.Event()

    def slow(session: Session) -> int:
        seq = add(session, number, NOTE).seq
        go_on.wait()
        if ends == "not saved":
            raise NotNow("It was closed meanwhile.")
        return seq

    with pytest.raises(CannotSay) as told:
        await db.run(slow)
    assert await db.read(lambda s: facts.count(s, number)) == 1
    go_on.set()
    if ends == "saved":
        assert await told.value.late == 2
    else:
        with pytest.raises(NotNow):
            await told.value.late
    assert await db.read(lambda s: facts.count(s, number)) == (2 if ends == "saved" else 1)
    await db.close()


async def test_a_caller_that_goes_away_leaves_nothing_half_done(db: Database, number: int) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        begun.set()
        go_on.wait()
        everything(session, number)

    caller = asyncio.create_task(db.run(slow))
    await asyncio.to_thread(begun.wait)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    go_on.set()
    await db.close()
    again = Database(_url(db))
    assert await again.read(lambda s: traces(s, number)) == (3, NOON, 2, (number, (2, 3)))
    await again.close()


def _url(db: Database) -> str:
    threads = db._threads
    engine = getattr(threads, "_engine", None) or threads._engines[True]  # type: ignore[attr-defined]
    return str(engine.url.render_as_string(hide_password=False))


async def test_doors_go_before_loops(sqlite_url: str) -> None:
    """SQLite has one writer: what people wait for overtakes what loops have queued."""
    db = Database(sqlite_url)
    order: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def first(_session: Session) -> None:
        begun.set()
        go_on.wait()

    def named(name: str) -> Callable[[Session], None]:
        return lambda _session: order.append(name)

    jobs = [asyncio.create_task(db.run(first, door=False))]
    await asyncio.to_thread(begun.wait)
    for name in ("loop 1", "loop 2", "door 1", "loop 3", "door 2"):
        jobs.append(asyncio.create_task(db.run(named(name), door=name.startswith("door"))))
        await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*jobs)
    assert order == ["door 1", "door 2", "loop 1", "loop 2", "loop 3"]
    await db.close()


async def test_busy_loops_leave_doors_their_connections(pg_url: str) -> None:
    db = Database(pg_url)
    go_on = threading.Event()
    loops = [asyncio.create_task(db.run(lambda _s: go_on.wait(), door=False)) for _ in range(20)]
    await asyncio.sleep(0)
    assert await db.run(declare) == 1
    go_on.set()
    await asyncio.gather(*loops)
    await db.close()


async def test_a_reader_sees_one_moment_and_waits_for_nobody(db: Database, number: int) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> tuple[int, int]:
        before = facts.count(session, number)
        begun.set()
        go_on.wait()
        return before, facts.count(session, number)

    reader = asyncio.create_task(db.read(slow, door=False))
    await asyncio.to_thread(begun.wait)
    await db.run(adding(number, NOTE))
    go_on.set()
    assert await reader == (1, 1)
    assert await db.read(lambda s: facts.count(s, number)) == 2


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(NotSaved):
        await db.read(declare)
    assert await db.read(lambda s: incidents.listing(s, open_only=False)) == []


async def test_closing_finishes_what_was_accepted_and_refuses_the_rest(db: Database, number: int) -> None:
    accepted = [asyncio.create_task(db.run(adding(number, NOTE), door=False)) for _ in range(5)]
    await asyncio.sleep(0)
    await db.close()
    assert [incident.seq for incident in sorted(await asyncio.gather(*accepted), key=lambda i: i.seq)] == [
        2,
        3,
        4,
        5,
        6,
    ]
    for late in (db.run, db.read):
        with pytest.raises(NotSaved, match="being stopped"):
            await late(declare)


async def test_work_survives_a_restart_of_the_database(pg_url: str) -> None:
    """A pool full of dead connections costs another run, not an answer."""
    db = Database(pg_url)
    number = await db.run(declare)
    killer = postgresql_engine(address(pg_url), size=1)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with killer.connect() as connection:
        connection.exec_driver_sql(f"{others} AND pid <> pg_backend_pid()").all()
    killer.dispose()
    assert (await db.run(adding(number, NOTE))).seq == 2
    await db.close()


@pytest.mark.parametrize("broken", ["sqlite:////nowhere/at/all/sitrep.db", "postgresql://sitrep@127.0.0.1:1/sitrep"])
async def test_a_database_that_is_not_there_gets_a_sentence(broken: str) -> None:
    db = Database(broken)
    with pytest.raises(NotSaved, match=r"Not saved: the database cannot be used \(.+\)\. Nothing was changed"):
        await db.run(declare)
    await db.close()


async def test_a_file_that_is_no_database_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not a database. " * 100)
    db = Database(f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(NotSaved, match="file is not a database"):
        await db.run(declare)
    await db.close()


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sitrep.db", "sqlite:///:memory:"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(StartError, match=r"sqlite:///sitrep\.db"):
        Database(url)


def test_every_commit_survives_a_loss_of_power(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = db.run_sync(lambda s: [s.conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas])
    assert found == ["wal", 2, 1, 1500]
    db.dispose()


def test_a_mistake_of_ours_stays_an_error(db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        db.run_sync(lambda s: s.conn.exec_driver_sql("INSERT INTO numbers VALUES ('x', NULL)"))
