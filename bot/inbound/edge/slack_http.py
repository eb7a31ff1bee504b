"""Slack over HTTP: commands, interactions and events, all at one address. Nothing is parsed before it is known to be
Slack's.

Bolt's own way is not used for three reasons: its verifier answers 500 to a time stamp that is no number and writes
refused bodies to the log; it reads a body of any size; and its parser takes every form that contains the word "payload"
for a click, so that a command about a payload is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import metrics
from bot.inbound.edge import shape
from bot.inbound.edge.http import body_of

log = structlog.get_logger()

PATH = "/slack/events"

STALE_SECONDS = 300
"""How far a request's time stamp may be from now. Source: Slack, "Verifying requests from Slack"."""

FIELDS_MAX = 100
"""Fields of a form; Slack's own commands have about fifteen."""

WARN_SECONDS = 60.0
"""How often a request that was turned away is worth a line in the log."""

RETRIES = ("x-slack-retry-num", "x-slack-retry-reason")
"""The only headers that are passed on: others are not signed, and Bolt takes orders from some."""

_STAMP = re.compile(r"[0-9]{1,12}")

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class SlackRequests:
    """The request URL. `secret` is the app's signing secret, `dispatch` what a Bolt app does with a request."""

    def __init__(self, secret: str, dispatch: Dispatch) -> None:
        self._secret = secret.encode()
        self._dispatch = dispatch
        self._warned: dict[str, float] = {}
        self._heard: float | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.received)]

    @property
    def heard_seconds_ago(self) -> float | None:
        """Since Slack last reached us; None until it has."""
        return None if self._heard is None else round(time.monotonic() - self._heard, 3)

    async def received(self, request: web.Request) -> web.Response:
        """One request. Raises HTTP errors for what is not Slack's or cannot be read."""
        with _counted():
            raw = await self._signed(request)
            self._heard = time.monotonic()
            arrived = self._arrived(raw, request)
        return await to_aiohttp_response(await self._dispatch(arrived))

    async def _signed(self, request: web.Request) -> bytes:
        """The body, if Slack signed it in the last five minutes. Raises HTTPUnauthorized, and what `body_of` does."""
        stamp = _only(request, "X-Slack-Request-Timestamp")
        signature = _only(request, "X-Slack-Signature")
        if not _STAMP.fullmatch(stamp):
            raise web.HTTPUnauthorized
        if abs(time.time() - int(stamp)) > STALE_SECONDS:
            self._warn("request_from_another_time", "if Slack sent it, this machine's clock is wrong")
            raise web.HTTPUnauthorized
        body = await body_of(request)
        digest = hmac.new(self._secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode(errors="surrogateescape")):
            self._warn("signature_does_not_match", "if Slack sent it, SLACK_SIGNING_SECRET is another app's")
            raise web.HTTPUnauthorized
        return body

    def _arrived(self, raw: bytes, request: web.Request) -> AsyncBoltRequest:
        """A form or an event as the one thing that Bolt reads without guessing: JSON. Raises HTTPBadRequest, or
        HTTPUnsupportedMediaType."""
        body = _body(raw, request.content_type)
        if lacks := shape.missing(body):
            self._warn("request_of_another_shape", f"Slack signed it, but it lacks what Sitrep reads: {lacks}")
            raise web.HTTPBadRequest
        headers = {name: request.headers.getall(name) for name in RETRIES if name in request.headers}
        try:
            return AsyncBoltRequest(body=json.dumps(body), headers={"content-type": ["application/json"], **headers})
        except Exception as error:  # Bolt looks for ids wherever they may stand, and trips over what is no object
            raise web.HTTPBadRequest from error

    def _warn(self, event: str, hint: str) -> None:
        """Anybody can send such a request, so it is said rarely, and nothing of it."""
        now = time.monotonic()
        if now - self._warned.get(event, -WARN_SECONDS) >= WARN_SECONDS:
            self._warned[event] = now
            log.warning(event, hint=hint)


def _only(request: web.Request, header: str) -> str:
    """The header's value; empty when it is missing or stands there twice."""
    found = request.headers.getall(header, [])
    return found[0] if len(found) == 1 else ""


def _body(raw: bytes, content_type: str) -> dict[str, Any]:
    """What was sent. Raises HTTPBadRequest for what is no object, and HTTPUnsupportedMediaType."""
    try:
        match content_type:
            case "application/json":
                return _object(raw.decode())
            case "application/x-www-form-urlencoded":
                fields = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
                return fields if "command" in fields or "payload" not in fields else _object(fields["payload"])
            case _:
                pass
    except (ValueError, TypeError, RecursionError) as error:
        raise web.HTTPBadRequest from error
    raise web.HTTPUnsupportedMediaType


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _no_number(name: str) -> None:
    """NaN and the infinities are Python's own, not JSON; comparisons with them are never what was meant."""
    raise ValueError(f"{name} is no JSON")


@contextmanager
def _counted() -> Iterator[None]:
    """Count what was let in, and why the rest was not."""
    try:
        yield
    except web.HTTPException as error:
        metrics.REQUESTS.labels(error.reason.lower().replace(" ", "_")).inc()
        raise
    metrics.REQUESTS.labels("accepted").inc()
