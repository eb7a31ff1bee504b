"""The courier: claims what the outbox holds and delivers it, many at once, each lane in order."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.message import KINDS
from bot.outbound.api import Api
from bot.outbound.delivery import Delivery
from bot.outbound.desk import Desk
from bot.outbound.pace import Pace
from bot.outbound.people import People
from bot.store import outbox
from bot.store.outbox import Row
from bot.store.session import Database, Session
from bot.usecases.team import Team

log = structlog.get_logger()

AT_ONCE = 16
"""Messages on their way at the same time."""

LEASE_SECONDS = 90.0
"""Longer than the slowest delivery: five calls of ten seconds each, and then some."""

POLL_SECONDS = 2.0
"""How late we notice what another replica committed, or what a lost wake-up left."""

PATIENCE = 10.0
"""Seconds that what is on its way gets when we stop."""


class Courier:
    """Runs until stopped. `now` is business time; `client` must have no retry handlers and a session of its own."""

    def __init__(
        self,
        db: Database,
        team: Team,
        client: AsyncWebClient,
        people: People,
        now: Callable[[], datetime],
        *,
        pace: Pace | None = None,
    ) -> None:
        self._db = db
        host = urlsplit(client.base_url).hostname
        desk = Desk(db, Api(client, pace), people, now, frozenset({host} if host else ()))
        self._delivery = Delivery(desk, team)
        self._tasks: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._turned = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def wake(self) -> None:
        """There may be something to deliver. May be called from any thread, before and after `run` too."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    def stop(self) -> None:
        """Take nothing more; `run` returns when what is on its way has arrived."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Deliver until stopped. Trouble with the database is logged and waited out."""
        self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                await self._turn()
        finally:
            await self._wind_up()

    async def quiet(self) -> None:
        """Until nothing waits and nothing is on its way: then everything that was recorded so far has been said."""
        while self._tasks or await self._db.read(outbox.waiting, door=False):
            self._turned.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._turned.wait()
            except TimeoutError:
                log.debug("still_busy", under_way=len(self._tasks))

    async def _turn(self) -> None:
        self._awake.clear()
        free = AT_ONCE - len(self._tasks)
        try:
            pause = await self._claimed(free) if free else POLL_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever the database says, the courier must outlive it
            log.error("cannot_claim", error=str(error))
            pause = POLL_SECONDS
        self._turned.set()
        if pause > 0:
            await self._sleep(pause)

    async def _claimed(self, free: int) -> float:
        """Start what can be sent now. Seconds until it is worth looking again."""
        owner = uuid.uuid4().hex
        rows, pause = await self._db.run(lambda session: _claim(session, owner, free), door=False)
        for row in rows:
            task = asyncio.create_task(self._deliver(row, owner), name=f"deliver {row.message.kind} {row.id}")
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return 0.0 if rows else pause

    async def _deliver(self, row: Row, owner: str) -> None:
        try:
            await self._delivery.deliver(row, owner)
        except Exception as error:  # noqa: BLE001 - the row's lease runs out, and the next claim looks before it sends
            log.error("delivery_unfinished", row=row.id, kind=row.message.kind, exc_info=error)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._awake.set()
        self._turned.set()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _wind_up(self) -> None:
        """Let what is on its way arrive. What does not in time is found by its lease, and looked for before it is sent
        again."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _claim(session: Session, owner: str, free: int) -> tuple[list[Row], float]:
    """Rows to send, and the seconds until the next can be taken by time alone."""
    rows = outbox.claim(session, owner, limit=free, lease_seconds=LEASE_SECONDS, kinds=KINDS)
    if rows:
        return rows, 0.0
    at = outbox.next_at(session)
    until = (at - session.now()).total_seconds() if at else POLL_SECONDS
    return rows, min(max(until, 0.02), POLL_SECONDS)
