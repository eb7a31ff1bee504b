"""The whole workspace in one object: start it, make people and channels, look at everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import web

from bot.sandbox import channels
from bot.sandbox.delivery import Deliverer, Delivery, Dispatcher, Reply
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.gate import Gate
from bot.sandbox.http_delivery import HttpRoad
from bot.sandbox.manifest import Manifest
from bot.sandbox.model import Call, Channel, File, Json, Message, Ping, Subteam, User, View
from bot.sandbox.people import Person, Where
from bot.sandbox.sockets import DisconnectKind, SocketGateway
from bot.sandbox.timing import Limits, Timing
from bot.sandbox.unconfirmed import Unconfirmed
from bot.sandbox.wire import user_json
from bot.sandbox.workspace import Workspace

Found = TypeVar("Found")


class Sandbox:
    """A strict Slack workspace on 127.0.0.1 with one app installed from its manifest.

    ``clock`` gives business time (unix seconds) for time stamps; lifetimes, retries and limits use real time.
    ``request_url``: deliver by signed HTTP to this address even when the manifest says Socket Mode.
    """

    def __init__(  # noqa: PLR0913  each is a knob of the workspace with a default
        self,
        manifest: Path | Json | Manifest,
        *,
        clock: Callable[[], float] = time.time,
        unconfirmed: Unconfirmed | None = None,
        timing: Timing | None = None,
        limits: Limits | None = None,
        latency: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
        request_url: str | None = None,
    ) -> None:
        loaded = manifest if isinstance(manifest, Manifest) else Manifest.load(manifest)
        self.ws = Workspace(loaded, clock, unconfirmed, timing, limits)
        self.ws.latency = latency
        self.sockets = SocketGateway(self.ws)
        by_http = request_url is not None or not loaded.socket_mode
        road: Deliverer = HttpRoad(self.ws, request_url) if by_http else self.sockets
        self.dispatcher = Dispatcher(self.ws, road)
        self.events = Events(self.ws, self.dispatcher)
        self.people: dict[str, Person] = {}
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        self.app.add_routes([*Gate(self.ws).routes(), web.get("/link/", self.sockets.handle)])
        self._address = (host, port)
        self._runner: web.AppRunner | None = None

    # life

    async def start(self) -> None:
        """Listen; afterwards ``api_url`` holds the address."""
        self.dispatcher.loop = asyncio.get_running_loop()
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *self._address)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.ws.base_url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self.dispatcher.stop()
        await self.sockets.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    # addresses and keys

    @property
    def url(self) -> str:
        """``http://host:port``, without a slash; response_urls begin with it."""
        return self.ws.base_url

    @property
    def api_url(self) -> str:
        return f"{self.ws.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.ws.bot_token

    @property
    def app_token(self) -> str:
        return self.ws.app_token

    @property
    def signing_secret(self) -> str:
        return self.ws.signing_secret

    @property
    def bot_user_id(self) -> str:
        return self.ws.bot_user_id

    @property
    def bot_id(self) -> str:
        return self.ws.bot_id

    @property
    def team_id(self) -> str:
        return self.ws.team_id

    # furnishing

    def person(
        self,
        name: str,
        *,
        tz: str = "Europe/London",
        id: str | None = None,  # noqa: A002  the word Slack uses
        handle: str | None = None,
        email: str | None = None,
        announce: bool = False,
        **flags: Any,
    ) -> Person:
        """A full member, or with ``guest``, ``single_channel_guest``, ``stranger``, ``deleted``, ``admin``, ``owner``.

        ``announce``: tell the app (team_join).
        """
        short = handle or name.lower().replace(" ", ".")
        user = User(id or self.ws.next_id("U"), short, name, email or f"{short}@example.com", tz=tz, **flags)
        user.team_id = "T0EXT" if user.stranger else self.ws.team_id
        user.updated = self.ws.now()
        self.ws.users[user.id] = user
        self.people[user.id] = person = Person(self.ws, self.dispatcher, user)
        if announce:
            body = {"type": "team_join", "user": user_json(self.ws, user, True), "cache_ts": self.ws.now()}
            self.ws.emit("team_join", body, None, False)
        self.ws.changed()
        return person

    def channel(
        self,
        name: str,
        members: Iterable[Person] = (),
        *,
        private: bool = False,
        bot: bool = False,
        id: str | None = None,  # noqa: A002  the word Slack uses
        creator: Person | None = None,
        general: bool = False,
        shared: bool = False,
    ) -> Channel:
        """A channel made by a person (the first member, if no ``creator`` is named). ``bot``: the app is in it."""
        people = list(members)
        by = creator or (people[0] if people else None)
        made = channels.create(self.ws, name, private, by.id if by else "USLACKBOT", id)
        if by is None:
            made.members.clear()
        made.general, made.shared = general, shared
        for user in [*(p.id for p in people), *([self.bot_user_id] if bot else [])]:
            channels.join(self.ws, made, user)
        return made

    def subteam(
        self,
        handle: str,
        members: Iterable[Person],
        *,
        id: str | None = None,  # noqa: A002  the word Slack uses
        disabled: bool = False,
    ) -> Subteam:
        """A user group."""
        made = Subteam(id or self.ws.next_id("S"), handle, handle, [person.id for person in members], disabled)
        self.ws.subteams[made.id] = made
        return made

    def person_named(self, name: str) -> Person:
        """By id, handle or real name. Raises KeyError."""
        for person in self.people.values():
            if name in (person.id, person.user.name, person.user.real_name):
                return person
        raise KeyError(name)

    # looking

    def find(self, where: Where) -> Channel:
        """The channel by record, id or name, whoever sees it. Raises KeyError."""
        found = where if isinstance(where, Channel) else self.ws.channels.get(where) or self.ws.named(where)
        if found is None:
            raise KeyError(where)
        return found

    def channel_named(self, beginning: str) -> Channel | None:
        """The channel whose name is, or begins with, ``beginning``."""
        named = [c for c in self.ws.channels.values() if c.kind != "im" and c.name.startswith(beginning)]
        return min(named, key=lambda c: (c.name != beginning, c.archived), default=None)

    def messages(self, where: Where, system: bool = False, thread: str | None = None) -> list[Message]:
        """The messages of a channel as they stand, replies included, oldest first; ``system``: Slack's own lines too.

        ``thread``: only the parent with this ts and its replies.
        """
        found = [m for m in self.ws.alive(self.find(where).id) if system or not m.is_system]
        return [m for m in found if thread is None or thread in (m.ts, m.thread_ts)]

    def pinned(self, where: Where) -> list[Message]:
        return [m for m in self.messages(where) if m.pinned]

    @property
    def channels(self) -> list[Channel]:
        return [c for c in self.ws.channels.values() if c.kind != "im"]

    @property
    def files(self) -> list[File]:
        return [f for f in self.ws.files.values() if f.completed]

    @property
    def views(self) -> list[View]:
        return list(self.ws.views.values())

    @property
    def calls(self) -> list[Call]:
        return self.ws.calls

    def calls_of(self, *methods: str) -> list[Call]:
        return [call for call in self.ws.calls if call.method in methods]

    def pings(self, user: Person | None = None) -> list[Ping]:
        """Whose device rang, by which message and why, in order."""
        return [ping for ping in self.ws.pings if user is None or ping.user == user.id]

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to the app, with the replies to each try."""
        return self.dispatcher.log

    # waiting

    async def wait_for(
        self,
        predicate: Callable[[], Found | None],
        timeout: float = 5.0,
        what: str = "",
    ) -> Found:
        """The first truthy value of ``predicate``, asked at every change of the workspace. Raises TimeoutError."""
        return await self.ws.wait_for(predicate, timeout, what)

    async def connected(self, sockets: int = 1, timeout: float = 10.0) -> None:
        await self.wait_for(lambda: len(self.sockets.sockets) >= sockets, timeout, f"{sockets} sockets")

    async def deliver_to(self, url: str) -> None:
        """Somebody changes the request URL on the app's page: once it is verified, everything goes there by HTTP.

        Raises UrlNotVerified.
        """
        road = HttpRoad(self.ws, url)
        await road.verify(url)
        self.dispatcher.road = road

    async def settled(self, timeout: float = 5.0) -> None:
        """Until no event is under way or waiting for a retry."""
        await self.wait_for(lambda: self.dispatcher.idle, timeout, "events to be delivered")

    # trouble

    @property
    def faults(self) -> Faults:
        return self.ws.faults

    @property
    def limits(self) -> Limits:
        return self.ws.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self.ws.limits = limits

    @property
    def unconfirmed(self) -> Unconfirmed:
        return self.ws.unconfirmed

    @property
    def timing(self) -> Timing:
        return self.ws.timing

    @property
    def latency(self) -> float:
        """Seconds every Web API call takes, half before and half after its effect."""
        return self.ws.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.ws.latency = seconds

    @property
    def skew(self) -> float:
        """Seconds that Slack's clock, as its ``Date`` headers tell it, is ahead of this machine's."""
        return self.ws.skew

    @skew.setter
    def skew(self, seconds: float) -> None:
        self.ws.skew = seconds

    async def redeliver(
        self,
        last: int = 1,
        name: str | None = None,
        reason: str = "",
        match: Callable[[Delivery], bool] = lambda _: True,
    ) -> list[Reply]:
        """Send the last deliveries again: of one ``name`` (``reaction_added``, ``/cmd`` …) or kind, that ``match``."""
        return await self.dispatcher.redeliver(last, name, reason, match)

    async def close_sockets(self, kind: DisconnectKind = "refresh_requested", count: int | None = None) -> None:
        await self.sockets.close(kind, count)
