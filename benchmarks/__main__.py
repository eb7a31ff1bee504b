"""`make bench`: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
from pathlib import Path

from benchmarks import declare, start

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"

PEER = 0.855
"""Seconds until the declarer is in the channel in the measured peer, with 8 calls of 100 ms one after another."""

TEXT = """\
# Benchmarks

Measured by `make bench` on {cores} cores, Python {python}, SQLite, every Slack call answered after {latency} ms by the
sandbox workspace. Medians of {rounds} incidents declared by form. Machines differ: quote the counts and the ratios.

## From submitting the form

| until | ms |
|---|---|
| the form is answered (saved and committed) | {answered} |
| the channel exists | {channel} |
| the declarer is a member | {member} |
| the card is there | {card} |
| everything is done (pin, bookmark, topic, invitations, announcement, pages) | {done} |

The declarer is in the channel with the card after **{usable} Slack calls in a row** ({usable_ms} ms of waiting for
Slack); all {calls} calls of a P1 with everybody configured are {depth} deep. A measured peer makes 8 calls in a row and
needs {peer} ms until the declarer is in: {ratio} times as long.

## The process

| what | figure |
|---|---|
| start to connected (new database, migrations included) | {connected} s |
| memory when connected | {memory} MB |
| memory after {commands} more commands | {memory_after} MB |
| a command answered, saved and committed: median / 99th percentile / longest | {median} / {p99} / {longest} ms |
"""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


async def main() -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        rounds = await declare.measure(f"sqlite:///{one}/sitrep.db", Path(one))
        process = await start.measure(Path(two))
    found = {name: declare.median(rounds, name) for name in declare.Round.__dataclass_fields__}
    report = TEXT.format(
        cores=os.cpu_count(),
        python=platform.python_version(),
        latency=_ms(declare.LATENCY),
        rounds=len(rounds),
        **{name: _ms(found[name]) for name in ("answered", "channel", "member", "card", "done")},
        usable=int(found["usable_depth"]),
        usable_ms=_ms(found["usable_depth"] * declare.LATENCY),
        calls=int(found["calls"]),
        depth=int(found["depth"]),
        peer=_ms(PEER),
        ratio=f"{PEER / found['member']:.1f}",
        connected=f"{process.connected:.1f}",
        memory=f"{process.memory:.0f}",
        memory_after=f"{process.memory_after:.0f}",
        commands=start.COMMANDS,
        **{name: _ms(getattr(process, name)) for name in ("median", "p99", "longest")},
    )
    REPORT.write_text(report)
    print(report)


if __name__ == "__main__":
    asyncio.run(main())
