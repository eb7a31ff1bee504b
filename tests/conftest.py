"""Databases for tests: every test that asks for one gets its own, on SQLite, PostgreSQL or both."""

import gc
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
import structlog

from tests.postgres import Cluster, cluster

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)  # drawing a traceback with its variables takes seconds, and the bot waits for it


def pytest_collection_finish() -> None:
    """What importing and collecting made stays to the end; walking it again and again for garbage costs much time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, as `sitrep db upgrade` does."""
    # Only here, so that tests without a database run while the store is broken.
    from bot.store.migrate import upgrade

    upgrade(url)


@pytest.fixture(scope="session")
def pg_cluster() -> Iterator[Cluster]:
    """One PostgreSQL cluster for this worker, started when the first test wants it."""
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def pg_template(pg_cluster: Cluster) -> str:
    """The name of a migrated database that tests get copies of; copying is faster than migrating."""
    pg_cluster.execute("CREATE DATABASE {}", "migrated")
    migrate(pg_cluster.url("migrated"))
    return "migrated"


@pytest.fixture
def pg_url(pg_cluster: Cluster, pg_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    with pg_cluster.database(pg_template) as url:
        yield url


@pytest.fixture
def empty_pg_url(pg_cluster: Cluster) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database without any table."""
    with pg_cluster.database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests get copies of."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    path = tmp_path / "sitrep.db"
    with closing(sqlite3.connect(sqlite_template)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database; the test runs once on each kind."""
    fixture = "sqlite_url" if request.param == "sqlite" else "pg_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table; the test runs once on each kind."""
    fixture = "empty_sqlite_url" if request.param == "sqlite" else "empty_pg_url"
    return str(request.getfixturevalue(fixture))
