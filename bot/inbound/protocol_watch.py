"""Protocol files that are edited while we run: a good one holds for the next incident, a broken one changes nothing and
is said; the people of a running incident are told once that there is a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.domain import request as r
from bot.domain.caller import BOT
from bot.domain.choosing import Choice
from bot.domain.errors import Newer
from bot.inbound.clock import BusinessClock
from bot.store.files.protocols import ProtocolError
from bot.store.session import Database, NotSaved, Unknown
from bot.usecases import adopting
from bot.usecases.act import act
from bot.usecases.team import Team

log = structlog.get_logger()

EVERY = 10.0
"""Seconds between two looks at the files."""


class ProtocolWatch:
    """`load` reads all that is configured, raising ProtocolError; `digests` tells what the files hold just now."""

    def __init__(
        self,
        db: Database,
        team: Team,
        clock: BusinessClock,
        load: Callable[[], tuple[Choice, ...]],
        digests: Callable[[], Mapping[str, str]],
    ) -> None:
        self._db = db
        self._team = team
        self._clock = clock
        self._load = load
        self._digests = digests
        self._seen = digests()
        self._untold = True
        self._edited: frozenset[str] = frozenset()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        while not self._stopped.is_set():
            try:
                await self.look()
            except Exception:
                log.exception("protocol_watch_failed", again_in=EVERY)
            try:
                async with asyncio.timeout(EVERY):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stopped.set()

    async def look(self) -> None:
        """Take what has changed, if it is good; tell those whom it concerns."""
        found = await asyncio.to_thread(self._digests)
        if found != self._seen:
            self._seen = found
            await self._read_anew()
        if self._untold:
            await self._tell()

    async def _read_anew(self) -> None:
        try:
            choices = await asyncio.to_thread(self._load)
        except ProtocolError as error:
            log.warning("protocol_broken", error=str(error), hint="incidents go on by what it said before")
            return
        before = {one.name: one.protocol.digest() for one in self._team.choices}
        self._team.protocol, self._team.protocols = choices[0].protocol, choices
        for one in choices:
            if before.get(one.name) != one.protocol.digest():
                self._edited |= {one.name}
                log.info("protocol_changed", protocol=one.name, hint="it holds for what is declared from now on")
        self._untold = True

    async def _tell(self) -> None:
        """The people of each running incident for which it would change something. The database's trouble is tried
        again at the next look; one incident's trouble is not another's."""
        try:
            numbers = await self._db.read(
                lambda session: adopting.concerned(session, self._team, self._edited), door=False
            )
            for number in numbers:
                await self._offer(number)
        except (NotSaved, Unknown) as error:
            log.debug("left_for_the_next_time", error=str(error))
        else:
            self._untold = False

    async def _offer(self, number: int) -> None:
        now, request = self._clock.now(), r.OfferProtocol(edited=self._edited)
        try:
            await self._db.run(lambda s: act(s, self._team, number, request, BOT, now), door=False)
        except Newer:
            return  # the version that wrote it tells of it
        except (NotSaved, Unknown):
            raise
        except Exception:
            log.exception("protocol_not_offered", incident=number)
