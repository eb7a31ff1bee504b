"""One bot per SQLite file, and any number on PostgreSQL."""

from pathlib import Path

import pytest

from bot.store.engines import StartError
from bot.store.session import Database
from bot.store.sole import only_bot


def test_a_second_bot_is_refused_with_a_sentence_and_may_come_later(sqlite_url: str) -> None:
    with only_bot(sqlite_url):
        with pytest.raises(StartError, match=r"^Another Sitrep runs with .*/sitrep\.db; stop it first") as refused:
            only_bot(sqlite_url).__enter__()
        assert "\n" not in str(refused.value)
    with only_bot(sqlite_url):
        pass


def test_who_only_reads_is_not_refused(sqlite_url: str) -> None:
    with only_bot(sqlite_url):
        database = Database(sqlite_url)
        assert database.read_sync(lambda session: session.dialect) == "sqlite"
        database.dispose()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be used: No such file or directory"):
        only_bot(f"sqlite:///{tmp_path}/nowhere/sitrep.db").__enter__()


def test_on_postgresql_many_may_run() -> None:
    with only_bot("postgresql://localhost/sitrep"), only_bot("postgresql://localhost/sitrep"):
        pass
