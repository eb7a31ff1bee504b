"""How fast what waited goes out once Slack is back: a thousand and five thousand messages for two hundred channels."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import sqlalchemy as sa

from benchmarks.ground import DECLARER, Scale, Statements, Used, fill, place
from bot.domain import request as r
from bot.outbound.courier import Courier
from bot.outbound.pace import Pace
from bot.store import outbox
from bot.store.session import Session
from bot.usecases.act import act
from bot.usecases.declare import declare
from tests.outbound.town import Town, founded, running

INCIDENTS = 200
URGENT = "Nothing arrives in the warehouse any more"

TEXT = """\
## After an outage of Slack

Messages that waited in the outbox for {incidents} incidents' channels and what belongs to them, and then a P1 that is
declared last of all. Slack answers at once; "as Slack allows" keeps to one post a second and channel and fifty edits a
minute, "at full speed" to nothing. Seconds until the P1 has its channel, and until everything is said.

{table}

Redrawing what stands (the card, the announcement) is done once however often it was asked for: the column "redraws
saved" counts the edits that nobody waited for. What is urgent goes first, not last, and an hour without Slack costs
minutes afterwards, at the pace Slack sets.
"""

HEAD = [
    *("database", "pace", "waiting", "redraws saved", "P1's channel after s", "all said after s", "messages a second"),
    *("transactions a message", "statements a message", "ms of processor a message"),
]


async def measure(kind: str, url: str, scale: Scale, waiting: int, *, full_speed: bool) -> list[str]:
    """One row, on an empty database."""
    async with founded(url) as town:
        incidents = scale.of(INCIDENTS, 20)
        begin = datetime.now(UTC) - timedelta(minutes=5)
        await asyncio.to_thread(fill, town.db, town.team, [begin] * incidents)
        for number in range(1, incidents + 1):
            town.slack.channel(f"inc-{number}", town.persons.values(), bot=True, id=place(number))
        with Redraws() as redraws:
            await asyncio.to_thread(_talk, town, incidents, waiting)
        pace = Pace(per_channel=0, per_update=0) if full_speed else Pace()
        town.now = datetime.now(UTC)
        there = await town.waiting()
        first, used, statements = await _drained(town, pace)
        row = [kind, "at full speed" if full_speed else "as Slack allows", f"{there:,}", f"{redraws.count:,}"]
        sent = len(town.slack.calls)
        return [
            *(*row, f"{first:.1f}", f"{used.seconds:.1f}", f"{sent / used.seconds:.0f}"),
            *(
                f"{statements.transactions / sent:.1f}",
                f"{statements.count / sent:.0f}",
                f"{used.cpu / sent * 1000:.1f}",
            ),
        ]


def _talk(town: Town, incidents: int, waiting: int) -> None:
    """People go on working while Slack is away."""
    for n in count():
        if town.db.read_sync(outbox.waiting) >= waiting:
            break
        town.db.run_sync(partial(_updates, town=town, incidents=incidents, n=n))
    asked = r.Declare(URGENT, severity="P1")
    town.db.run_sync(lambda s: declare(s, town.team, asked, DECLARER, datetime.now(UTC)))


def _updates(session: Session, town: Town, incidents: int, n: int) -> None:
    for number in range(1, incidents + 1):
        act(session, town.team, number, r.PostUpdate(text=f"{n} tables are back"), DECLARER, datetime.now(UTC))


async def _drained(town: Town, pace: Pace) -> tuple[float, Used, Statements]:
    courier = Courier(town.db, town.team, town.client, town.people, lambda: datetime.now(UTC), pace=pace)
    before = len(town.slack.calls)
    with Used() as used, Statements() as statements:
        began = time.monotonic()
        async with running(town, courier):
            await courier.quiet()
    opened = next(c for c in town.slack.calls[before:] if c.method == "conversations.create")
    return (opened.ended or 0.0) - began, used, statements


class Redraws:
    """Counts the refreshes that took the place of one that waited already."""

    def __enter__(self) -> Redraws:
        self.count = 0
        sa.event.listen(sa.Engine, "before_cursor_execute", self._executed)
        return self

    def __exit__(self, *exc: object) -> None:
        sa.event.remove(sa.Engine, "before_cursor_execute", self._executed)

    def _executed(self, _conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("UPDATE outbox SET lane="):
            self.count += len(parameters) if isinstance(parameters, list) else 1
