"""Delivery of one message, whoever calls: draw it, send it, and record what came of it."""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog

from bot import metrics
from bot.domain.errors import Newer
from bot.outbound.desk import Desk, Errand, Result, load
from bot.outbound.errors import CREDENTIALS, Again, LeaseLost, Limited, Paced, Refusal, Unclear, sort
from bot.outbound.pace import Turn, later_by
from bot.outbound.slack import SENDERS
from bot.outbound.waits import Waits
from bot.store import outbox
from bot.store.outbox import Row
from bot.store.session import Database, NotSaved, Session, Unknown
from bot.usecases import delivered
from bot.usecases.team import Team

log = structlog.get_logger()

ENOUGH_TRIES = 20
"""Nothing is given up before so many tries: a day may go by while nobody runs Sitrep."""

NEWER_PAUSE = 2.0
"""Seconds that a message only a newer version can draw is left to it, each time it falls to us."""

BUG_TRIES = 3
"""Tries of a message that a mistake of ours keeps from being sent; then its lane must go on."""


Finish = Callable[[Session], bool]
"""Writes what came of a message; False when the lease was lost."""

Recorder = Callable[[Finish, bool], Awaitable[None]]
"""Runs a `Finish` in a transaction; the flag says that it opens the way for others."""


def _asleep() -> None:
    """The recorder knows that there is more to deliver; it needs no waking."""


@dataclass
class Lease:
    """A claimed row, as long as it is ours. A worker may sleep at any moment, for longer than its lease: a process is
    stopped, a machine suspended. So it asks before every call, whenever it does not know for sure."""

    db: Database
    row: Row
    owner: str
    seconds: float
    known_at: tuple[float, float]
    """When it was last known to be ours: clocks that stand still or jump are told by the other one."""

    async def hold(self) -> None:
        """Raises LeaseLost when the row is somebody else's; the lease is renewed where it was running."""
        now = clocks()
        if max(n - k for n, k in zip(now, self.known_at, strict=True)) < self.seconds / 10:
            return
        renewing = self.db.run(
            lambda session: outbox.renew(session, self.row.id, self.owner, lease_seconds=self.seconds), door=False
        )
        if not await renewing:
            raise LeaseLost
        self.known_at = now


def clocks() -> tuple[float, float]:
    """The monotonic clock, which stands still while a machine is suspended, and the wall clock, which may jump."""
    return time.monotonic(), time.time()


