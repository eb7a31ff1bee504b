"""The wiring: every object is built and joined here, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.protocol import Protocol
from bot.domain.react import Audiences
from bot.inbound import doors
from bot.inbound.clock import BusinessClock, SteppedClock, SteppedDoor, Ticker
from bot.outbound.courier import Courier
from bot.outbound.look import LOOK_AFTER
from bot.outbound.pace import Pace
from bot.outbound.people import Failed, People
from bot.settings import Settings, SlackAccess
from bot.store import migrate, outbox, protocols, sole
from bot.store.engines import StartError
from bot.store.session import Database, Session
from bot.usecases.team import Team
from bot.views import words

log = structlog.get_logger()

SLACK_SECONDS = 30
"""How long one call to Slack may take before it counts as unanswered; slack-sdk's own default."""

CONNECT_SECONDS = 20
"""How long the first connection may take before the start has failed."""


PING_SECONDS = 10.0
"""How often the socket is tried, and how long the SDK pauses between two tries to open one; Bolt's own default."""

DEAF_SECONDS = 15.0
"""How long we may be without a socket before we doubt that the SDK gets it back; Slack's own refresh takes a second."""

WATCH_SECONDS = 1.0
"""How often that is looked at."""

SETTLE_SECONDS = 2.0
"""How long a stop waits for answers under way: a command must be answered within three seconds anyway."""


class Bot:
    """One running Sitrep. `start` raises StartError or returns connected to Slack; `stop` leaves nothing behind."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()

    async def run(self) -> None:
        """Start, then work until SIGTERM or Ctrl-C."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, stopped.set)
        try:
            await self.start()
            log.info("started", mode="socket")
            await stopped.wait()
            log.info("stopping")
        finally:
            await self.stop()

    async def start(self) -> None:
        access = self._access()
        protocol = self._protocol()
        self._alone()
        await self._migrated()
        self.db = Database(self._settings.database_url)
        self._stack.push_async_callback(self.db.close)
        await self.db.run(_taken_over, door=False)
        client = await self._client(access)
        me = await _identity(client, access)
        people = People(self.db, client)
        self._stack.push_async_callback(people.close)
        team = await self._team(people, protocol)
        clock = self._clock()
        courier = self.courier = Courier(self.db, team, client, people, clock.now, pace=self._pace())
        team.wake = courier.wake
        await self._stack.enter_async_context(_running(courier.run(), courier.stop))
        door = doors.Doors(
            db=self.db,
            team=team,
            people=people,
            clock=clock,
            client=client,
            marks=self._settings.mark_reactions,
            bot_user=me["user_id"],
            bot_id=me["bot_id"],
            team_id=me["team_id"],
            workspace=me["url"],
        )
        self._stack.push_async_callback(_settled, door)
        await self._warm(people)
        await self._ticking(clock, team, courier, door)
        await self._connected(doors.build(door), access)
        self._stack.push_async_callback(_settled, door)  # an answer that is under way still needs the socket

    async def stop(self) -> None:
        """Take nothing new, let what is under way end, close everything."""
        await self._stack.aclose()

    def _access(self) -> SlackAccess:
        access = self._settings.slack()
        if access.mode != "socket":
            raise StartError("SLACK_APP_TOKEN is missing; this version of Sitrep reaches Slack by Socket Mode only.")
        return access

    async def _migrated(self) -> None:
        await asyncio.to_thread(migrate.upgrade, self._settings.database_url)

    def _alone(self) -> None:
        self._stack.enter_context(sole.only_bot(self._settings.database_url))

    async def _client(self, access: SlackAccess) -> AsyncWebClient:
        """No retry handlers: the SDK's own send a post again after a dropped connection, which doubles it."""
        timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
        session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        token = access.bot_token.get_secret_value()
        return AsyncWebClient(token, base_url=access.api_url, session=session, retry_handlers=[])

    def _protocol(self) -> Protocol:
        try:
            return protocols.load(self._settings.protocol, self._settings.calendar)
        except protocols.ProtocolError as error:
            raise StartError(str(error)) from error

    async def _team(self, people: People, protocol: Protocol) -> Team:
        found = self._settings
        directory, places = await people.resolve(found.directory)
        return Team(
            protocol=protocol,
            rotations=await people.rotations(found.oncall),
            directory=directory,
            places=places,
            audiences=Audiences(team=found.announce_channel, stakeholders=found.stakeholder_channel),
        )

    async def _warm(self, people: People) -> None:
        """What the first incident would otherwise wait for: the words compiled, the channels outside found."""
        await asyncio.to_thread(words.warm)
        for place in (self._settings.announce_channel, self._settings.stakeholder_channel):
            try:
                found = await people.channel(place) if place else ""
                log.debug("channel_found", place=place, channel=found)
            except Failed as error:
                log.warning("channel_not_found_yet", place=place, error=str(error))

    def _pace(self) -> Pace:
        """A story that jumps hours in a second cannot keep to one post per second."""
        return Pace() if self._settings.stepped_clock_port is None else Pace(per_channel=0, per_update=0)

    def _clock(self) -> BusinessClock:
        return SteppedClock() if self._settings.stepped_clock_port is not None else BusinessClock()

    async def _ticking(self, clock: BusinessClock, team: Team, courier: Courier, door: doors.Doors) -> None:
        ticker = Ticker(self.db, team)
        port = self._settings.stepped_clock_port
        if isinstance(clock, SteppedClock) and port is not None:
            quiet = (door.settle, courier.quiet)
            await self._stack.enter_async_context(SteppedDoor(clock, ticker, quiet, port))
        else:
            await self._stack.enter_async_context(ticker.every_second(clock))

    async def _connected(self, app: Any, access: SlackAccess) -> None:
        """Connect, or say why not: the socket client itself would try for ever without a word."""
        app_token = access.app_token
        if app_token is None:
            raise StartError("SLACK_APP_TOKEN is missing.")
        handler = AsyncSocketModeHandler(app, app_token.get_secret_value(), ping_interval=PING_SECONDS)
        self._stack.push_async_callback(handler.close_async)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's own signature lacks its return type
        except TimeoutError as error:
            raise StartError("Slack's socket did not open in time; see whether this machine reaches Slack.") from error
        stopped = asyncio.Event()
        await self._stack.enter_async_context(_running(_watched(handler.client, stopped), stopped.set))


