"""A story on stage: the real bot in a workspace in a box, and the clock of both moved from line to line. Who starts the
bot, and whether as a process of its own, is the caller's matter."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self

import aiohttp

from bot.sandbox.moments import StoryClock
from bot.sandbox.player import Player, Show
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.story import Story
from bot.sandbox.transcript import Transcript
from bot.store.resources import resource

MANIFEST = "manifest.yml"
CONFIG = "sitrep.yml"

STEP_SECONDS = 120.0
"""How long one step may take; on a slow machine a night's busiest minute is some seconds of work."""


class BotFailed(Exception):
    """The bot died, hung or ended badly; `str(error)` is one sentence."""


class Running(Protocol):
    """A bot that was started."""

    def alive(self) -> None:
        """Raises BotFailed with what the bot said last when it has ended."""
        ...

    def tail(self) -> str:
        """The last lines of its log."""
        ...


Run = Callable[[Path, Sandbox, int], AbstractAsyncContextManager[Running]]
"""Starts the bot: the folder it works in, with its configuration; the workspace; the port of its stepped clock."""


class ClockDoor:
    """The bot's stepped clock, moved over HTTP."""

    def __init__(self, bot: Running, http: aiohttp.ClientSession, port: int) -> None:
        self._bot = bot
        self._http = http
        self._url = f"http://127.0.0.1:{port}/clock"

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, bot: Running, port: int) -> AsyncIterator[Self]:
        timeout = aiohttp.ClientTimeout(total=STEP_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            yield cls(bot, http, port)

    async def step(self, to: datetime) -> datetime | None:
        """Business time is `to`; returns when the bot has nothing left to do, with the next time something is due.

        Raises BotFailed when the bot died, hangs or refuses.
        """
        try:
            async with self._http.post(self._url, json={"to": to.isoformat()}) as answer:
                answer.raise_for_status()
                due = (await answer.json())["next_due"]
        except (aiohttp.ClientError, TimeoutError) as error:
            self._bot.alive()
            raise BotFailed(f"The bot hangs at {to.isoformat()} ({error!r}). Its log:\n{self._bot.tail()}") from error
        return datetime.fromisoformat(due) if due else None


async def played(story: Story, run: Run, show: Show) -> Transcript:
    """The story played whole, each finished line of its transcript handed to `show`.

    Raises StoryError when it does not go as written, BotFailed when the bot does not live through it.
    """
    clock = StoryClock(story.starts)
    with folder() as place:
        (place / CONFIG).write_text(story.config, "utf-8")
        async with Sandbox(resource(MANIFEST), clock=clock) as slack:
            player = Player(story, slack, clock)
            port = _free_port()
            async with run(place, slack, port) as bot, ClockDoor.opened(bot, port) as door:
                await player.play(door.step, show)
            return player.transcript


def access(place: Path, slack: Sandbox, clock_port: int | None) -> dict[str, str]:
    """The environment of a bot that works in this folder and this workspace; with a port, on a stepped clock."""
    told = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{place / 'sitrep.db'}",
        "SITREP_CONFIG": CONFIG,
    }
    return told | ({"SITREP_CLOCK": f"stepped:{clock_port}"} if clock_port else {})


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A place of the bot's own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sitrep-") as name:
        yield Path(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
