"""Messages kept on the record: the one marked, who wrote it, when, and its text as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain import request as r
from bot.inbound.desk import Doors
from bot.inbound.text import mentioned, plain
from bot.store import people

FETCHED_WITHIN = 2.0
"""Seconds for reading a message: an event must be acknowledged within 3 s. Source: Slack, Events API (responding)."""

UNREAD = "(Slack did not show this message)"


async def marked(doors: Doors, message: Mapping[str, Any], channel: str, marker: str, url: str) -> r.MarkMessage:
    """The request that keeps a message; `url` is where the workspace's permalinks begin."""
    return r.MarkMessage(
        channel=channel,
        ts=message["ts"],
        author=writer if (writer := message.get("user")) != doors.bot_user else None,
        text=await written(doors, message),
        marker=marker,
        permalink=permalink(url, channel, message) if url else None,
    )


def asked_for(does: str, marked: r.MarkMessage, by: str) -> r.Request | None:
    """What a reaction or a shortcut asks of a message (`does`: `mark`, `update`, `task`, `action` or `done`); None for
    a message Slack did not show, of which nothing but a mark can be made, and for an update of ours that would be sent
    again."""
    text, channel, ts = marked.text, marked.channel, marked.ts
    match does:
        case "mark":
            return marked
        case "done":
            return r.EndAction(channel=channel, ts=ts)
        case _ if text == UNREAD or (does == "update" and marked.author is None):
            return None
        case "update":
            return r.PostUpdate(text, author=marked.author if marked.author != by else None, channel=channel, ts=ts)
        case _:
            return r.AddAction(text, task=does == "task", channel=channel, ts=ts)


async def written(doors: Doors, message: Mapping[str, Any]) -> str:
    """A message's words as its readers saw them; files by their names."""
    text = message.get("text") or ""
    ids = mentioned(text)
    known = await doors.read(lambda session: people.many(session, ids)) if ids else {}
    words = plain(text, await doors.named(ids, {one.id: one.name for one in known.values()}))
    files = [f"({name})" for file in message.get("files") or () if (name := file.get("title") or file.get("name"))]
    return "\n".join(filter(None, (words.strip(), *map(plain, files)))) or UNREAD


def permalink(url: str, channel: str, message: Mapping[str, Any]) -> str:
    """Where the message is. The shape is that of `chat.getPermalink`."""
    ts, thread = message["ts"], message.get("thread_ts")
    inside = f"?thread_ts={thread}&cid={channel}" if thread and thread != ts else ""
    return f"{url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{inside}"


async def fetched(doors: Doors, channel: str, ts: str) -> Mapping[str, Any] | None:
    """The message as it stands, a reply in a thread too; None when it is gone. Raises what Slack or time raises."""
    try:
        async with asyncio.timeout(FETCHED_WITHIN):
            answer = await doors.client.reactions_get(channel=channel, timestamp=ts, full=True)
    except SlackApiError as error:
        if _code(error) in ("message_not_found", "no_item_specified", "bad_timestamp"):
            return None
        raise
    message = answer["message"]
    return message if isinstance(message, Mapping) else None


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error")) if isinstance(data, dict) else ""


def still_marked(message: Mapping[str, Any], doors: Doors) -> bool:
    """Whether somebody's reaction still keeps the message."""
    reactions = message.get("reactions") or ()
    return any(one["name"] in doors.marks and set(one.get("users") or ()) - {doors.bot_user} for one in reactions)
