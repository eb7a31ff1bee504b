"""Business time, and the tick that makes promises speak.

What is promised, recorded and drawn goes by a `BusinessClock`, which is passed down from here.
Timeouts, leases and triggers go by the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import metrics
from bot.store import clocks, outbox, seen
from bot.store.session import Database, NotSaved
from bot.usecases.act import fire_clocks
from bot.usecases.team import Team

log = structlog.get_logger()

LOCALHOST = "127.0.0.1"
HOUSEKEEPING = timedelta(hours=1)


class BusinessClock:
    """The time by which promises run: the real one."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteppedClock(BusinessClock):
    """A clock that stands until it is told to go on, for stories that are told faster than they happened."""

    BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

    def __init__(self) -> None:
        self._now = self.BEGINNING

    def now(self) -> datetime:
        return self._now

    def go_to(self, at: datetime) -> None:
        """Never backwards."""
        self._now = max(self._now, at)


class Ticker:
    """Records what is due. The table is only read for candidates; each incident is then one transaction of its own."""

    def __init__(self, db: Database, team: Team) -> None:
        self._db = db
        self._team = team
        self._busy = asyncio.Lock()

    async def tick(self, now: datetime) -> int:
        """Fire what is due at `now`; how many incidents had something to say."""
        due = await self._db.read(partial(clocks.due_incidents, now=now), door=False)
        metrics.LAST_TICK.set_to_current_time()
        fired = [await self._fire(incident, now) for incident in due]
        return sum(fired)

    async def _fire(self, incident: int, now: datetime) -> bool:
        """One incident's trouble is not another's."""
        try:
            done = await self._db.run(lambda s: fire_clocks(s, self._team, incident, now), door=False)
        except Exception:
            log.exception("clock_failed", incident=incident)
            return False
        return done is not None and bool(done.entries)

    async def next_due(self) -> datetime | None:
        """When the next clock fires; None when none runs."""
        return await self._db.read(clocks.next_fire, door=False)

    @contextlib.asynccontextmanager
    async def every_second(self, clock: BusinessClock) -> AsyncIterator[None]:
        """Tick once a second, never twice at a time; a second that was missed is made up for by the next."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        once: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler.add_job(self._beat, "interval", seconds=1, args=(clock,), **once)
        scheduler.add_job(self._tidy, "interval", seconds=HOUSEKEEPING.total_seconds(), **once)
        scheduler.start()
        try:
            yield
        finally:
            scheduler.pause()
            async with self._busy:  # shutting down cancels what runs, whatever `wait` says
                scheduler.shutdown(wait=False)

    async def _beat(self, clock: BusinessClock) -> None:
        async with self._busy:
            try:
                await self.tick(clock.now())
            except NotSaved as error:
                log.warning("tick_skipped", error=str(error))

    async def _tidy(self) -> None:
        """Forget deliveries that Slack cannot repeat any more, and messages that arrived long ago."""
        async with self._busy:
            await self._db.run(seen.forget_old, door=False)
            await self._db.run(outbox.forget_finished, door=False)


class SteppedDoor:
    """Lets a story player move a `SteppedClock`: `GET /clock` and `POST /clock {"to": …}` on this machine only.

    On the way to the new time every promise speaks at its own time, and the world outside comes to rest in between.
    """

    def __init__(
        self, clock: SteppedClock, ticker: Ticker, quiet: Sequence[Callable[[], Awaitable[None]]], port: int
    ) -> None:
        self._clock = clock
        self._ticker = ticker
        self._quiet = quiet
        self._port = port

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/clock", self._told), web.post("/clock", self._moved)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOCALHOST, self._port).start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _told(self, _: web.Request) -> web.Response:
        return web.json_response(await self._state())

    async def _moved(self, request: web.Request) -> web.Response:
        try:
            to = _instant((await request.json())["to"])
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f'send {{"to": "2026-11-20T07:43:00Z"}}: {error}'}, status=400)
        await self.step(to)
        return web.json_response(await self._state())

    async def step(self, to: datetime) -> None:
        """Go to a time, by way of everything that falls due before it."""
        await self._rest()
        while (due := await self._ticker.next_due()) is not None and self._clock.now() < due <= to:
            self._clock.go_to(due)
            await self._rest()
        self._clock.go_to(to)
        await self._rest()

    async def _rest(self) -> None:
        """Until nothing is due and nothing is under way."""
        while True:
            for settled in self._quiet:
                await settled()
            if not await self._ticker.tick(self._clock.now()):
                return

    async def _state(self) -> dict[str, str | None]:
        due = await self._ticker.next_due()
        return {"now": self._clock.now().isoformat(), "next_due": due.isoformat() if due else None}


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time needs its zone")
    return at.astimezone(UTC)
