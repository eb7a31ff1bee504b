"""Units of work: one function, one transaction, one of three answers: saved, not saved, or not yet known.

Work is plain synchronous code that runs on a database thread, never on the event loop. People wait at *doors*, so
doors are served first and do not wait long; *loops* (the clock, the courier) wait for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from bot.store import guards
from bot.store.engines import SameFile, address, postgresql_engine, sqlite_engine
from bot.store.tables import database_now
from bot.store.trouble import Standing, said, why
from bot.store.workers import Closed, Workers

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]
log = structlog.get_logger()

RUNS = 4
"""Once, and at most three times again when somebody else was faster."""

ANSWER_GRACE = 0.5
"""Seconds a caller waits beyond the lock's limit, so that a rollback is seen and told; Slack hangs up after 3 s."""

POOL = 5
"""Connections for doors, and as many for loops."""


class NotSaved(Exception):
    """Nothing was changed: the rollback was seen. The text is a sentence for whoever asked; `trouble` is what the
    database said, for the log, where it cannot be used at all."""

    def __init__(self, sentence: str, trouble: str = "") -> None:
        super().__init__(sentence)
        self.trouble = trouble


class CannotSay(Exception):
    """It took too long to know. `late` resolves with the work's result, or raises what `run` would have raised."""

    def __init__(self, late: asyncio.Future[Any]) -> None:
        super().__init__("The database is slow, so I cannot say yet whether this is saved. I will tell you here.")
        self.late = late


class Unknown(Exception):
    """The connection broke while committing, so nobody can say whether it is saved. The text says what to do."""


class Conflict(Exception):
    """Somebody else wrote first; the work runs again from the start. Raised by the rooms, seen only in `Database`."""


LOOP_SECONDS = 0.05
"""How long a loop waits for somebody else's lock on SQLite: it tries again by itself, and doors wait behind it."""

LOOP_PATIENCE = 10.0
"""How long it waits on PostgreSQL, where no door waits behind it."""

CLOSE_SECONDS = 10.0
"""How long what is under way may take when everything stops. What has not ended by then was never acknowledged."""


