"""The door through which a story player moves business time; it is there only where SITREP_CLOCK asks for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from bot.inbound.clock import SteppedClock, Ticker
from bot.inbound.edge.http import Server, body_of

LOCALHOST = "127.0.0.1"

JSON = "application/json"
"""The only type that is read: a web page that is open on the same machine cannot send it here without asking first."""

HOW = 'send {"to": "2026-11-20T07:43:00Z"}'

PATIENCE = 60.0
"""Seconds a step under way gets when everything stops."""


class SteppedDoor:
    """Lets a story player move a `SteppedClock`: `GET /clock` and `POST /clock {"to": …}` on this machine only.

    On the way to the new time every promise speaks at its own time, and the world outside comes to rest in between.
    """

    def __init__(
        self, clock: SteppedClock, ticker: Ticker, quiet: Sequence[Callable[[], Awaitable[None]]], port: int
    ) -> None:
        self._clock = clock
        self._ticker = ticker
        self._quiet = quiet
        routes = [web.get("/clock", self._told), web.post("/clock", self._moved)]
        self._server = Server(routes, LOCALHOST, port, patience=PATIENCE)

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._server.__aexit__(*exc)

    async def _told(self, _: web.Request) -> web.Response:
        return web.json_response(await self._state())

    async def _moved(self, request: web.Request) -> web.Response:
        if request.content_type != JSON:
            raise web.HTTPUnsupportedMediaType
        try:
            to = _instant(json.loads(await body_of(request))["to"])
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return web.json_response({"error": HOW}, status=400)
        await self.step(to)
        return web.json_response(await self._state())

    async def step(self, to: datetime) -> None:
        """Go to a time, by way of everything that falls due before it."""
        await self._rest()
        while (due := await self._ticker.next_due(self._clock.now())) is not None and self._clock.now() < due <= to:
            self._clock.go_to(due)
            await self._rest()
        self._clock.go_to(to)
        await self._rest()

    async def _rest(self) -> None:
        """Until nothing is due and nothing is under way."""
        while True:
            for settled in self._quiet:
                await settled()
            if not await self._ticker.tick(self._clock.now()):
                return

    async def _state(self) -> dict[str, str | None]:
        due = await self._ticker.next_due(self._clock.now())
        return {"now": self._clock.now().isoformat(), "next_due": due.isoformat() if due else None}


def _instant(text: str) -> datetime:
    """Raises ValueError for what is no time, or has no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time needs its zone")
    return at.astimezone(UTC)
