"""How long the real process takes from its start to connected, what memory it holds, and how fast it answers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ground import Scale, percentiles, resident
from bot.sandbox import Sandbox
from tests.living import CONFIG, MANIFEST

COMMANDS = 200


TEXT = """\
## The process

One process on SQLite, in a workspace that answers at once.

| what | figure |
|---|---|
| start to connected (new database, migrations included) | {connected:.1f} s |
| memory when connected | {memory:.0f} MB |
| memory after {commands} more commands | {memory_after:.0f} MB |
| a command answered, saved and committed: median / 99th percentile / longest | {times} ms |
"""


async def section(scale: Scale, folder: Path) -> str:
    found = await measure(folder, scale.of(COMMANDS, 20))
    figures = {"connected": found.connected, "memory": found.memory, "memory_after": found.memory_after}
    return TEXT.format(**figures, commands=len(found.times), times=percentiles([each * 1000 for each in found.times]))


@dataclass(frozen=True)
class Start:
    """Seconds until the socket was open; megabytes of resident memory then and after the commands; seconds per
    answered command."""

    connected: float
    memory: float
    memory_after: float
    times: Sequence[float]


async def measure(folder: Path, commands: int) -> Start:
    """One process on SQLite, in a workspace that answers at once."""
    (folder / "sitrep.yml").write_text(CONFIG)
    async with Sandbox(manifest=MANIFEST) as slack:
        ana = slack.person("Ana", id="U0ANA")
        general = slack.channel("general", [ana])
        slack.channel("incidents", [ana], bot=True)
        began = time.monotonic()
        process = await _process(slack, folder)
        await slack.connected()
        connected = time.monotonic() - began
        memory = resident(process.pid)
        await ana.command("/incident", "declare P2 orders mart is stale", general)
        channel = await slack.wait_for(lambda: slack.channel_named("inc-1"), timeout=10)
        await slack.wait_for(lambda: ana.id in channel.members, timeout=10)
        answers = [await ana.command("/incident", f"note finding {n}", channel) for n in range(commands)]
        times = [answer.seconds for answer in answers]
        after = resident(process.pid)
        process.terminate()
        await process.wait()
    return Start(connected, memory, after, times)


async def _process(slack: Sandbox, folder: Path) -> asyncio.subprocess.Process:
    environ = {
        **os.environ,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'sitrep.db'}",
        "SITREP_CONFIG": str(folder / "sitrep.yml"),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environ, stderr=asyncio.subprocess.DEVNULL
    )
