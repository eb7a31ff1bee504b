"""A workspace, a database and a courier between them: use cases are called directly, everything else is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import request as r
from bot.domain.calendar import Calendar
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Rotation
from bot.domain.incident import Incident
from bot.domain.scribe import Audiences
from bot.outbound.courier import Courier
from bot.outbound.pace import Pace
from bot.outbound.people import People
from bot.outbound.waits import Waits
from bot.sandbox import Message, Person, Sandbox
from bot.store import incidents, outbox
from bot.store.files import protocols
from bot.store.session import Database, Session
from bot.usecases import act as acts
from bot.usecases import declare as declares
from bot.usecases.record import Done
from bot.usecases.team import Team
from tests.living import INSTALLED

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A Friday morning; what is due later only comes when a test moves `now`."""


WAITS = Waits()
QUICK = replace(WAITS, look_after=0.05, first_pause=0.05, longest_pause=0.2)
"""Where Slack's history shows at once, an unclear try is looked into soon, and a failure tried again soon."""


@dataclass
class Town:
    slack: Sandbox
    db: Database
    team: Team
    people: People
    client: AsyncWebClient
    now: datetime = START
    persons: dict[str, Person] = field(default_factory=dict)
    pace: Pace = field(default_factory=lambda: Pace(per_channel=0, per_update=0))
    waits: Waits = WAITS
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        self.courier = self.another()

    def another(self) -> Courier:
        return Courier(self.db, self.team, self.client, self.people, lambda: self.now, pace=self.pace, waits=self.waits)

    def __getattr__(self, name: str) -> Person:
        persons: dict[str, Person] = self.__dict__["persons"]
        if name not in persons:
            raise AttributeError(name)
        return persons[name]

    async def declare(self, title: str = "Orders mart is stale", *, by: str | None = "ana", **more: Any) -> int:
        """Declare an incident; what Slack is told happens behind."""
        reply_to = more.pop("reply_to", None)
        request = r.Declare(title=title, severity=more.pop("severity", "P1"), **more)
        caller = Caller(self.persons[by].id if by else None, "slash")
        done = await self.db.run(
            lambda session: declares.declare(session, self.team, request, caller, self.now, reply_to=reply_to)
        )
        return done.incident.id

    async def act(self, request: r.Request, *, by: str = "ana", incident: int = 1) -> Done:
        caller = Caller(self.persons[by].id, "slash")
        return await self.db.run(lambda session: acts.act(session, self.team, incident, request, caller, self.now))

    async def later(self, minutes: float, *, incident: int = 1) -> None:
        """Move business time and let the clocks fire."""
        self.now += timedelta(minutes=minutes)
        await self.db.run(lambda session: acts.fire_clocks(session, self.team, incident, self.now), door=False)

    async def quiet(self, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            await self.courier.quiet()

    async def incident(self, number: int = 1) -> Incident:
        found = await self.db.read(lambda session: incidents.load(session, number))
        assert found is not None
        return found

    async def slot(self, name: str, number: int = 1) -> outbox.Slot | None:
        return await self.db.read(lambda session: outbox.slot(session, number, name))

    def said(self, where: str, text: str = "") -> list[Message]:
        """The bot's messages in a channel (by name or its beginning) that contain this."""
        channel = self.slack.channel_named(where)
        return [m for m in self.slack.messages(channel) if text in m.text] if channel else []

    def updates(self, where: str = "inc-1") -> list[str]:
        """What the channel reads of the updates that people posted, in order."""
        lines = (m.text.splitlines()[0].partition(":* ") for m in self.said(where) if m.text.startswith("*"))
        return [what for _, colon, what in lines if colon]

    def told(self, who: str, text: str = "") -> list[Message]:
        """The direct messages somebody got that contain this."""
        return [m for m in self.persons[who].dms() if text in m.text]

    async def waiting(self, of: Callable[[Session], int] = outbox.waiting) -> int:
        return await self.db.read(of)


PEOPLE = {"ana": "Ana", "bea": "Bea", "car": "Car", "tec": "Tec", "dir": "Dir"}


def staff(slack: Sandbox) -> dict[str, Person]:
    return {key: slack.person(name, tz="Europe/Amsterdam", id=f"U0{key.upper()}") for key, name in PEOPLE.items()}


def team(persons: dict[str, Person], **more: Any) -> Team:
    week = {"starts": date(2026, 11, 1), "timezone": "UTC"}
    directory = {"incident-manager": "bea", "level-2": "tec", "director": "dir"}
    return Team(
        protocol=protocols.load("self-healing-pipeline", Calendar(timezone="Europe/Amsterdam")),
        rotations={
            "primary": Rotation(name="primary", members=(persons["car"].id,), **week),  # type: ignore[arg-type]
        },
        directory={name: (persons[who].id,) for name, who in directory.items()},
        places={"data-engineering": ("incidents",)},
        audiences=more.pop("audiences", Audiences(team="incidents", stakeholders="data-stakeholders")),
    )


@asynccontextmanager
async def founded(url: str, waits: Waits | None = None, **sandbox: Any) -> AsyncIterator[Town]:
    """A town whose courier has not started yet."""
    async with Sandbox(INSTALLED, **sandbox) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        persons = staff(slack)
        slack.channel("incidents", list(persons.values()))
        slack.channel("data-stakeholders", [persons["dir"]])
        db = Database(url, door_seconds=30.0)  # how soon doors answer is shown elsewhere
        town = Town(slack, db, team(persons), People(db, client), client, persons=persons, waits=waits or WAITS)
        yield town
        await town.people.close()
        await db.close()


@asynccontextmanager
async def running(town: Town, courier: Courier | None = None) -> AsyncIterator[Town]:
    """With its courier at work."""
    courier = courier or town.courier
    town.team.wake = courier.wake
    task = asyncio.create_task(courier.run())
    try:
        yield town
    finally:
        courier.stop()
        await task
