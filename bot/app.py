"""The wiring: every object is built and joined here, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.assets import Asset
from bot.domain.checkup import missing_scopes
from bot.domain.choosing import Choice
from bot.domain.rules import asked_of_slack
from bot.domain.scribe import Audiences
from bot.environment import SlackAccess
from bot.inbound import doors, slash, times
from bot.inbound.clock import BusinessClock, Duty, SteppedClock, Ticker
from bot.inbound.edge.health import Health, SlackState
from bot.inbound.edge.http import Server
from bot.inbound.edge.slack_http import SlackRequests
from bot.inbound.edge.slack_socket import SlackSocket
from bot.inbound.edge.stepped_door import SteppedDoor
from bot.inbound.protocol_watch import ProtocolWatch
from bot.inbound.retention import Retention
from bot.inbound.rota_watch import RotaWatch
from bot.outbound import aftermath
from bot.outbound.api import Api
from bot.outbound.checkup import granted_scopes
from bot.outbound.courier import Courier
from bot.outbound.errors import Limited, Unclear, answer_of, sort
from bot.outbound.memberships import Memberships
from bot.outbound.pace import Pace
from bot.outbound.people import Failed, People
from bot.outbound.waits import LOOK_AFTER
from bot.settings import AssetSettings, Settings
from bot.store import forgetting, life, manifest, mending, migrate, outbox, sole
from bot.store.engines import StartError
from bot.store.files import protocols
from bot.store.session import Database, Session
from bot.store.workers import Workers
from bot.usecases.oncall import refresh
from bot.usecases.team import Team
from bot.views import words

log = structlog.get_logger()

SLACK_SECONDS = 30
"""How long one call to Slack may take before it counts as unanswered; slack-sdk's own default."""

AWAY = timedelta(seconds=60)
"""After a silence of this length whatever waits is looked for before it is sent; restarts take less."""

STOP_SECONDS = 12.0
"""How long what runs beside everything else gets to end: longer than what is on its way to Slack."""

SETTLE_SECONDS = 2.0
"""How long a stop waits for answers under way: a command must be answered within three seconds anyway."""


