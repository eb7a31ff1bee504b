"""conversations.* that only read: info, list, members, history, replies; users.conversations."""

from __future__ import annotations

import re

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message
from bot.sandbox.web import access
from bot.sandbox.web.call import Args, method
from bot.sandbox.web.paging import page
from bot.sandbox.wire import channel_json, message_json
from bot.sandbox.workspace import Workspace

TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
SCOPE_OF = {"public": "channels:read", "private": "groups:read", "im": "im:read", "mpim": "mpim:read"}


@method("conversations.info", *access.READ, tier=3, takes_json=False)
def info(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    access.scope_for(ws, channel, "read")
    body = channel_json(ws, channel)
    if not args.flag("include_num_members"):
        body.pop("num_members", None)
    return {"channel": body}


def _kinds(ws: Workspace, args: Args) -> set[str]:
    wanted = args.listed("types") or ["public_channel"]
    if not set(wanted) <= TYPES.keys():
        raise SlackError("invalid_types")
    kinds = {TYPES[one] for one in wanted}
    for kind in sorted(kinds):
        ws.require(SCOPE_OF[kind])
    return kinds


def _listed(ws: Workspace, args: Args, found: list[Channel]) -> Json:
    kinds = _kinds(ws, args)
    skip_archived = args.flag("exclude_archived")

    def keep(channel: Channel) -> bool:
        return channel.kind in kinds and not (skip_archived and channel.archived)

    chosen, metadata = page(args, found, default=100, keep=keep)
    return {"channels": [channel_json(ws, channel) for channel in chosen]} | metadata


@method("conversations.list", *access.READ, tier=2, takes_json=False)
def list_all(ws: Workspace, args: Args) -> Json:
    return _listed(ws, args, [c for c in ws.channels.values() if c.kind == "public" or ws.in_channel(c)])


@method("users.conversations", *access.READ, tier=3, takes_json=False)
def list_mine(ws: Workspace, args: Args) -> Json:
    user = ws.user(args.maybe("user", ws.bot_user_id)).id
    both = [c for c in ws.channels.values() if user in c.members and (c.kind == "public" or ws.in_channel(c))]
    return _listed(ws, args, both)


@method("conversations.members", *access.READ, tier=4, takes_json=False)
def members(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    access.scope_for(ws, channel, "read")
    chosen, metadata = page(args, channel.members, default=100)
    return {"members": chosen} | metadata


def _readable(ws: Workspace, args: Args) -> Channel:
    channel = access.channel_arg(ws, args)
    access.scope_for(ws, channel, "history")
    access.member(ws, channel)
    return channel


def _bound(args: Args, name: str, default: str) -> str:
    value = args.maybe(name, default)
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise SlackError(f"invalid_ts_{name}")
    return value


def key(ts: str) -> tuple[int, int]:
    """Time stamps in order, without the rounding of floats."""
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros.ljust(6, "0")[:6] or 0)


def _between(args: Args, found: list[Message]) -> list[Message]:
    oldest, latest = _bound(args, "oldest", "0"), _bound(args, "latest", "99999999999")
    low, high, edges = key(oldest), key(latest), args.flag("inclusive")
    return [m for m in found if low < key(m.ts) < high or (edges and key(m.ts) in (low, high))]


@method("conversations.history", *access.HISTORY, tier=3, takes_json=False)
def history(ws: Workspace, args: Args) -> Json:
    """Newest first; thread replies are not in it, unless they were also sent to the channel."""
    channel = _readable(ws, args)
    found = [m for m in ws.readable(channel.id) if not m.is_reply or m.broadcast]
    chosen, metadata = page(args, _between(args, found)[::-1], default=100)
    more = bool(metadata["response_metadata"]["next_cursor"])
    metadata_too = args.flag("include_all_metadata")
    body = {"messages": [message_json(ws, m, metadata_too) for m in chosen], "has_more": more}
    return body | {"pin_count": len(channel.pins)} | (metadata if more else {})


@method("conversations.replies", *access.HISTORY, tier=3, takes_json=False)
def replies(ws: Workspace, args: Args) -> Json:
    """Oldest first, the parent with every page's first place."""
    channel = _readable(ws, args)
    if channel.kind != "im" and not ws.unconfirmed.bot_replies_allowed:
        raise SlackError("not_allowed_token_type")
    asked = access.message_arg(ws, channel, args.text("ts"), "thread_not_found")
    root = asked.thread_ts or asked.ts
    found = [m for m in ws.readable(channel.id) if root in {m.ts, m.thread_ts}]
    chosen, metadata = page(args, _between(args, found), default=999)
    more = bool(metadata["response_metadata"]["next_cursor"])
    metadata_too = args.flag("include_all_metadata")
    body = {"messages": [message_json(ws, m, metadata_too) for m in chosen], "has_more": more}
    return body | (metadata if more else {})
