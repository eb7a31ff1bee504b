"""`sitrep demo` and `sitrep sandbox`: the real bot process, connected to a Slack workspace in a box on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from bot import staging
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import open_sandbox
from bot.sandbox.story import StoryError, load
from bot.staging import BotFailed
from bot.store.resources import resource

FIRST_NIGHT = ("templates", "drills", "first-night.yml")

START_SECONDS = 60.0
"""How long the bot may take until it is connected: it makes its database first."""

STOP_SECONDS = 20.0
"""How long the bot may take to end after SIGTERM: what it is just sending arrives first."""

POLL_SECONDS = 0.05
LOG_LINES = 25
"""Lines of the bot's log that are shown when it fails."""


def demo(story: Path | None = None) -> int:
    """Play a story with the real bot and print what each person saw. The exit code: 0, or 1 when it did not go well."""
    try:
        asyncio.run(staging.played(load(story or resource(*FIRST_NIGHT)), running_bot, typer.echo))
    except (StoryError, BotFailed) as error:
        typer.echo(str(error), err=True)
        return 1
    return 0


def sandbox(port: int = 0) -> int:
    """Serve a workspace with the bot connected, in real time, until Ctrl-C. Exit code 0, or 1 when the bot fails."""
    try:
        asyncio.run(_served(port))
    except KeyboardInterrupt:
        return 0  # Ctrl-C is how it ends
    except (BotFailed, OSError) as error:
        typer.echo(str(error), err=True)
        return 1
    return 0


# ---------------------------------------------------------------------------------------------------- the bot's process


@dataclass
class BotProcess:
    """`python -m bot run`, working in a folder of its own."""

    process: asyncio.subprocess.Process
    log: Path

    def alive(self) -> None:
        """Raises BotFailed with what the bot said last when it has ended."""
        if self.process.returncode is not None:
            raise BotFailed(f"The bot ended with exit code {self.process.returncode}. Its log:\n{self.tail()}")

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-LOG_LINES:])

    async def connected(self, slack: Sandbox) -> None:
        """Until it has a socket. Raises BotFailed when it dies or takes too long."""
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not slack.sockets.sockets:
            self.alive()
            if asyncio.get_running_loop().time() > deadline:
                raise BotFailed(f"The bot did not connect within {START_SECONDS:.0f} s. Its log:\n{self.tail()}")
            await asyncio.sleep(POLL_SECONDS)

    async def ended(self) -> int:
        """Ask it to end and wait. Raises BotFailed, after killing it, when it does not."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise BotFailed(f"The bot did not end when it was asked to. Its log:\n{self.tail()}") from None


@contextlib.asynccontextmanager
async def running_bot(folder: Path, slack: Sandbox, clock_port: int | None = None) -> AsyncIterator[BotProcess]:
    """The real bot, connected; at the end it is asked to end. Raises BotFailed unless it then exits with 0."""
    log = folder / "bot.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=folder,
            env=_environment(folder, slack, clock_port),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    bot = BotProcess(process, log)
    try:
        await bot.connected(slack)
        yield bot
    except BaseException:
        await bot.ended()
        raise
    if code := await bot.ended():
        raise BotFailed(f"The bot ended with exit code {code}. Its log:\n{bot.tail()}")


def _environment(folder: Path, slack: Sandbox, clock_port: int | None) -> dict[str, str]:
    """What the caller has set, without its own Slack; and where this bot is imported from."""
    own = ("SITREP_", "SLACK_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    home = str(Path(__file__).resolve().parent.parent)
    paths = [home, *filter(None, [kept.get("PYTHONPATH")])]
    kept |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
    return kept | staging.access(folder, slack, clock_port)


# ---------------------------------------------------------------------------------------------------------- the sandbox

HOW_TO = """\
A Slack workspace with Sitrep in it listens at {url}; people: {people}; channel: #general.
Ana is on call. There is no screen: people act, and are looked at, by JSON over HTTP. For example

  curl -s {url}/_sandbox/command -d '{{"user": "Bea", "command": "/incident",
       "text": "declare P1 Orders mart is stale", "channel": "general"}}'
  curl -s {url}/_sandbox/channels
  curl -s '{url}/_sandbox/messages?channel=incidents&user=Bea'   (channel=dm: direct messages)
  curl -s '{url}/_sandbox/views?user=Bea'

POST   /_sandbox/command submit dismiss click say edit delete react unreact shortcut home join leave invite
POST   /_sandbox/people channels groups faults
GET    /_sandbox/people channels messages views calls pings
Ctrl-C ends it; everything in it is forgotten."""

SANDBOX_CONFIG = """\
announce_channel: incidents
directory:
  team-lead: [{lead}]
  level-2: [{expert}]
oncall:
  primary: {{members: [{on_call}], starts: {starts}, handoff: "mon 09:00"}}
"""


async def _served(port: int) -> None:
    manifest = resource(staging.MANIFEST)
    with staging.folder() as folder:
        async with open_sandbox(manifest, port=port) as slack:
            (folder / staging.CONFIG).write_text(_sandbox_config(slack), "utf-8")
            async with running_bot(folder, slack) as bot:
                typer.echo(HOW_TO.format(url=slack.url, people=", ".join(p.name for p in slack.people.values())))
                code = await bot.process.wait()
            raise BotFailed(f"The bot ended with exit code {code}. Its log:\n{bot.tail()}")


def _sandbox_config(slack: Sandbox) -> str:
    on_call, lead, expert = (person.id for person in list(slack.people.values())[:3])
    yesterday = datetime.fromtimestamp(slack.ws.clock()).astimezone() - timedelta(days=8)
    return SANDBOX_CONFIG.format(on_call=on_call, lead=lead, expert=expert, starts=yesterday.date())
