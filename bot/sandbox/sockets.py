"""Socket Mode (apis/events-api/using-socket-mode): tickets, sockets, envelopes, acknowledgements, disconnects."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import WSMsgType, web

from bot.sandbox.delivery import Delivery, Reply, Stopwatch
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.workspace import Workspace

MAX_SOCKETS = 10
DisconnectKind = Literal["refresh_requested", "warning", "too_many_websockets", "link_disabled", "abort", "silent"]


@dataclass(eq=False)
class Socket:
    ws: web.WebSocketResponse
    request: web.Request
    number: int
    silent: bool = False
    """A black hole: open, but nothing is answered or taken from it any more."""
    draining: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def abort(self) -> None:
        """Drop the TCP connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass
class _Waiting:
    socket: Socket
    answer: asyncio.Future[Json | None]


class SocketGateway:
    """The server side of Socket Mode; the road (``Deliverer``) of an app whose manifest switches it on."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self.enabled = True
        """False after ``link_disabled``: the app setting was switched off."""
        self.failing_handshakes = 0
        """So many sockets are not opened yet, though their ticket was good: it is used up."""
        self.sockets: list[Socket] = []
        self.acks: list[Json] = []
        """Every frame the app ever sent, in order."""
        self._tickets: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self._opened = 0
        self._turn = 0
        ws.open_socket = self.open

    @property
    def known(self) -> bool:
        return self._opened > 0

    def open(self) -> str:
        """A fresh single-use WebSocket address. Raises ``forbidden_team`` while Socket Mode is off."""
        if not self.enabled:
            raise SlackError("forbidden_team")
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        host = self.ws.base_url.replace("http://", "ws://", 1)
        return f"{host}/link/?ticket={ticket}&app_id={self.ws.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="unknown or used ticket")
        self._tickets.remove(ticket)
        if self.failing_handshakes > 0:
            self.failing_handshakes -= 1
            return web.Response(status=503)
        answer = web.WebSocketResponse(autoping=False)
        await answer.prepare(request)
        self._opened += 1
        socket = Socket(answer, request, self._opened)
        if len(self.sockets) >= MAX_SOCKETS:
            await self._disconnect(socket, "too_many_websockets")
            await answer.close()
            return answer
        self.sockets.append(socket)
        try:
            await answer.send_json(self._hello(request))
            self.ws.changed()
            await self._read(socket)
        finally:
            self.sockets.remove(socket)
            self._lost(socket)
            self.ws.changed()
        return answer

    def _hello(self, request: web.Request) -> Json:
        quick = request.query.get("debug_reconnects") == "true"
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "connection_info": {"app_id": self.ws.app_id},
            "debug_info": {
                "host": "applink-sandbox",
                "build_number": 1,
                "approximate_connection_time": 360 if quick else self.ws.timing.connection_time,
            },
        }

    async def _read(self, socket: Socket) -> None:
        async for frame in socket.ws:
            if socket.silent:
                continue
            if frame.type == WSMsgType.PING:
                await socket.ws.pong(frame.data)
            elif frame.type == WSMsgType.TEXT:
                self._acknowledged(socket, json.loads(frame.data))

    def _acknowledged(self, socket: Socket, frame: Json) -> None:
        self.acks.append(frame)
        waiting = self._waiting.get(frame.get("envelope_id", ""))
        if waiting is None or waiting.answer.done():
            return
        if waiting.socket is socket or self.ws.unconfirmed.ack_on_another_socket_counts:
            waiting.answer.set_result(frame.get("payload"))

    def _lost(self, socket: Socket) -> None:
        """Envelopes that were on a closed socket keep waiting: their acknowledgement may come on another one."""
        if self.ws.unconfirmed.ack_on_another_socket_counts:
            return
        for waiting in self._waiting.values():
            if waiting.socket is socket and not waiting.answer.done():
                waiting.answer.cancel()

    def _choose(self) -> Socket | None:
        """Any open socket, in turn; one that was told to go only when it is the last."""
        fresh = [s for s in self.sockets if not s.draining] or self.sockets
        if not fresh:
            return None
        self._turn += 1
        return fresh[self._turn % len(fresh)]

    async def send(self, delivery: Delivery, retry: int, reason: str) -> Reply:
        watch = Stopwatch()
        socket = self._choose()
        if socket is None:
            return Reply(False, None, 0.0, "connection_failed")
        waiting = _Waiting(socket, asyncio.get_running_loop().create_future())
        self._waiting[delivery.envelope_id] = waiting
        try:
            await socket.ws.send_json(_envelope(delivery, retry, reason))
            await asyncio.wait([waiting.answer], timeout=self.ws.timing.ack)
        except ConnectionError:
            return Reply(False, None, watch.seconds, "connection_failed")
        finally:
            if self._waiting.get(delivery.envelope_id) is waiting:
                del self._waiting[delivery.envelope_id]
        if not waiting.answer.done() or waiting.answer.cancelled():
            return Reply(False, None, watch.seconds, "timeout")
        return Reply(True, waiting.answer.result(), watch.seconds)

    async def close(self, kind: DisconnectKind = "refresh_requested", count: int | None = None) -> None:
        """Take the oldest ``count`` (None: all) sockets away, in one of the ways Slack or the network does it."""
        if kind == "link_disabled":
            self.enabled = False
        for socket in list(self.sockets)[:count]:
            if kind == "abort":
                socket.abort()
            elif kind == "silent":
                socket.silent = True
            else:
                await self._disconnect(socket, kind)

    async def _disconnect(self, socket: Socket, reason: str) -> None:
        socket.draining = True
        await socket.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "wss-sandbox"}})
        later = asyncio.create_task(self._close_later(socket))
        socket.tasks.add(later)
        later.add_done_callback(socket.tasks.discard)

    async def _close_later(self, socket: Socket) -> None:
        await asyncio.sleep(self.ws.timing.disconnect_warning)
        await socket.ws.close()

    async def stop(self) -> None:
        for socket in list(self.sockets):
            for task in list(socket.tasks):
                task.cancel()
            socket.abort()
            await socket.ws.close()


def _envelope(delivery: Delivery, retry: int, reason: str) -> Json:
    frame: Json = {
        "type": delivery.kind,
        "envelope_id": delivery.envelope_id,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.accepts_response,
    }
    if delivery.kind == "events_api":
        frame |= {"retry_attempt": retry, "retry_reason": reason}
    return frame
