"""The town in which a script is played: a workspace, its people, a database and some bots."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import sqlalchemy as sa

from bot.outbound.waits import LOOK_AFTER
from bot.sandbox import Channel, Person, Sandbox
from bot.store import outbox
from bot.store.session import Database, NotSaved, Session
from bot.store.tables import database_now
from bot.store.tables import outbox as rows
from tests.chaos.replica import Replica
from tests.chaos.watch import Watch
from tests.living import CONFIG, INSTALLED, _people
from tests.scenarios.world import access, by_hand

PATIENCE = 120.0
"""Seconds that everything may take to come to rest once all is well again."""


def friday() -> datetime:
    """09:00 in Amsterdam on the Friday to come: every script begins at the same hour of the same weekday, and never
    before the real time, by which Slack's history is read."""
    now = datetime.now(UTC)
    day = now + timedelta(days=(4 - now.weekday()) % 7 or 7)
    return day.replace(hour=8, minute=0, second=0, microsecond=0)


@dataclass
class Town:
    slack: Sandbox
    url: str
    folder: Path
    replicas: list[Replica]
    began: float
    beginning: datetime
    people: dict[str, Person] = field(default_factory=dict)
    shift: timedelta = timedelta(0)
    """How far business time was moved on."""
    problems: list[str] = field(default_factory=list)
    """What went wrong on the way: bots that did not start, and the like."""
    newest: int = 0
    """The number of the newest socket."""
    tasks: set[asyncio.Task[object]] = field(default_factory=set)
    words: dict[str, str] = field(default_factory=dict)
    """Who said each token."""

    told: str = ""
    """How much there was in the end, in one line."""
    story: list[str] = field(default_factory=list)
    """What was done and what came of it, for whoever looks for a mistake."""

    def __post_init__(self) -> None:
        self.watch = Watch(self.slack)
        self.db = Database(self.url)

    def tell(self, line: str) -> None:
        self.story.append(line[:600])

    @property
    def now(self) -> datetime:
        """Business time: it stands between two steps of the clock, but for people's messages, which follow another."""
        return self.beginning + self.shift

    def channel(self, where: str, who: Person) -> Channel | None:
        """`inc 3` (or another, where there are not so many), `private`, `dm`, or a channel's name; where it exists and
        this person sees it."""
        if where == "dm":
            return who.dm
        if where.startswith("inc "):
            rooms = sorted(self.watch.rooms, key=lambda room: self.watch.rooms[room])
            nth = int(where.removeprefix("inc ")) - 1
            channel = self.slack.ws.channels[rooms[nth % len(rooms)]] if rooms else None
        elif where == "private":
            channel = self.private
        else:
            channel = self.slack.ws.named(where)
        return channel if channel is not None and who.can_see(channel) else None

    @property
    def private(self) -> Channel | None:
        """The channel of the first private incident."""
        hidden = [c for c in self.slack.ws.channels.values() if c.kind == "private" and c.id in self.watch.rooms]
        return hidden[0] if hidden else None

    # bots

    async def start(self, replica: Replica) -> None:
        """Once, whoever else is just starting it."""
        async with replica.starting:
            if not replica.alive:
                await self._started(replica)

    async def _started(self, replica: Replica) -> None:
        await replica.start(self.now)
        before = self.newest

        def there() -> bool:
            self.newest = max([self.newest, *(socket.number for socket in self.slack.sockets.sockets)])
            return self.newest > before or not replica.alive

        waiting = asyncio.create_task(self._until(there))
        await asyncio.wait({waiting}, timeout=PATIENCE)
        waiting.cancel()

    async def _until(self, there: Callable[[], bool]) -> None:
        """A process that dies tells nobody, so it is looked for."""
        while not there():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)

    async def start_all(self) -> None:
        """Start whoever is not there; Slack and the database are well, so each must come."""
        for replica in self.replicas:
            if replica.alive:
                continue
            await self.start(replica)
            if not replica.alive:
                log = replica.log.read_text("utf-8", errors="replace")
                self.problems.append(f"start: bot {replica.number} did not start: {log[-300:]!r}")

    async def kill(self, replica: Replica) -> None:
        """kill -9, and on SQLite, where it was the only one, nobody holds its leases any more."""
        sockets = len(self.slack.sockets.sockets)
        was = replica.alive
        await replica.kill()
        if was and sockets:
            with contextlib.suppress(TimeoutError):
                await self.slack.wait_for(lambda: len(self.slack.sockets.sockets) < sockets, 5)

    # peace

    async def heal(self) -> None:
        """All trouble ends, every bot dies once more and comes back, and everything is said that is to be said."""
        self.slack.faults.clear()
        others = self.tasks - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=PATIENCE)
        self.slack.faults.clear()
        self.slack.limits.messages = False
        for replica in self.replicas:
            replica.signal(signal.SIGCONT)
            await self.kill(replica)
        await self._of_the_dead()
        await self.start_all()
        await self.rest()

    async def _of_the_dead(self) -> None:
        """Nobody lives who holds a lease: they run out as soon as what was sent last can be found."""
        seen_at_once = self.slack.unconfirmed.history_lag_seconds == 0
        soon = 0.0 if seen_at_once else LOOK_AFTER
        with contextlib.suppress(NotSaved):
            await self.db.run(lambda session: outbox.release(session, after_seconds=soon))

    async def _by_hand(self, statement: sa.Update) -> None:
        with contextlib.suppress(NotSaved):
            await self.db.run(lambda session: session.conn.execute(statement) and None)

    async def rest(self) -> None:
        """Until nothing is under way anywhere. Pauses between tries are cut short: nobody learns from waiting."""
        deadline = time.monotonic() + PATIENCE
        seen_at_once = self.slack.unconfirmed.history_lag_seconds == 0
        sure = sa.true() if seen_at_once else sa.not_(rows.c.ambiguous)  # others must wait until they can be found
        at_once = sa.update(rows).where(rows.c.state == "waiting", sure).values(next_at=database_now())
        while time.monotonic() < deadline:
            await self._by_hand(at_once)
            if await self._at_rest():
                return
            await asyncio.sleep(0.1)
        left = await self.db.read(_left)
        self.problems.append(f"rest: it never came to rest; left: {left[:6]}")

    async def _at_rest(self) -> bool:
        if not self.slack.dispatcher.idle or await self.db.read(outbox.waiting) > 0:
            return False
        for replica in self.replicas:  # each answers once its doors and its courier are quiet
            if replica.alive and await replica.go(self.now, 5.0) is not None:
                return False
        return self.slack.dispatcher.idle and await self.db.read(outbox.waiting) == 0

    async def close(self) -> None:
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for replica in self.replicas:
            replica.signal(signal.SIGCONT)
            await replica.kill()
        await self.db.close()


