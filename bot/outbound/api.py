"""Slack's Web API for the courier: one try per call, paced, with every failure sorted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbound.errors import Again, Limited, Unclear, sort
from bot.outbound.pace import Pace

log = structlog.get_logger()

CALL_SECONDS = 10.0
"""How long one call may take; a lease is much longer, so that a slow call never outlives it."""

PAGE = 200
"""Items per page, as Slack recommends. Source: https://docs.slack.dev/apis/web-api/pagination."""

MOST_PAGES = 20


class Api:
    """`client` must have no retry handlers: they repeat a post whose answer was lost."""

    def __init__(self, client: AsyncWebClient, pace: Pace | None = None) -> None:
        if client.retry_handlers:
            raise ValueError("the Slack client must have retry_handlers=[]: they repeat posts whose answer was lost")
        self.client = client
        self._pace = pace or Pace()
        self.trouble: str | None = None
        """Why the last call was not answered; None when it was, be it with a refusal."""

    async def call(self, method: str, ignoring: Sequence[str] = (), /, **arguments: Any) -> dict[str, Any]:
        """Slack's answer; that of a refusal with one of the codes `ignoring` too, which mean "it is so already".

        Raises Refusal, Again or Unclear.
        """
        channel = arguments.get("channel") or arguments.get("channel_id")
        if (seconds := self._pace.wait(method, channel)) > 0:
            raise Again("paced", seconds)
        send = getattr(self.client, method.replace(".", "_"))
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await send(**arguments)
        except Exception as error:  # noqa: BLE001 - sorted and raised again, or it is an answer
            return self._failed(error, method, channel, ignoring)
        self.trouble = None
        data: dict[str, Any] = response.data
        return data

    def _failed(self, error: Exception, method: str, channel: str | None, ignoring: Sequence[str]) -> dict[str, Any]:
        """The answer of a refusal that is none; raises everything else, sorted."""
        if isinstance(error, SlackApiError):
            data = getattr(error.response, "data", None)
            if isinstance(data, dict) and data.get("error") in ignoring:
                return data
        found = sort(error)
        self.trouble = str(found) if isinstance(found, Again | Unclear) else None
        if isinstance(found, Limited):
            self._pace.pause(method, channel, found.after_seconds or 1.0)
        log.info("slack_call_failed", method=method, channel=channel, error=str(found))
        raise found from error

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
