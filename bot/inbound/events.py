"""Events: what happened in Slack without anybody asking the bot. Acknowledged once what follows is committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.inbound import arrivals, mentions, messages, reactions
from bot.inbound.desk import Doors
from bot.inbound.text import cleaned

LAST_RETRY = "3"
"""Slack delivers an event at most three times more. Source: Slack, Events API (retries)."""

Handler = Callable[[Doors, dict[str, Any], bool], Awaitable[None]]


async def happened(doors: Doors, body: dict[str, Any], request: AsyncBoltRequest) -> None:
    """Something happened. An error leaves the event unacknowledged, so that Slack delivers it again."""
    handler = HANDLED.get(body["event"]["type"])
    if handler is not None:
        last = LAST_RETRY in request.headers.get("x-slack-retry-num", ())
        await handler(doors, cleaned(body), last)


async def _changed(doors: Doors, body: dict[str, Any], _: bool) -> None:
    """Slack tells that a person changed: their name, their zone, that they are a guest now or gone."""
    doors.tasks.start(doors.people.refresh(body["event"]["user"]["id"]))


HANDLED: dict[str, Handler] = {
    "reaction_added": reactions.added,
    "reaction_removed": reactions.removed,
    "message": messages.came,
    "app_mention": mentions.called,
    "user_change": _changed,
    "member_joined_channel": arrivals.joined,
    "member_left_channel": arrivals.left,
}
"""Events that matter; everything else is acknowledged and forgotten."""