def _left(session: Session) -> list[str]:
    found = session.conn.execute(sa.select(rows).where(rows.c.state.in_(("waiting", "sending"))))
    return [f"{row.kind} {row.lane} {row.state} {row.error}" for row in found]


def cut_connections(url: str, *, every: bool) -> None:
    """What a restart of PostgreSQL or a careless administrator does to connections under way."""
    if url.startswith("sqlite"):
        return
    limit = "" if every else " LIMIT 1"
    with by_hand(url) as admin, contextlib.suppress(psycopg.Error):
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sitrep' "
            f"AND datname = current_database() AND pid <> pg_backend_pid(){limit}"
        )


@contextlib.asynccontextmanager
async def town(url: str, folder: Path, replicas: int) -> AsyncIterator[Town]:
    """A town at nine on a Friday morning, with everything in its place."""
    (folder / "sitrep.yml").write_text(CONFIG)
    beginning = friday()
    shifted: list[Town] = []

    def clock() -> float:
        ahead = shifted[0].shift.total_seconds() if shifted else 0.0
        return beginning.timestamp() + ahead + time.monotonic() - began

    began = time.monotonic()
    async with Sandbox(INSTALLED, clock=clock) as slack:
        people = _people(slack)
        people["gus"] = slack.person("Gus", id="U0GUS", guest=True)
        people["sol"] = slack.person("Sol", id="U0SOL", single_channel_guest=True)
        people["xen"] = slack.person("Xen", id="U0XEN", stranger=True)
        slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        slack.timing.ack = 5.0
        slack.timing.event_retries = (0.0, 1.0, 3.0)
        bots = [Replica(folder, access(slack, url), number) for number in range(1, replicas + 1)]
        here = Town(slack, url, folder, bots, began, beginning, people)
        shifted.append(here)
        here.watch.begin()
        try:
            await here.start_all()
            yield here
        finally:
            await here.close()
