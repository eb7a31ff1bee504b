"""Delivery of one message, whoever calls: draw it, send it, and record what came of it."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot import metrics
from bot.outbound.desk import Desk, Job, Result, load
from bot.outbound.errors import CREDENTIALS, Again, Refusal, Unclear, sort
from bot.outbound.look import LOOK_AFTER
from bot.outbound.slack import SENDERS
from bot.store import outbox
from bot.store.outbox import Row
from bot.store.session import NotSaved, Session, Unknown
from bot.usecases import delivered
from bot.usecases.team import Team

log = structlog.get_logger()

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two tries: twice as many after each failure, up to the longest."""

GIVE_UP = timedelta(hours=24)
"""After a day a message is refused, so that a person hears of it; Slack's own delayed events give up then too.

Source: https://docs.slack.dev/apis/events-api#delayed-events-retry.
"""

BUG_TRIES = 3
"""Tries of a message that a mistake of ours keeps from being sent; then its lane must go on."""


Finish = Callable[[Session], bool]
"""Writes what came of a message; False when the lease was lost."""

Recorder = Callable[[Finish, bool], Awaitable[None]]
"""Runs a `Finish` in a transaction; the flag says that it opens the way for others."""


def _asleep() -> None:
    """The recorder knows that there is more to deliver; it needs no waking."""


@dataclass
class Delivery:
    """Delivers rows. What it keeps in memory only spaces out tries and may be lost."""

    desk: Desk
    team: Team
    record: Recorder
    _failures: Counter[str] = field(default_factory=Counter)
    _bugs: Counter[str] = field(default_factory=Counter)

    async def deliver(self, row: Row, owner: str, job: Job | None = None) -> None:
        """Send one claimed row and finish it; `job` is what it is drawn from, where that was read with the claim.

        Raises nothing that sending can raise. Database errors come through; then the row is claimed again when its
        lease has run out.
        """
        try:
            job = job or await self.desk.db.read(lambda session: load(session, row, owner), door=False)
            result = await SENDERS[row.message.kind](self.desk, job) if job else None
        except Exception as error:  # noqa: BLE001 - every kind of failure is recorded
            await self._failed(row, owner, sort(error))
            return
        if result is None:
            log.info("lease_lost", row=row.id)
            _count(row, "lost")
        else:
            await self._arrived(row, owner, result)

    async def _arrived(self, row: Row, owner: str, result: Result) -> None:
        self._forget(row)
        _count(row, "sent")
        team, now = replace(self.team, wake=_asleep), self.desk.now()
        await self.record(
            lambda session: delivered.delivered(session, team, row, owner, now, slot=result.slot, news=result.news),
            result.slot is not None,
        )

    async def _failed(self, row: Row, owner: str, error: Exception) -> None:
        match error:
            case Refusal():
                await self._refused(row, owner, error.error, str(error))
            case Again() | Unclear() | NotSaved() | Unknown() if self._too_old(row):
                await self._refused(row, owner, str(error), f"given up after {GIVE_UP}")
            case Again(after_seconds=float(seconds)):
                self._alarm(row, str(error))
                await self._again(row, owner, seconds, str(error), ambiguous=False)
            case Again():
                await self._again(row, owner, self._backoff(row), str(error), ambiguous=False)
            case Unclear() | NotSaved() | Unknown():
                await self._again(row, owner, max(LOOK_AFTER, self._backoff(row)), str(error), ambiguous=True)
            case _:
                await self._broken(row, owner, error)

    async def _again(self, row: Row, owner: str, seconds: float, error: str, *, ambiguous: bool) -> None:
        _count(row, "again")
        seconds *= random.uniform(1.0, 1.1)  # noqa: S311 - spreads replicas, guards nothing
        await self.record(
            lambda session: outbox.again(
                session, row.id, owner, after_seconds=seconds, error=error, ambiguous=ambiguous
            ),
            False,
        )

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
            await self._refused(row, owner, f"bug {bug}", str(error))
        else:
            await self._again(row, owner, max(LOOK_AFTER, self._backoff(row)), f"bug {bug}", ambiguous=True)

    def _forget(self, row: Row) -> None:
        self._failures.pop(row.id, None)
        self._bugs.pop(row.id, None)

    def _backoff(self, row: Row) -> float:
        self._failures[row.id] += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures[row.id] - 1, 10))

    def _too_old(self, row: Row) -> bool:
        return row.first_try_at is not None and datetime.now(UTC) - row.first_try_at > GIVE_UP

    def _alarm(self, row: Row, error: str) -> None:
        if error in CREDENTIALS:
            log.error("slack_refuses_the_token", error=error, row=row.id, hint="put a new token in and restart")


def _count(row: Row, outcome: str) -> None:
    metrics.DELIVERIES.labels(row.message.kind, outcome).inc()
