"""Migrations: the same revisions up and down on both databases, alone, and never without the guards."""

import fcntl
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from bot.domain import fact as f
from bot.store import facts, guards, migrate
from bot.store.checkup import database
from bot.store.engines import StartError, address
from bot.store.session import Database
from bot.store.tables import metadata
from tests.store.record import add, declare

HEAD = ScriptDirectory.from_config(migrate.config("sqlite:///unused.db")).get_current_head()


def look(url: str, question: Callable[[sa.Connection], object]) -> object:
    return migrate._look(url, question)


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def shape(connection: sa.Connection) -> list[str]:
    """The whole schema in the database's own words, checks included, which `alembic check` does not compare."""
    if connection.dialect.name == "sqlite":
        written = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars()
        return sorted(_plain(line) for line in written if "alembic_version" not in line)
    columns = "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    checks = "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    rows = [
        *connection.exec_driver_sql(f"{columns} WHERE table_schema = 'public'"),
        *connection.exec_driver_sql(f"{checks} WHERE connamespace = 'public'::regnamespace"),
        *connection.exec_driver_sql("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"),
        *connection.exec_driver_sql("SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"),
    ]
    return sorted(str(tuple(row)) for row in rows if row[0] != "alembic_version")


def _plain(statement: str) -> str:
    """A CREATE statement without the order of its lines, which is all that may differ."""
    return " ".join(sorted(re.split(r"[\s,]+", statement.replace('"', ""))))


def test_up_and_down_and_up_again(empty_database_url: str) -> None:
    url = empty_database_url
    assert migrate.current(url) is None
    migrate.upgrade(url)
    assert migrate.current(url) == HEAD
    first = look(url, shape)
    migrate.downgrade(url, "base")
    assert migrate.current(url) is None
    assert look(url, tables) == {"alembic_version"}
    migrate.upgrade(url)
    assert look(url, shape) == first


def test_an_upgrade_keeps_what_is_there(database_url: str) -> None:
    db = Database(database_url)
    number = db.run_sync(declare)
    migrate.upgrade(database_url)
    assert db.run_sync(lambda s: (facts.verify(s, number), facts.count(s, number))) == ([], 1)
    db.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "pg"])
def test_the_migrations_make_what_the_tables_say(kind: str, request: pytest.FixtureRequest) -> None:
    migrated, empty = (request.getfixturevalue(name) for name in (f"{kind}_url", f"empty_{kind}_url"))
    command.check(migrate.config(migrated))
    place = address(empty)
    engine = sa.create_engine(place)
    with engine.begin() as connection:
        metadata.create_all(connection)
        guards.install(connection)
    engine.dispose()
    assert look(migrated, shape) == look(empty, shape)


REBUILDING = """
from alembic import op

revision, down_revision = "9999", "{head}"

def upgrade():
    for table in ("facts", "incidents"):
        with op.batch_alter_table(table, recreate="always"):
            pass
"""


def test_a_migration_that_makes_tables_anew_keeps_rows_and_guards(sqlite_url: str, tmp_path: Path) -> None:
    """SQLite changes a table by making it anew, which drops its triggers; PostgreSQL never does."""
    db = Database(sqlite_url)
    number = db.run_sync(lambda s: add(s, declare(s), f.NoteAdded(text="Looking."))).id
    db.dispose()
    (tmp_path / "9999_rebuilding.py").write_text(REBUILDING.format(head=HEAD))
    config = migrate.config(sqlite_url)
    own = ScriptDirectory.from_config(config).versions
    config.set_main_option("version_locations", os.pathsep.join([own, str(tmp_path)]))
    command.upgrade(config, "head")
    assert migrate.current(sqlite_url) == "9999"
    assert look(sqlite_url, guards.missing) == []
    db = Database(sqlite_url)
    assert db.run_sync(lambda s: (facts.verify(s, number), facts.count(s, number))) == ([], 2)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        db.run_sync(lambda s: s.conn.exec_driver_sql("UPDATE facts SET kind = 'x'"))
    db.dispose()


def test_an_upgrade_puts_a_lost_guard_back(database_url: str) -> None:
    db = Database(database_url)
    on = " ON facts" if db.run_sync(lambda s: s.dialect) == "postgresql" else ""
    db.run_sync(lambda s: s.conn.exec_driver_sql(f"DROP TRIGGER facts_update{on}"))
    db.dispose()
    assert look(database_url, guards.missing) == ["facts_update"]
    migrate.upgrade(database_url)
    assert look(database_url, guards.missing) == []


