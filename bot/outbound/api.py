"""Slack's Web API for the courier: one try per call, paced, with every failure sorted."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbound.errors import Again, Limited, Paced, Unclear, sort
from bot.outbound.pace import Pace, Turn
from bot.outbound.waits import Waits

log = structlog.get_logger()

PAGE = 200
"""Items per page, as Slack recommends. Source: https://docs.slack.dev/apis/web-api/pagination."""

MOST_PAGES = 20


@dataclass
class _Heard:
    """What answers tell beside what was asked: why the last call was not answered (None when it was, be it with a
    refusal), and how far Slack's clock is ahead of ours (None before any answer)."""

    trouble: str | None = None
    ahead: float | None = None


class Api:
    """`client` must have no retry handlers: they repeat a post whose answer was lost."""

    def __init__(self, client: AsyncWebClient, pace: Pace | None = None, waits: Waits | None = None) -> None:
        if client.retry_handlers:
            raise ValueError("the Slack client must have retry_handlers=[]: they repeat posts whose answer was lost")
        self.client = client
        self.call_seconds = (waits or Waits()).call
        self._pace = pace or Pace()
        self._heard = _Heard()
        self.turn: Turn | None = None
        self.hold: Callable[[], Awaitable[None]] | None = None
        self.asked = False
        """Whether anything went out on behalf of the message."""

    def on_behalf(self, turn: Turn, hold: Callable[[], Awaitable[None]]) -> Api:
        """The same API for one message: it waits its turn where Slack wants us slow, and `hold` is asked before every
        call; it raises LeaseLost when the message is somebody else's by now."""
        mine = copy.copy(self)
        mine.turn, mine.hold, mine.asked = turn, hold, False
        return mine

    @property
    def trouble(self) -> str | None:
        """Why the last call was not answered; None when it was, be it with a refusal."""
        return self._heard.trouble

    async def going_out(self) -> None:
        """To be said before anything is done outside that is no call. Raises LeaseLost."""
        if self.hold is not None:
            await self.hold()
        self.asked = True

    async def call(self, method: str, ignoring: Sequence[str] = (), /, **arguments: Any) -> dict[str, Any]:
        """Slack's answer; that of a refusal with one of the codes `ignoring` too, which mean "it is so already".

        Raises Refusal, Again, Unclear or LeaseLost.
        """
        if self.hold is not None:
            await self.hold()
        channel = arguments.get("channel") or arguments.get("channel_id")
        if (seconds := self._pace.wait(method, channel, self.turn)) > 0:
            raise Paced(seconds)
        self.asked = True
        send = getattr(self.client, method.replace(".", "_"))
        try:
            async with asyncio.timeout(self.call_seconds):
                response = await send(**arguments)
        except Exception as error:  # noqa: BLE001 - sorted and raised again, or it is an answer
            return self._failed(error, method, channel, ignoring)
        self._heard.trouble = None
        self._dated(response.headers)
        data: dict[str, Any] = response.data
        return data

    def _failed(self, error: Exception, method: str, channel: str | None, ignoring: Sequence[str]) -> dict[str, Any]:
        """The answer of a refusal that is none; raises everything else, sorted."""
        if isinstance(error, SlackApiError):
            self._dated(getattr(error.response, "headers", None) or {})
            data = getattr(error.response, "data", None)
            if isinstance(data, dict) and data.get("error") in ignoring:
                return data
        found = sort(error)
        self._heard.trouble = str(found) if isinstance(found, Again | Unclear) else None
        if isinstance(found, Limited):
            self._pace.pause(method, channel, found.after_seconds or 1.0)
        log.info("slack_call_failed", method=method, channel=channel, error=str(found))
        raise found from error

    def _dated(self, headers: Mapping[str, str]) -> None:
        try:
            at = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:
            return  # a proxy took it away, or made it unreadable
        self._heard.ahead = at.timestamp() - time.time()

    async def slack_now(self) -> datetime:
        """What time it is for Slack, to the second: its messages and channels are dated by that clock, not by ours."""
        if self._heard.ahead is None:
            await self.call("auth.test")
        return datetime.fromtimestamp(time.time() + (self._heard.ahead or 0.0), UTC)

    async def pages(self, method: str, items: str, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        """Every item of a paginated answer. Raises as `call`."""
        cursor = ""
        for _ in range(MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            data = await self.call(method, limit=PAGE, **arguments, **more)
            for item in data.get(items, ()):
                yield item
            cursor = (data.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        log.warning("slack_pages_cut", method=method, pages=MOST_PAGES)
