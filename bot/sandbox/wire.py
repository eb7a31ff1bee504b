"""How workspace records look as JSON on the wire (reference/objects/*)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from bot.sandbox.model import Bookmark, Channel, File, Json, Message, User, View
from bot.sandbox.workspace import Workspace, drop_none


def user_json(ws: Workspace, user: User, with_email: bool) -> Json:
    offset = dt.datetime.fromtimestamp(ws.clock(), zoneinfo.ZoneInfo(user.tz)).utcoffset()
    profile = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": "" if user.is_bot else user.real_name,
        "display_name_normalized": "" if user.is_bot else user.real_name,
        "first_name": user.real_name.split()[0] if user.real_name else "",
        "status_text": "",
        "status_emoji": "",
        "title": "",
        "team": user.team_id,
    }
    if with_email and user.email and not user.stranger:
        profile["email"] = user.email
    if user.deleted and ws.unconfirmed.deactivated_users_are_bare:
        kept = {"id": user.id, "team_id": user.team_id, "name": user.name, "deleted": True, "profile": profile}
        return kept | {"is_bot": user.is_bot, "is_app_user": False, "updated": user.updated}
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile | ({"bot_id": ws.bot_id, "api_app_id": ws.app_id} if user.is_bot else {}),
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": user.guest or user.single_channel_guest,
        "is_ultra_restricted": user.single_channel_guest,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
        "is_email_confirmed": True,
    } | ({"is_stranger": True} if user.stranger else {})


def dnd_json(user: User) -> Json:
    """Somebody's Do Not Disturb as apps read it: no ``snooze_*``, unlike the person (reference/methods/dnd.info)."""
    begins, ends = user.muted or (1, 1)
    return {"dnd_enabled": user.muted is not None, "next_dnd_start_ts": begins, "next_dnd_end_ts": ends}


def channel_json(ws: Workspace, channel: Channel) -> Json:
    if channel.kind == "im":
        other = next(one for one in channel.members if one != ws.bot_user_id)
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_org_shared": False,
            "is_archived": channel.archived,
            "user": other,
            "is_user_deleted": ws.users[other].deleted,
            "context_team_id": ws.team_id,
        }
    public = channel.kind == "public"
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": public,
        "is_group": not public,
        "is_im": False,
        "is_mpim": False,
        "is_private": not public,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "is_general": channel.general,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "is_member": ws.in_channel(channel),
        "context_team_id": ws.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": list(channel.previous_names),
        "num_members": len(channel.members),
    }


def message_json(ws: Workspace, message: Message, all_metadata: bool = False) -> Json:
    """A message as history, replies and events show it; metadata payloads only on request."""
    body = drop_none(
        {
            "type": "message",
            "subtype": message.subtype,
            "user": message.user,
            "ts": message.ts,
            "text": message.text,
            "team": ws.team_id if not message.is_system else None,
            "bot_id": message.bot_id,
            "app_id": message.app_id,
            "client_msg_id": message.client_msg_id,
            "thread_ts": message.thread_ts,
            "edited": message.edited,
            "username": message.username,
        }
    )
    if message.blocks:
        body["blocks"] = message.blocks
    if message.attachments:
        body["attachments"] = message.attachments
    if message.files:
        body["files"] = [file_json(ws, file) for file in message.files]
    if message.bot_id:
        body["bot_profile"] = {"id": message.bot_id, "app_id": message.app_id, "name": ws.manifest.name}
    if message.reactions:
        body["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in message.reactions.items()]
    if message.pinned:
        body["pinned_to"] = [message.channel]
    if message.metadata:
        body["metadata"] = message.metadata if all_metadata else {"event_type": message.metadata["event_type"]}
    return body | _thread_json(ws, message)


def _thread_json(ws: Workspace, message: Message) -> Json:
    if message.is_reply:
        parent = ws.find(message.channel, message.thread_ts or "")
        return {"parent_user_id": parent.user} if parent else {}
    replies = [m for m in ws.alive(message.channel) if m.is_reply and m.thread_ts == message.ts]
    if not replies:
        return {}
    users = sorted({m.user for m in replies})
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
    }


def file_json(ws: Workspace, file: File) -> Json:
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "user": file.user,
        "size": file.size,
        "mode": "snippet" if file.snippet_type else "hosted",
        "url_private": f"{ws.base_url}/files-pri/{file.id}/{file.name}",
        "url_private_download": f"{ws.base_url}/files-pri/{file.id}/download/{file.name}",
        "permalink": f"https://{ws.team_domain}.slack.com/files/{file.user}/{file.id}/{file.name}",
        "channels": [c for c in file.channels if ws.channels[c].kind == "public"],
        "groups": [c for c in file.channels if ws.channels[c].kind == "private"],
        "ims": [c for c in file.channels if ws.channels[c].kind == "im"],
    }


def bookmark_json(bookmark: Bookmark) -> Json:
    return {
        "id": bookmark.id,
        "channel_id": bookmark.channel,
        "title": bookmark.title,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
        "type": "link",
        "date_created": bookmark.created,
    }


def view_json(ws: Workspace, view: View) -> Json:
    keys = ("blocks", "title", "submit", "close", "private_metadata", "callback_id", "external_id")
    flags = ("clear_on_close", "notify_on_close", "submit_disabled")
    defaults = {"private_metadata": "", "callback_id": "", "external_id": ""}
    return (
        {"id": view.id, "team_id": ws.team_id, "type": view.type}
        | {key: view.definition.get(key, defaults.get(key)) for key in keys}
        | {flag: bool(view.definition.get(flag)) for flag in flags}
        | {
            "state": {"values": view.state},
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "app_id": ws.app_id,
            "app_installed_team_id": ws.team_id,
            "bot_id": ws.bot_id,
        }
    )
