"""How many facts a second are kept, through the use cases as the doors call them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import product
from statistics import median

from benchmarks.ground import DECLARER, Scale, Statements, fill, opened, spread, table
from bot.domain import request as r
from bot.store.session import Database
from bot.usecases.act import act
from bot.usecases.team import Team
from tests.usecases.desk import team

SLACK = 30_000 / 3600
"""Events a second that Slack delivers at most to one app in one workspace.
Source: https://docs.slack.dev/apis/events-api#rate-limiting."""

INCIDENTS = 50
WRITERS = 8

TEXT = """\
## Facts a second

Slack delivers at most {slack:.1f} events a second. Each act is one transaction that waits for the disk, through the use
case as a door calls it. A note only adds to the record; an update also redraws the card and the announcement and posts
a statement, so it writes messages for Slack too. Each round goes on in the incidents of the last, so one of them has
a thousand notes and a thousand updates in the end. Least / median / most of {rounds} rounds of {acts} acts.

{table}

Whatever Slack may deliver at its fastest is kept by one process with {least:.0f} times to spare at the slowest of these
medians, so a busy day is never a queue.
"""

Ask = Callable[[int], r.Request]
ASKS: dict[str, Ask] = {
    "note": lambda n: r.AddNote(f"finding {n}: the loader stopped at row {n * 977}"),
    "update": lambda n: r.PostUpdate(text=f"{n} of {n * 3} partitions are loaded again"),
}


async def measure(found: Mapping[str, str], scale: Scale) -> str:
    """The section, on empty databases by their names."""
    rounds, acts = scale.of(5, 1), scale.of(100, 40)
    rows, medians = [], []
    for kind, url in found.items():
        async with opened(url) as db:
            await asyncio.to_thread(fill, db, team(), [datetime.now(UTC)] * INCIDENTS)
            for (what, ask), spots, writers in product(ASKS.items(), (1, INCIDENTS), (1, WRITERS)):
                done = [await _round(db, ask, acts, spots, writers) for _ in range(rounds)]
                rates, statements = [rate for rate, _ in done], done[-1][1]
                medians.append(median(rates))
                where = "one incident" if spots == 1 else f"{spots} incidents"
                rows.append([kind, what, where, writers, spread(rates), f"{statements:.0f}"])
    head = ["database", "act", "in", "writers at once", "facts a second", "statements an act"]
    drawn = table(head, rows)
    return TEXT.format(slack=SLACK, rounds=rounds, acts=acts, table=drawn, least=min(medians) / SLACK)


async def _round(db: Database, ask: Ask, acts: int, spots: int, writers: int) -> tuple[float, float]:
    """Facts a second, and statements an act."""
    crew, left = team(), iter(range(acts))
    said = time.monotonic_ns()

    async def writer() -> int:
        facts = 0
        for n in left:
            facts += await _act(db, crew, 1 + n % spots, ask(n), f"{said}:{n}")
        return facts

    with Statements() as statements:
        began = time.perf_counter()
        facts = sum(await asyncio.gather(*(writer() for _ in range(writers))))
        seconds = time.perf_counter() - began
    return facts / seconds, statements.count / acts


async def _act(db: Database, crew: Team, number: int, request: r.Request, key: str) -> int:
    work = partial(act, team=crew, incident_id=number, request=request, caller=DECLARER, now=datetime.now(UTC), key=key)
    return len((await db.run(work)).entries)
