"""Business time, and the tick that makes promises speak.

What is promised, recorded and drawn goes by a `BusinessClock`, which is passed down from here.
Timeouts, leases and triggers go by the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import metrics
from bot.domain.errors import Newer
from bot.inbound.almanac import Almanac
from bot.inbound.failing import PAUSES, Failing
from bot.inbound.wall_clock import WallClock
from bot.store import clocks, incidents, life, mending, outbox, seen
from bot.store.session import Database, NotSaved, Session, Unknown
from bot.usecases.act import fire_clocks, renew
from bot.usecases.oncall import refresh
from bot.usecases.team import Team

log = structlog.get_logger()

HOUSEKEEPING = timedelta(hours=1)
FORGETTING = timedelta(minutes=10)

STOP_SECONDS = 3.0
"""How long a tick under way gets when we stop; it is rolled back where it does not end, and nothing was promised."""

SIGN_SECONDS = 10
"""How often we leave a sign of life in the database."""

DATABASE_PAUSES = PAUSES[:4]
"""The same for a database that cannot be used: people wait for it to be back."""


Duty = Callable[[datetime], Awaitable[object]]
"""What is done by the loop at this time, besides its own work."""


logging.getLogger("apscheduler").setLevel(logging.ERROR)
"""It says every second that the last tick is not over, for as long as the database is slow."""


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

    def __init__(self, db: Database, team: Team, at_once: int = 100) -> None:
        """`at_once`: how many candidates are read at a time; in between, others may."""
        self._db = db
        self._team = team
        self._at_once = at_once
        self._busy = asyncio.Lock()
        self._beating = self._stopping = False
        self._failing: dict[int, Failing] = {}
        self._gone = Failing()
        self._almanac = Almanac(db, team)

    async def tick(self, now: datetime) -> int:
        """Fire what is due at `now`; how many incidents had something to say."""
        fired, after = await self._some(now, None)
        while after is not None:
            more, after = await self._some(now, after)
            fired += more
        return fired + await self._hours(now)

    async def _hours(self, now: datetime) -> int:
        """What happens at its hour; a clock that nobody has set yet shows none."""
        return await self._almanac.look(now) if now > SteppedClock.BEGINNING else 0

    async def _some(self, now: datetime, after: clocks.Place | None) -> tuple[int, clocks.Place | None]:
        """As `tick` for some of them, those after a place; and after which place there may be more. So whatever fails
        keeps nobody else from being asked."""
        read = partial(_candidates, team=self._team, now=now, after=after, limit=self._at_once)
        older, due, more = await self._db.read(read, door=False)
        metrics.LAST_TICK.set_to_current_time()
        for incident in older:
            await self._renew(incident)
        if after is None and more is None:
            self._failing = {one: failing for one, failing in self._failing.items() if one in due}
        fired = [await self._fire(incident, now) for incident in due if self._may_try(incident)]
        return sum(fired), more

    def _may_try(self, incident: int) -> bool:
        return not self._stopping and (incident not in self._failing or self._failing[incident].over)

    async def _fire(self, incident: int, now: datetime) -> bool:
        """One incident's trouble is not another's; the database's is everybody's. Raises NotSaved and Unknown."""
        try:
            done = await self._db.run(lambda s: fire_clocks(s, self._team, incident, now), door=False)
        except Newer:
            return False  # the version that wrote it keeps its promises
        except (NotSaved, Unknown):
            raise
        except Exception:
            pause = self._failing.setdefault(incident, Failing()).again(PAUSES)
            log.exception("clock_failed", incident=incident, again_in=pause)
            return False
        self._failing.pop(incident, None)
        return done is not None and bool(done.entries)

    async def _renew(self, incident: int) -> None:
        try:
            await self._db.run(lambda session: renew(session, incident), door=False)
        except Newer:
            return
        except Exception:
            log.exception("not_renewed", incident=incident)

    async def next_due(self, now: datetime | None = None) -> datetime | None:
        """When the next clock fires, or with `now` something else happens after it; None when there is neither."""
        due = await self._db.read(clocks.next_fire, door=False)
        hour = self._almanac.next_due(now) if now is not None and now > SteppedClock.BEGINNING else None
        return min((at for at in (due, hour) if at is not None), default=None)

    @contextlib.asynccontextmanager
    async def every_second(self, clock: BusinessClock, forget: Duty | None = None) -> AsyncIterator[None]:
        """Tick once a second, never twice at a time; a second that was missed is made up for by the next. `forget`
        deletes what is too old, where that is wanted."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        once: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        beating = {**once, "max_instances": 2}  # the second one sees the first and goes: skipping it would be warned of
        scheduler.add_job(self._beat, "interval", seconds=1, args=(clock,), **beating)
        scheduler.add_job(self._sign, "interval", seconds=SIGN_SECONDS, **once)
        scheduler.add_job(self._tidy, "interval", seconds=HOUSEKEEPING.total_seconds(), **once)
        if forget is not None:
            seldom = FORGETTING.total_seconds()
            scheduler.add_job(self._forget, "interval", seconds=seldom, args=(forget, clock), **once)
        scheduler.start()
        watching = asyncio.create_task(_watched(scheduler))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self._stopping = True
            scheduler.pause()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):  # shutting down cancels what runs, whatever `wait` says
                    await self._busy.acquire()
            scheduler.shutdown(wait=False)

    async def _beat(self, clock: BusinessClock) -> None:
        """Everything that is due. However much that is, whatever else is done here comes in between."""
        if self._beating:
            return
        self._beating, more, after = True, True, None
        try:
            while more and not self._stopping:
                async with self._busy:
                    after = await self._part(clock.now(), after)
                more = after is not None
        finally:
            self._beating = False

    async def _part(self, now: datetime, after: clocks.Place | None) -> clocks.Place | None:
        if not self._gone.over:
            return None
        try:
            _, after = await self._some(now, after)
            if after is None:
                await self._hours(now)
        except (NotSaved, Unknown) as error:
            self._gone.again(DATABASE_PAUSES)
            if self._gone.times == 1:
                log.warning("reminders_wait", error=str(error), hint="they are made up for, each once")
            return None
        if self._gone.times:
            log.info("reminders_go_on", after=self._gone.seconds)
            self._gone = Failing()
        return after

    async def _sign(self) -> None:
        """Say that we live, and let no message wait for a time that only a wrong clock has set."""
        async with self._busy:
            await self._in_passing(life.sign)
            await self._in_passing(mending.hasten)

    async def _tidy(self) -> None:
        """Forget deliveries that Slack cannot repeat any more, and messages that arrived long ago."""
        async with self._busy:
            await self._in_passing(seen.forget_old)
            await self._in_passing(outbox.forget_finished)

    async def _forget(self, forget: Duty, clock: BusinessClock) -> None:
        async with self._busy:
            await forget(clock.now())

    async def _in_passing(self, work: Callable[[Session], object]) -> None:
        """What can as well be done the next time."""
        try:
            await self._db.run(work, door=False)
        except (NotSaved, Unknown) as error:
            log.debug("left_for_the_next_time", error=str(error))


async def _watched(scheduler: AsyncIOScheduler) -> None:
    """The scheduler waits for a time of day, so that a clock that is put back would silence it as long."""
    wall = WallClock()
    while True:
        await asyncio.sleep(1.0)
        if by := wall.moved():
            log.warning("clock_moved", seconds=round(by, 1), hint="this machine's clock was put forward or back")
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))


def _candidates(
    session: Session, team: Team, now: datetime, after: clocks.Place | None, limit: int
) -> tuple[list[int], list[int], clocks.Place | None]:
    """Incidents whose row an older version wrote, and those that have something to fire, as `due_incidents` tells.
    Who is asked depends on shifts that people may have changed elsewhere, so they are read before."""
    if after is None:
        refresh(session, team)
    older = incidents.written_by_older(session) if after is None else []
    return older, *clocks.due_incidents(session, now, limit, after)
