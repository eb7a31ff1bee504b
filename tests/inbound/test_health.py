"""What watchers read: whether it lives, whether it can keep what people say, how Slack is, and figures."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.inbound.clock import BusinessClock
from bot.inbound.edge import health as room
from bot.inbound.edge.health import Health, SlackState
from bot.inbound.edge.http import Server
from bot.store.session import Database
from tests.living import living
from tests.scenarios.world import MORNING, Clock, quiet, typed


async def got(url: str, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        return answer.status, await (answer.json() if path != "/metrics" else answer.text())


async def fine() -> SlackState:
    return SlackState("http", heard_seconds_ago=3.0)


@contextlib.asynccontextmanager
async def told_of(db: Database) -> AsyncIterator[str]:
    health = Health(db, BusinessClock(), fine)
    async with health, Server(health.routes(), "127.0.0.1", 0, patience=0.1) as server:
        yield server.url


@pytest.fixture
async def watched(database_url: str) -> AsyncIterator[tuple[str, Database]]:
    """A database and what is told of it."""
    db = Database(database_url)
    async with told_of(db) as url:
        yield url, db
    await db.close()


async def test_a_database_that_is_gone_is_told_and_nothing_else_fails(watched: tuple[str, Database]) -> None:
    url, db = watched
    assert await got(url, "/readyz") == (
        200,
        {
            "ready": True,
            "database": "up",
            "slack": {"mode": "http", "connected": None, "heard_seconds_ago": 3.0, "trouble": None},
        },
    )
    assert "sitrep_database_up 1.0" in (await got(url, "/metrics"))[1]
    await db.close()
    assert (await got(url, "/readyz"))[0] == 200, "an answer is good for a second, however many ask"
    status, text = await got(url, "/metrics")
    assert status == 200
    assert "sitrep_database_up 0.0" in text
    assert "process_resident_memory_bytes" in text
    assert "sitrep_incidents" not in text, "no figure is better than a wrong one"
    assert await got(url, "/healthz") == (200, {"alive": True})


async def test_readiness_follows_the_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FRESH", 0.0)
    db = Database(sqlite_url)
    async with told_of(db) as url:
        assert (await got(url, "/readyz"))[0] == 200
        await db.close()
        status, told = await got(url, "/readyz")
    assert (status, told["ready"], told["database"]) == (503, False, "down")


async def test_a_slow_database_is_asked_once_however_many_want_to_know(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.05)
    db, asked, go_on = Database(sqlite_url), 0, asyncio.Event()
    run = db.run

    async def slowly(work: Callable[[Any], Any], *, door: bool = True) -> Any:
        nonlocal asked
        asked += 1
        await go_on.wait()
        return await run(work, door=door)

    monkeypatch.setattr(db, "run", slowly)
    async with told_of(db) as url:
        answers = await asyncio.gather(*(got(url, "/readyz") for _ in range(5)))
        assert [status for status, _ in answers] == [503] * 5
        assert (await got(url, "/healthz"))[0] == 200
        monkeypatch.setattr(room, "PATIENCE", 5.0)
        go_on.set()
        assert (await got(url, "/readyz"))[0] == 200, "the answer has come"
        assert asked == 1
    await db.close()


def value(text: str, line: str) -> float:
    """A sample of a scrape; 0 where there is none yet."""
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_a_bot_on_its_socket_tells_of_itself_where_a_port_is_set(sqlite_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(sqlite_url, tmp_path, environ={"PORT": "0", **clock.environ}) as town:
        await clock.go(MORNING)
        assert town.bot.server is not None
        url = town.bot.server.url
        before = (await got(url, "/metrics"))[1]
        await typed(town.bea, "declare P1 The takeover of Acme is late")
        await town.incident()
        assert "There is no INC-9" in await typed(town.zoe, "update INC-9 we look into it")
        await quiet(town)
        status, told = await got(url, "/readyz")
        assert (status, told["slack"]["mode"], told["slack"]["connected"]) == (200, "socket", True)
        assert (await got(url, "/slack/events"))[0] == 404, "Slack has the socket"

        text = (await got(url, "/metrics"))[1]
        assert value(text, 'sitrep_incidents{rank="1",stage="triage"}') == 1
        assert value(text, 'sitrep_promises{promise="acknowledge",standing="running"}') == 1
        assert value(text, "sitrep_slack_connected") == 1
        assert value(text, "sitrep_outbox_waiting") == 0
        for counter in (
            'sitrep_commands_total{door="slash",outcome="done",verb="declare"}',
            'sitrep_commands_total{door="slash",outcome="refused",verb="update"}',
            'sitrep_deliveries_total{kind="card",outcome="sent"}',
            'sitrep_command_seconds_count{door="slash"}',
        ):
            assert value(text, counter) > value(before, counter), counter
        assert value(text, "sitrep_last_tick_timestamp_seconds") > 0
        for private in ("Acme", "takeover", "Bea", town.bea.id, "inc-1"):
            assert private not in text

        town.slack.faults.add("*", "503", times=None)
        await typed(town.zoe, "declare P3 refunds are twice")
        await town.slack.wait_for(lambda: town.bot.courier.trouble, what="the courier to notice")
        assert (await got(url, "/readyz"))[1]["slack"]["trouble"] == "HTTP 503"

        await town.slack.close_sockets("abort")
        await town.slack.wait_for(lambda: not town.slack.sockets.sockets, what="the socket to be gone")
        status, told = await got(url, "/readyz")
        assert (status, told["slack"]["connected"]) == (200, False), "what people say can still be kept"
