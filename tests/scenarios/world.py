"""What tests of whole lives share: the record as it stands, a stepped clock's door, and a bot that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import psycopg

from bot import settings
from bot.app import Bot
from bot.domain.fact import Entry
from bot.domain.incident import Incident
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.store import facts, incidents
from bot.store.session import Database
from tests.living import Living
from tests.zygote import Forked, surroundings, zygote

T = TypeVar("T")

COMMAND = "/incident"
MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""A Friday, 09:00 in Amsterdam: where stepped tests begin."""


def at(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


# what is on the record


async def entries(town: Living, number: int = 1) -> list[Entry]:
    return await town.bot.db.read(lambda session: facts.entries(session, number))


async def kinds(town: Living, number: int = 1) -> list[str]:
    """Kinds of what is on record; who joined is left out, because Slack tells it whenever it likes."""
    return [entry.fact.kind for entry in await entries(town, number) if entry.fact.kind != "joined"]


async def incident(town: Living, number: int = 1) -> Incident:
    found = await town.bot.db.read(lambda session: incidents.load(session, number))
    assert found is not None
    return found


async def elsewhere(url: str, number: int = 1) -> list[str]:
    """Kinds of an incident's facts, read by somebody else: only what is committed is there."""
    database = Database(url)
    try:
        return [e.fact.kind for e in await database.read(lambda session: facts.entries(session, number))]
    finally:
        await database.close()


@contextlib.contextmanager
def by_hand(url: str) -> Any:
    """A connection of our own that commits each statement, for what no door does: `execute(sql)`."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            yield connection
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


# what people read


async def typed(person: Person, text: str, where: Channel | str = "general") -> str:
    """What the person reads in the acknowledgement of a command."""
    ack = await person.command(COMMAND, text, where)
    assert ack.ok, ack.error
    assert ack.message is not None, f"{text!r} was not answered"
    return ack.text


async def saved(town: Living, person: Person, text: str, where: Channel, tries: int = 5) -> None:
    """Say it as often as the answer, at once or later, is that nothing was saved: on a busy machine that is no fault,
    and saying it again must double nothing."""
    for _ in range(tries):
        before = len(person.ephemerals())
        await typed(person, text, where)

        def ended(since: int = before) -> str | None:
            heard = " ".join(m.text for m in person.ephemerals()[since:])
            return next((end for end in ("Update saved", "Not saved") if end in heard), None)

        if await town.slack.wait_for(ended, 20, f"what became of {text!r}") == "Update saved":
            return
    raise AssertionError(f"{text!r} was not saved in {tries} tries")


async def told(town: Living, person: Person, words: str) -> Message:
    """The private message with these words, once it is there."""
    found = await town.slack.wait_for(lambda: [m for m in person.ephemerals() if words in m.text], 10, what=words)
    return found[-1]


async def shows(town: Living, room: Channel, words: str) -> Message:
    """The card, once these words stand on it."""

    def there() -> Message | None:
        cards = town.slack.pinned(room)
        return cards[0] if cards and words in cards[0].text + str(cards[0].blocks) else None

    return await town.slack.wait_for(there, 10, what=words)


def said(town: Living, room: Channel | str, words: str = "") -> list[Message]:
    return [m for m in town.slack.messages(room) if words in m.text]


async def quiet(town: Living, seconds: float = 20.0) -> None:
    """Until everything that was recorded has been said."""
    async with asyncio.timeout(seconds):
        await town.bot.courier.quiet()


# the stepped clock


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Clock:
    """A bot's stepped clock, moved through its door."""

    port: int = field(default_factory=free_port)

    @property
    def environ(self) -> dict[str, str]:
        return {"SITREP_CLOCK": f"stepped:{self.port}"}

    async def go(self, to: datetime, seconds: float = 40.0) -> None:
        """Business time is `to`, by way of everything that is due before it, and all of it is said."""
        url = f"http://127.0.0.1:{self.port}/clock"
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(url, json={"to": to.isoformat()}) as answer,
        ):
            assert answer.status == 200, await answer.text()


# more bots


@contextlib.asynccontextmanager
async def another(town: Living, url: str, folder: Path, environ: dict[str, str] | None = None) -> AsyncIterator[Bot]:
    """One more bot of the same workspace and database: a replica, or the next one after a restart."""
    bot = Bot(settings.load({**access(town.slack, url), **(environ or {})}, folder))
    try:
        await bot.start()
        yield bot
    finally:
        await bot.stop()


def access(slack: Sandbox, url: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": url,
    }


@dataclass
class Child:
    """The real bot in a process of its own, working in `folder`, which can be killed. In it `before`, written
    `module:function`, is run first of all."""

    slack: Sandbox
    folder: Path
    url: str
    clock: Clock = field(default_factory=Clock)
    before: str = ""
    process: Forked | None = None

    async def start(self) -> None:
        await self.launch()
        await self.slack.connected()

    async def launch(self) -> None:
        """Start it without waiting until it is there."""
        told = surroundings({**access(self.slack, self.url), **self.clock.environ})
        with (self.folder / "bot.log").open("ab") as log:
            self.process = await asyncio.to_thread(zygote().start, ("run",), self.folder, told, log, log, self.before)

    async def die(self) -> None:
        """kill -9: nothing is finished, nothing is written any more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        await self.slack.wait_for(lambda: not self.slack.sockets.sockets, what="the socket to be gone")

    async def lives_on(self) -> None:
        """Killed, and started again at once, as whoever supervises it does."""
        await self.die()
        await self.start()

    async def lives_on_later(self) -> None:
        """Killed, and started again so much later that the dead one's leases have run out."""
        await self.die()
        with by_hand(self.url) as connection:
            connection.execute("UPDATE outbox SET lease_until = 0 WHERE state = 'sending'")
        await self.start()

    async def end(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def when(self, there: Callable[[], T | None], what: str, seconds: float = 15.0) -> T:
        """What the workspace shows, once it does; the bot's log when it never does."""
        try:
            return await self.slack.wait_for(there, seconds, what)
        except TimeoutError:
            log = (self.folder / "bot.log").read_text("utf-8", errors="replace")
            raise AssertionError(f"{what} never came. The bot's log:\n{log[-4000:]}") from None
