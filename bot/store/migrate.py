"""Bringing a database to the newest schema, however many processes try at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from bot.store import guards
from bot.store.engines import StartError, address, postgresql_engine, shown, sqlite_engine
from bot.store.resources import resource
from bot.store.tables import numbers

__all__ = ["LOCK", "Standing", "StartError", "config", "current", "downgrade", "standing", "upgrade"]

T = TypeVar("T")
Standing = Literal["missing", "older", "current", "newer", "beyond"]
"""`newer`: made by a later version, but this one may go on working with it; `beyond`: it may not."""

SERVES = "schema_serves"
"""Under this name `numbers` keeps the oldest schema whose Sitrep may work with the present one."""

LOCK = 7271033
"""The advisory lock a migration holds on PostgreSQL: any number that nothing else locks in the same database."""


def upgrade(url: str) -> None:
    """Bring the database to the newest schema and see that its guards are in force. Where there is nothing to do, no
    lock is taken: a replica that starts must not wait for one that stands still, nor let others wait. What a newer
    Sitrep made is left as it is, where it says that this one may go on working with it.

    Raises StartError, a sentence, when the database cannot be reached or written, or is beyond this Sitrep.
    """
    with _sentences(url), _alone(url):
        found = standing(url)
        if found != "newer" and (found != "current" or _look(url, guards.missing)):
            command.upgrade(config(url), "head")
        lacking = _look(url, guards.missing)
    if lacking:
        raise StartError(f"{_shown(url)} does not guard its record ({', '.join(lacking)} missing).")


def downgrade(url: str, revision: str) -> None:
    """Bring the database back to an older schema, `base` being none. Raises StartError as `upgrade` does."""
    with _sentences(url), _alone(url):
        command.downgrade(config(url), revision)


def current(url: str) -> str | None:
    """The revision the database is at; None before its first upgrade. Raises StartError when it cannot be reached."""
    with _sentences(url):
        place = address(url)
        if place.get_backend_name() == "sqlite" and not Path(str(place.database)).exists():
            return None  # looking would leave an empty file behind
        return _look(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def standing(url: str) -> Standing:
    """How the database's schema compares with the one this Sitrep works with. Raises StartError as `current` does."""
    there, script = current(url), ScriptDirectory.from_config(config(url))
    head = script.get_current_head()
    if there is None:
        return "missing"
    try:
        script.get_revision(there)
    except (CommandError, ResolutionError):
        serves = _look(url, _served)
        return "newer" if head is not None and serves is not None and serves <= int(head) else "beyond"
    return "current" if there == head else "older"


def note_served(connection: sa.Connection, made: Script) -> None:
    """Write down the oldest schema whose Sitrep may work with the one that this revision made: what its file says as
    `serves`, else its own alone. An older Sitrep has no other way to know."""
    row = {"name": SERVES, "value": int(getattr(made.module, "serves", made.revision))}
    connection.execute(sa.delete(numbers).where(numbers.c.name == SERVES))
    connection.execute(sa.insert(numbers).values(row))


def _served(connection: sa.Connection) -> int | None:
    return connection.execute(sa.select(numbers.c.value).where(numbers.c.name == SERVES)).scalar_one_or_none()


def config(url: str) -> Config:
    """Alembic's configuration for this database."""
    made = Config(resource("migrations", "alembic.ini"))
    made.attributes["url"] = url
    return made


def _look(url: str, question: Callable[[sa.Connection], T]) -> T:
    place = address(url)
    on_sqlite = place.get_backend_name() == "sqlite"
    engine = sqlite_engine(place, begin="BEGIN", wait_seconds=1.5) if on_sqlite else postgresql_engine(place, size=1)
    try:
        with engine.connect() as connection:
            return question(connection)
    finally:
        engine.dispose()


def _shown(url: str) -> str:
    return f"The database {shown(address(url))}"


@contextmanager
def _sentences(url: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise StartError(
            f"{_shown(url)} cannot be used: {reason}. Check DATABASE_URL and who may write there."
        ) from error
    except OSError as error:
        raise StartError(f"{_shown(url)} cannot be used: {error.strerror}. Check who may write there.") from error
    except (CommandError, ResolutionError) as error:
        raise StartError(
            f"{_shown(url)} was made by a newer Sitrep ({error}). Run that version or a later one."
        ) from error


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Let one process at a time migrate an SQLite file, by holding its folder; PostgreSQL has a lock of its own.

    Turning on write-ahead logging does not wait for a lock, so the transaction alone is not enough.
    """
    place = address(url)
    if place.get_backend_name() != "sqlite":
        yield
        return
    file = Path(str(place.database)).resolve()
    if not file.parent.is_dir():
        raise StartError(f"{_shown(url)} cannot be used: there is no folder {file.parent}.")
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
