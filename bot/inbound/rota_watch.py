"""Calendar files of rotations that are edited while we run: a good one holds at once, a broken one changes nothing and
is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import structlog

from bot.domain.duty.rotation import Rotation, Turn
from bot.usecases.team import Team

log = structlog.get_logger()

EVERY = 30.0
"""Seconds between two looks at the files."""

ANEW = 86_400.0
"""Seconds after which a file is read anew though nobody changed it: what recurs is spread out from that day on."""

Resolve = Callable[[Mapping[str, Rotation]], Awaitable[dict[str, Rotation]]]
"""The same rotations with ids instead of addresses."""


class RotaWatch:
    """`resolve` asks Slack who is meant."""

    def __init__(self, team: Team, resolve: Resolve) -> None:
        self._team = team
        self._resolve = resolve
        self._files = {name: Path(one.file) for name, one in team.configured.items() if one.file}
        self._seen = self._digests()
        self._told: dict[str, str] = {}
        self._read_at = 0.0
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        self._read_at = asyncio.get_running_loop().time()
        while self._files and not self._stopped.is_set():
            try:
                async with asyncio.timeout(EVERY):
                    await self._stopped.wait()
            except TimeoutError:
                await self.look()

    def stop(self) -> None:
        self._stopped.set()

    async def look(self) -> None:
        """Take what has changed, if it is good."""
        now, found = asyncio.get_running_loop().time(), await asyncio.to_thread(self._digests)
        old = now - self._read_at > ANEW
        changed = [name for name, digest in found.items() if old or digest != self._seen[name]]
        self._seen, self._read_at = found, now if old else self._read_at
        for name in changed:
            await self._read_anew(name)

    def _digests(self) -> dict[str, str]:
        return {name: _digest(file) for name, file in self._files.items()}

    async def _read_anew(self, name: str) -> None:
        """One calendar's trouble is not another's."""
        before = self._team.configured[name]
        try:
            turns = await asyncio.to_thread(_read, self._files[name], before.timezone)
            found = await self._resolve({name: before.model_copy(update={"turns": turns})})
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, who is on call stays as it was
            self._broken(name, str(error))
            return
        if unknown := found[name].gone - before.gone:
            self._broken(name, f"Slack does not say who {', '.join(sorted(unknown))} is")
            self._seen[name] = ""  # it may say so at the next look
            return
        self._told.pop(name, None)
        self._team.reconfigure(found)
        log.info("calendar_read", rotation=name, events=len(turns))

    def _broken(self, name: str, error: str) -> None:
        """Say it once, as long as it is the same."""
        if self._told.get(name) != error:
            hint = "who is on call stays as the file said before"
            log.warning("calendar_broken", rotation=name, error=error, hint=hint)
        self._told[name] = error


def _read(file: Path, timezone: str) -> tuple[Turn, ...]:
    from bot.store.files import ics  # most of a second, and most rotations are written with members

    return ics.read(file, timezone, datetime.now(UTC))


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"
