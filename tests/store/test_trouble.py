"""Trouble with a database: what people read of it, what the log says, and that none of it lasts longer than it must."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.domain.message import Message
from bot.store import life, mending, outbox, session, trouble
from bot.store.engines import address, postgresql_engine
from bot.store.session import Database, NotSaved, Session
from bot.store.tables import outbox as table


def raises(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'host db7 is sorry' USING ERRCODE = '{state}'; END $$"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("53100", "its disk is full"),
        ("53300", "it takes no more connections"),
        ("25006", "it can only be read just now"),
        ("57P01", "it does not answer"),
        ("08006", "it does not answer"),
        ("28000", "it does not let Sitrep in"),
    ],
)
async def test_what_people_read_of_postgresql(pg_url: str, state: str, told: str) -> None:
    db = Database(pg_url)
    with pytest.raises(NotSaved, match=told) as refused:
        await db.run(lambda s: s.conn.exec_driver_sql(raises(state)))
    assert "db7" not in str(refused.value), "where it is, is nobody's business in Slack"
    assert "db7" in refused.value.trouble, "but the log's"
    await db.close()


async def test_what_people_read_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    db = Database(sqlite_url)

    def fill(s: Session) -> None:
        s.conn.exec_driver_sql("PRAGMA max_page_count = 1")
        s.conn.exec_driver_sql("INSERT INTO numbers (name, value) VALUES (hex(zeroblob(1000000)), 1)")

    with pytest.raises(NotSaved, match=r"its disk is full"):
        await db.run(fill)
    await db.close()
    (tmp_path / "folder").mkdir()
    for path, told in (("folder", "its file cannot be opened"), ("nowhere/sitrep.db", "its file cannot be opened")):
        db = Database(f"sqlite:///{tmp_path / path}")
        with pytest.raises(NotSaved, match=told):
            await db.run(lambda _: None)
        await db.close()
    torn = tmp_path / "torn.db"
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as source, sqlite3.connect(torn) as copy:
        source.backup(copy)
    torn.write_bytes(torn.read_bytes()[:4096] + os.urandom(torn.stat().st_size - 4096))
    db = Database(f"sqlite:///{torn}")
    with pytest.raises(NotSaved, match="its file is damaged"):
        await db.read(lambda s: s.conn.exec_driver_sql("SELECT * FROM facts").all())
    await db.close()


def test_a_backup_put_back_under_a_bot_that_runs(sqlite_url: str, tmp_path: Path) -> None:
    """SQLite alone would go on writing into a file that nobody finds, and nobody would know."""
    file, db = Path(sqlite_url.removeprefix("sqlite:///")), Database(sqlite_url)
    db.run_sync(life.sign)
    file.rename(tmp_path / "moved.db")
    for _ in range(2):
        with pytest.raises(NotSaved, match="its file was moved or replaced"):
            db.run_sync(life.sign)
        with pytest.raises(NotSaved, match="its file was moved or replaced"):
            db.read_sync(life.silent_for)
        file.write_bytes((tmp_path / "moved.db").read_bytes())
    file.unlink()
    (tmp_path / "moved.db").rename(file)
    db.run_sync(life.sign)
    db.dispose()


def test_the_log_hears_of_a_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("bot.store.trouble.time", SimpleNamespace(monotonic=lambda: now[0]))
    standing = trouble.Standing()
    with capture_logs() as log:
        for now[0] in range(1, 122):
            standing.failed("no route")
        standing.saved()
        now[0] += 10
        standing.saved()
        standing.saved()
        standing.failed("no route")
    assert [(line["event"], line.get("seconds", line.get("after"))) for line in log] == [
        ("database_unusable", 0),
        ("database_unusable", 60),
        ("database_unusable", 120),
        ("database_works_again", 120),
        ("database_unusable", 0),
    ]


async def test_a_server_that_vanished_is_noticed(pg_url: str) -> None:
    """What the system is told of the connection, and PostgreSQL of every transaction."""
    engine = postgresql_engine(address(pg_url), size=1, wait_seconds=1.5)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.fileno())) as wire:
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        for name, value in (("idle_in_transaction_session_timeout", "30s"), ("lock_timeout", "1500ms")):
            assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == value
    engine.dispose()


async def test_a_database_that_hangs_does_not_keep_the_process(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CLOSE_SECONDS", 0.1)
    db, begun, go_on = Database(sqlite_url), threading.Event(), threading.Event()

    def hangs(_: Session) -> None:
        begun.set()
        go_on.wait()

    job = db._threads.write(hangs, True, lambda callback: callback())
    begun.wait()
    with capture_logs() as log:
        await db.close()
    assert [line["event"] for line in log] == ["stopped_with_the_database_busy"]
    assert all(thread.daemon for thread in threading.enumerate() if thread.name in ("sqlite-writer", "door", "loop"))
    go_on.set()
    assert job.result(10) is None


async def test_signs_of_life(database_url: str) -> None:
    db = Database(database_url)
    assert await db.run(life.silent_for) is None
    await db.run(life.sign)
    await db.run(life.sign)
    silent = await db.run(life.silent_for)
    assert silent is not None
    assert abs(silent) < timedelta(seconds=30)
    await db.close()


def put(s: Session) -> None:
    outbox.put(s, None, [Message(kind="say", lane=lane, seq=1, rank=3) for lane in ("a", "b")])


async def test_no_message_waits_for_a_time_that_only_a_wrong_clock_has_set(database_url: str) -> None:
    db = Database(database_url)
    await db.run(put)
    first = table.c.lane == "a"

    def later(s: Session, by: timedelta) -> None:
        s.conn.execute(sa.update(table).where(first).values(next_at=s.now() + by))

    await db.run(lambda s: later(s, timedelta(minutes=1)))
    assert await db.run(mending.hasten) == 0, "that may be a pause of ours"
    await db.run(lambda s: later(s, timedelta(hours=2)))
    assert await db.run(mending.hasten) == 1
    rows = await db.run(lambda s: outbox.claim(s, "me", limit=5, lease_seconds=7200, kinds=["say"]))
    assert [row.message.lane for row in rows] == ["a", "b"]
    assert await db.run(mending.hasten) == 2, "no lease is so long"
    await db.close()


async def test_what_a_restored_record_has_not_sent_may_have_been(database_url: str) -> None:
    db = Database(database_url)
    await db.run(put)
    assert await db.run(mending.doubt) == 2
    rows = await db.run(lambda s: outbox.claim(s, "me", limit=5, lease_seconds=60, kinds=["say"]))
    assert [row.ambiguous for row in rows] == [True, True]
    await db.close()