UPGRADING = """
import sys
from bot.store import migrate, session
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade({url!r})
"""


def test_four_processes_upgrade_the_same_empty_database(empty_database_url: str) -> None:
    program = [sys.executable, "-c", UPGRADING.format(url=empty_database_url)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(program, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, "\n".join(errors)
    assert migrate.current(empty_database_url) == HEAD


@contextmanager
def being_migrated(url: str) -> Iterator[None]:
    """Another process is in the middle of a migration."""
    place = address(url)
    if place.get_backend_name() == "sqlite":
        folder = os.open(Path(str(place.database)).parent, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.close(folder)
        return
    engine = sa.create_engine(place)
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(migrate.LOCK)))
        yield
    engine.dispose()


def test_an_upgrade_waits_for_one_that_is_under_way(empty_database_url: str) -> None:
    upgrading = threading.Thread(target=migrate.upgrade, args=(empty_database_url,))
    with being_migrated(empty_database_url):
        upgrading.start()
        upgrading.join(timeout=1)
        assert upgrading.is_alive()
    upgrading.join()
    assert migrate.current(empty_database_url) == HEAD


def test_a_replica_starts_though_another_stands_still_in_the_middle_of_something(pg_url: str) -> None:
    """Whoever reads keeps tables from being changed, and whoever wants to change them keeps all others waiting."""
    engine = sa.create_engine(address(pg_url))
    with engine.begin() as still:
        still.exec_driver_sql("SELECT count(*) FROM facts, texts, incidents")
        migrate.upgrade(pg_url)
    engine.dispose()


LATER = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, serves = "9999", "{head}", "{serves}"

def upgrade():
    op.add_column("seen", sa.Column("colour", sa.Text()))
"""


def migrated_later(url: str, folder: Path, serves: str) -> None:
    """A later version has been here, and says since which schema a Sitrep may work with its own."""
    (folder / "9999_later.py").write_text(LATER.format(head=HEAD, serves=serves))
    config = migrate.config(url)
    own = ScriptDirectory.from_config(config).versions
    config.set_main_option("version_locations", os.pathsep.join([own, str(folder)]))
    command.upgrade(config, "head")


def test_a_database_beyond_this_version_is_left_alone(database_url: str, tmp_path: Path) -> None:
    migrated_later(database_url, tmp_path, serves="9999")
    assert migrate.standing(database_url) == "beyond"
    with pytest.raises(StartError, match="made by a newer Sitrep"):
        migrate.upgrade(database_url)


def test_beside_a_later_version_that_only_added_this_one_may_start(database_url: str, tmp_path: Path) -> None:
    """A replica of the version before starts again while the newer one is rolled out, or after it was rolled back."""
    assert HEAD is not None
    migrated_later(database_url, tmp_path, serves=HEAD)
    migrate.upgrade(database_url)
    assert migrate.standing(database_url) == "newer"
    assert migrate.current(database_url) == "9999", "what the later version made stays"
    db = Database(database_url)
    assert db.run_sync(declare) == 1
    assert database(database_url).findings[-1].state == "right"
    db.dispose()


def test_a_database_of_a_version_that_could_not_say_so_is_left_alone(database_url: str) -> None:
    db = Database(database_url)
    db.run_sync(lambda s: s.conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    db.run_sync(lambda s: s.conn.exec_driver_sql("DELETE FROM numbers"))
    db.dispose()
    with pytest.raises(StartError, match="made by a newer Sitrep"):
        migrate.upgrade(database_url)


def test_every_later_revision_says_with_which_older_sitrep_it_gets_on() -> None:
    later = list(ScriptDirectory.from_config(migrate.config("sqlite:///unused.db")).walk_revisions())[:-1]
    assert [one.revision for one in later if not hasattr(one.module, "serves")] == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:////nowhere/at/all/sitrep.db", "no folder /nowhere/at/all"),
        ("sqlite:////proc/sitrep.db", "unable to open database file"),
        ("postgresql://sitrep:secret@127.0.0.1:1/sitrep", "Check DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_written_gets_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(StartError, match=sentence) as told:
        migrate.upgrade(url)
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not a database. " * 100)
    with pytest.raises(StartError, match="file is not a database"):
        migrate.upgrade(f"sqlite:///{tmp_path / 'notes.txt'}")


def test_developers_can_ask_alembic_itself(sqlite_url: str, tmp_path: Path) -> None:
    ini = migrate.config(sqlite_url).config_file_name
    checked = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", str(ini), "-x", f"url={sqlite_url}", "check"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "No new upgrade operations detected" in checked.stdout, checked.stderr
