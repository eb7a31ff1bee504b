"""The database gone or full while the bot runs: nothing is lost, nothing doubled, and nobody is told a lie."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import time_machine
from structlog.testing import capture_logs

from bot.domain.fact import Asked
from bot.store import facts
from bot.store.session import Session
from tests.living import Living, living
from tests.postgres import Cluster
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, by_hand, entries, kinds, quiet, said, typed


@contextmanager
def gone(cluster: Cluster, url: str) -> Iterator[None]:
    """A PostgreSQL that drops every connection and takes none."""
    name = url.rpartition("/")[2]
    cluster.execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    with by_hand(cluster.url("postgres")) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    try:
        yield
    finally:
        cluster.execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)


async def ready(town: Living) -> tuple[int, str]:
    """What /readyz says: the status, and how the database is."""
    assert town.bot.server is not None
    async with aiohttp.ClientSession() as http, http.get(f"{town.bot.server.url}/readyz") as answer:
        return answer.status, (await answer.json())["database"]


async def becomes(town: Living, wanted: tuple[int, str]) -> None:
    async with asyncio.timeout(20):
        while await ready(town) != wanted:  # noqa: ASYNC110 - whoever watches asks again and again, too
            await asyncio.sleep(0.05)


def events(log: list[Any]) -> Counter[str]:
    return Counter(line["event"] for line in log if line["log_level"] in ("warning", "error", "critical"))


async def test_postgresql_gone_and_back(
    pg_cluster: Cluster, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inbound.clock.DATABASE_PAUSES", (0.0,))  # as many tries as in hours
    monkeypatch.setattr("bot.outbound.courier.RECORD_AGAIN", (0.2,) * 200)
    with time_machine.travel(datetime(2026, 11, 20, 8, 0, tzinfo=UTC), tick=True) as now:
        async with living(pg_url, tmp_path, environ={"PORT": "0"}) as town:
            room = await opened(town)
            await typed(town.bea, "ack", room)
            await quiet(town)
            slack, before = town.slack, len(await entries(town))
            post = slack.faults.add("chat.postMessage", "hold", times=None, match=lambda a: "half said" in str(a))
            await typed(town.bea, "update half said", room)
            await slack.wait_for(lambda: post.used)
            assert await ready(town) == (200, "up")

            with gone(pg_cluster, pg_url), capture_logs() as log:
                answer = (await town.ana.command(COMMAND, "update in vain", room)).text
                assert "Not saved: the database cannot be used (it does not answer)" in answer
                assert "127.0.0.1" not in answer, "no address for everybody to read"
                await becomes(town, (503, "down"))
                slack.faults.release()
                marked = await town.zoe.say(room, "the loader was deployed at eight")
                await town.zoe.react(marked, "pushpin")
                now.shift(timedelta(minutes=35))
                while events(log)["clock_moved"] == 0 or town.bot.ticker._gone.times < 3:
                    assert "Not saved" in (await town.ana.command(COMMAND, "update in vain", room)).text
            told = events(log)
            assert (told.pop("database_unusable"), told.pop("reminders_wait")) == (1, 1), "not at every try"
            assert told.keys() <= {"clock_moved", "cannot_record"}, "a log is to be read"
            assert "not currently accepting" in str([line.get("reason") for line in log]), "here it says why"

            await becomes(town, (200, "up"))
            [again] = await slack.redeliver(name="reaction_added", reason="timeout")
            assert again.ok, "what could not be kept was not acknowledged, so it came again"
            assert "Update saved" in await typed(town.ana, "update loader restarted", room)
            await slack.wait_for(lambda: said(town, room, "could not ask before"), 20, "the reminder, late")
            await quiet(town)
            new = [entry.fact for entry in (await entries(town))[before:]]
            asked = Counter((c.key, c.occurrence) for fact in new if isinstance(fact, Asked) for c in fact.covers)
            assert asked == {("first_notice", 1): 1, ("impact", 1): 1}, "one ask per promise, however late"
            assert Counter(fact.kind for fact in new)["message_marked"] == 1
            for words in (":* half said", ":* loader restarted"):
                assert len(said(town, room, words)) == 1, words
            assert said(town, room, ":* in vain") == []
            assert await town.bot.db.read(lambda session: facts.verify(session, 1)) == []


def limit(pages: int) -> Callable[[Session], None]:
    """The SQLite file may have so many pages, as if there were no room for more; 0: as many as it likes."""

    def limited(session: Session) -> None:
        session.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages or 2**30}")

    return limited


async def test_a_full_disk_under_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path, environ={"PORT": "0"}) as town:
        room = await opened(town)
        await typed(town.bea, "ack", room)
        await quiet(town)
        for door in (True, False):
            await town.bot.db.run(limit(1), door=door)  # not less than there are
        text, saved = "update " + "the backlog shrinks. " * 100, 0
        with capture_logs() as log:
            while "Update saved" in (answer := (await town.ana.command(COMMAND, text, room)).text):
                saved += 1
            for _ in range(5):
                assert "Not saved" in (await town.ana.command(COMMAND, text, room)).text
        assert Counter(line["event"] for line in log)["database_unusable"] == 1, "though reading goes on in between"
        assert "Not saved: the database cannot be used (its disk is full)" in answer
        form = await town.bea.command(COMMAND, "update", room)
        assert form.ok, "what only reads goes on"
        assert "INC-1" in (await town.zoe.command(COMMAND, "list", room)).text
        for door in (True, False):
            await town.bot.db.run(limit(0), door=door)
        assert "Update saved" in await typed(town.ana, text, room)
        await becomes(town, (200, "up"))
        await quiet(town, 60)
        assert (await kinds(town)).count("update_posted") == saved + 1
        assert len(said(town, room, "the backlog shrinks")) >= saved + 1
        assert await town.bot.db.read(lambda session: facts.verify(session, 1)) == []
        with by_hand(sqlite_url) as other:
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
