"""What the measurements stand on: databases as they are run, incidents to fill them with, and how figures are shown."""

from __future__ import annotations

import contextlib
import math
import statistics
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.evolve import fold
from bot.domain.promises.asking import schedule
from bot.store import clocks, facts, incidents, migrate, outbox
from bot.store.session import Database, Session
from bot.store.tables import outbox as outbox_rows
from bot.store.tables import outbox_needs
from bot.usecases.act import act
from bot.usecases.declare import declare
from bot.usecases.delivered import COURIER
from bot.usecases.record import clock_row
from bot.usecases.team import Team
from tests import postgres

DECLARER = Caller("U0ZOE", "slash")

CREW = 50
CREW_IDS = frozenset(f"U0R{n:02}" for n in range(CREW))
"""Whoever works on the incidents, each on every fiftieth: nobody is written to more often than Slack allows."""

AT_ONCE = 100
"""Incidents made in one transaction while a database is filled, which nobody measures."""

NOUNS = ("orders", "revenue", "refunds", "sessions", "ledger", "stock", "churn", "tariffs", "claims", "payroll")
FAULTS = ("are stale", "doubled", "has holes", "came late", "does not add up", "went negative", "is unreadable")


@dataclass(frozen=True)
class Scale:
    """How much is measured. `quick` is for whoever works on the measurements: small, and its figures mean nothing."""

    quick: bool = False

    def of(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """The URLs of an empty, migrated database of each kind, by its name. Every commit waits for the disk."""
    with postgres.cluster(durable=True) as cluster, cluster.database() as url:
        found = {"SQLite": f"sqlite:///{folder}/sitrep.db", "PostgreSQL": url}
        for each in found.values():
            migrate.upgrade(each)
        yield found


@contextlib.asynccontextmanager
async def opened(url: str, door_seconds: float = 1.5) -> AsyncIterator[Database]:
    """The database as a bot opens it."""
    db = Database(url, door_seconds=door_seconds)
    try:
        yield db
    finally:
        await db.close()


def title(number: int) -> str:
    """Titles that nobody takes for one another."""
    return f"{NOUNS[number % len(NOUNS)]} {number} {FAULTS[number % len(FAULTS)]}"


def fill(db: Database, team: Team, declared: Sequence[datetime], severity: str = "P3", first: int = 1) -> None:
    """Incidents declared at these times, each with its channel and nothing left to say. The first is recorded by the
    use cases, the others are its likes: the same entries, at other times and under another title, each with a chain
    that verifies, a row and clocks of its own."""
    if not declared:
        return
    pattern = db.run_sync(lambda session: _pattern(session, team, first, declared[0], severity))
    for start in range(1, len(declared), AT_ONCE):
        some = list(enumerate(declared[start : start + AT_ONCE], first + start))
        db.run_sync(partial(_likes, team=team, pattern=pattern, some=some))


def place(number: int) -> str:
    """The channel of an incident made here."""
    return f"C{number:07}"


def responder(number: int) -> str:
    """Who works on it, and is reminded."""
    return f"U0R{number % CREW:02}"


def _pattern(session: Session, team: Team, number: int, at: datetime, severity: str) -> list[f.Entry]:
    begun = declare(session, team, r.Declare(title(number), severity=severity), DECLARER, at).incident.id
    if begun != number:
        raise ValueError(f"INC-{begun} was declared where INC-{number} was meant")
    _opened(session, number)
    act(session, team, number, r.ChannelIs(place(number), f"inc-{number}"), COURIER, at)
    act(session, team, number, r.Acknowledge(take=True), Caller(responder(number), "slash"), at)
    said_all(session, number)
    return facts.entries(session, number)


def _likes(session: Session, team: Team, pattern: Sequence[f.Entry], some: Sequence[tuple[int, datetime]]) -> None:
    for number, at in some:
        _like(session, team, pattern, number, at)


def _like(session: Session, team: Team, pattern: Sequence[f.Entry], number: int, at: datetime) -> None:
    if incidents.next_id(session) != number:
        raise ValueError(f"the next incident is not INC-{number}")
    later = at - pattern[0].at
    told = [_moved(entry, number, later) for entry in pattern]
    head, incident = facts.append(session, told), fold(told)
    rank = team.protocol.severity(incident.severity).rank
    incidents.save(session, incident, rank=rank, head=head)
    clocks.replace(session, number, [clock_row(incident, step) for step in schedule(incident, team.protocol)])
    _opened(session, number)


def _moved(entry: f.Entry, number: int, later: timedelta) -> f.Entry:
    """The same fact of another incident, at another time."""
    data: dict[str, object] = {name: value + later for name, value in entry.fact if isinstance(value, datetime)}
    match entry.fact:
        case f.Declared():
            data |= {"title": title(number)}
        case f.ChannelOpened():
            data |= {"channel": place(number), "name": f"inc-{number}"}
        case f.RoleAssigned() if entry.fact.person == entry.by:
            data |= {"person": responder(number)}
        case _:
            pass
    fact = entry.fact.model_copy(update=data)
    at, recorded_at = entry.at + later, entry.recorded_at + later
    by = responder(number) if entry.by in CREW_IDS else entry.by
    return entry.model_copy(update={"incident": number, "fact": fact, "at": at, "recorded_at": recorded_at, "by": by})


def _opened(session: Session, number: int) -> None:
    outbox.fill(session, outbox.Slot(incident=number, name="channel", channel=place(number)))


def said_all(session: Session, number: int) -> None:
    """Nothing of this incident waits in the outbox any more."""
    mine = sa.select(outbox_rows.c.id).where(outbox_rows.c.incident == number)
    session.conn.execute(sa.delete(outbox_needs).where(outbox_needs.c.message.in_(mine)))
    session.conn.execute(sa.delete(outbox_rows).where(outbox_rows.c.incident == number))


class Statements:
    """Counts statements and transactions while it is entered, on every connection of this process."""

    def __enter__(self) -> Statements:
        self.count = self.transactions = 0
        self._lock = threading.Lock()
        sa.event.listen(sa.Engine, "before_cursor_execute", self._executed)
        sa.event.listen(sa.Engine, "begin", self._begun)
        return self

    def __exit__(self, *exc: object) -> None:
        sa.event.remove(sa.Engine, "before_cursor_execute", self._executed)
        sa.event.remove(sa.Engine, "begin", self._begun)

    def _executed(self, *_: object) -> None:
        with self._lock:
            self.count += 1

    def _begun(self, *_: object) -> None:
        with self._lock:
            self.transactions += 1


class Used:
    """The processor time that this process used while it was entered, and how long that was."""

    def __enter__(self) -> Used:
        self.cpu, self.seconds = -time.process_time(), -time.perf_counter()
        return self

    def __exit__(self, *exc: object) -> None:
        self.cpu += time.process_time()
        self.seconds += time.perf_counter()


def resident(pid: int) -> float:
    """Megabytes that a process holds, as Linux counts them (VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


# figures


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Least / median / most."""
    return " / ".join(f"{one:,.{digits}f}" for one in (min(values), statistics.median(values), max(values)))


def percentiles(values: Sequence[float], digits: int = 0) -> str:
    """Median / 99th percentile / longest."""
    known = sorted(values)
    p99 = known[min(len(known) - 1, math.ceil(len(known) * 0.99) - 1)]
    return " / ".join(f"{one:,.{digits}f}" for one in (statistics.median(known), p99, known[-1]))


def ms(seconds: Sequence[float]) -> list[float]:
    return [each * 1000 for each in seconds]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def back(now: datetime, seconds: float) -> datetime:
    return now - timedelta(seconds=seconds)