class Bot:
    """One running Sitrep. `start` raises StartError or returns connected to Slack; `stop` leaves nothing behind."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()
        self.server: Server | None = None
        """What listens for Slack, health checks and metrics; None when nothing does."""

    async def run(self) -> None:
        """Start, then work until SIGTERM or Ctrl-C."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, stopped.set)
        starting, waiting = asyncio.create_task(self.start()), asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                log.info("started", mode=self._access().mode, listens=self.server.url if self.server else None)
                await waiting
            log.info("stopping")
        finally:
            starting.cancel()  # a start that hangs is given up
            waiting.cancel()
            await asyncio.gather(starting, waiting, return_exceptions=True)
            await self.stop()
        log.info("stopped")

    async def start(self) -> None:
        access = self._access()
        choices = self._choices()
        self._alone()
        await self._migrated()
        self.db = Database(self._settings.database_url)
        self._stack.push_async_callback(self.db.close)
        away = await self.db.run(_taken_over, door=False)
        client = await self._client(access)
        me = await _identity(client)
        people = People(self.db, client)
        people.workspace = me["team_id"]
        self._stack.push_async_callback(people.close)
        if away:
            await aftermath.numbers_skipped(self.db, Api(client), me["user_id"])
        team = await self._team(people, choices)
        clock = self._clock()
        courier = self.courier = Courier(self.db, team, client, people, clock.now, pace=self._pace())
        team.wake, team.workspace = courier.wake, me["team_id"]
        await self.db.read(partial(refresh, team=team), door=False)
        _say_who_left(team)
        await self._stack.enter_async_context(_running(courier.run(), courier.stop))
        door = doors.Doors(
            db=self.db,
            team=team,
            people=people,
            clock=clock,
            client=client,
            marks=self._settings.mark_reactions,
            emoji={name: does for does, names in self._settings.reactions.items() for name in names},
            bot_user=me["user_id"],
            bot_id=me["bot_id"],
            team_id=me["team_id"],
            workspace=me["url"],
        )
        self._stack.push_async_callback(_settled, door)
        await self._warm(people, team)
        await self._ticking(clock, team, courier, door)
        watch = self.watch = ProtocolWatch(self.db, team, clock, self._settings.choices, self._settings.digests)
        await self._stack.enter_async_context(_running(watch.run(), watch.stop))
        rota = RotaWatch(team, people.rotations)
        await self._stack.enter_async_context(_running(rota.run(), rota.stop))
        await self._reached(door, access)

    async def stop(self) -> None:
        """Take nothing new, let what is under way end, close everything."""
        await self._stack.aclose()

    def _access(self) -> SlackAccess:
        return self._settings.slack()

    async def _migrated(self) -> None:
        thread = Workers(1, "migration")  # not one that the process would wait for
        done = thread.submit(lambda: migrate.upgrade(self._settings.database_url))
        thread.close()
        await asyncio.wrap_future(done)

    def _alone(self) -> None:
        self._stack.enter_context(sole.only_bot(self._settings.database_url))

    async def _client(self, access: SlackAccess) -> AsyncWebClient:
        """No retry handlers: the SDK's own send a post again after a dropped connection, which doubles it."""
        timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
        session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        token = access.bot_token.get_secret_value()
        return AsyncWebClient(token, base_url=access.api_url, session=session, retry_handlers=[])

    def _choices(self) -> tuple[Choice, ...]:
        try:
            return self._settings.choices()
        except protocols.ProtocolError as error:
            raise StartError(str(error)) from error

    async def _team(self, people: People, choices: tuple[Choice, ...]) -> Team:
        found = self._settings
        directory, places = await people.resolve(found.directory)
        return Team(
            protocol=choices[0].protocol,
            protocols=choices,
            rotations=await people.rotations(found.oncall),
            directory=directory,
            places=places,
            assets=await _assets(people, found.assets),
            audiences=Audiences(team=found.announce_channel, stakeholders=found.stakeholder_channel),
            permissions=found.permissions,
            written=found.directory,
            behind=await self._behind(people),
        )

    async def _behind(self, people: People) -> Mapping[str, tuple[str, ...]]:
        """Who stands behind what rules name, kept up to date while the bot runs."""
        found = self._settings
        named = dict.fromkeys(name for names in found.permissions.values() for name in names)
        entries = (entry for name in named for entry in found.directory.get(name, (name,)))
        memberships = Memberships(people, filter(asked_of_slack, entries))
        await memberships.begin()
        await self._stack.enter_async_context(_running(memberships.run(), memberships.stop))
        return memberships.behind

    async def _warm(self, people: People, team: Team) -> None:
        """What the first incident would otherwise wait for: the words compiled, the channels outside found; those that
        `protocols` names as far as we are in them: of others a command there tells."""
        await asyncio.to_thread(words.warm)
        await asyncio.to_thread(times.warm)
        announced = (one.announces for one in team.choices)
        for place in dict.fromkeys((*announced, self._settings.stakeholder_channel)):
            try:
                found = await people.channel(place) if place else ""
                log.debug("channel_found", place=place, channel=found)
            except Failed as error:
                log.warning("channel_not_found_yet", place=place, error=str(error))
        for name in (name for one in team.protocols for name in one.channels):
            team.heard_of(await people.known_channel(name), name)

    def _pace(self) -> Pace:
        """A story that jumps hours in a second cannot keep to one post per second."""
        return Pace() if self._settings.stepped_clock_port is None else Pace(per_channel=0, per_update=0)

    def _clock(self) -> BusinessClock:
        return SteppedClock() if self._settings.stepped_clock_port is not None else BusinessClock()

    async def _ticking(self, clock: BusinessClock, team: Team, courier: Courier, door: doors.Doors) -> None:
        ticker = self.ticker = Ticker(self.db, team)
        port = self._settings.stepped_clock_port
        if isinstance(clock, SteppedClock) and port is not None:
            quiet = (door.settle, courier.quiet)
            await self._stack.enter_async_context(SteppedDoor(clock, ticker, quiet, port))
        else:
            await self._stack.enter_async_context(ticker.every_second(clock, self._forgetting(team)))

    def _forgetting(self, team: Team) -> Duty | None:
        days = self._settings.texts_kept
        if days is None:
            return None
        return Retention(self.db, team, days, partial(forgetting.sweep, self._settings.database_url)).round

    async def _reached(self, door: doors.Doors, access: SlackAccess) -> None:
        """Let Slack reach the doors, by a socket or over HTTP, and whoever watches reach us where a port is set."""
        app, routes = doors.build(door), []
        if access.app_token is not None:
            token, unheard = access.app_token.get_secret_value(), partial(slash.unheard, door)
            socket = SlackSocket(door.client, token, app.async_dispatch, unheard)
            slack = _by_socket(await self._stack.enter_async_context(socket), self.courier)
            self._stack.push_async_callback(_settled, door)  # an answer that is under way still needs the socket
        else:
            secret = access.signing_secret.get_secret_value() if access.signing_secret else ""
            requests = SlackRequests(secret, app.async_dispatch)
            routes, slack = requests.routes(), _by_http(requests, self.courier)
        if (place := self._settings.listens) is not None:
            health = await self._stack.enter_async_context(Health(self.db, door.clock, slack))
            server = Server([*routes, *health.routes()], *place, patience=SETTLE_SECONDS)
            self.server = await self._stack.enter_async_context(server)


