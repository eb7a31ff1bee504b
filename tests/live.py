"""`make live`: one incident from beginning to end by the real bot in a real workspace.

It touches nothing that it did not make: a channel of its own, which it archives again, and one announcement with its
thread, which stay. Nobody is called, because nobody is in its configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
import typer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs, settings
from bot.app import Bot
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Incident
from bot.domain.scribe import Audiences
from bot.environment import SettingsError
from bot.outbound.people import PLACE
from bot.store import incidents
from bot.store.engines import StartError
from bot.store.files import protocols
from bot.store.session import Session
from bot.store.tables import outbox
from bot.usecases.act import act
from bot.usecases.declare import declare
from bot.usecases.team import Team

NEEDED = {
    "SLACK_BOT_TOKEN": "the bot token of an app that was made for trying",
    "SLACK_APP_TOKEN": "the same app's app-level token",
    "SITREP_LIVE_CHANNEL": "the id of a channel that the announcement may stand in",
}
QUIET_SECONDS = 90
"""How long everything that follows from one step may take; posts go out one a second, as Slack asks."""
HELLO_SECONDS = 10
LOOK_PAUSES = (1.0, 2.0, 4.0, 0.0)
SOMEBODY = Caller(None, "slash")
UPDATE, FIX = "This is the update of a live check.", "Nothing was broken, so nothing was repaired."

Say = Callable[[str], None]


class Refused(Exception):
    """The check cannot begin; the text is one sentence."""


class Failed(Exception):
    """Something is not as it should be; the text says what."""


def main() -> int:
    """The exit code: 0 when all was well, 1 when something was not, 2 when the check could not begin."""
    logs.configure("ERROR")
    try:
        asyncio.run(live(os.environ, typer.echo))
    except (Refused, SettingsError, StartError) as refusal:
        typer.echo(str(refusal), err=True)
        return 2
    except (Failed, SlackApiError, TimeoutError) as failure:
        typer.echo(f"✗ {failure}", err=True)
        return 1
    return 0


async def live(environ: Mapping[str, str], say: Say) -> None:
    """Run the check. Raises Refused, SettingsError, StartError or Failed."""
    given = _given(environ)
    with tempfile.TemporaryDirectory(prefix="sitrep-live-") as name:
        folder = Path(name)
        (folder / settings.DEFAULT_FILE).write_text(f"announce_channel: {given.pop('SITREP_LIVE_CHANNEL')}\n", "utf-8")
        found = settings.load(given | {"DATABASE_URL": f"sqlite:///{folder / 'sitrep.db'}"}, folder)
        async with _client(found) as client:
            await _alone(client, given["SLACK_APP_TOKEN"])
            bot = Bot(found)
            try:
                await bot.start()
                say("✓ the bot is connected")
                await _incident(Run(bot, _team(found, bot), client, say))
            finally:
                await bot.stop()


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    for name, what in NEEDED.items():
        if not environ.get(name, "").strip():
            raise Refused(f"make live needs {name}: {what}.")
    if not PLACE.fullmatch(environ["SITREP_LIVE_CHANNEL"]):
        raise Refused("SITREP_LIVE_CHANNEL must be a channel's id, like C0123ABCD: a name could make a channel.")
    return {name: environ[name].strip() for name in (*NEEDED, "SLACK_API_URL") if environ.get(name)}


@contextlib.asynccontextmanager
async def _client(found: settings.Settings) -> AsyncIterator[AsyncWebClient]:
    access = found.slack()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        token = access.bot_token.get_secret_value()
        yield AsyncWebClient(token, base_url=access.api_url, session=session, retry_handlers=[])


def _team(found: settings.Settings, bot: Bot) -> Team:
    """What the bot goes by: nobody is on call and nobody in the directory."""
    protocol = protocols.load(found.protocol, found.calendar)
    return Team(protocol=protocol, audiences=Audiences(team=found.announce_channel), wake=bot.courier.wake)


async def _alone(client: AsyncWebClient, app_token: str) -> None:
    """Slack deals the payloads of an app out over all its sockets: beside a bot at work each would lose some. How many
    there are stands in the greeting of a new one."""
    try:
        url = str((await client.apps_connections_open(app_token=app_token))["url"])
    except SlackApiError as error:
        raise Refused(f"Slack does not accept SLACK_APP_TOKEN ({error.response.get('error')}).") from error
    assert client.session is not None
    async with client.session.ws_connect(url) as socket, asyncio.timeout(HELLO_SECONDS):
        hello = await socket.receive_json()
    if hello.get("num_connections", 1) > 1:
        raise Refused("A bot is connected with this app already, and would miss what this check receives: use another.")


# ------------------------------------------------------------------------------------------------------------- the run


@dataclass
class Run:
    """A connected bot, and a client of our own that looks at what it did."""

    bot: Bot
    team: Team
    client: AsyncWebClient
    say: Say
    began: float = field(default_factory=lambda: datetime.now(UTC).timestamp())

    async def step(self, work: Callable[[Session], object]) -> Incident:
        """Do something, let the bot say what follows from it, and see that Slack took all of it."""
        await self.bot.db.run(work)
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await self.bot.courier.quiet()
        except TimeoutError as error:
            raise Failed(f"Slack did not take everything within {QUIET_SECONDS} s") from error
        undone = await self.bot.db.read(_undone)
        if undone:
            raise Failed(f"Slack did not take everything: {undone}")
        return await self.incident()

    async def ask(self, request: r.Request) -> Incident:
        return await self.step(lambda session: act(session, self.team, 1, request, SOMEBODY, datetime.now(UTC)))

    async def incident(self) -> Incident:
        found = await self.bot.db.read(lambda session: incidents.load(session, 1))
        if found is None:
            raise Failed("the incident was not saved")
        return found

    async def card(self, channel: str) -> dict[str, Any]:
        return await self.shows(channel, "a pinned card", lambda one: channel in one.get("pinned_to", ()))

    async def reads(self, channel: str, words: str) -> None:
        await self.shows(channel, f'a message with "{words}"', lambda one: words in str(one))

    async def shows(self, channel: str, what: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message of the channel that fits. What was just written may take a moment to be readable."""
        for pause in LOOK_PAUSES:
            answer = await self.client.conversations_history(channel=channel, limit=100)
            fitting: list[dict[str, Any]] = [message for message in answer["messages"] if fits(message)]
            if fitting:
                return fitting[-1]  # the newest come first
            await asyncio.sleep(pause)
        raise Failed(f"the channel does not show {what}")


