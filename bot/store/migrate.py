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
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from bot.store import guards
from bot.store.engines import StartError, address, postgresql_engine, sqlite_engine
from bot.store.resources import resource

__all__ = ["LOCK", "Standing", "StartError", "config", "current", "downgrade", "standing", "upgrade"]

T = TypeVar("T")
Standing = Literal["missing", "older", "current", "newer"]

LOCK = 7271033
"""The advisory lock a migration holds on PostgreSQL: any number that nothing else locks in the same database."""


def upgrade(url: str) -> None:
    """Bring the database to the newest schema and see that its guards are in force.

    Raises StartError, a sentence, when the database cannot be reached or written, or belongs to a newer Sitrep.
    """
    with _sentences(url), _alone(url):
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
    if there is None:
        return "missing"
    try:
        script.get_revision(there)
    except (CommandError, ResolutionError):
        return "newer"
    return "current" if there == script.get_current_head() else "older"


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
    return f"The database {address(url).render_as_string(hide_password=True)}"


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
