"""One bot in a process of its own: started in no time from a process that has imported everything, killed at will."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp

from bot.inbound.clock import SteppedClock
from tests.scenarios.world import free_port
from tests.zygote import Forked, surroundings, zygote

BEGINNING = "CHAOS_BEGINNING"
"""Where the process is told what time it is when it starts."""


def at_its_time() -> None:
    """Run in the process first of all: a stepped clock begins in the year 2000, and nobody may be asked anything of it
    before it was moved."""
    SteppedClock.BEGINNING = datetime.fromisoformat(os.environ[BEGINNING])


@dataclass
class Replica:
    """A place for a bot. `environ` is what it is told; its log goes on from one life to the next."""

    folder: Path
    environ: dict[str, str]
    number: int
    port: int = field(default_factory=free_port)
    process: Forked | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def log(self) -> Path:
        return self.folder / f"bot-{self.number}.log"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self, now: datetime) -> None:
        self.port = free_port()  # the last one may be somebody else's by now
        told = surroundings({**self.environ, "SITREP_CLOCK": f"stepped:{self.port}", BEGINNING: now.isoformat()})
        first = f"{__name__}:{at_its_time.__name__}"
        with self.log.open("ab") as log:
            self.process = await asyncio.to_thread(zygote().start, ("run",), self.folder, told, log, log, first)

    def signal(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def kill(self) -> None:
        """kill -9: nothing is finished, nothing is written any more."""
        self.signal(signal.SIGKILL)
        await self.gone()

    async def gone(self) -> None:
        if self.process is not None:
            await self.process.wait()

    async def go(self, to: datetime, seconds: float) -> str | None:
        """Move its clock, by way of everything that falls due before; why that did not work, if it did not."""
        url, limit = f"http://127.0.0.1:{self.port}/clock", aiohttp.ClientTimeout(total=seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as http,
                http.post(url, json={"to": to.isoformat()}) as answer,
            ):
                return None if answer.status == 200 else await answer.text()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            return f"{type(error).__name__}: {error}"
