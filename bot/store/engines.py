"""Connections: how each database is opened so that its transactions mean what the store promises."""

from __future__ import annotations

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
            f'"{url}" is no database URL; write sqlite:///sitrep.db or postgresql://user@host/name.'
        ) from None
    kind = parsed.drivername.split("+")[0]
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql")
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite")
    raise StartError(
        f"Sitrep keeps its record in an SQLite file or in PostgreSQL, not in {parsed.render_as_string()}; "
        "write sqlite:///sitrep.db or postgresql://user@host/name."
    )


def sqlite_engine(url: URL, *, begin: Begin, wait_seconds: float, foreign_keys: bool = True) -> sa.Engine:
    """An SQLite engine whose every transaction opens with `begin` and waits so long for a lock.

    The driver's own transactions lose updates and a deferred one cannot wait for an upgrade: a writer begins IMMEDIATE.
    `synchronous=FULL`: what was committed survives a loss of power.
    """
    engine = sa.create_engine(url, connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {round(wait_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
            f"query_only = {'ON' if begin == 'BEGIN' else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgresql_engine(url: URL, *, size: int, wait_seconds: float | None = None) -> sa.Engine:
    """A PostgreSQL engine of at most `size` connections; `wait_seconds` limits each lock and statement.

    No prepared statements, so that a pooler may stand in between.
    """
    arguments: dict[str, Any] = {"prepare_threshold": None, "connect_timeout": 5, "application_name": "sitrep"}
    engine = sa.create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments)
    if wait_seconds is not None:
        limit = round(wait_seconds * 1000)

        @sa.event.listens_for(engine, "begin")
        def _limit(connection: sa.Connection) -> None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {limit}; SET LOCAL statement_timeout = {limit}")

    return engine
