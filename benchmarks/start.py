"""How long the real process takes from its start to connected, what memory it holds, and how fast it answers."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import Sandbox
from tests.living import CONFIG, MANIFEST

COMMANDS = 200


@dataclass(frozen=True)
class Start:
    """Seconds until the socket was open; megabytes of resident memory then and after the commands; seconds per
    answered command (median, 99th percentile, longest)."""

    connected: float
    memory: float
    memory_after: float
    median: float
    p99: float
    longest: float


async def measure(folder: Path) -> Start:
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
        memory = _resident(process.pid)
        await ana.command("/incident", "declare P2 orders mart is stale", general)
        channel = await slack.wait_for(lambda: slack.channel_named("inc-1"), timeout=10)
        await slack.wait_for(lambda: ana.id in channel.members, timeout=10)
        answers = [await ana.command("/incident", f"note finding {n}", channel) for n in range(COMMANDS)]
        times = sorted(answer.seconds for answer in answers)
        after = _resident(process.pid)
        process.terminate()
        await process.wait()
    return Start(connected, memory, after, statistics.median(times), times[int(COMMANDS * 0.99)], times[-1])


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


def _resident(pid: int) -> float:
    """Megabytes, as Linux counts them (VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