def _by_socket(socket: SlackSocket, courier: Courier) -> Callable[[], Awaitable[SlackState]]:
    async def state() -> SlackState:
        return SlackState("socket", connected=socket.connected, trouble=socket.trouble or courier.trouble)

    return state


def _by_http(requests: SlackRequests, courier: Courier) -> Callable[[], Awaitable[SlackState]]:
    async def state() -> SlackState:
        return SlackState("http", heard_seconds_ago=requests.heard_seconds_ago, trouble=courier.trouble)

    return state


async def _assets(people: People, known: Mapping[str, AssetSettings]) -> tuple[Asset, ...]:
    """The configuration's assets with Slack ids; a channel that owns something reads like its consumers."""
    who, where = await people.resolve({pattern: asset.owner for pattern, asset in known.items()})
    reading, rooms = await people.resolve({pattern: asset.consumers for pattern, asset in known.items()})
    return tuple(
        Asset(
            pattern=pattern,
            owners=who.get(pattern, ()),
            consumers=(*where.get(pattern, ()), *rooms.get(pattern, ()), *reading.get(pattern, ())),
            tier=asset.tier,
        )
        for pattern, asset in known.items()
    )


def _taken_over(session: Session) -> bool:
    """Where nobody else runs (on SQLite, or after a long silence), what is on its way was left by a bot that died: it
    is looked for as soon as it can be seen. After a long silence the record may be an older one, put back from a
    backup; then what is not sent yet by its account may have been. Whether it was so long."""
    silent = life.silent_for(session)
    away = silent is not None and silent > AWAY
    if away or session.dialect == "sqlite":
        outbox.release(session, after_seconds=LOOK_AFTER)
    if away:
        log.info(
            "nobody_was_here", seconds=round(silent.total_seconds()) if silent else 0, doubted=mending.doubt(session)
        )
    life.sign(session)
    return away


async def _settled(door: doors.Doors) -> None:
    """Until every door is quiet, but not for ever: whoever stops us does not wait long either."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            await door.settle()
    except TimeoutError:
        log.warning("stopped_while_answering")


async def _identity(client: AsyncWebClient) -> dict[str, str]:
    """Who we are in Slack. A wrong token fails here, at the start, with a sentence."""
    try:
        me = await client.auth_test()
        _say_what_is_not_granted(me)
    except SlackApiError as error:
        raise StartError(_token_sentence(error)) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StartError(f"Slack cannot be reached at {client.base_url} ({type(error).__name__}).") from error
    return {key: str(me.get(key, "")) for key in ("user_id", "bot_id", "team_id", "url")}


def _say_who_left(team: Team) -> None:
    """Turns of whoever left go to others, who may not know it."""
    for name, rotation in team.rotations.items():
        for person in (one for one in rotation.everyone if one in team.gone):
            log.warning("rotation_member_left", rotation=name, person=person, hint="take them out of the configuration")
    if team.rotations and all(one.turns is None and set(one.members) <= one.gone for one in team.rotations.values()):
        log.error("nobody_on_call", hint="everybody in the rotations has left; name others in the configuration")


def _say_what_is_not_granted(answer: AsyncSlackResponse) -> None:
    """A scope that the token lacks shows only where something fails, so it is said at the start."""
    granted = granted_scopes(answer)
    missing = missing_scopes(granted, manifest.scopes()) if granted is not None else ()
    if missing:
        log.warning("scopes_missing", scopes=missing, hint="reinstall the app from manifest.yml; see sitrep doctor")


def _token_sentence(error: SlackApiError) -> str:
    found = sort(error)
    if isinstance(found, Limited | Unclear):
        return f"Slack does not say whether it accepts SLACK_BOT_TOKEN ({found}); start again in a minute."
    code = answer_of(error).get("error", "no reason")
    return f"Slack does not accept SLACK_BOT_TOKEN ({code}); copy it again from the app's page and start anew."


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None], stop: Any) -> AsyncIterator[None]:
    """Something that runs beside everything else; on the way out it is asked to stop and waited for."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        stop()
        if not (await asyncio.wait({task}, timeout=STOP_SECONDS))[0]:
            log.warning("stopped_while_working")
        while not task.done():  # it cleans up when it is cancelled, which may hang as well
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
        if not task.cancelled():
            task.result()
