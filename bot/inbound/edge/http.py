"""The HTTP edge: what listens, how much of a body is read, and how trouble is answered, whoever calls.

TLS is the business of the proxy in front.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Self

from aiohttp import hdrs, web

from bot.inbound.desk import logged
from bot.store.engines import StartError

BODY_MAX = 1024 * 1024
"""Bytes of a body. The largest that Slack can send is a `message_changed` event: a text before and after, each also as
blocks, 40,000 characters each, six bytes per character where JSON escapes it: 960 kB. Source of the length:
https://docs.slack.dev/reference/methods/chat.postMessage (truncating content).
"""

BODY_SECONDS = 2.0
"""How long a body may take to arrive: Slack waits three seconds for the whole answer."""

HEAD_SECONDS = 10.0
"""How long the head of a request may take from its first byte on. Slack and every proxy send it in one piece."""

IDLE_SECONDS = 75.0
"""How long a connection may stay without a request; nginx's own default for idle ones."""

CONNECTIONS_MAX = 200
"""Connections at one time, each with one request under way, so that bodies never take more than 200 MiB. Slack needs
one for each command, click and event that is under way at the same moment."""

LINGER_SECONDS = 1.0
"""How long the rest of a body that nobody wants is still taken, so that the refusal arrives."""

_silent = logging.getLogger("bot.inbound.edge.http.aiohttp")
_silent.setLevel(logging.CRITICAL + 1)
"""aiohttp logs what it could not parse, with a traceback; the caller's bytes have no business in our log."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def body_of(request: web.Request) -> bytes:
    """The body as it was sent. Raises HTTP errors: too large (413, before it is read), too slow (408), broken (400)."""
    if (request.content_length or 0) > BODY_MAX:
        raise web.HTTPRequestEntityTooLarge(BODY_MAX, request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_MAX:
                    raise web.HTTPRequestEntityTooLarge(BODY_MAX, len(body))
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest from error
    return bytes(body)


class _Answered(ConnectionError):
    """Nothing more is to be written: how aiohttp's own handler is told so."""


class _Connection(web.RequestHandler):
    """One connection. A head that does not come to its end is not waited for, what is no HTTP is answered in short, and
    where there are too many, one without a request makes room: whoever only holds connections keeps nobody out."""

    __slots__ = ("_guests", "_unfinished")

    def __init__(self, server: web.Server, guests: dict[_Connection, None]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=_silent,
            logger=_silent,
            auto_decompress=False,  # signatures are over what was sent; and nobody unpacks a bomb
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
        )
        self._guests = guests
        self._unfinished: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether it waits for a request, or for the rest of a head."""
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._guests[self] = None
        if len(self._guests) > CONNECTIONS_MAX:
            next((guest for guest in self._guests if guest.idle), self).force_close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.idle:
            self._finished()
        elif self._unfinished is None:
            self._unfinished = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.force_close)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._finished()
        self._guests.pop(self, None)
        super().connection_lost(exc)

    def _finished(self) -> None:
        if self._unfinished is not None:
            self._unfinished.cancel()
            self._unfinished = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes what was sent
    ) -> web.StreamResponse:
        """The answer to what never becomes a request. aiohttp's own names its version and quotes what it could not
        read, and no signal is sent for it; so it is written here, and the connection ends."""
        if isinstance(exc, _Answered):
            raise exc
        if self.transport is not None and request.writer.output_size == 0:
            body = json.dumps({"error": HTTPStatus(status).phrase.lower()}).encode()
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        raise _Answered


class Server:
    """Listens while it is entered. `patience`: seconds that requests under way get when it stops.

    Raises StartError where nothing can listen.
    """

    def __init__(self, routes: Iterable[web.RouteDef], host: str, port: int, *, patience: float) -> None:
        self._place = (host, port)
        app = web.Application(middlewares=[_in_short])
        app.add_routes(routes)
        app.on_response_prepare.append(_nameless)
        self._runner = web.AppRunner(app, shutdown_timeout=patience)
        self._guests: dict[_Connection, None] = {}
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end; with the port the system chose where 0 was asked for."""
        if self._listening is None:
            raise RuntimeError("a server has an address while it is entered")
        host, port = self._listening.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        host, port = self._place
        try:
            self._listening = await asyncio.get_running_loop().create_server(self._connection, host, port, backlog=128)
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            raise StartError(f"Sitrep cannot listen on {host}:{port} ({reason}); change HOST or PORT.") from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def _connection(self) -> _Connection:
        server = self._runner.server
        if server is None:
            raise ConnectionError("it is being stopped")
        return _Connection(server, self._guests)


@web.middleware
async def _in_short(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered by one short sentence, and only our own log knows more."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        answer = web.json_response({"error": error.reason.lower()}, status=error.status)
        if hdrs.ALLOW in error.headers:
            answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    except Exception as error:  # noqa: BLE001 - logged under an id, which the caller gets
        answer = web.json_response({"error": f"something broke; it is logged as {logged(error)}"}, status=500)
    if not request.content.is_eof():
        answer.force_close()
    return answer


async def _nameless(_: web.Request, answer: web.StreamResponse) -> None:
    """Nobody needs to know what we are built with."""
    answer.headers.pop(hdrs.SERVER, None)
