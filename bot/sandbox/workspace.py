"""The state of one workspace with one app installed, its ids, its time stamps and its waiting room."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from bot.sandbox.blockkit import Rules
from bot.sandbox.errors import SlackError
from bot.sandbox.faults import Faults
from bot.sandbox.manifest import Manifest
from bot.sandbox.model import Call, Channel, File, Json, Message, Ping, Subteam, User, View
from bot.sandbox.timing import Limits, Timing
from bot.sandbox.triggers import Triggers
from bot.sandbox.unconfirmed import Unconfirmed

Found = TypeVar("Found")


class Workspace:
    """All state. One event loop, no locks: every Web API method changes it without awaiting."""

    team_id = "T0001"
    team_domain = "sandbox"
    app_id = "A0001"
    bot_id = "B0001"
    bot_user_id = "U0BOT"
    bot_token = "xoxb-sandbox-0001"  # nosec B105  # it opens nothing
    app_token = "xapp-1-A0001-sandbox"  # nosec B105  # it opens nothing
    signing_secret = "sandbox-signing-secret"  # nosec B105  # it opens nothing
    verification_token = "sandbox-verification-token"  # nosec B105  # it opens nothing

    def __init__(
        self,
        manifest: Manifest,
        clock: Callable[[], float] = time.time,
        unconfirmed: Unconfirmed | None = None,
        timing: Timing | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.manifest = manifest
        self.clock = clock
        self.unconfirmed = unconfirmed or Unconfirmed()
        self.timing = timing or Timing()
        self.limits = limits or Limits()
        self.triggers = Triggers(self.team_id, self.timing, self.unconfirmed)
        self.faults = Faults()
        self.latency = 0.0
        self.skew = 0.0
        """Seconds that the ``Date`` header of answers is ahead of this machine's clock."""
        self.base_url = ""
        """``http://host:port`` once the server listens."""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[Message]] = {}
        self.ephemerals: dict[str, list[Message]] = {}
        self.subteams: dict[str, Subteam] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        """Open modals of each person, bottom first."""
        self.homes: dict[str, View] = {}
        self.pings: list[Ping] = []
        self.calls: list[Call] = []
        self.revoked = False
        """True: the tokens were revoked; every call answers token_revoked."""
        self.emit: Callable[[str, Json, Channel | None, bool], None] = _nobody_listens
        """(event name, inner event, channel, whether only members get it); set by the events room."""
        self.open_socket: Callable[[], str] = lambda: ""
        """Gives a fresh WebSocket address; set by the socket gateway."""
        self.changes = 0
        self._counters: dict[str, itertools.count[int]] = {}
        self._last_ts = 0
        self._tick = asyncio.Event()
        self._add_bot_user()

    def _add_bot_user(self) -> None:
        name = self.manifest.bot_name.lower().replace(" ", "-")
        bot = User(self.bot_user_id, name, self.manifest.bot_name, "", tz="America/Los_Angeles", is_bot=True)
        self.users[bot.id] = bot

    # ids and time

    def next_id(self, prefix: str) -> str:
        """``C0001``, ``C0002`` …: one counter per prefix, skipping ids already given by hand."""
        counter = self._counters.setdefault(prefix, itertools.count(1))
        while (made := f"{prefix}{next(counter):04d}") in self.users or made in self.channels or made == self.team_id:
            pass
        return made

    def next_ts(self) -> str:
        """A time stamp by the workspace's clock, strictly later than every one before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def now(self) -> int:
        return int(self.clock())

    @property
    def rules(self) -> Rules:
        return Rules(self.unconfirmed.option_description_max, self.unconfirmed.action_ids_unique_in)

    # waiting

    def changed(self) -> None:
        """Tell everybody who waits that something is different now."""
        self.changes += 1
        self._tick.set()
        self._tick = asyncio.Event()

    async def wait_for(
        self,
        predicate: Callable[[], Found | None],
        timeout: float = 5.0,
        what: str = "",
    ) -> Found:
        """The first truthy value of ``predicate``, asked again at every change. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while not (found := predicate()):
            tick = self._tick
            left = deadline - time.monotonic()
            try:
                await asyncio.wait_for(tick.wait(), max(left, 0.0))
            except TimeoutError:
                raise TimeoutError(f"waited {timeout} s in vain for {what or predicate}") from None
        return found

    # looking up

    def require(self, *any_of: str) -> None:
        """Raises ``missing_scope`` unless the app holds one of the scopes."""
        granted = self.manifest.scopes
        if any_of and not granted.intersection(any_of):
            raise SlackError("missing_scope", needed=",".join(any_of), provided=",".join(sorted(granted)))

    def user(self, user_id: str, error: str = "user_not_found") -> User:
        if user_id not in self.users:
            raise SlackError(error)
        return self.users[user_id]

    def in_channel(self, channel: Channel, user_id: str | None = None) -> bool:
        return (user_id or self.bot_user_id) in channel.members

    def visible(self, channel_id: str, error: str = "channel_not_found") -> Channel:
        """The channel, if the app can see it: public, or private / direct with the app as a member."""
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "public" and not self.in_channel(channel)):
            raise SlackError(error)
        return channel

    def named(self, name: str) -> Channel | None:
        """The channel that bears this name, archived ones included (living ones first)."""
        found = [c for c in self.channels.values() if c.name == name and c.kind != "im"]
        return min(found, key=lambda c: c.archived, default=None)

    def dm(self, user_id: str) -> Channel:
        """The direct conversation of the app and a person, made when there is none."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members:
                return channel
        channel = Channel(self.next_id("D"), "", "im", self.bot_user_id, self.now(), [self.bot_user_id, user_id])
        self.channels[channel.id] = channel
        self.messages[channel.id] = []
        return channel

    def find(self, channel_id: str, ts: str) -> Message | None:
        return next((m for m in self.messages.get(channel_id, ()) if m.ts == ts and not m.deleted), None)

    def alive(self, channel_id: str) -> Iterator[Message]:
        return (m for m in self.messages.get(channel_id, ()) if not m.deleted)

    def readable(self, channel_id: str) -> Iterator[Message]:
        """What history and replies show now: messages older than the configured lag."""
        newest = time.monotonic() - self.unconfirmed.history_lag_seconds
        return (m for m in self.alive(channel_id) if m.posted_at <= newest)

    def permalink(self, channel_id: str, ts: str) -> str:
        return f"https://{self.team_domain}.slack.com/archives/{channel_id}/p{ts.replace('.', '')}"

    def top_view(self, user_id: str) -> View | None:
        stack = self.stacks.get(user_id)
        return stack[-1] if stack else None

    def describe(self) -> Json:
        return {"users": len(self.users), "channels": len(self.channels), "calls": len(self.calls)}


def _nobody_listens(_name: str, _event: Json, _channel: Channel | None, _membership: bool) -> None:
    """Before the events room is built."""


def drop_none(pairs: dict[str, Any]) -> Json:
    return {key: value for key, value in pairs.items() if value is not None}
