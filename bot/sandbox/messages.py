"""Messages and what hangs on them: posting, editing, deleting, reactions, pins, and whom they notify."""

from __future__ import annotations

import time
from typing import Any

from bot.sandbox import mrkdwn
from bot.sandbox.events import BY_KIND
from bot.sandbox.model import Channel, Json, Message, Ping
from bot.sandbox.wire import message_json
from bot.sandbox.workspace import Workspace

TYPES = {"public": "channel", "private": "group", "im": "im"}


def post(ws: Workspace, channel: Channel, user: str, text: str, *, link_names: bool = False, **more: Any) -> Message:
    """Put a message into the channel, notify people, tell the app. ``more``: fields of ``Message``."""
    message = Message(channel.id, ws.next_ts(), user, text, time.monotonic(), **more)
    ws.messages[channel.id].append(message)
    if not message.is_system:
        _notify(ws, channel, message, link_names)
    _emit(ws, channel, message_json(ws, message) | {"event_ts": message.ts})
    if _mentions_app(ws, channel, message):
        ws.emit("app_mention", _mention_event(ws, message), channel, True)
    ws.changed()
    return message


def _mentions_app(ws: Workspace, channel: Channel, message: Message) -> bool:
    by_others = message.user != ws.bot_user_id and not message.is_system
    return by_others and channel.kind != "im" and f"<@{ws.bot_user_id}>" in message.text


def system(ws: Workspace, channel: Channel, user: str, what: str, text: str) -> Message:
    """The line Slack itself writes (``channel_join``, ``group_topic`` …)."""
    prefix = "group" if channel.kind == "private" else "channel"
    return post(ws, channel, user, text, subtype=f"{prefix}_{what}")


def edit(ws: Workspace, message: Message, editor: str, changes: dict[str, Any]) -> None:
    """Change fields of a message in place; edits notify nobody."""
    previous = message_json(ws, message)
    for name, value in changes.items():
        setattr(message, name, value)
    message.edits += 1
    message.edited = {"user": editor, "ts": ws.next_ts()}
    channel = ws.channels[message.channel]
    _emit_hidden(ws, channel, "message_changed", {"message": message_json(ws, message), "previous_message": previous})
    ws.changed()


def delete(ws: Workspace, message: Message) -> None:
    """Take a message away; the parent of a thread leaves a tombstone behind."""
    previous = message_json(ws, message)
    channel = ws.channels[message.channel]
    if message.pinned:
        unpin(ws, channel, message, message.user)
    message.deleted = True
    if any(m.thread_ts == message.ts and m.is_reply for m in ws.alive(channel.id)):
        message.deleted, message.subtype = False, "tombstone"
        message.text, message.blocks, message.metadata = "This message was deleted.", [], None
    _emit_hidden(ws, channel, "message_deleted", {"deleted_ts": message.ts, "previous_message": previous})
    ws.changed()


def react(ws: Workspace, message: Message, user: str, emoji: str) -> None:
    message.reactions.setdefault(emoji, []).append(user)
    _emit_reaction(ws, "reaction_added", message, user, emoji)


def unreact(ws: Workspace, message: Message, user: str, emoji: str) -> None:
    message.reactions[emoji].remove(user)
    if not message.reactions[emoji]:
        del message.reactions[emoji]
    _emit_reaction(ws, "reaction_removed", message, user, emoji)


def pin(ws: Workspace, channel: Channel, message: Message, user: str) -> None:
    message.pinned, message.pinned_by = True, user
    channel.pins.append(message.ts)
    _emit_pin(ws, "pin_added", channel, message, user)


def unpin(ws: Workspace, channel: Channel, message: Message, user: str) -> None:
    message.pinned, message.pinned_by = False, None
    channel.pins.remove(message.ts)
    _emit_pin(ws, "pin_removed", channel, message, user)


def _emit(ws: Workspace, channel: Channel, body: Json) -> None:
    body = body | {"channel": channel.id, "channel_type": TYPES[channel.kind]}
    ws.emit(f"message.{BY_KIND[channel.kind]}", body, channel, True)


def _emit_hidden(ws: Workspace, channel: Channel, subtype: str, body: Json) -> None:
    ts = ws.next_ts()
    _emit(ws, channel, {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts} | body)


def _mention_event(ws: Workspace, message: Message) -> Json:
    return message_json(ws, message) | {"type": "app_mention", "channel": message.channel, "event_ts": message.ts}


def _emit_reaction(ws: Workspace, name: str, message: Message, user: str, emoji: str) -> None:
    event = {
        "type": name,
        "user": user,
        "reaction": emoji,
        "item_user": message.user,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
    }
    ws.emit(name, event, ws.channels[message.channel], ws.unconfirmed.reaction_events_need_membership)
    ws.changed()


def _emit_pin(ws: Workspace, name: str, channel: Channel, message: Message, user: str) -> None:
    item = {
        "type": "message",
        "created": ws.now(),
        "created_by": user,
        "channel": channel.id,
        "message": message_json(ws, message) | {"permalink": ws.permalink(channel.id, message.ts)},
    }
    event: Json = {
        "type": name,
        "user": user,
        "channel_id": channel.id,
        "item": item,
        "item_user": message.user,
        "pin_count": len(channel.pins),
        "pinned_info": {"channel": channel.id, "pinned_by": user, "pinned_ts": ws.now()},
    }
    if name == "pin_removed":
        event["has_pins"] = bool(channel.pins)
    ws.emit(name, event, channel, True)
    ws.changed()


def _notify(ws: Workspace, channel: Channel, message: Message, link_names: bool) -> None:
    rung: dict[str, str] = {}
    for why, target in _calls(ws, message, link_names):
        for user in _called(ws, channel, why, target):
            rung.setdefault(user, why)
    if channel.kind == "im":
        rung = dict.fromkeys(channel.members, "dm")
    for user, why in rung.items():
        person = ws.users.get(user)
        if person is None or person.deleted or person.is_muted(ws.clock()):
            continue  # in Do Not Disturb no device rings, whoever calls
        if user not in (message.user, ws.bot_user_id):
            ws.pings.append(Ping(message.ts, user, message, why))


def _calls(ws: Workspace, message: Message, link_names: bool) -> list[tuple[str, str]]:
    found = list(mrkdwn.block_mentions(message.blocks))
    if not message.blocks or ws.unconfirmed.text_beside_blocks_pings:
        found += mrkdwn.mentions(message.text, link_names)
    return found


def _called(ws: Workspace, channel: Channel, why: str, target: str) -> list[str]:
    """Members the call reaches: nobody outside the channel is notified."""
    if why == "mention":
        return [target] if target in channel.members else []
    if why == "subteam":
        group = ws.subteams.get(target)
        return [user for user in group.users if user in channel.members] if group else []
    return list(channel.members)