def _undone(session: Session) -> str:
    rows = session.conn.execute(
        sa.select(outbox.c.kind, outbox.c.error).where(outbox.c.state.in_(("refused", "parked")))
    )
    return "; ".join(f"{row.kind} ({row.error})" for row in rows)


async def _incident(run: Run) -> None:
    """Declare, update, resolve and close; afterwards the channel is archived, whatever became of it."""
    title = f"Live check of {datetime.now(UTC):%Y-%m-%d %H:%M:%S}, nothing is wrong"
    request = r.Declare(title=title, severity=run.team.protocol.of_rank(1).name)
    try:
        opened = await run.step(lambda session: declare(session, run.team, request, SOMEBODY, datetime.now(UTC)))
        await _opened(run, opened)
        await _told(run, opened.channel or "")
        await _ended(run, opened.channel or "")
    finally:
        await _archived(run)


async def _opened(run: Run, opened: Incident) -> None:
    if opened.channel is None:
        raise Failed("no channel was made")
    channel = (await run.client.conversations_info(channel=opened.channel))["channel"]
    if not channel["name"].startswith("inc-1-live-check"):
        raise Failed(f"the channel is called {channel['name']}")
    run.say(f"✓ the channel #{channel['name']} is there")
    if "INC-1" not in str(await run.card(opened.channel)):
        raise Failed("the pinned message is no card")
    run.say("✓ the card is there and pinned")
    if not channel["topic"]["value"]:
        raise Failed("the channel has no topic")
    run.say("✓ the topic is set; the announcement was taken")


async def _told(run: Run, channel: str) -> None:
    await run.ask(r.PostUpdate(UPDATE))
    await run.reads(channel, UPDATE)
    edited = "the card edited after the update"
    await run.shows(channel, edited, lambda one: bool(one.get("pinned_to")) and UPDATE in str(one) and "edited" in one)
    run.say("✓ an update was posted and the card edited")


async def _ended(run: Run, channel: str) -> None:
    resolved = await run.ask(r.Resolve(fix=FIX, data="unaffected", cause="A check was run.", verified="By this check."))
    await run.reads(channel, FIX)
    run.say(f"✓ it is {resolved.stage}")
    closed = await run.ask(r.Close(met=(), reason="It was a check."))
    if closed.stage != "closed":
        raise Failed(f"it is {closed.stage}, not closed")
    run.say("✓ it is closed")


async def _archived(run: Run) -> None:
    """Only the channel that this run made: by our own app, since it began."""
    channel_id = (await run.incident()).channel
    if channel_id is None:
        return
    me = (await run.client.auth_test())["user_id"]
    channel = (await run.client.conversations_info(channel=channel_id))["channel"]
    if channel.get("creator") != me or channel.get("created", 0) < run.began - 60:
        raise Failed(f"#{channel['name']} was not made by this check, so it is left as it is")
    await _tried(run.client.conversations_archive(channel=channel_id), f"#{channel['name']} was not archived")
    run.say(f"✓ #{channel['name']} is archived; the announcement stays")


async def _tried(call: Awaitable[Any], otherwise: str) -> None:
    try:
        await call
    except SlackApiError as error:
        raise Failed(f"{otherwise} ({error.response.get('error')})") from error


if __name__ == "__main__":
    sys.exit(main())
