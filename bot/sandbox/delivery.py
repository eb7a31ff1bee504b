"""Payloads on their way to the app: one try for what a person waits for, retries for events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.sandbox.model import Json
from bot.sandbox.workspace import Workspace

Kind = Literal["events_api", "slash_commands", "interactive"]


OVERTAKEN = 0.05
"""Seconds an event is held back so that the next one overtakes it."""


@dataclass(frozen=True)
class Reply:
    """How one try ended. ``error``: ``timeout``, ``connection_failed`` (nobody listens) or ``http_error``."""

    ok: bool
    payload: Json | None
    seconds: float
    error: str | None = None


@dataclass
class Delivery:
    kind: Kind
    payload: Json
    accepts_response: bool
    envelope_id: str
    replies: list[Reply] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return any(reply.ok for reply in self.replies)

    @property
    def name(self) -> str:
        """``reaction_added``, ``/command``, ``view_submission`` …"""
        if self.kind == "events_api":
            return str(self.payload.get("event", self.payload)["type"])
        return str(self.payload.get("command") or self.payload["type"])


class Deliverer(Protocol):
    """A road to the app: Socket Mode or signed HTTP requests."""

    @property
    def known(self) -> bool:
        """False before the app was ever reachable: what happens until then is no event for it."""
        ...

    async def send(self, delivery: Delivery, retry: int, reason: str) -> Reply: ...


class Dispatcher:
    def __init__(self, ws: Workspace, road: Deliverer) -> None:
        self.ws = ws
        self.road = road
        self.log: list[Delivery] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        """The server's loop; a fixture that furnishes the workspace may run outside of it."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def _new(self, kind: Kind, payload: Json, accepts_response: bool) -> Delivery:
        delivery = Delivery(kind, payload, accepts_response, f"envelope-{len(self.log) + 1:04d}")
        self.log.append(delivery)
        return delivery

    async def ask(self, kind: Kind, payload: Json, accepts_response: bool = True) -> Reply:
        """Deliver something a person waits for: one try within the acknowledgement budget."""
        delivery = self._new(kind, payload, accepts_response)
        reply = await self._try(delivery, 0, "")
        if not reply.ok and self.ws.unconfirmed.interactions_retried:
            self.spawn(self._retry(delivery, reply))
        return reply

    def event(self, payload: Json) -> None:
        """Deliver an event in the background, with Slack's three retries."""
        delivery = self._new("events_api", payload, False)
        overtaken = not self.ws.unconfirmed.events_in_order and len(self.log) % 2 == 1
        self.spawn(self._with_retries(delivery, OVERTAKEN if overtaken else 0.0))

    async def redeliver(
        self, last: int, name: str | None, reason: str, match: Callable[[Delivery], bool]
    ) -> list[Reply]:
        """Send the last deliveries (of ``name``, that ``match``) once more: the same envelope, the same payload.

        Without ``reason`` as a plain duplicate (retry_attempt 0, seen in practice), with one as a retry.
        """
        chosen = [d for d in self.log if name in (None, d.name, d.kind) and match(d)][-last:]
        return [await self._try(delivery, 1 if reason else 0, reason) for delivery in chosen]

    async def _try(self, delivery: Delivery, retry: int, reason: str) -> Reply:
        reply = await self.road.send(delivery, retry, reason)
        delivery.replies.append(reply)
        self.ws.changed()
        return reply

    async def _with_retries(self, delivery: Delivery, late: float) -> None:
        if late:
            await asyncio.sleep(late)
        await self._retry(delivery, await self._try(delivery, 0, ""))

    async def _retry(self, delivery: Delivery, reply: Reply) -> None:
        for attempt, pause in enumerate(self.ws.timing.event_retries, start=1):
            if reply.ok:
                return
            await asyncio.sleep(pause)
            reply = await self._try(delivery, attempt, reply.error or "")

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = (self.loop or asyncio.get_running_loop()).create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self.ws.changed()
        if not task.cancelled() and (error := task.exception()):
            raise error

    @property
    def idle(self) -> bool:
        """True when no event is under way or waiting for its retry."""
        return not self._tasks

    async def stop(self) -> None:
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Stopwatch:
    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started
