"""Business time: the tick fires what is due, and a stepped clock lets everything speak at its own time."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.inbound.clock import SteppedClock, Ticker
from bot.inbound.edge.http import BODY_MAX
from bot.inbound.edge.stepped_door import SteppedDoor
from bot.store import clocks, facts
from bot.store.session import Database, Session
from bot.usecases.act import fire_clocks
from bot.usecases.declare import declare
from bot.usecases.record import Done
from bot.usecases.team import Team
from tests.builders import default_protocol

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url)
    yield db
    await db.close()


def team() -> Team:
    return Team(default_protocol())


async def declared(db: Database, at: datetime = NOON) -> int:
    request = r.Declare("orders mart is stale", "P1")
    done = await db.run(lambda s: declare(s, team(), request, Caller("U0ZOE", "slash"), at))
    return done.incident.id


async def test_a_tick_fires_what_is_due_and_nothing_twice(db: Database) -> None:
    number = await declared(db)
    ticker = Ticker(db, team())
    before = await db.read(lambda s: facts.count(s, number))
    due = await ticker.next_due()
    assert due is not None
    assert await ticker.tick(due - timedelta(seconds=1)) == 0
    assert await ticker.tick(due) == 1
    assert await ticker.tick(due) == 0
    assert await db.read(lambda s: facts.count(s, number)) > before


async def test_one_incidents_trouble_is_not_anothers(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await declared(db), await declared(db)
    due = await db.read(clocks.next_fire)
    assert due is not None
    ticker = Ticker(db, team())

    def broken(session: Session, of: Team, incident: int, now: datetime) -> Done | None:
        if incident == first:
            raise ZeroDivisionError("a bug")
        return fire_clocks(session, of, incident, now)

    monkeypatch.setattr("bot.inbound.clock.fire_clocks", broken)
    before = await db.read(lambda s: facts.count(s, second))
    assert await ticker.tick(due) == 1
    assert await db.read(lambda s: facts.count(s, second)) > before


async def test_an_incident_that_cannot_be_recorded_is_tried_less_and_less_often(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await declared(db)
    due = await db.read(clocks.next_fire)
    assert due is not None
    ticker, tries, now = Ticker(db, team()), [0.0], [0.0]
    monkeypatch.setattr("bot.inbound.failing.time", SimpleNamespace(monotonic=lambda: now[0]))

    def broken(*_: object) -> None:
        tries.append(now[0])
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("bot.inbound.clock.fire_clocks", broken)
        for now[0] in range(1, 100):
            assert await ticker.tick(due) == 0
    assert [round(later - earlier) for earlier, later in pairwise(tries)][1:] == [1, 2, 5, 10, 30]
    now[0] += 60
    assert await ticker.tick(due) == 1, "and then it is made up for"


def test_a_stepped_clock_never_goes_back() -> None:
    clock = SteppedClock()
    clock.go_to(NOON)
    clock.go_to(NOON - timedelta(days=1))
    assert clock.now() == NOON


async def test_stepping_passes_every_due_time_on_the_way(db: Database) -> None:
    number = await declared(db)
    clock = SteppedClock()
    clock.go_to(NOON)
    door = SteppedDoor(clock, Ticker(db, team()), (), 0)
    await door.step(NOON + timedelta(hours=2))
    entries = await db.read(lambda s: facts.entries(s, number))
    asked = [entry.at for entry in entries if isinstance(entry.fact, f.Asked | f.Escalated)]
    assert asked == sorted(asked)
    assert len(set(asked)) > 3, "each at its own time, not all at the end"
    assert clock.now() == NOON + timedelta(hours=2)


async def test_the_clock_is_moved_over_http(db: Database, tmp_path: Path, unused_tcp_port: int) -> None:
    await declared(db)
    clock = SteppedClock()
    quiet: list[datetime] = []

    async def settled() -> None:
        quiet.append(clock.now())

    async with SteppedDoor(clock, Ticker(db, team()), (settled,), unused_tcp_port), aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{unused_tcp_port}/clock"
        with pytest.raises(aiohttp.ClientConnectionError):  # another address of the same machine
            await http.get(f"http://127.0.0.2:{unused_tcp_port}/clock")
        async with http.post(url, json={"to": "2026-11-20T12:10:00+00:00"}) as answer:
            told = await answer.json()
        assert told["now"] == "2026-11-20T12:10:00+00:00"
        assert datetime.fromisoformat(told["next_due"]) > clock.now()
        wrongs: list[object] = [
            {"to": "noon"},
            {},
            [],
            {"to": "2026-11-20T12:00:00"},
            {"to": 5},
            {"to": "0001-01-01T00:00+23:00"},
        ]
        for wrong in wrongs:
            async with http.post(url, json=wrong) as answer:
                assert answer.status == 400
                assert "noon" not in await answer.text(), "nothing of what was sent comes back"
        for hostile, status in {b"[" * 100_000: 400, b"\xff": 400, b"": 400, b"a" * (BODY_MAX + 1): 413}.items():
            async with http.post(url, data=io.BytesIO(hostile), headers={"Content-Type": "application/json"}) as answer:
                assert answer.status == status
                assert "Server" not in answer.headers
        async with http.post(
            url, data=b'{"to": "2026-11-20T13:00:00Z"}', headers={"Content-Type": "text/plain"}
        ) as answer:
            assert answer.status == 415, "what a web page may send anywhere without asking first"
        async with http.get(url) as answer:
            assert (await answer.json())["now"] == told["now"]
    assert quiet
