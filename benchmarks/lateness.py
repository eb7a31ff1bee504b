"""How late reminders are with ten thousand open incidents: as they fall due one by one, and after a standstill."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa

from benchmarks.ground import CREW_IDS, Scale, Used, fill, percentiles, place, resident, table
from bot.inbound.clock import BusinessClock, Ticker
from bot.outbound.courier import Courier
from bot.store.session import Session
from bot.store.tables import clocks as clock_rows
from bot.store.tables import outbox as outbox_rows
from tests.outbound.town import Town, founded, running

A_SECOND = 10
"""Incidents whose next reminder falls due in one second, while they do one by one."""

SECONDS = 20

TEXT = """\
## Reminders, with thousands of open incidents

The clock ticks every second. One by one: {a_second} reminders fall due each second for {seconds} seconds, and the
courier sends them; late is from the due time to the reminder being on record, to the courier having it in hand, and to
Slack having it. At once: the clock stood still until every one was overdue; late is from when it goes on to being on
record, from where the courier takes them. Median / 99th percentile / longest.

{table}

A reminder goes out with the next tick, however many other incidents are open. After a standstill those that waited
longest come first, nobody is asked twice for the same, and what people type meanwhile goes before all of it.
"""


@dataclass
class Shifted(BusinessClock):
    """Real time, from another beginning."""

    by: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


async def measure(kind: str, url: str, scale: Scale, count: int) -> list[list[str]]:
    """Rows of the table for one database, which is empty, with so many incidents."""
    seconds = scale.of(SECONDS, 5)
    async with founded(url) as town:
        begin = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
        times = [begin + timedelta(seconds=n / A_SECOND) for n in range(count)]
        await asyncio.to_thread(fill, town.db, town.team, times)
        for person in sorted(CREW_IDS):
            town.slack.person(person, id=person)
        for number in range(1, min(count, seconds * A_SECOND * 2) + 1):
            town.slack.channel(f"inc-{number}", town.persons.values(), bot=True, id=place(number))
        rows = [await _one_by_one(town, seconds), await _at_once(town)]
    return [[kind, f"{count:,}", *row] for row in rows]


async def _one_by_one(town: Town, seconds: int) -> list[str]:
    dues = await town.db.read(_dues)
    clock = Shifted(min(dues.values()) - datetime.now(UTC) - timedelta(seconds=1))
    courier = Courier(town.db, town.team, town.client, town.people, clock.now)
    with Used() as used:
        async with running(town, courier), Ticker(town.db, town.team).every_second(clock):
            await asyncio.sleep(seconds + 1)
    late = [[at + clock.by - dues[number] for at in ats] for number, ats in (await town.db.read(_said)).items()]
    columns = (percentiles([each.total_seconds() * 1000 for each in some]) for some in zip(*late, strict=True))
    return ["one by one", f"{len(late):,}", *columns, f"{used.cpu / (seconds + 1):.0%}", f"{resident(os.getpid()):.0f}"]


async def _at_once(town: Town) -> list[str]:
    dues = sorted((await town.db.read(_dues)).values())
    clock = Shifted(dues[-1] - datetime.now(UTC))
    began, last = await town.db.run(Session.now), await town.db.read(_last)
    with Used() as used:
        async with Ticker(town.db, town.team).every_second(clock):
            await _fired(town, dues[-1])
    said = await town.db.read(partial(_recorded, after=last))
    waited = percentiles([(at - began).total_seconds() * 1000 for at in said.values()])
    rate = f"{used.cpu / used.seconds:.0%}"
    return ["at once", f"{len(said):,}", waited, "", "", rate, f"{resident(os.getpid()):.0f}"]


async def _fired(town: Town, until: datetime) -> None:
    """Until everything due by then has been recorded; the ticker tells nobody."""
    while True:
        if await town.db.read(partial(_left, now=until)) == 0:
            return
        await asyncio.sleep(0.2)


def _dues(session: Session) -> dict[int, datetime]:
    """When the next reminder of each incident falls due."""
    query = sa.select(clock_rows.c.incident, sa.func.min(clock_rows.c.fire_at).label("at"))
    return {row.incident: row.at for row in session.conn.execute(query.group_by(clock_rows.c.incident))}


def _left(session: Session, now: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(clock_rows).where(clock_rows.c.fire_at <= now)
    found: int = session.conn.execute(query).scalar_one()
    return found


def _said(session: Session) -> dict[int, tuple[datetime, datetime, datetime]]:
    """Of each incident that said something: when it was recorded, when the courier took it, when Slack had it."""
    columns = (outbox_rows.c.next_at, outbox_rows.c.first_try_at, outbox_rows.c.finished_at)
    told = sa.select(outbox_rows.c.incident, *columns).where(
        outbox_rows.c.state == "sent", outbox_rows.c.kind == "tell"
    )
    return {row.incident: (row.next_at, row.first_try_at, row.finished_at) for row in session.conn.execute(told)}


def _last(session: Session) -> int:
    found: int | None = session.conn.execute(sa.select(sa.func.max(outbox_rows.c.position))).scalar_one()
    return found or 0


def _recorded(session: Session, after: int) -> dict[int, datetime]:
    """When something was first recorded of each incident since then."""
    query = sa.select(outbox_rows.c.incident, sa.func.min(outbox_rows.c.next_at).label("at"))
    query = query.where(outbox_rows.c.position > after).group_by(outbox_rows.c.incident)
    return {row.incident: row.at for row in session.conn.execute(query)}


HEAD = [
    *(
        "database",
        "open incidents",
        "due",
        "reminders",
        "on record after ms",
        "with the courier after ms",
        "in Slack after ms",
    ),
    *("of one core", "memory MB"),
]


def drawn(rows: list[list[str]], scale: Scale) -> str:
    return TEXT.format(a_second=A_SECOND, seconds=scale.of(SECONDS, 5), table=table(HEAD, rows))
