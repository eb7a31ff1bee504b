"""Fifty people at once while Slack does not answer, and while the database is held by somebody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.ground import Scale, percentiles
from bot.domain import fact as f
from bot.sandbox import Person
from bot.store import facts
from tests.living import CONFIG, Living, living
from tests.scenarios.world import by_hand

TEXT = """\
## {count} people at once while something hangs

{count} people say in the same second that an incident is theirs (`/incident take`). Slack hangs: no call is answered at
all. The database is held: another process keeps the lock that every one of them needs. Milliseconds until each is
answered (median / 99th percentile / longest), and what the answer says. "Recorded" is what is on record in the end.

{table}

Slack that hangs delays nobody's answer, but for half a second the first time somebody is met. With the database held
nobody hears nothing and nobody hears a lie: it is saved, it is not saved, or "I cannot say yet", which is followed by
what became of it.
"""

AFTERWARDS = 5.0
"""Seconds in which whoever could not be told yet is told."""

HEAD = ["database", "what hangs", "answered after ms", "saved", "not saved", "cannot say yet", "told later", "recorded"]


async def measure(kind: str, url: str, folder: Path, scale: Scale) -> list[list[str]]:
    """Rows of the table for one database, which is empty."""
    count = scale.of(50, 10)
    known, strangers = ([f"U0{letter}{n:02}" for n in range(count)] for letter in "KS")
    everybody = ", ".join([*known, *strangers])
    config = CONFIG.replace("level-2: [U0TEC, U0SME]", f"level-2: [{everybody}]")
    async with living(url, folder, config=config) as life:
        crowd, met_first = (_people(life, ids) for ids in (known, strangers))
        life.slack.channel("crowd", [*crowd, *met_first])
        await life.zoe.command("/incident", "declare P2 orders mart is stale", "general")
        await life.incident()
        await asyncio.gather(*(person.command("/incident", "list", "crowd") for person in crowd))
        await life.bot.courier.quiet()
        rows = []
        for what, people in (("Slack", crowd), ("Slack, and they are strangers", met_first)):
            life.slack.faults.add("*", "hold", times=None)
            rows.append(await _asked(life, what, people))
            life.slack.faults.release()
            await life.bot.courier.quiet()
        for seconds in (1.0, 5.0):
            async with _held(url, seconds):
                rows.append(await _asked(life, f"the database, for {seconds:.0f} s", crowd))
    return [[kind, *row] for row in rows]


def _people(life: Living, ids: list[str]) -> list[Person]:
    return [life.slack.person(f"Person {one}", id=one) for one in ids]


@contextlib.asynccontextmanager
async def _held(url: str, seconds: float) -> AsyncIterator[None]:
    """Somebody else holds the lock, so long from now on."""
    with by_hand(url) as connection:
        lock = "SELECT id FROM incidents WHERE id = 1 FOR UPDATE" if "postgres" in url else "SELECT 1"
        connection.execute("BEGIN" if "postgres" in url else "BEGIN IMMEDIATE")
        connection.execute(lock)
        released = asyncio.create_task(_rolled_back(connection, seconds))
        yield
        await released


async def _rolled_back(connection: Any, seconds: float) -> None:
    await asyncio.sleep(seconds)
    connection.execute("ROLLBACK")


async def _asked(life: Living, what: str, people: list[Person]) -> list[str]:
    before = await _recorded(life)
    told = sum(call.method == "response_url" for call in life.slack.calls)
    answers = await asyncio.gather(*(person.command("/incident", "inc-1 take", "crowd") for person in people))
    said = Counter(_meaning(answer.text) if answer.ok else "no answer" for answer in answers)
    if what.startswith("the database"):
        await asyncio.sleep(AFTERWARDS)
    later = sum(call.method == "response_url" for call in life.slack.calls) - told
    times = percentiles([answer.seconds * 1000 for answer in answers])
    counts = (said["saved"], said["not saved"], said["cannot say yet"], later, await _recorded(life) - before)
    return [what, times, *map(str, counts)]


def _meaning(text: str) -> str:
    if "cannot say yet" in text:
        return "cannot say yet"
    return "not saved" if "Not saved" in text or "Nothing was changed" in text else "saved"


async def _recorded(life: Living) -> int:
    told = await life.bot.db.read(lambda session: facts.entries(session, 1), door=False)
    return sum(isinstance(entry.fact, f.Acknowledged) for entry in told)
