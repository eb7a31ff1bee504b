"""How a migration runs: in one transaction, one at a time, with the append-only guards put back afterwards."""

import os

import sqlalchemy as sa
from alembic import context

from bot.store import guards
from bot.store.engines import address, postgresql_engine, sqlite_engine
from bot.store.migrate import LOCK, note_served
from bot.store.tables import Instant, metadata

PATIENCE = 60.0
"""Seconds to wait for another process that is migrating."""


def engine() -> sa.Engine:
    named = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    url = address(named or os.environ.get("DATABASE_URL", "sqlite:///sitrep.db"))
    if url.get_backend_name() == "sqlite":
        # Recreating a table that others refer to would delete their rows, so references are checked afterwards instead.
        return sqlite_engine(url, begin="BEGIN IMMEDIATE", wait_seconds=PATIENCE, foreign_keys=False)
    return postgresql_engine(url, size=1)


def rendered(kind: str, item: object, _context: object) -> str | bool:
    """Revisions must outlive our own types, so they name the column types beneath."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=rendered,
        compare_server_default=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        context.run_migrations()
        guards.install(connection)
        if (revision := context.get_context().get_current_revision()) is not None:
            note_served(connection, context.script.get_revision(revision))
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise RuntimeError("the migration left rows that refer to nothing; it was rolled back")


database = engine()
try:
    with database.begin() as connection:
        migrate(connection)
finally:
    database.dispose()
