"""The almanac: looks whether an hour has come at which something happens, and lets it happen, once whoever looks."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.domain.duty.agenda import Item, agenda, coming
from bot.domain.duty.oncall import groups_at
from bot.domain.protocol import Protocol
from bot.inbound.failing import PAUSES, Failing
from bot.store.session import Database, NotSaved, Unknown
from bot.usecases.calendar_figures import figures
from bot.usecases.keep_calendar import begun, groups, happen
from bot.usecases.team import Team

log = structlog.get_logger()

OVERLAP = timedelta(minutes=2)
"""What was looked at this short a time ago is looked at again: a shift that somebody takes over now begins before it is
written down."""


class Almanac:
    """One for each process. What it keeps in memory only spares looking, and may be lost."""

    def __init__(self, db: Database, team: Team) -> None:
        self._db = db
        self._team = team
        self._since: datetime | None = None
        self._looked: datetime | None = None
        self._due: dict[tuple[str, datetime], Item] = {}
        self._past: dict[tuple[str, datetime], Item] = {}
        self._failing: dict[str, Failing] = {}
        self._broken = Failing()
        self._groups: dict[str, tuple[str, ...]] | None = None

    async def look(self, now: datetime) -> int:
        """Let happen what is due; how much of it was ours to do. Raises NotSaved and Unknown. Incidents' reminders go
        on whatever is wrong here."""
        if not self._broken.over:
            return 0
        try:
            done = await self._look(now)
        except (NotSaved, Unknown):
            raise
        except Exception:
            log.exception("calendar_failed", again_in=self._broken.again(PAUSES))
            return 0
        self._broken = Failing()
        return done

    async def _look(self, now: datetime) -> int:
        if self._since is None:
            self._since = await self._db.run(lambda session: begun(session, now), door=False)
        since = max(self._since, (self._looked or self._since) - OVERLAP)
        for item in agenda(self._protocols, self._team.rotations, self._team.protocol.calendar, since, now):
            if (item.key, item.at) not in self._past and item.until >= now:
                self._due[item.key, item.at] = item
        self._looked = max(self._looked or now, now)
        self._past = {key: item for key, item in self._past.items() if item.at > now - 2 * OVERLAP}
        done = [await self._tried(item, now) for item in self._latest(now)]
        return sum(done) + await self._grouped(now)

    def next_due(self, now: datetime) -> datetime | None:
        """The next hour at which something happens, within a month."""
        return coming(self._protocols, self._team.rotations, self._team.protocol.calendar, now)

    @property
    def _protocols(self) -> list[Protocol]:
        return [choice.protocol for choice in self._team.choices]

    def _latest(self, now: datetime) -> list[Item]:
        """What is due, in order. Of several of one kind, which were missed, only the last; what is of no use any more
        is dropped."""
        latest: dict[str, Item] = {}
        for item in sorted(self._due.values(), key=lambda one: one.at):
            latest[item.key] = item
        kept = {(item.key, item.at): item for item in latest.values() if item.until >= now}
        self._past |= {name: item for name, item in self._due.items() if name not in kept}
        self._due = kept
        ready = (item for item in kept.values() if item.key not in self._failing or self._failing[item.key].over)
        return sorted(ready, key=lambda one: one.at)

    async def _tried(self, item: Item, now: datetime) -> bool:
        """One hour's trouble is not another's; the database's is everybody's."""
        try:
            told = await self._db.read(lambda session: figures(session, self._team, item, now), door=False)
            done = await self._db.run(lambda session: happen(session, self._team, item, now, told), door=False)
        except (NotSaved, Unknown):
            raise
        except Exception:
            pause = self._failing.setdefault(item.key, Failing()).again(PAUSES)
            log.exception("calendar_failed", key=item.key, at=item.at.isoformat(), again_in=pause)
            return False
        self._failing.pop(item.key, None)
        self._past[item.key, item.at] = self._due.pop((item.key, item.at))
        return done

    async def _grouped(self, now: datetime) -> bool:
        """User groups follow the rotations; when we start they are looked at in any case."""
        wanted = groups_at(now, self._team.rotations)
        if wanted == (self._groups if self._groups is not None else {}):
            return False
        anew = self._groups is None
        changed = await self._db.run(lambda session: groups(session, self._team, now, anew=anew), door=False)
        self._groups = wanted
        return changed