@dataclass
class Delivery:
    """Delivers rows. What it keeps in memory only spaces out tries and may be lost."""

    desk: Desk
    team: Team
    record: Recorder
    waits: Waits = field(default_factory=Waits)
    _failures: Counter[str] = field(default_factory=Counter)
    _bugs: Counter[str] = field(default_factory=Counter)
    _token_refused: str = ""

    async def deliver(self, row: Row, owner: str, since: tuple[float, float], job: Errand | None = None) -> None:
        """Send one row, claimed at `since`, and finish it; `job` is what it is drawn from, where that was read with the
        claim.

        Raises nothing that sending can raise. Database errors come through; then the row is claimed again when its
        lease has run out.
        """
        lease = Lease(self.desk.db, row, owner, self.waits.lease, since)
        desk = replace(self.desk, api=self.desk.api.on_behalf(Turn(row.id, row.message.rank), lease.hold))
        try:
            job = job or await self.desk.db.read(lambda session: load(session, row, owner), door=False)
            result = await SENDERS[row.message.kind](desk, job) if job else None
        except LeaseLost:
            result = None
        except Exception as error:  # noqa: BLE001 - every kind of failure is recorded
            await self._failed(row, owner, sort(error), tried=desk.api.asked)
            return
        if result is None:
            self._forget(row)
            log.info("lease_lost", row=row.id)
            _count(row, "lost")
        else:
            await self._arrived(row, owner, result)

    async def _arrived(self, row: Row, owner: str, result: Result) -> None:
        self._forget(row)
        _count(row, "sent")
        if self._token_refused:
            self._token_refused = ""  # nosec B105  # why one was refused, no token
            log.info("slack_accepts_the_token")
        team, now = replace(self.team, wake=_asleep), self.desk.now()
        await self.record(
            lambda session: delivered.delivered(session, team, row, owner, now, slot=result.slot, news=result.news),
            result.slot is not None,
        )

    async def _failed(self, row: Row, owner: str, error: Exception, *, tried: bool) -> None:
        match error:
            case Refusal():
                await self._refused(row, owner, error.error, str(error))
            case Newer():  # the version that wrote it delivers it
                await self._again(row, owner, NEWER_PAUSE, str(error), ambiguous=False)
            case Again() | Unclear() | NotSaved() | Unknown() if self._too_old(row):
                await self._refused(row, owner, str(error), f"given up after {row.tried_for}")
            case Paced(after_seconds=float(seconds)):
                await self._again(row, owner, seconds, str(error), ambiguous=False, tried=tried)
            case Limited(after_seconds=float(seconds)):
                await self._again(row, owner, seconds + later_by(row.message.rank), str(error), ambiguous=False)
            case Again():
                self._alarm(row, str(error))
                seconds = max(error.after_seconds or 0.0, self._backoff(row))
                await self._again(row, owner, _about(seconds), str(error), ambiguous=False)
            case Unclear() | NotSaved() | Unknown():
                await self._again(row, owner, self._before_looking(row), str(error), ambiguous=True)
            case _:
                await self._broken(row, owner, error)

    async def _again(
        self, row: Row, owner: str, seconds: float, error: str, *, ambiguous: bool, tried: bool = True
    ) -> None:
        _count(row, "again" if tried else "paced")
        at, what = time.monotonic() + seconds, {"ambiguous": ambiguous, "tried": tried}

        def back(session: Session) -> bool:
            left = max(0.0, at - time.monotonic())  # waiting for the database is part of it
            return outbox.again(session, row.id, owner, after_seconds=left, error=error, **what)

        await self.record(back, False)

    async def _refused(self, row: Row, owner: str, error: str, detail: str) -> None:
        self._forget(row)
        _count(row, "refused")
        log.warning("refused", row=row.id, kind=row.message.kind, incident=row.incident, error=detail)
        team, now = replace(self.team, wake=_asleep), self.desk.now()
        await self.record(lambda session: delivered.refused(session, team, row, owner, error, now), False)

    async def _broken(self, row: Row, owner: str, error: Exception) -> None:
        """A mistake of ours. It may have happened after the message was sent, so the next try looks first."""
        bug = secrets.token_hex(2)
        log.error("bug", id=bug, row=row.id, kind=row.message.kind, incident=row.incident, exc_info=error)
        self._bugs[row.id] += 1
        if self._bugs[row.id] >= BUG_TRIES:
            await self._refused(row, owner, f"bug {bug}", type(error).__name__)
        else:
            await self._again(row, owner, self._before_looking(row), f"bug {bug}", ambiguous=True)

    def _forget(self, row: Row) -> None:
        self._failures.pop(row.id, None)
        self._bugs.pop(row.id, None)

    def _backoff(self, row: Row) -> float:
        self._failures[row.id] += 1
        return min(self.waits.longest_pause, self.waits.first_pause * 2.0 ** min(self._failures[row.id] - 1, 10))

    def _before_looking(self, row: Row) -> float:
        return _about(max(self.waits.look_after, self._backoff(row)))

    def _too_old(self, row: Row) -> bool:
        return row.attempts > ENOUGH_TRIES and row.tried_for.total_seconds() > self.waits.give_up

    def _alarm(self, row: Row, error: str) -> None:
        """Once, not for every message that waits: it is for whoever runs Sitrep."""
        if error in CREDENTIALS and self._token_refused != error:
            self._token_refused = error
            hint = "put a new SLACK_BOT_TOKEN in and restart; what is not said waits for it"
            log.error("slack_refuses_the_token", error=error, row=row.id, hint=hint)


def _about(seconds: float) -> float:
    """A little later, by chance: so that replicas do not all come at once."""
    return seconds * random.uniform(1.0, 1.1)  # noqa: S311  # nosec B311  # it guards nothing


def _count(row: Row, outcome: str) -> None:
    metrics.DELIVERIES.labels(row.message.kind, outcome).inc()
