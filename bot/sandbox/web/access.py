"""Who may do what in which conversation: scopes by kind, membership, archived channels."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Message
from bot.sandbox.web.call import Args
from bot.sandbox.workspace import Workspace

PREFIX = {"public": "channels", "private": "groups", "im": "im"}

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
MANAGE = ("channels:manage", "groups:write")


def scope_for(ws: Workspace, channel: Channel, what: str) -> None:
    """Require ``channels:<what>``, ``groups:<what>`` or ``im:<what>`` by the channel's kind."""
    ws.require(f"{PREFIX[channel.kind]}:{what}")


def manage_scope(ws: Workspace, private: bool, *extra: str) -> None:
    """channels:manage or groups:write; ``extra``: narrower scopes that do as well (``write.topic``)."""
    prefix = "groups" if private else "channels"
    ws.require("groups:write" if private else "channels:manage", *(f"{prefix}:{one}" for one in extra))


def channel_arg(ws: Workspace, args: Args, name: str = "channel") -> Channel:
    return ws.visible(args.text(name))


def real_channel(ws: Workspace, args: Args) -> Channel:
    """The channel argument, but no direct conversation."""
    channel = channel_arg(ws, args)
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")
    return channel


def member(ws: Workspace, channel: Channel) -> None:
    if not ws.in_channel(channel):
        raise SlackError("not_in_channel")


def living(channel: Channel, error: str = "is_archived") -> None:
    if channel.archived:
        raise SlackError(error)


def message_arg(ws: Workspace, channel: Channel, ts: str, error: str = "message_not_found") -> Message:
    found = ws.find(channel.id, ts)
    if found is None:
        raise SlackError(error)
    return found
