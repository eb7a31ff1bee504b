"""Delivery over HTTP: signed requests to the manifest's addresses (authentication/verifying-requests-from-slack)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import aiohttp

from bot.sandbox.delivery import Delivery, Reply, Stopwatch
from bot.sandbox.model import Json
from bot.sandbox.workspace import Workspace

REASONS = {
    "timeout": "http_timeout",
    "connection_failed": "connection_failed",
    "http_error": "http_error",
    "too_many_redirects": "too_many_redirects",
}

REDIRECTS = 2
"""How many Slack follows (apis/events-api#retries)."""


class UrlNotVerified(Exception):
    """The request URL did not answer with the challenge, so Slack does not take it; the text says what it did."""


class HttpRoad:
    """Posts payloads to request URLs; ``urls`` (event, interactivity, command) may override the manifest's."""

    def __init__(self, ws: Workspace, request_url: str | None = None) -> None:
        self.ws = ws
        self.override = request_url
        self.refused_retry: set[str] = set()
        """Envelopes whose answer carried ``x-slack-no-retry: 1``."""

    @property
    def known(self) -> bool:
        return True

    def _url(self, delivery: Delivery) -> str | None:
        manifest = self.ws.manifest
        if self.override:
            return self.override
        if delivery.kind == "events_api":
            return manifest.request_url
        if delivery.kind == "slash_commands":
            return manifest.command_urls.get(delivery.payload["command"])
        return manifest.interactivity_url

    async def send(self, delivery: Delivery, retry: int, reason: str) -> Reply:
        watch = Stopwatch()
        url = self._url(delivery)
        if url is None or delivery.envelope_id in self.refused_retry:
            return Reply(False, None, 0.0, "connection_failed")
        body, content_type = _encoded(delivery)
        retries = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": REASONS[reason]} if retry else {}
        try:
            status, headers, text = await self._post(url, body, {"Content-Type": content_type} | retries)
        except TimeoutError:
            return Reply(False, None, watch.seconds, "timeout")
        except aiohttp.TooManyRedirects:
            return Reply(False, None, watch.seconds, "too_many_redirects")
        except aiohttp.ClientError:
            return Reply(False, None, watch.seconds, "connection_failed")
        if 200 <= status < 300:
            return Reply(True, _answer(text), watch.seconds)
        if headers.get("X-Slack-No-Retry") == "1":
            self.refused_retry.add(delivery.envelope_id)
        return Reply(False, None, watch.seconds, "http_error")

    async def verify(self, url: str) -> None:
        """What Slack does before it takes a request URL: it must answer with the challenge, as text, form or JSON.

        Raises UrlNotVerified. (apis/events-api/using-http-request-urls)
        """
        challenge = secrets.token_urlsafe(40)
        asked = {"token": self.ws.verification_token, "challenge": challenge, "type": "url_verification"}
        try:
            status, _, text = await self._post(url, json.dumps(asked).encode(), {"Content-Type": "application/json"})
        except (TimeoutError, aiohttp.ClientError) as error:
            raise UrlNotVerified(f"{url} does not answer ({type(error).__name__})") from error
        answers = (text, dict(parse_qsl(text)).get("challenge"), (_answer(text) or {}).get("challenge"))
        if status != 200 or challenge not in answers:
            raise UrlNotVerified(f"{url} answers {status} without the challenge")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of the answer. Raises TimeoutError and aiohttp's ClientErrors."""
        timeout = aiohttp.ClientTimeout(total=self.ws.timing.ack)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers | self._signed(body), max_redirects=REDIRECTS + 1) as answer,
        ):
            return answer.status, answer.headers, await answer.text()

    def _signed(self, body: bytes) -> dict[str, str]:
        """The signature's time stamp is real time: the receiver compares it with its own clock."""
        stamp = str(int(time.time()))
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self.ws.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _encoded(delivery: Delivery) -> tuple[bytes, str]:
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _answer(text: str) -> Json | None:
    """The body as JSON, a plain text as a message, nothing as nothing."""
    if not text:
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
