"""The doors, joined to Bolt: every payload that can arrive has one handler, and none falls through."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import ClientError
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Newer
from bot.inbound import buttons, events, modals, redrawing, shortcuts, slash
from bot.inbound.desk import Doors, logged
from bot.inbound.edge import shape
from bot.inbound.slash import Ack
from bot.store.session import CannotSay, NotSaved, Unknown

__all__ = ["Doors", "build", "register"]

log = structlog.get_logger()

ANY = re.compile(".*", re.DOTALL)


def _of_use(record: logging.LogRecord) -> bool:
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


logging.getLogger(f"slack_bolt.{AsyncApp.__name__}").addFilter(_of_use)
"""Bolt reads SLACK_BOT_TOKEN from the environment by itself, whatever it is given, and then warns about it."""


def build(doors: Doors) -> AsyncApp:
    """The Bolt app with every door. Bolt verifies nothing: over HTTP `slack_http` has done so, and a socket is ours."""
    app = AsyncApp(
        name="sitrep",
        client=_tokenless(doors.client),
        authorize=_as_ourselves(doors),
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    register(app, doors)
    return app


def _tokenless(client: AsyncWebClient) -> AsyncWebClient:
    """A client of Bolt's own: it gets its token from `authorize`, and warns about every other."""
    return AsyncWebClient(
        base_url=client.base_url, timeout=client.timeout, ssl=client.ssl, proxy=client.proxy, session=client.session
    )


def _as_ourselves(doors: Doors) -> Any:
    """Who we are was asked at the start. Bolt's own way asks Slack before the first listener runs."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=doors.team_id,
            bot_id=doors.bot_id,
            bot_user_id=doors.bot_user,
            bot_token=doors.client.token,
        )

    return authorize


def register(app: AsyncApp, doors: Doors) -> None:
    """Join every door to its handler; what no handler knows is answered or acknowledged by the same doors."""

    async def command(ack: Ack, body: dict[str, Any]) -> None:
        with doors.tasks.answering():
            await slash.slash(doors, ack, body)

    async def click(ack: Ack, body: dict[str, Any]) -> None:
        with doors.tasks.answering():
            await (redrawing.chosen if body.get("view") else buttons.clicked)(doors, ack, body)

    async def form(ack: Ack, body: dict[str, Any]) -> None:
        with doors.tasks.answering():
            await modals.submitted(doors, ack, body)

    async def shortcut(ack: Ack, body: dict[str, Any]) -> None:
        with doors.tasks.answering():
            await shortcuts.started(doors, ack, body)

    async def event(body: dict[str, Any], request: AsyncBoltRequest) -> None:
        with doors.tasks.answering():
            await events.happened(doors, body, request)

    app.use(_dropped)
    app.use(_of_ours(doors))
    app.command(ANY)(command)
    app.action(ANY)(click)
    app.view_submission(ANY)(form)
    app.shortcut(ANY)(shortcut)
    app.event(ANY)(event)
    app.error(_broken)


async def _dropped(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> Any:  # noqa: A002 - Bolt's name
    """Slack drops events of a workspace that has too many; it says so in a payload that is no event, or is one."""
    told = body.get("event") or body
    if told.get("type") != "app_rate_limited":
        return await next()
    log.warning("events_dropped", minute=told.get("minute_rate_limited"))
    return BoltResponse(status=200, body="")


def _of_ours(doors: Doors) -> Callable[..., Awaitable[Any]]:
    """Lets through what happened in our workspace. Everything else is acknowledged, so that it does not come again."""
    told: set[bool] = set()

    async def of_ours(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> Any:  # noqa: A002 - Bolt's name
        if not shape.elsewhere(body, doors.team_id):
            return await next()
        if not told:
            log.warning("from_another_workspace", hint="the app is installed elsewhere too; remove it there")
        told.add(True)
        return BoltResponse(status=200, body="")

    return of_ours


TROUBLE_OUTSIDE = (SlackApiError, ClientError, TimeoutError, NotSaved, CannotSay, Unknown, Newer)


async def _broken(error: Exception) -> BoltResponse:
    """What a door could not finish is not acknowledged, so that Slack delivers the event again."""
    if isinstance(error, TROUBLE_OUTSIDE):
        log.info("left_for_later", error=str(error))
    else:
        logged(error)
    return BoltResponse(status=500, body="")
