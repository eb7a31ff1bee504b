"""Databases opened as the bot opens them."""

from collections.abc import Iterator

import pytest

from bot.store.session import Database
from tests.store.record import declare


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database; the test runs on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def number(db: Database) -> int:
    """The number of the one incident in `db`."""
    return db.run_sync(declare)
