"""Look before sending again: whether a try whose answer was lost has happened.

Every post carries the id of its outbox row as metadata, by which it is found in the history. Slack does not say how
soon a message shows there, so nobody looks sooner than `Waits.look_after` after the try.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.outbound.api import Api
from bot.outbound.errors import Refusal
from bot.store.outbox import Row

log = structlog.get_logger()

EARLIER = timedelta(minutes=5)
"""How much earlier than the first try the history is read: Slack's answers are dated to the second, and may be late."""

EVENT_TYPE = "sitrep"


def metadata(row: Row) -> dict[str, Any]:
    """What a post carries so that it is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"id": row.id}}


async def since(api: Api, row: Row, earlier: timedelta = EARLIER) -> datetime:
    """From when on, by Slack's clock, something that this row caused can be found. How long ago it was first tried is
    measured by the database alone, so no two clocks are ever compared."""
    return await api.slack_now() - row.tried_for - earlier


async def posted(api: Api, row: Row, channel: str, thread: str | None = None) -> tuple[str, str] | None:
    """Where an earlier try of this row posted its message, as (channel id, ts); None when it did not, and where the
    channel cannot be read."""
    place = await _readable(api, channel)
    async for message in messages(api, row, place, thread):
        if is_ours(message, row):
            return place, str(message["ts"])
    return None


def is_ours(message: dict[str, Any], row: Row) -> bool:
    found = message.get("metadata") or {}
    payload: dict[str, Any] = found.get("event_payload") or {}
    return found.get("event_type") == EVENT_TYPE and payload.get("id") == row.id


async def edited(api: Api, row: Row, channel: str, ts: str) -> bool:
    """Whether an earlier try of this row edited the message: an edit replaces the metadata too."""
    one = {"latest": ts, "oldest": ts, "inclusive": True, "limit": 1, "include_all_metadata": True}
    data = await api.call("conversations.history", UNREADABLE, channel=channel, **one)
    return any(is_ours(message, row) for message in data.get("messages", ()) if message.get("ts") == ts)


UNREADABLE = ("not_in_channel", "channel_not_found", "missing_scope", "not_allowed_token_type", "thread_not_found")


async def messages(api: Api, row: Row, channel: str, thread: str | None = None) -> AsyncIterator[dict[str, Any]]:
    """What was said in a channel or thread since the row's first try; nothing where it cannot be read."""
    where = {"channel": channel, "oldest": f"{(await since(api, row)).timestamp():.6f}"}
    method = "conversations.replies" if thread else "conversations.history"
    try:
        of = {"ts": thread} if thread else {}
        async for message in api.pages(method, "messages", **where, **of, include_all_metadata=True):
            yield message
    except Refusal as refusal:
        if refusal.error not in UNREADABLE:
            raise
        log.warning("cannot_look", channel=channel, thread=thread, error=refusal.error)


async def _readable(api: Api, channel: str) -> str:
    """The id under which a conversation's history is read: a direct one has an id of its own, a public channel wants
    us in it."""
    if channel.startswith(("U", "W")):
        opened = await api.call("conversations.open", users=channel)
        return str(opened["channel"]["id"])
    if channel.startswith("C"):
        await api.call("conversations.join", (*UNREADABLE, *NOT_JOINABLE), channel=channel)
    return channel


NOT_JOINABLE = ("method_not_supported_for_channel_type", "is_archived", "too_many_members")
