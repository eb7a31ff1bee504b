"""The HTTP edge: what listens, how much of a body is read, and how trouble is answered, whoever calls.

TLS is the business of the proxy in front.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
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

IDLE_SECONDS = 75.0
"""How long a connection may stay without a whole request; nginx's own default for idle ones."""

LINGER_SECONDS = 1.0
"""How long the rest of a body that nobody wants is still taken, so that the refusal arrives."""

_silent = logging.getLogger("bot.inbound.http.aiohttp")
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


class Server:
    """Listens while it is entered. `patience`: seconds that requests under way get when it stops.

    Raises StartError where nothing can listen.
    """

    def __init__(self, routes: Iterable[web.RouteDef], host: str, port: int, *, patience: float) -> None:
        self._place = (host, port)
        app = web.Application(middlewares=[_in_short])
        app.add_routes(routes)
        app.on_response_prepare.append(_nameless)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_silent,
            auto_decompress=False,  # signatures are over what was sent; and nobody unpacks a bomb
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
            shutdown_timeout=patience,
        )

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end; with the port the system chose where 0 was asked for."""
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        host, port = self._place
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            raise StartError(f"Sitrep cannot listen on {host}:{port} ({reason}); change HOST or PORT.") from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()


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
