"""Conversations: creating, joining, renaming, archiving; each change with its system line and its event."""

from __future__ import annotations

import re

from bot.sandbox import messages
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json
from bot.sandbox.workspace import Workspace, drop_none

NAME_MAX = 80


def check_name(ws: Workspace, name: str) -> str:
    """The name, or create's errors (reference/methods/conversations.create#naming)."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_MAX:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"[^\W_]", name):
        raise SlackError("invalid_name_punctuation")
    allowed = r"[a-z0-9_-]+" if ws.unconfirmed.channel_names_ascii_only else r"[\w-]+"
    if name != name.lower() or not re.fullmatch(allowed, name):
        raise SlackError("invalid_name_specials")
    if is_taken(ws, name):
        raise SlackError("name_taken")
    return name


def is_taken(ws: Workspace, name: str) -> bool:
    living = [c for c in ws.channels.values() if c.name == name and c.kind != "im"]
    if ws.unconfirmed.archived_name_stays_taken:
        return bool(living)
    return any(not channel.archived for channel in living)


def create(ws: Workspace, name: str, private: bool, creator: str, channel_id: str | None = None) -> Channel:
    kind = "private" if private else "public"
    channel = Channel(channel_id or ws.next_id("C"), name, "private" if private else "public", creator, ws.now())
    ws.channels[channel.id] = channel
    ws.messages[channel.id] = []
    if kind == "public":
        body = {"id": channel.id, "name": name, "created": channel.created, "creator": creator, "is_channel": True}
        ws.emit("channel_created", {"type": "channel_created", "channel": body}, channel, False)
    join(ws, channel, creator)
    return channel


def join(ws: Workspace, channel: Channel, user: str, inviter: str | None = None) -> None:
    if user in channel.members:
        return
    channel.members.append(user)
    by = f" by <@{inviter}>" if inviter else ""
    messages.system(ws, channel, user, "join", f"<@{user}> has joined the channel{by}")
    ws.emit("member_joined_channel", _member(ws, "member_joined_channel", channel, user, inviter), channel, True)
    ws.changed()


def leave(ws: Workspace, channel: Channel, user: str) -> None:
    ws.emit("member_left_channel", _member(ws, "member_left_channel", channel, user, None), channel, True)
    channel.members.remove(user)
    messages.system(ws, channel, user, "leave", f"<@{user}> has left the channel")
    ws.changed()


def _member(ws: Workspace, name: str, channel: Channel, user: str, inviter: str | None) -> Json:
    kind = "C" if channel.kind == "public" else "G"
    body = {"type": name, "user": user, "channel": channel.id, "channel_type": kind, "team": ws.team_id}
    return body | drop_none({"inviter": inviter})


def rename(ws: Workspace, channel: Channel, name: str, user: str) -> None:
    channel.previous_names.append(channel.name)
    old, channel.name = channel.name, name
    messages.system(ws, channel, user, "name", f'has renamed the channel from "{old}" to "{name}"')
    body = {
        "id": channel.id,
        "name": name,
        "name_normalized": name,
        "created": channel.created,
        "is_channel": channel.kind == "public",
        "is_mpim": False,
    }
    _emit(ws, channel, "rename", {"channel": body})


def archive(ws: Workspace, channel: Channel, user: str) -> None:
    messages.system(ws, channel, user, "archive", f"<@{user}> archived the channel")
    channel.archived = True
    _emit(ws, channel, "archive", {"channel": channel.id, "user": user, "is_moved": 0})
    if ws.unconfirmed.archiving_removes_app and ws.in_channel(channel):
        channel.members.remove(ws.bot_user_id)


def unarchive(ws: Workspace, channel: Channel, user: str) -> None:
    channel.archived = False
    messages.system(ws, channel, user, "unarchive", f"<@{user}> un-archived the channel")
    _emit(ws, channel, "unarchive", {"channel": channel.id, "user": user})


def _emit(ws: Workspace, channel: Channel, what: str, body: Json) -> None:
    name = f"{'channel' if channel.kind == 'public' else 'group'}_{what}"
    ws.emit(name, {"type": name} | body, channel, False)
    ws.changed()


def set_topic(ws: Workspace, channel: Channel, topic: str, user: str) -> None:
    channel.topic = topic
    messages.system(ws, channel, user, "topic", f"set the channel topic: {topic}")


def set_purpose(ws: Workspace, channel: Channel, purpose: str, user: str) -> None:
    channel.purpose = purpose
    messages.system(ws, channel, user, "purpose", f"set the channel description: {purpose}")


def open_dm(ws: Workspace, user_id: str, error: str) -> Channel:
    """The app's direct conversation with a person.

    Raises ``error`` for nobody, ``user_disabled``, ``cannot_dm_bot``.
    """
    user = ws.user(user_id, error)
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    return ws.dm(user_id)
