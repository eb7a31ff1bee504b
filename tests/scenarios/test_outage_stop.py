"""SIGTERM in the middle of everything, and surroundings that fail: it ends in time, and the next start goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.delivery import Delivery
from bot.store import facts
from bot.store.migrate import LOCK
from bot.store.session import Database
from tests.living import CONFIG, MANIFEST, PATIENCE, _people, until
from tests.scenarios.world import COMMAND, Child, access, at, by_hand
from tests.zygote import surroundings, zygote

HURRIED = "tests.scenarios.hurried:stops"


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Sandbox]:
    (tmp_path / "sitrep.yml").write_text(CONFIG)
    async with Sandbox(manifest=MANIFEST) as slack:
        people = _people(slack)
        slack.timing.ack = PATIENCE
        slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        yield slack


async def says(slack: Sandbox, text: str, who: str = "U0ZOE") -> str:
    ack = await slack.people[who].command(COMMAND, text, "general")
    return ack.text if ack.ok else str(ack.error)


def said_to(slack: Sandbox, beginning: str) -> list[Delivery]:
    return [one for one in slack.deliveries if str(one.payload.get("text")).startswith(beginning)]


async def whole(url: str, number: int = 1) -> bool:
    database = Database(url)
    try:
        return await database.read(lambda session: facts.verify(session, number)) == []
    finally:
        await database.close()


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """PostgreSQL that says nothing any more, and does not hang up either."""
    with by_hand(url) as other:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        backends = [row[0] for row in other.execute(query).fetchall()]
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.long
async def test_stopped_while_slack_and_the_database_hang(slack: Sandbox, pg_url: str, tmp_path: Path) -> None:
    child = Child(slack, tmp_path, pg_url, before=HURRIED)
    try:
        await child.start()
        await child.clock.go(at(0))
        assert "INC-1 is saved" in await says(slack, "declare P1 orders mart is stale")
        await child.clock.go(at(0))
        post = slack.faults.add("chat.postMessage", "hold", times=None)
        assert "saved" in await says(slack, "update INC-1 half said", "U0BEA")
        await child.when(lambda: post.used, "the update, half said")
        assert child.process is not None
        with frozen(pg_url):
            command = asyncio.create_task(says(slack, "declare P2 invoices are late"))
            await until(lambda: said_to(slack, "declare P2"))
            child.process.send_signal(signal.SIGTERM)
            child.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(40):
                assert await child.process.wait() == 0
            slack.timing.ack = 0.0
            command.cancel()
            await asyncio.gather(command, return_exceptions=True)
            [asked] = said_to(slack, "declare P2")
            assert "INC-2 is saved" not in str([reply.payload for reply in asked.replies])
        slack.faults.release()
        slack.timing.ack = PATIENCE
        with by_hand(pg_url) as other:  # so much later that its leases have run out
            other.execute("UPDATE outbox SET lease_until = 0 WHERE state = 'sending'")
        await child.start()
        await child.clock.go(at(1))
        room = slack.channel_named("inc-1")
        assert room is not None
        assert len([m for m in slack.messages(room) if ":* half said" in m.text]) == 1
        assert "saved" in await says(slack, "declare P3 something else")
        assert await whole(pg_url)
    finally:
        await child.end()


async def test_stopped_while_a_declaration_is_being_saved(slack: Sandbox, sqlite_url: str, tmp_path: Path) -> None:
    """Somebody else has the file: who declares hears the truth, or nothing, and never both."""
    child = Child(slack, tmp_path, sqlite_url, before=HURRIED)
    try:
        await child.start()
        await child.clock.go(at(0))
        assert child.process is not None
        with by_hand(sqlite_url) as other:
            other.execute("BEGIN EXCLUSIVE")
            slack.timing.ack = 3.0
            command = asyncio.create_task(says(slack, "declare P1 orders mart is stale"))
            await until(lambda: said_to(slack, "declare P1"))
            child.process.send_signal(signal.SIGTERM)
            other.execute("ROLLBACK")
        async with asyncio.timeout(40):
            assert await child.process.wait() == 0
        heard = await command
        slack.timing.ack = PATIENCE
        await child.start()
        await child.clock.go(at(1))
        declared = slack.channel_named("inc-1") is not None
        assert declared or "INC-1 is saved" not in heard
        if declared:
            assert await whole(sqlite_url)
        assert "saved" in await says(slack, "declare P3 something else")
    finally:
        await child.end()


async def test_nowhere_to_write_to(slack: Sandbox, sqlite_url: str, tmp_path: Path) -> None:
    """Nobody reads the log any more, and then no file may grow: it says so, and goes on when there is room."""
    child = Child(slack, tmp_path, sqlite_url)
    nobody, pipe = os.pipe()
    os.close(nobody)
    try:
        with os.fdopen(pipe, "wb") as closed:
            told = surroundings({**access(slack, sqlite_url), **child.clock.environ})
            child.process = await asyncio.to_thread(zygote().start, ("run",), tmp_path, told, closed, closed)
        await slack.connected()
        await child.clock.go(at(0))
        assert "INC-1 is saved" in await says(slack, "declare P1 orders mart is stale")
        await child.clock.go(at(0))
        _, hard = before = resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (4096, hard))
        answer = await says(slack, "update INC-1 loader restarted", "U0BEA")
        assert "Not saved: the database cannot be used (its disk cannot be written or read)" in answer
        assert "INC-1" in await says(slack, "list")
        resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, before)
        assert "Update saved" in await says(slack, "update INC-1 loader restarted", "U0BEA")
        await child.clock.go(at(1))
        room = slack.channel_named("inc-1")
        assert room is not None
        assert len([m for m in slack.messages(room) if ":* loader restarted" in m.text]) == 1
        child.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(40):
            assert await child.process.wait() == 0
        assert await whole(sqlite_url)
        with by_hand(sqlite_url) as other:
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        await child.end()


async def test_stopped_while_it_waits_for_another_to_migrate(slack: Sandbox, empty_pg_url: str, tmp_path: Path) -> None:
    child = Child(slack, tmp_path, empty_pg_url, before=HURRIED)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    try:
        with by_hand(empty_pg_url) as other, (tmp_path / "bot.log").open("ab") as log:
            other.execute(f"SELECT pg_advisory_lock({LOCK})")
            told = surroundings(access(slack, empty_pg_url))
            child.process = await asyncio.to_thread(zygote().start, ("run",), tmp_path, told, log, log)
            await until(lambda: other.execute(waiting).fetchone() != (0,))
            child.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(40):
                assert await child.process.wait() == 0
    finally:
        await child.end()
