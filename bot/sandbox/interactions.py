"""Payloads of what people do with the app (reference/interaction-payloads/*, samples of slackapi/java-slack-sdk)."""

from __future__ import annotations

from bot.sandbox import fields
from bot.sandbox.model import Channel, Json, Message, User, View
from bot.sandbox.triggers import UrlKind
from bot.sandbox.wire import message_json, view_json
from bot.sandbox.workspace import Workspace

CHANNEL_NAMES = {"im": "directmessage", "private": "privategroup"}
"""What payloads call channels whose name they do not tell."""


def channel_name(channel: Channel) -> str:
    return CHANNEL_NAMES.get(channel.kind, channel.name)


def _common(ws: Workspace, user: User) -> Json:
    return {
        "team": {"id": ws.team_id, "domain": ws.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": ws.app_id,
        "token": ws.verification_token,
    }


def _url(ws: Workspace, kind: UrlKind, user: User, channel_id: str, message: Message | None = None) -> str:
    return f"{ws.base_url}/{ws.triggers.url_path(kind, user.id, channel_id, message)}"


def command(ws: Workspace, user: User, channel: Channel, name: str, text: str) -> Json:
    return {
        "token": ws.verification_token,
        "team_id": ws.team_id,
        "team_domain": ws.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": ws.app_id,
        "is_enterprise_install": "false",
        "response_url": _url(ws, "commands", user, channel.id),
        "trigger_id": ws.triggers.issue(user.id),
    }


def block_action(ws: Workspace, user: User, message: Message, action: Json) -> Json:
    """A click in a message. Of an ephemeral message the payload carries no text and no blocks."""
    private = message.ephemeral_to is not None
    container = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": private}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    channel = ws.channels[message.channel]
    body = {
        "type": "block_actions",
        "container": container,
        "trigger_id": ws.triggers.issue(user.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": fields.initial_state(message.blocks, message.state)},
        "response_url": _url(ws, "actions", user, channel.id, message),
        "actions": [action | {"action_ts": ws.next_ts()}],
    }
    if not private:
        body["message"] = message_json(ws, message)
    return _common(ws, user) | body


def view_action(ws: Workspace, user: User, view: View, action: Json) -> Json:
    return _common(ws, user) | {
        "type": "block_actions",
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": ws.triggers.issue(user.id, view.id),
        "view": view_json(ws, view),
        "actions": [action | {"action_ts": ws.next_ts()}],
    }


def view_submission(ws: Workspace, user: User, view: View) -> Json:
    return _common(ws, user) | {
        "type": "view_submission",
        "trigger_id": ws.triggers.issue(user.id, view.id),
        "response_urls": [],
        "view": view_json(ws, view),
    }


def view_closed(ws: Workspace, user: User, view: View, cleared: bool) -> Json:
    return _common(ws, user) | {"type": "view_closed", "view": view_json(ws, view), "is_cleared": cleared}


def message_shortcut(ws: Workspace, user: User, message: Message, callback_id: str) -> Json:
    channel = ws.channels[message.channel]
    return _common(ws, user) | {
        "type": "message_action",
        "callback_id": callback_id,
        "trigger_id": ws.triggers.issue(user.id),
        "message_ts": message.ts,
        "action_ts": ws.next_ts(),
        "response_url": _url(ws, "app-actions", user, channel.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message_json(ws, message),
    }


def global_shortcut(ws: Workspace, user: User, callback_id: str) -> Json:
    return _common(ws, user) | {
        "type": "shortcut",
        "callback_id": callback_id,
        "trigger_id": ws.triggers.issue(user.id),
        "action_ts": ws.next_ts(),
    }