def insert_on(dialect: Dialect, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; for statements that are built once for each dialect."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Session:
    """What work gets in hand: one transaction's connection, and what is to happen once it is committed."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.committed: list[Callable[[], None]] = []

    @property
    def dialect(self) -> Dialect:
        return cast(Dialect, self.conn.dialect.name)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the transaction is committed, on the loop that asked for the work; never after a rollback."""
        self.committed.append(callback)

    def each(self, statement: sa.Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Run a statement for each of these rows. The driver's batches cost more than one row alone."""
        if rows:
            self.conn.execute(statement, rows[0] if len(rows) == 1 else rows)

    def now(self) -> datetime:
        """The database's clock: transport time, for leases; never what is drawn or promised."""
        now: datetime = self.conn.execute(sa.select(database_now())).scalar_one()
        return now

    def insert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that knows ON CONFLICT, in this database's dialect."""
        return insert_on(self.dialect, table)


Work = Callable[[Session], T]


class Database:
    """The database behind one URL. Raises StartError for a URL of another kind; connects when first used."""

    def __init__(self, url: str, *, door_seconds: float = 1.5) -> None:
        self._door_seconds = door_seconds
        self._standing = Standing()
        place = address(url)
        self._threads: _Threads
        if place.get_backend_name() == "sqlite":
            self._threads = _SqliteThreads(place, door_seconds)
        else:
            self._threads = _PostgresqlThreads(place, door_seconds)

    async def run(self, work: Work[T], *, door: bool = True) -> T:
        """Run work in one transaction and return its result, saved; callbacks follow on the running loop.

        Raises whatever work raises (all of it rolled back), NotSaved, and at a door CannotSay.
        """
        job = self._threads.write(work, door, _caller())
        job.add_done_callback(self._saved)
        return await self._answer(job, door)

    async def read(self, work: Work[T], *, door: bool = True) -> T:
        """Run work that only reads, in a snapshot of its own that no writer waits for. Raises as `run` does."""
        return await self._answer(self._threads.read(work, door, _caller()), door)

    def run_sync(self, work: Work[T]) -> T:
        """As `run`, waiting for it however long, for callers without a loop. Callbacks run on the database thread."""
        return self._threads.write(work, True, _at_once).result()

    def read_sync(self, work: Work[T]) -> T:
        """As `read`, waiting for it however long: for the command line, which keeps no bot waiting."""
        return self._threads.read(work, True, _at_once).result()

    async def close(self) -> None:
        """Finish the work accepted so far, within CLOSE_SECONDS, and close every connection. Later work is refused with
        NotSaved."""
        await asyncio.to_thread(self.dispose)

    def dispose(self) -> None:
        """As `close`, for synchronous callers."""
        if not self._threads.close():
            log.warning("stopped_with_the_database_busy", hint="what had not ended is rolled back")

    def _saw(self, job: Future[Any]) -> None:
        error = None if job.cancelled() else job.exception()
        if isinstance(error, NotSaved) and error.trouble:
            self._standing.failed(error.trouble)

    def _saved(self, job: Future[Any]) -> None:
        if not job.cancelled() and job.exception() is None:
            self._standing.saved()

    async def _answer(self, job: Future[T], door: bool) -> T:
        job.add_done_callback(self._saw)
        late = asyncio.wrap_future(job)
        done, _ = await asyncio.wait({late}, timeout=self._door_seconds + ANSWER_GRACE if door else None)
        if not done:
            raise CannotSay(late)
        return late.result()


Caller = Callable[[Callable[[], None]], object]


def _caller() -> Caller:
    return asyncio.get_running_loop().call_soon_threadsafe


def _at_once(callback: Callable[[], None]) -> None:
    callback()


class _Threads(Protocol):
    """Where work runs."""

    def write(self, work: Work[T], door: bool, caller: Caller) -> Future[T]: ...

    def read(self, work: Work[T], door: bool, caller: Caller) -> Future[T]: ...

    def close(self) -> bool:
        """Finish what was accepted. False when that takes too long; it is left to itself then."""
        ...


class _SqliteThreads:
    """One writer that serves doors before loops, because SQLite has one writer anyway, and a few readers."""

    def __init__(self, place: sa.URL, seconds: float) -> None:
        file = SameFile(place)
        self._engines = {
            True: sqlite_engine(place, begin="BEGIN IMMEDIATE", wait_seconds=seconds, file=file),
            False: sqlite_engine(place, begin="BEGIN IMMEDIATE", wait_seconds=LOOP_SECONDS, file=file),
        }
        self._view = sqlite_engine(place, begin="BEGIN", wait_seconds=seconds, file=file)
        self._writer = Workers(1, "sqlite-writer")
        self._readers = Workers(POOL, "sqlite-reader")

    def write(self, work: Work[T], door: bool, caller: Caller) -> Future[T]:
        return _submit(self._writer, lambda: _transact(self._engines[door], work, caller), door)

    def read(self, work: Work[T], door: bool, caller: Caller) -> Future[T]:
        return _submit(self._readers, lambda: _transact(self._view, work, caller), door)

    def close(self) -> bool:
        return _closed((self._writer, self._readers), (*self._engines.values(), self._view))


class _PostgresqlThreads:
    """A pool of connections for doors and one for loops, each with as many threads: loops cannot starve doors."""

    def __init__(self, place: sa.URL, seconds: float) -> None:
        self._engines = {
            True: postgresql_engine(place, size=POOL, wait_seconds=seconds),
            False: postgresql_engine(place, size=POOL, wait_seconds=LOOP_PATIENCE),
        }
        snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._views = {door: engine.execution_options(**snapshot) for door, engine in self._engines.items()}
        self._pools = {True: Workers(POOL, "door"), False: Workers(POOL, "loop")}

    def write(self, work: Work[T], door: bool, caller: Caller) -> Future[T]:
        return _submit(self._pools[door], lambda: _transact(self._engines[door], work, caller))

    def read(self, work: Work[T], door: bool, caller: Caller) -> Future[T]:
        return _submit(self._pools[door], lambda: _transact(self._views[door], work, caller))

    def close(self) -> bool:
        return _closed(self._pools.values(), self._engines.values())


def _closed(pools: Iterable[Workers], engines: Iterable[sa.Engine]) -> bool:
    until = time.monotonic() + CLOSE_SECONDS
    for pool in (every := list(pools)):
        pool.close()
    ended = [pool.ended(until) for pool in every]
    for engine in engines:
        engine.dispose()
    return all(ended)


def _submit(pool: Workers, task: Callable[[], T], door: bool = True) -> Future[T]:
    try:
        return pool.submit(task, 0 if door else 1)
    except Closed:
        raise _stopping() from None


def _stopping() -> NotSaved:
    return NotSaved("Not saved: Sitrep is being stopped. Try again in a minute.")


def _transact(engine: sa.Engine, work: Work[T], caller: Caller) -> T:
    """Run work in a fresh transaction, again when somebody else was faster. What it raises was rolled back."""
    run = 1
    while True:
        try:
            return _once(engine, work, caller)
        except (Conflict, sa.exc.DBAPIError) as error:
            if run == RUNS or not _worth_another_run(error):
                raise _refusal(error) from error
            log.info("ran_again", run=run, error=str(error).partition("\n")[0])
        run += 1


def _once(engine: sa.Engine, work: Work[T], caller: Caller) -> T:
    with engine.connect() as conn:
        session = Session(conn)
        committing = False
        try:
            with conn.begin():
                result = work(session)
                committing = True
        except sa.exc.DBAPIError as error:
            if committing and error.connection_invalidated:
                raise Unknown(
                    "The connection to the database broke while saving, so I cannot say whether this is saved. "
                    "Look at the incident before you try again."
                ) from error
            raise
    for callback in session.committed:
        caller(callback)
    return result


_RACES = {"23505", "40P01", "40001"}
"""unique_violation, deadlock_detected, serialization_failure (PostgreSQL manual, appendix A)."""

_BUSY = {"55P03", "57014"}
"""lock_not_available, query_canceled (ibid.)."""


def _overtaken(error: Exception) -> bool:
    """Whether somebody else wrote first."""
    cause = getattr(error, "orig", None)
    if isinstance(error, Conflict) or getattr(cause, "sqlstate", None) in _RACES:
        return True
    unique = getattr(cause, "sqlite_errorname", "") in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
    return unique or guards.TAKEN in str(cause)


def _worth_another_run(error: Exception) -> bool:
    """Overtaken, or on a connection that had died in the pool; before the commit nothing can have been saved."""
    return _overtaken(error) or bool(getattr(error, "connection_invalidated", False))


def _refusal(error: Conflict | sa.exc.DBAPIError) -> Exception:
    """What the caller is told: trouble outside is NotSaved with a sentence, a mistake of ours stays what it is."""
    if isinstance(error, Conflict) or _overtaken(error):
        return NotSaved("Not saved: too many changes came at the same moment. Nothing was changed; try again.")
    outside = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError)
    if not outside and type(error) is not sa.exc.DatabaseError:  # SQLite's word for a file that is no database
        return error
    if getattr(error.orig, "sqlstate", None) in _BUSY or "database is locked" in said(error):
        return NotSaved("Not saved: the database was busy for too long. Nothing was changed; try again in a minute.")
    return NotSaved(
        f"Not saved: the database cannot be used ({why(error)}). Nothing was changed; tell whoever runs Sitrep.",
        trouble=said(error),
    )
