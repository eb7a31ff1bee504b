"""The team's rule on how long people's words are kept, carried out a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.errors import Newer
from bot.inbound.wall_clock import WallClock
from bot.store import calendar, forgetting
from bot.store.session import Database, NotSaved, Unknown
from bot.usecases.calendar_said import HOW
from bot.usecases.forget import forget_old
from bot.usecases.team import Team

log = structlog.get_logger()

AT_ONCE = 50
"""Incidents of one round: what is left waits for the next, so that promises never wait for it."""

BELIEVED = 24 * 3600.0
"""Seconds by which a clock may be put right while we run; a year's rule does not depend on a day."""


class Retention:
    """Deletes what people wrote in incidents that were over `days` days ago. `sweep` cleans the database's files."""

    def __init__(self, db: Database, team: Team, days: int, sweep: Callable[[], None]) -> None:
        self._db = db
        self._team = team
        self._days = days
        self._sweep = sweep
        self._wall = WallClock()
        self._ahead = 0.0

    async def round(self, now: datetime) -> int:
        """How many incidents were relieved of their words. A transaction for each: stopped half-way, the next round
        goes on, and of several replicas one does each."""
        if self._doubtful():
            return 0
        try:
            return await self._round(now)
        except (NotSaved, Unknown) as error:
            log.debug("left_for_the_next_time", error=str(error))
            return 0

    def _doubtful(self) -> bool:
        """Whether this machine's clock was put forward or back too far to be believed: what is deleted is gone. It
        cannot have been as wrong when we started, for then no certificate would have been valid."""
        if by := self._wall.moved():
            self._ahead += by
            if abs(self._ahead) > BELIEVED:
                hint = "nothing is deleted by its age until this machine's clock is right, or Sitrep is started anew"
                log.warning("age_in_doubt", seconds=round(self._ahead), hint=hint)
        return abs(self._ahead) > BELIEVED

    async def _round(self, now: datetime) -> int:
        before = now - timedelta(days=self._days)
        due = await self._db.read(partial(forgetting.due, before=before, limit=AT_ONCE), door=False)
        done = sum([await self._forget(incident, now) for incident in due])
        gone = await self._db.run(partial(forgetting.forget_people, before=before), door=False)
        wishes = await self._db.run(lambda s: calendar.forget_words(s, HOW, before), door=False)
        if done or gone or wishes:
            log.info("texts_forgotten", incidents=done, people=gone, wishes=wishes, after_days=self._days)
            await asyncio.to_thread(self._swept)
        return done

    async def _forget(self, incident: int, now: datetime) -> bool:
        """One incident's trouble is not another's."""
        try:
            done = await self._db.run(lambda s: forget_old(s, self._team, incident, now, self._days), door=False)
        except Newer:
            return False  # the version that wrote it does it
        except (NotSaved, Unknown):
            raise
        except Exception:
            log.exception("not_forgotten", incident=incident)
            return False
        return done is not None

    def _swept(self) -> None:
        try:
            self._sweep()
        except forgetting.NotSwept as error:
            log.warning("not_swept", error=str(error))