def _taken_over(session: Session) -> None:
    """On SQLite nobody else runs, so what is on its way was left by a bot that died: it is looked for as soon as it can
    be seen."""
    if session.dialect == "sqlite":
        outbox.release(session, after_seconds=LOOK_AFTER)


async def _settled(door: doors.Doors) -> None:
    """Until every door is quiet, but not for ever: whoever stops us does not wait long either."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            await door.settle()
    except TimeoutError:
        log.warning("stopped_while_answering")


async def _watched(client: SocketModeClient, stopped: asyncio.Event) -> None:
    """Get the socket back where the SDK does not: when one handshake fails it tries the same ticket for ever, and a
    ticket is good once (python-slack-sdk#1379). Without an address it asks for a new one; a client that does not even
    try any more is made to."""
    heard = time.monotonic()
    trying: asyncio.Task[None] | None = None
    while not await _within(WATCH_SECONDS, stopped):
        if await client.is_connected():
            heard = time.monotonic()
        elif time.monotonic() - heard >= DEAF_SECONDS:
            log.warning("deaf", hint="no socket to Slack; asking for a new one")
            heard, client.wss_uri = time.monotonic(), None
            trying = trying if trying and not trying.done() else asyncio.create_task(_reconnected(client))
    if trying is not None:
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)


async def _reconnected(client: SocketModeClient) -> None:
    try:
        await client.connect_to_new_endpoint()  # nothing where the SDK is connecting or connected again
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("still_deaf", error=str(error))


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _identity(client: AsyncWebClient, access: SlackAccess) -> dict[str, str]:
    """Who we are in Slack. A wrong token fails here, at the start, with a sentence."""
    try:
        me = await client.auth_test()
        if access.app_token is not None:
            await client.apps_connections_open(app_token=access.app_token.get_secret_value())
    except SlackApiError as error:
        raise StartError(_token_sentence(error)) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StartError(f"Slack cannot be reached at {client.base_url} ({type(error).__name__}).") from error
    return {key: str(me.get(key, "")) for key in ("user_id", "bot_id", "team_id", "url")}


def _token_sentence(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    code = data.get("error", "no reason") if isinstance(data, dict) else "no reason"
    name = "SLACK_APP_TOKEN" if "apps.connections" in str(getattr(error.response, "api_url", "")) else "SLACK_BOT_TOKEN"
    return f"Slack does not accept {name} ({code}); copy it again from the app's page and start anew."


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None], stop: Any) -> AsyncIterator[None]:
    """Something that runs beside everything else; on the way out it is asked to stop and waited for."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        stop()
        await task
