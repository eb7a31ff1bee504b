"""The command line reads beside a bot at work: it keeps nobody waiting, and says what is wrong in one sentence."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.store.engines import address, sqlite_engine
from bot.store.session import Database
from tests.store.record import declare

READING = (["list"], ["show", "INC-1"], ["timeline", "verify", "INC-1"])


def asked(url: str, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words], env={"DATABASE_URL": url, "SITREP_CONFIG": None})


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_without_a_record_that_is_said_and_no_file_is_left(tmp_path: Path, words: list[str]) -> None:
    result = asked(f"sqlite:///{tmp_path}/sitrep.db", *words)
    assert result.exit_code == 1
    assert result.output.startswith("There is no record yet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", READING[:2], ids=" ".join)
def test_reading_does_not_wait_for_who_writes(sqlite_url: str, words: list[str]) -> None:
    with closing(_Writer(sqlite_url)):
        result = asked(sqlite_url, *words)
    assert (result.exit_code, result.exception) == (0, None)
    assert "INC-1" in result.output


class _Writer:
    """A bot that has recorded INC-1 and holds the write lock for something else."""

    def __init__(self, url: str) -> None:
        database = Database(url)
        database.run_sync(declare)
        database.dispose()
        self._engine = sqlite_engine(address(url), begin="BEGIN IMMEDIATE", wait_seconds=1)
        self._connection = self._engine.connect()
        self._transaction = self._connection.begin()

    def close(self) -> None:
        self._transaction.rollback()
        self._connection.close()
        self._engine.dispose()


def test_a_database_that_cannot_be_read_is_told_in_one_sentence(sqlite_url: str) -> None:
    engine = sqlite_engine(address(sqlite_url), begin="BEGIN IMMEDIATE", wait_seconds=1)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE incidents RENAME TO lost"))
    engine.dispose()
    result = asked(sqlite_url, "list")
    assert result.exit_code == 1
    assert result.output.startswith("Not read: the database cannot be used (no such table")
    assert len(result.output.splitlines()) == 1
