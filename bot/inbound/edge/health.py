"""For whoever watches: is it alive, can it keep what people say, and how much is there of everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Generic, Literal, Self, TypeVar

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot import metrics
from bot.inbound.clock import BusinessClock
from bot.inbound.desk import logged
from bot.store import figures
from bot.store.figures import Figures
from bot.store.session import CannotSay, Database, NotSaved, Session, Unknown

T = TypeVar("T")
log = structlog.get_logger()

PATIENCE = 2.0
"""Seconds a check waits for the database: as long as a person at a door."""

FRESH = 1.0
"""Seconds for which an answer about readiness is good, however many ask."""

TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
"""Prometheus' text format."""


@dataclass(frozen=True)
class SlackState:
    """How Slack is. `connected`: whether a socket is open; None over HTTP, where `heard_seconds_ago` tells when Slack
    last reached us (None: never). `trouble`: why the last message could not be sent, None when it could."""

    mode: Literal["socket", "http"]
    connected: bool | None = None
    heard_seconds_ago: float | None = None
    trouble: str | None = None


class Health:
    """The three addresses. `slack` tells how Slack is; entered before they are served."""

    def __init__(self, db: Database, clock: BusinessClock, slack: Callable[[], Awaitable[SlackState]]) -> None:
        self._slack = slack
        self._writable = _Question(lambda: db.run(_written), fresh=FRESH)
        self._figures = _Question(lambda: db.read(partial(figures.read, now=clock.now())), fresh=0.0)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready), web.get("/metrics", self.metrics)]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._writable.drop()
        await self._figures.drop()

    async def alive(self, _: web.Request) -> web.Response:
        """Answered at all, by the loop that does everything else too."""
        return web.json_response({"alive": True})

    async def ready(self, _: web.Request) -> web.Response:
        """200 while what people say can be kept. Slack's state is told, not judged: a bot that is taken out of service
        does not get Slack back."""
        ready = bool(await self._writable.answer())
        told = {"ready": ready, "database": "up" if ready else "down", "slack": asdict(await self._slack())}
        return web.json_response(told, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """The process's own counters always, figures from the database when it answers."""
        found = await self._figures.answer()
        drawn = generate_latest(metrics.REGISTRY) + generate_latest(_drawn(found, await self._slack()))
        return web.Response(body=drawn, headers=TEXT)


def _written(session: Session) -> bool:
    figures.write(session)
    return True


class _Question(Generic[T]):
    """Something the database is asked, never twice at the same time: who asks meanwhile waits for the same answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, fresh: float) -> None:
        self._ask = ask
        self._fresh = fresh
        self._asking: asyncio.Task[T | None] | None = None
        self._answered = 0.0

    async def answer(self) -> T | None:
        """The answer; None when there is none in time."""
        asking = self._asking
        if asking is None or (asking.done() and time.monotonic() - self._answered >= self._fresh):
            asking = self._asking = asyncio.create_task(self._asked())
        await asyncio.wait({asking}, timeout=PATIENCE)
        return asking.result() if asking.done() else None

    async def _asked(self) -> T | None:
        try:
            try:
                return await self._ask()
            except CannotSay as slow:
                found: T = await slow.late
                return found
        except (NotSaved, Unknown) as error:
            log.debug("database_gives_no_answer", error=str(error))  # the database itself tells the log, once
            return None
        except Exception as error:  # noqa: BLE001 - a mistake of ours is logged as one; there is no answer either
            logged(error)
            return None
        finally:
            self._answered = time.monotonic()

    async def drop(self) -> None:
        """Do not wait for what is still asked."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


def _drawn(found: Figures | None, slack: SlackState) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"sitrep_{name}", meaning, labels, registry=registry)

    gauge("database_up", "Whether the database answered.").set(found is not None)
    if slack.connected is not None:
        gauge("slack_connected", "Whether a socket to Slack is open.").set(slack.connected)
    if slack.heard_seconds_ago is not None:
        gauge("slack_heard_seconds", "Since Slack last reached us over HTTP.").set(slack.heard_seconds_ago)
    if found is None:
        return registry
    open_incidents = gauge("incidents", "Incidents that have not ended, 1 the highest rank.", "rank", "stage")
    for (rank, stage), count in found.incidents.items():
        open_incidents.labels(rank, stage).set(count)
    promises = gauge("promises", "Promises that are open, running or late.", "promise", "standing")
    for (key, standing), count in found.promises.items():
        promises.labels(key, standing).set(count)
    gauge("outbox_waiting", "Messages that are not sent yet.").set(found.waiting)
    gauge("outbox_oldest_seconds", "For how long the oldest of them is due.").set(found.oldest.total_seconds())
    late = gauge("reminder_overdue_seconds", "How late the next reminder is already; about a second while all is well.")
    late.set(found.overdue.total_seconds())
    return registry
