"""What reading costs: every page at ten, a thousand and ten thousand incidents, and in one of ten thousand entries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, permutations

from benchmarks.ground import Scale, Statements, back, fill, spread, table
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.evolve import evolve
from bot.domain.promises.asking import schedule
from bot.inbound.call import Call
from bot.inbound.doing import look, perform
from bot.inbound.intents import Show, Unsure
from bot.inbound.text import heard
from bot.inbound.understanding import understand
from bot.store import clocks, facts, figures, incidents
from bot.store.session import Database, Session
from bot.usecases.act import act
from bot.usecases.record import clock_row
from bot.usecases.team import Team

OF_ONE = ("timeline", "timeline all", "promises", "brief", "show")
PAGES = ("list", "list mine", "list all", "metrics", "inc-1 similar", *(f"inc-1 {page}" for page in OF_ONE))
"""What people type."""

DAYS = timedelta(days=29)

READER, THEIRS = "U0DEE", 100
"""Whoever types has a part in so many of the incidents, at most."""

WORDS = tuple("".join(letters) for letters in permutations("aeiou"))
"""Titles that are like no other."""

TEXT = """\
## Reading

What people type, understood and drawn as at the door, without the way through Slack. The incidents were declared in the
last {days} days, all are open, and the reader has a part in {theirs} of them at most. Milliseconds (least / median /
most of {rounds}) · SQL statements.

{tables}

A list, a timeline and every page of one incident cost what they show, not what there is. What must look at each
incident grows with their number: `list mine` with those that are yours, `metrics` with those of its days, and the first
`/metrics` after a start; later ones read only what changed.
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of each round, and how many statements one takes."""

    seconds: Sequence[float]
    statements: int

    def __str__(self) -> str:
        return f"{spread([each * 1000 for each in self.seconds], 1)} · {self.statements}"


class Reader:
    """Somebody who types, in no incident's channel."""

    def __init__(self, db: Database, team: Team, rounds: int) -> None:
        self.db, self.team, self.rounds = db, team, rounds
        self._typed = 0

    async def types(self, *texts: str) -> Cost:
        """One of these each round."""
        turns = cycle(texts)
        return await self.does(lambda: self._answered(next(turns)))

    async def does(self, work: Callable[[], Awaitable[object]]) -> Cost:
        seconds = []
        with Statements() as statements:
            for _ in range(self.rounds):
                began = time.perf_counter()
                await work()
                seconds.append(time.perf_counter() - began)
        return Cost(seconds, round(statements.count / self.rounds))

    async def _answered(self, text: str) -> None:
        self._typed += 1
        call = Call(READER, "slash", datetime.now(UTC), channel="C0ANYWHERE", key=f"{id(self)}:{self._typed}")
        seen = await self.db.read(partial(look, team=self.team, call=call))
        wanted = understand(heard(text), seen.context)
        if isinstance(wanted.intent, Unsure):
            raise TypeError(f"{text!r} means nothing")
        run = self.db.read if isinstance(wanted.intent, Show) else self.db.run
        reply = await run(partial(perform, team=self.team, call=call, wanted=wanted))
        if reply.post is None or reply.refused:
            raise RuntimeError(f"{text!r} was not answered")


async def by_count(db: Database, team: Team, scale: Scale, counts: Sequence[int]) -> str:
    """The table of pages by how many incidents are open; the database is filled on the way."""
    reader, columns, there = Reader(db, team, scale.of(7, 2)), {}, 0
    begun = (f"declare p3 {word}" for word in WORDS)
    for count in counts:
        times = [back(datetime.now(UTC), DAYS.total_seconds() * (1 - n / count)) for n in range(there, count)]
        await asyncio.to_thread(fill, db, team, times, first=there + 1)
        await db.run(partial(_takes_part, team=team, numbers=range(1, count, max(1, count // THEIRS))))
        columns[count] = await _costs(reader, [next(begun) for _ in range(reader.rounds)])
        there = count + reader.rounds
    head = ["typed", *(f"{count:,} incidents" for count in columns)]
    return table(head, [[f"`{page}`", *(costs[page] for costs in columns.values())] for page in columns[counts[0]]])


async def _costs(reader: Reader, declared: Sequence[str]) -> dict[str, Cost]:
    costs = {page: await reader.types(page) for page in PAGES}
    costs["declare"] = await reader.types(*declared)
    costs["/metrics"] = await reader.does(lambda: reader.db.read(partial(figures.read, now=datetime.now(UTC))))
    costs["/readyz"] = await reader.does(lambda: reader.db.run(figures.write))
    return costs


def _takes_part(session: Session, team: Team, numbers: Sequence[int]) -> None:
    for number in numbers:
        act(session, team, number, r.AddNote("I look at it too"), Caller(READER, "slash"), datetime.now(UTC))


async def in_one(db: Database, team: Team, scale: Scale, counts: Sequence[int]) -> str:
    """The table of pages by how many entries one incident has."""
    reader, columns = Reader(db, team, scale.of(7, 2)), {}
    for count in counts:
        await db.run(partial(grow, team=team, number=1, count=count))
        columns[count] = {
            typed: await reader.types(f"inc-1 {typed}") for typed in (*OF_ONE, "note again", "update back")
        }
    head = ["typed", *(f"{count:,} entries" for count in columns)]
    rows = [[f"`inc-1 {typed}`", *(costs[typed] for costs in columns.values())] for typed in columns[counts[0]]]
    return table(head, rows)


def grow(session: Session, team: Team, number: int, count: int) -> None:
    """Let an incident's record grow: of ten entries eight are notes, one an update, one a marked message."""
    incident = incidents.lock(session, number)
    if incident is None:
        raise LookupError(f"there is no INC-{number}")
    told = []
    for seq in range(incident.seq + 1, count + 1):
        at = incident.recorded_at + timedelta(milliseconds=1)
        entry = f.Entry(incident=number, seq=seq, at=at, recorded_at=at, by="U0ZOE", via="slash", fact=_fact(seq))
        incident = evolve(incident, entry)
        told.append(entry)
    head, rank = facts.append(session, told), team.protocol.severity(incident.severity).rank
    incidents.save(session, incident, rank=rank, head=head)
    clocks.replace(session, number, [clock_row(incident, step) for step in schedule(incident, team.protocol)])


def _fact(seq: int) -> f.Fact:
    match seq % 10:
        case 0:
            return f.UpdatePosted(text=f"{seq} rows are loaded again")
        case 5:
            return f.MessageMarked(
                channel="C0000001", ts=f"{seq}.000100", author="U0BEA", text=f"see {seq}", marker="star"
            )
        case _:
            return f.NoteAdded(text=f"row {seq} is in order")
