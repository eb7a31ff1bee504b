"""Connections: how each database is opened so that its transactions mean what the store promises."""

from __future__ import annotations

import os
import sqlite3
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL

Begin = Literal["BEGIN", "BEGIN IMMEDIATE"]


class StartError(Exception):
    """Sitrep cannot start; the text is the one sentence, why and what to do, that whoever runs it reads."""


def address(url: str) -> URL:
    """The database a URL names, `sqlite:///file` or `postgresql://…`. Raises StartError for any other kind."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StartError(
            "DATABASE_URL holds no address of a database; write sqlite:///sitrep.db or postgresql://user@host/name."
        ) from None
    kind = parsed.drivername.split("+")[0]
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql")
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite")
    raise StartError(
        f"Sitrep keeps its record in an SQLite file or in PostgreSQL, not in {shown(parsed)}; "
        "write sqlite:///sitrep.db or postgresql://user@host/name."
    )


def shown(place: URL) -> str:
    """A database's URL as people may read it: without the password, wherever in it that stands."""
    return place.set(query={}).render_as_string(hide_password=True)


DEAD_PEER: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that vanished without a word is noticed within half a minute; the system alone takes two hours, or a quarter
of one where something was sent. Source: PostgreSQL's manual, libpq, "Parameter Key Words"; the last in milliseconds."""

IDLE_LIMIT = 30_000
"""Milliseconds after which PostgreSQL gives up a transaction that does nothing: a machine of ours that vanished keeps
no incident locked. None of our transactions waits for anything in between."""


def sqlite_engine(
    url: URL, *, begin: Begin, wait_seconds: float, foreign_keys: bool = True, file: SameFile | None = None
) -> sa.Engine:
    """An SQLite engine whose every transaction opens with `begin` and waits so long for a lock.

    The driver's own transactions lose updates and a deferred one cannot wait for an upgrade: a writer begins IMMEDIATE.
    `synchronous=FULL`: what was committed survives a loss of power. `secure_delete=ON`: what is deleted is overwritten.
    """
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {round(wait_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
            f"query_only = {'ON' if begin == 'BEGIN' else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    if file is not None:
        sa.event.listen(engine, "do_connect", lambda *_: file.look())  # which would make one where there is none
        sa.event.listen(engine, "checkout", lambda *_: file.look())
    return engine


class SameFile:
    """The file that engines share. Where it is moved, deleted or replaced under them, SQLite would go on writing into
    one that nobody finds; so nobody does."""

    def __init__(self, url: URL) -> None:
        self._path = str(url.database)
        self._known: tuple[int, int] | None = None

    def look(self) -> None:
        """Raises OperationalError, as SQLite would, when it is not the same any more."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - once per transaction, and twice as fast
            there = (found.st_dev, found.st_ino)
        except OSError:
            there = None
        self._known = self._known or there
        if self._known != there:
            error = sqlite3.OperationalError("the database's file was moved, deleted or replaced")
            error.sqlite_errorname = "SQLITE_READONLY_DBMOVED"  # its own word, which it says only without a WAL
            raise error


def postgresql_engine(url: URL, *, size: int, wait_seconds: float | None = None) -> sa.Engine:
    """A PostgreSQL engine of at most `size` connections; `wait_seconds` limits each lock and statement.

    No prepared statements, and no settings at the connection's start, so that a pooler may stand in between.
    """
    arguments: dict[str, Any] = {"prepare_threshold": None, "connect_timeout": 5, "application_name": "sitrep"}
    arguments |= DEAD_PEER
    engine = sa.create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments, hide_parameters=True)
    if wait_seconds is not None:
        limit = round(wait_seconds * 1000)
        limits = {"lock_timeout": limit, "statement_timeout": limit, "idle_in_transaction_session_timeout": IDLE_LIMIT}
        settings = "; ".join(f"SET LOCAL {name} = {milliseconds}" for name, milliseconds in limits.items())

        @sa.event.listens_for(engine, "begin")
        def _limit(connection: sa.Connection) -> None:
            connection.exec_driver_sql(settings)

    return engine
