"""`make bench`: measure, print, and write docs/benchmarks.md. `--quick` measures little and writes nothing; names of
sections measure only these, and write nothing either."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from benchmarks import declare, drain, hang, lateness, pages, rate, start, storm
from benchmarks.ground import Scale, databases, opened, table
from tests.scenarios.world import by_hand
from tests.usecases.desk import team

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"

HEAD = """\
# Benchmarks

Measured by `make bench` on {cores} cores ({machine}), Python {python}. Slack is the sandbox workspace in the same
process, so its work is in every figure; PostgreSQL {postgresql} runs beside it; every commit waits for the disk on both
databases. Machines differ, and a busy one doubles every time: quote the counts and the ratios.
"""

Section = Callable[[Scale, Path], Awaitable[str]]


async def _rate(scale: Scale, folder: Path) -> str:
    with databases(folder) as found:
        return await rate.measure(found, scale)


async def _lateness(scale: Scale, folder: Path) -> str:
    counts, rows = {"SQLite": scale.of(10_000, 300), "PostgreSQL": scale.of(2_000, 100)}, []
    with databases(folder) as found:
        for kind, url in found.items():
            rows += await lateness.measure(kind, url, scale, counts[kind])
    return lateness.drawn(rows, scale)


async def _storm(scale: Scale, folder: Path) -> str:
    return await storm.measure(f"sqlite:///{folder}/sitrep.db", folder, scale)


async def _hang(scale: Scale, folder: Path) -> str:
    with databases(folder) as found:
        rows = [row for kind, url in found.items() for row in await hang.measure(kind, url, folder, scale)]
    return hang.TEXT.format(count=scale.of(50, 10), table=table(hang.HEAD, rows))


async def _pages(scale: Scale, folder: Path) -> str:
    drawn = []
    with databases(folder) as found:
        for kind, url in found.items():
            async with opened(url, 60) as db:
                steps = scale.of(3, 2) if kind == "SQLite" else 2
                by_count = await pages.by_count(db, team(), scale, (10, 1_000, 10_000)[:steps])
                in_one = await pages.in_one(db, team(), scale, (100, 1_000, 10_000)[:steps])
            drawn.append(f"{kind}:\n\n{by_count}\n\n{in_one}")
    return pages.TEXT.format(
        rounds=scale.of(7, 2), theirs=pages.THEIRS, days=pages.DAYS.days, tables="\n\n".join(drawn)
    )


async def _drain(scale: Scale, folder: Path) -> str:
    rows = []
    for kind, waiting, full_speed in (
        ("SQLite", 1_000, False),
        ("SQLite", 5_000, False),
        ("PostgreSQL", 1_000, False),
        ("PostgreSQL", 1_000, True),
    ):
        with tempfile.TemporaryDirectory(dir=folder) as fresh, databases(Path(fresh)) as found:
            size = scale.of(waiting, waiting // 20)
            rows.append(await drain.measure(kind, found[kind], scale, size, full_speed=full_speed))
    return drain.TEXT.format(incidents=scale.of(drain.INCIDENTS, 20), table=table(drain.HEAD, rows))


SECTIONS: dict[str, Section] = {
    "declare": declare.section,
    "start": start.section,
    "rate": _rate,
    "lateness": _lateness,
    "storm": _storm,
    "hang": _hang,
    "pages": _pages,
    "drain": _drain,
}


async def main(asked: list[str]) -> None:
    scale, named = Scale(quick="--quick" in asked), [one for one in asked if not one.startswith("-")]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.WARNING)
    drawn = []
    for name in named or SECTIONS:
        with tempfile.TemporaryDirectory() as folder:
            drawn.append(await SECTIONS[name](scale, Path(folder)))
        print(drawn[-1], flush=True)
    if not (scale.quick or named):
        REPORT.write_text("\n".join([_head(), *drawn]))


def _head() -> str:
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as found:
        version = _version(found["PostgreSQL"])
    python, machine = platform.python_version(), f"{platform.system()} {platform.machine()}"
    return HEAD.format(cores=os.cpu_count(), machine=machine, python=python, postgresql=version)


def _version(url: str) -> str:
    with by_hand(url) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
