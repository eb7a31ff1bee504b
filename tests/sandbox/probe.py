"""The app's side of the wire: a small probe app on slack_sdk's own clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox

MANIFEST = Path(__file__).with_name("manifest.yml")
Answer = Callable[[SocketModeRequest], Awaitable[dict[str, Any] | None]]


def manifest(**changes: Any) -> dict[str, Any]:
    """The probe's manifest as a document; ``without_scope=…``, ``events=[…]``, ``app_home={…}`` change it."""
    document: dict[str, Any] = yaml.safe_load(MANIFEST.read_text("utf-8"))
    scopes = document["oauth_config"]["scopes"]["bot"]
    for gone in changes.get("without", ()):
        scopes.remove(gone)
    scopes.extend(changes.get("scopes", ()))
    if "events" in changes:
        document["settings"]["event_subscriptions"]["bot_events"] = changes["events"]
    document["features"] |= changes.get("features", {})
    document["settings"] |= changes.get("settings", {})
    return document


def web_client(slack: Sandbox, token: str | None = None) -> AsyncWebClient:
    """A client that never repeats a call by itself."""
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5)


class App:
    """The probe app: acknowledges everything, remembers what it got, answers as told."""

    def __init__(self, slack: Sandbox) -> None:
        self.web = web_client(slack)
        self.client = SocketModeClient(
            app_token=slack.app_token, web_client=web_client(slack, slack.app_token), ping_interval=0.5
        )
        self.client.socket_mode_request_listeners.append(self._listen)
        self.got: list[SocketModeRequest] = []
        self.answer: Answer | None = None
        self.deaf = False
        """True: nothing is acknowledged."""

    async def _listen(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.got.append(request)
        payload = await self.answer(request) if self.answer else None
        if not self.deaf:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Payloads of commands and interactions, without events."""
        return [r.payload for r in self.got if r.type != "events_api"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [r.payload["event"] for r in self.got if r.type == "events_api" and r.payload["event"]["type"] == kind]


class Later:
    """What an app does after it has acknowledged; ``rest`` waits for all of it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def rest(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks)


class Connected:
    """``async with Connected(slack) as app``: the probe with one open socket."""

    def __init__(self, slack: Sandbox) -> None:
        self.slack = slack
        self.app = App(slack)

    async def __aenter__(self) -> App:
        before = len(self.slack.sockets.sockets)
        await self.app.client.connect()  # type: ignore[no-untyped-call]
        await self.slack.connected(before + 1)
        return self.app

    async def __aexit__(self, *exc: object) -> None:
        await self.app.client.close()  # type: ignore[no-untyped-call]


async def refused(call: Awaitable[Any]) -> dict[str, Any]:
    """The body of the refusal a Web API call must meet."""
    with pytest.raises(SlackApiError) as caught:
        await call
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


async def error_of(call: Awaitable[Any]) -> str:
    """Its error code."""
    return str((await refused(call))["error"])


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(label), "action_id": action_id, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def text_input(name: str, label: str, block: dict[str, Any] | None = None, **element: Any) -> dict[str, Any]:
    field = {"type": "plain_text_input", "action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(label), "element": field} | (block or {})


def option(label: str, value: str) -> dict[str, Any]:
    return {"text": plain(label), "value": value}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    view = {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "callback_id": "form"}
    return view | {"blocks": list(blocks)} | more
