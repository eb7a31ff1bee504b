"""*Send that*: what somebody last wrote in an incident's channel, read when they press the button and at no other time.

Nothing that people merely say is kept, so a reminder cannot know it: it is read for the one who asks, of
their own messages only, and goes into the form they then send or change.
"""

from __future__ import annotations

import asyncio
from functools import partial

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.domain.message import CARD
from bot.inbound.desk import Doors
from bot.inbound.doing import Call, find
from bot.inbound.marks import written
from bot.inbound.messages import SPOKEN
from bot.inbound.text import addressed
from bot.store import outbox
from bot.store.session import Session

log = structlog.get_logger()

READ_WITHIN = 1.5
"""Seconds: the form must open within three of the click. Source: Slack, views.open (trigger_id)."""

READ_MOST = 100
"""Messages looked through, the newest first. A house choice."""


async def latest(doors: Doors, call: Call, number: int | None) -> str:
    """The caller's latest message in the incident's channel since its last update; nothing where there is none, or
    where Slack does not show it in time. Raises NoSuchIncident for an incident that is not theirs to see."""
    place = await doors.read(partial(_since, call=call, number=number))
    if place is None:
        return ""
    channel, oldest = place
    try:
        async with asyncio.timeout(READ_WITHIN):
            answer = await doors.client.conversations_history(channel=channel, oldest=oldest, limit=READ_MOST)
    except (SlackApiError, ClientError, TimeoutError) as error:
        log.warning("latest_unread", channel=channel, error=str(error))
        return ""
    theirs = (m for m in answer["messages"] if m.get("user") == call.person and not m.get("bot_id"))
    said = (m for m in theirs if m.get("subtype") in SPOKEN and m.get("text"))
    own = next((m for m in said if addressed(m["text"], doors.bot_user) is None), None)
    return await written(doors, own) if own else ""


def _since(session: Session, call: Call, number: int | None) -> tuple[str, str | None] | None:
    """The incident's channel, and the post after which people's words are new: the last update's, else the card."""
    incident = find(session, call, number)
    if incident is None or incident.channel is None:
        return None
    slots = outbox.slots(session, incident.id)
    news = (slots.get(f"say-{one.told_at or one.seq}") for one in reversed(incident.updates))
    post = next((slot for slot in news if slot and slot.ts), slots.get(CARD))
    return incident.channel, post.ts if post else None
