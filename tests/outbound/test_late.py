"""Workers that sleep past their lease and wake late, and clocks that do not agree: nothing is done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from bot.outbound.courier import Courier
from bot.outbound.people import People
from bot.store import facts, tables
from bot.store.session import Session
from bot.store.tables import database_now, outbox
from tests.outbound.matrix import WAITS, Case, Strike, carried, played, recorded, workspace
from tests.outbound.rigs import RIGS, Cell, numbered
from tests.outbound.town import Town, running

SHORT = replace(WAITS, lease=1.0, call=60.0)


@pytest.fixture
async def sleepers(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Town, list[Cell]]]:
    """A worker that sleeps in the middle of six messages: before the first call, or between two."""
    monkeypatch.setattr("bot.outbound.people.PATIENCE", 60.0)
    async with workspace(sqlite_url, waits=SHORT) as town:
        cells = [numbered(RIGS[name], n, town.slack) for n, name in enumerate(SLEEPING, start=1)]
        for cell, method in zip(cells, SLEEPING.values(), strict=True):
            mine = {"user": cell.reader} if method == "users.info" else None
            town.slack.faults.add(method, "hold", match=mine)
        await town.db.run(lambda session: recorded(session, cells))
        town.team.wake()
        await town.slack.wait_for(lambda: sum(c.fault == "hold" for c in town.slack.calls) == len(cells), timeout=30)
        yield town, cells


SLEEPING = {
    "tell": "users.info",
    "tell, ringing": "chat.postMessage",
    "attach_timeline": "files.getUploadURLExternal",
    "bookmark": "chat.getPermalink",
    "invite": "conversations.invite",
    "open_channel": "conversations.create",
}
"""What is held, and in which call. Of the first it is a look at somebody's name, before anything was sent."""


async def test_a_worker_that_wakes_late_does_nothing_more(sleepers: tuple[Town, list[Cell]]) -> None:
    town, cells = sleepers
    people = People(town.db, town.client)
    heir = Courier(town.db, town.team, town.client, people, lambda: town.now, pace=town.pace, waits=WAITS)
    async with running(town, heir):
        await heir.quiet()
        done = await town.db.read(remembered)
        before = {method: len(town.slack.calls_of(method)) for method in DOING}
        town.slack.faults.release()
        await town.quiet(30)  # the sleeper's own tasks are over
    await people.close()
    assert {method: len(town.slack.calls_of(method)) for method in DOING} == before
    assert await town.db.read(remembered) == done
    carriers = carried(town.slack)
    assert {cell.rig.name: cell.rig.count(cell, carriers) for cell in cells} == dict.fromkeys(SLEEPING, 1)


async def test_a_worker_that_is_stopped_leaves_what_hangs_to_the_next(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post whose answer does not come: the next one need not wait until the lease is over, which is ten minutes."""
    monkeypatch.setattr("bot.outbound.courier.PATIENCE", 0.1)
    long = replace(WAITS, lease=600.0, call=60.0)
    async with workspace(sqlite_url, waits=long) as town:
        cell = numbered(RIGS["tell, ringing"], 1, town.slack)
        town.slack.faults.add("chat.postMessage", "hold")
        await town.db.run(lambda session: recorded(session, [cell]))
        town.team.wake()
        await town.slack.wait_for(lambda: any(c.fault == "hold" for c in town.slack.calls), timeout=30)
        town.courier.stop()
        people = People(town.db, town.client)
        heir = Courier(town.db, town.team, town.client, people, lambda: town.now, pace=town.pace, waits=long)
        async with running(town, heir), asyncio.timeout(60):
            await heir.quiet()
        await people.close()
        assert cell.rig.count(cell, carried(town.slack)) == 1


DOING = (
    "chat.postMessage", "dnd.info", "upload", "files.completeUploadExternal", "bookmarks.add", "conversations.invite",
    "conversations.create",
)  # fmt: skip


def remembered(session: Session) -> list[object]:
    """Everything that a late worker could change."""
    rows = session.conn.execute(sa.select(outbox.c.id, outbox.c.state, outbox.c.attempts).order_by(outbox.c.position))
    return [*map(tuple, rows), *(entry for number in range(1, 7) for entry in facts.entries(session, number))]


# clocks

DAY = 86_400.0


@pytest.fixture(params=["ours", "Slack's", "Slack's, behind", "the database's"])
def apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """One clock is wrong by far. Gives what the workspace must be told of it."""
    real: Callable[[], float] = time.time
    match request.param:
        case "ours":
            monkeypatch.setattr(time, "time", lambda: real() + 2 * DAY)
            yield {"clock": real, "skew": -2 * DAY}
        case "the database's":
            right = tables._now_on_sqlite(None, None)
            compiles(database_now, "sqlite")(lambda *_, **__: f"({right} + {2 * 86_400_000_000})")
            yield {"clock": real, "skew": 0.0}
            compiles(database_now, "sqlite")(lambda *_, **__: right)
        case which:
            ahead = -3_600.0 if which.endswith("behind") else 3_600.0
            yield {"clock": lambda: real() + ahead, "skew": ahead}


async def test_whatever_clock_is_wrong_everything_is_there_once(sqlite_url: str, apart: dict[str, Any]) -> None:
    kinds = [("open_channel", "conversations.create"), ("say", "chat.postMessage"), ("news", "chat.postMessage")]
    cases = [
        Case(rig, (Strike(method, fault),)) for rig, method in kinds for fault in ("lost_reply", "500", "500_after")
    ]
    outcomes = await played(sqlite_url, cases, **apart)
    assert {outcome.case.name: outcome.word for outcome in outcomes} == {case.name: "once" for case in cases}
