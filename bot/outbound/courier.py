"""The courier: claims what the outbox holds and delivers it, many at once, each lane in order."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Newer
from bot.domain.message import KINDS
from bot.outbound.api import Api
from bot.outbound.delivery import Delivery, Finish, clocks
from bot.outbound.desk import TOLD_BY_FACTS, Desk, Errand, present
from bot.outbound.pace import Pace
from bot.outbound.people import People
from bot.outbound.waits import Waits
from bot.store import outbox
from bot.store.outbox import Row
from bot.store.session import Database, NotSaved, Session, Unknown
from bot.usecases.team import Team

log = structlog.get_logger()

AT_ONCE = 16
"""Messages on their way at the same time."""

URGENT_RANK = 2
KEPT_FOR_URGENT = 4
"""So many of these are only for ranks up to this one: however slow Slack answers what matters less, a P1 goes out."""

POLL_SECONDS = 2.0
"""How late we notice what another replica committed, or what a lost wake-up left."""

PATIENCE = 10.0
"""Seconds that what is on its way gets when we stop."""

RECORD_AGAIN = (0.1, 0.3, 1.0, 3.0, 10.0, 10.0, 10.0)
"""Seconds between the tries to write what came of a message, all within its lease: nobody else would look sooner."""


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
        waits: Waits | None = None,
    ) -> None:
        self._db = db
        self._waits = waits or Waits()
        desk = Desk(db, Api(client, pace, self._waits), people, now, team)
        self._delivery = Delivery(desk, team, self._record, self._waits)
        self._tasks: dict[asyncio.Task[None], tuple[str, str]] = {}
        self._held = 0
        self._passed_by = self._backlog = False
        self._awake = asyncio.Event()
        self._turned = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def wake(self) -> None:
        """There may be something to deliver. May be called from any thread, before and after `run` too."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    @property
    def trouble(self) -> str | None:
        """Why Slack did not answer the last call; None when it did."""
        return self._delivery.desk.api.trouble

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
        while self._tasks or await self._waiting():
            self._turned.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._turned.wait()
            except TimeoutError:
                log.debug("still_busy", under_way=len(self._tasks))

    async def _waiting(self) -> int:
        return await self._db.read(outbox.waiting, door=False)

    async def _turn(self) -> None:
        self._awake.clear()
        try:
            pause = await self._claimed()
        except (NotSaved, Unknown) as error:
            log.debug("cannot_claim", error=str(error))  # the database itself tells the log, once
            pause = POLL_SECONDS
        except Exception:
            log.exception("cannot_claim")  # whatever the database says, the courier must outlive it
            pause = POLL_SECONDS
        self._turned.set()
        if pause > 0:
            await self._sleep(pause)

    async def _claimed(self) -> float:
        """Start what can be sent now. Seconds until it is worth looking again."""
        free = AT_ONCE - len(self._tasks) - self._held
        if free <= 0:
            self._passed_by = self._held > 0
            return POLL_SECONDS
        ordinary = free - KEPT_FOR_URGENT
        claim = await (self._claiming(None, ordinary) if ordinary > 0 else self._claiming(None, free, URGENT_RANK))
        self._start(claim)
        return 0.0 if claim.rows else claim.pause

    async def _record(self, finish: Finish, opens: bool) -> None:
        """Write what came of a message, and again when the database cannot just now. It changes nothing twice: it
        asks whose the message is."""
        for pause in RECORD_AGAIN:
            try:
                return await self._recorded(finish, opens)
            except (NotSaved, Unknown) as error:
                log.warning("cannot_record", error=str(error), again_in=pause)
                await asyncio.sleep(pause)
        return await self._recorded(finish, opens)

    async def _recorded(self, finish: Finish, opens: bool) -> None:
        """Where others wait for just that message, they are claimed in the same transaction: whoever declared is
        waiting. So it is while more waits than can be on its way: what arrives makes room for the next."""
        free = AT_ONCE - KEPT_FOR_URGENT - len(self._tasks) - self._held
        if not self._stopping and (opens or (self._backlog and free >= 0)):
            self._start(await self._claiming(finish, max(1, free)))
            if self._passed_by:  # somebody found no room while we held it
                self._passed_by = False
                self._awake.set()
        else:
            await self._db.run(finish, door=False)
            self._awake.set()

    async def _claiming(self, finish: Finish | None, limit: int, up_to_rank: int = outbox.LOWEST) -> _Claim:
        """One transaction: finish a message, if there is one, and claim others."""
        self._held += limit
        wanted = _Wanted(clocks(), limit, self._waits.lease, up_to_rank)
        try:
            claim = await self._db.run(lambda session: _claim(session, finish, wanted), door=False)
        finally:
            self._held -= limit
        self._backlog = len(claim.rows) == limit
        return claim

    def _start(self, claim: _Claim) -> None:
        for row in claim.rows:
            task = asyncio.create_task(self._deliver(row, claim), name=f"deliver {row.message.kind} {row.id}")
            self._tasks[task] = row.id, claim.owner
            task.add_done_callback(self._done)

    async def _deliver(self, row: Row, claim: _Claim) -> None:
        try:
            await self._delivery.deliver(row, claim.owner, claim.since, claim.jobs.get(row.id))
        except Exception:  # the row's lease runs out, and the next claim looks before it sends
            log.exception("delivery_unfinished", row=row.id, kind=row.message.kind)
            self._awake.set()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if len(self._tasks) in (AT_ONCE - 1, AT_ONCE - KEPT_FOR_URGENT - 1):
            self._awake.set()
        self._turned.set()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _wind_up(self) -> None:
        """Let what is on its way arrive. What does not in time is left to whoever comes next, who looks for it before
        it is sent again."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=PATIENCE)
        left = [self._tasks[task] for task in late]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._db.run(lambda session: self._leave(session, left), door=False)
        except (NotSaved, Unknown) as error:  # their leases run out all the same, only later
            log.warning("leases_not_ended", rows=len(left), error=str(error))

    def _leave(self, session: Session, rows: Sequence[tuple[str, str]]) -> None:
        for row_id, owner in rows:
            outbox.renew(session, row_id, owner, lease_seconds=self._waits.look_after)


@dataclass(frozen=True)
class _Wanted:
    """What to claim: so many rows of these ranks, for so long. `since` is the time before, so that nobody believes a
    lease to be younger than it is."""

    since: tuple[float, float]
    limit: int
    lease: float
    up_to_rank: int


@dataclass(frozen=True)
class _Claim:
    """Rows to send, what they are drawn from, and the seconds until the next can be taken by time alone."""

    owner: str
    since: tuple[float, float]
    rows: list[Row]
    jobs: dict[str, Errand]
    pause: float


def _claim(session: Session, finish: Finish | None, wanted: _Wanted) -> _Claim:
    if finish is not None:
        finish(session)
    owner = uuid.uuid4().hex
    which: dict[str, Any] = {"kinds": KINDS, "up_to_rank": wanted.up_to_rank}
    rows = outbox.claim(session, owner, limit=wanted.limit, lease_seconds=wanted.lease, **which)
    pause = 0.0 if rows else _pause(session, wanted.up_to_rank)
    return _Claim(owner, wanted.since, rows, _jobs(session, rows), pause)


def _jobs(session: Session, rows: Sequence[Row]) -> dict[str, Errand]:
    """What rows are drawn from, where that is quick: reading a long timeline would keep other writers waiting."""
    try:
        return present(session, (row for row in rows if row.message.kind not in TOLD_BY_FACTS))
    except (LookupError, ValueError, TypeError, Newer):
        log.warning("cannot_read_ahead", exc_info=True)  # told again, and counted, where each is delivered
        return {}


def _pause(session: Session, up_to_rank: int) -> float:
    at = outbox.next_at(session, KINDS, up_to_rank)
    until = (at - session.now()).total_seconds() if at else POLL_SECONDS
    return min(max(until, 0.02), POLL_SECONDS)
