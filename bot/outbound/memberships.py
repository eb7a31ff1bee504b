"""Who stands behind the user groups and addresses that rules name: asked at the start, and again while the bot runs, so
that no command ever waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

import structlog

from bot.outbound.errors import Again, Refusal, Unclear
from bot.outbound.people import People

log = structlog.get_logger()

EVERY = 300.0
"""Seconds until Slack is asked again: for so long somebody who left a group still counts. A house choice."""

AGAIN = 10.0
"""Seconds until somebody is looked for again of whom Slack said nothing."""

KEPT = 24 * 3600.0
"""Seconds for which an old answer counts while Slack gives no new one; then it is better to refuse."""

AT_START = 5.0
"""Seconds that the start waits for the first answers."""


class Memberships:
    """Keeps `behind` up to date: entry → people. An entry that Slack has said nothing of is missing from it."""

    def __init__(self, people: People, entries: Iterable[str]) -> None:
        self.behind: dict[str, tuple[str, ...]] = {}
        self._people = people
        self._entries = tuple(dict.fromkeys(entries))
        self._said: dict[str, float] = {}
        self._stopped = asyncio.Event()

    async def begin(self) -> None:
        """The first answers, as far as Slack gives them soon."""
        try:
            async with asyncio.timeout(AT_START):
                await self._look()
        except TimeoutError:
            log.warning("memberships_not_known_yet", entries=[e for e in self._entries if e not in self.behind])

    async def run(self) -> None:
        while self._entries and not await self._stop_within(self._pause):
            await self._look()

    def stop(self) -> None:
        self._stopped.set()

    @property
    def _pause(self) -> float:
        fresh = time.monotonic() - EVERY
        return EVERY if all(self._said.get(entry, 0.0) >= fresh for entry in self._entries) else AGAIN

    async def _stop_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopped.wait()
        except TimeoutError:
            return False

    async def _look(self) -> None:
        await asyncio.gather(*map(self._look_behind, self._entries))

    async def _look_behind(self, entry: str) -> None:
        try:
            found = await self._people.meant(entry)
        except Refusal as refusal:
            log.warning("permission_entry_not_found", entry=entry, error=str(refusal))
            found = ()
        except (Again, Unclear) as error:
            log.warning("permission_entry_unanswered", entry=entry, error=str(error))
            if time.monotonic() - self._said.get(entry, 0.0) > KEPT:
                self.behind.pop(entry, None)
            return
        self.behind[entry], self._said[entry] = found, time.monotonic()
