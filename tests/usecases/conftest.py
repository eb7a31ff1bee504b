"""The team's desk, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.store.session import Database
from tests.usecases.desk import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A desk with an empty database; the test runs on both kinds."""
    db = Database(database_url, door_seconds=20)
    yield Desk(db)
    db.dispose()


@pytest.fixture
def number(desk: Desk) -> int:
    """The number of an incident that Eve declared as P1."""
    return desk.declare().incident.id
