"""conversations.*: making, changing and filling channels (reference/methods/conversations.*)."""

from __future__ import annotations

from bot.sandbox import channels
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json
from bot.sandbox.web import access
from bot.sandbox.web.call import Args, method
from bot.sandbox.wire import channel_json
from bot.sandbox.workspace import Workspace

TOPIC_MAX = 250


@method("conversations.create", *access.MANAGE, tier=2)
def create(ws: Workspace, args: Args) -> Json:
    private = args.flag("is_private")
    access.manage_scope(ws, private)
    name = channels.check_name(ws, args.maybe("name"))
    channel = channels.create(ws, name, private, ws.bot_user_id)
    return {"channel": channel_json(ws, channel)}


@method("conversations.rename", *access.MANAGE, tier=2)
def rename(ws: Workspace, args: Args) -> Json:
    """The name is made to fit, unlike create's; only the creator may (no admin rights for apps)."""
    channel = _mine(ws, args)
    if channel.creator != ws.bot_user_id:
        raise SlackError("not_authorized")
    name = args.text("name", "invalid_name_required").lower().replace(" ", "-")
    if name != channel.name:
        channels.rename(ws, channel, channels.check_name(ws, name), ws.bot_user_id)
    return {"channel": channel_json(ws, channel)}


def _mine(ws: Workspace, args: Args, *extra: str) -> Channel:
    """A living channel the app is in, with the managing scope for its kind."""
    channel = access.real_channel(ws, args)
    access.manage_scope(ws, channel.kind == "private", *extra)
    access.living(channel)
    access.member(ws, channel)
    return channel


@method("conversations.archive", *access.MANAGE, tier=2)
def archive(ws: Workspace, args: Args) -> Json:
    channel = access.real_channel(ws, args)
    access.manage_scope(ws, channel.kind == "private")
    access.living(channel, "already_archived")
    access.member(ws, channel)
    if channel.general:
        raise SlackError("cant_archive_general")
    channels.archive(ws, channel, ws.bot_user_id)
    return {}


@method("conversations.unarchive", *access.MANAGE, tier=2)
def unarchive(ws: Workspace, args: Args) -> Json:
    channel = access.real_channel(ws, args)
    access.manage_scope(ws, channel.kind == "private")
    if not channel.archived:
        raise SlackError("not_archived")
    if not ws.unconfirmed.bot_tokens_unarchive:
        raise SlackError("not_in_channel")
    channels.unarchive(ws, channel, ws.bot_user_id)
    return {}


TOPIC_SCOPES = (*access.MANAGE, "channels:write.topic", "groups:write.topic")


@method("conversations.setTopic", *TOPIC_SCOPES, tier=2)
def set_topic(ws: Workspace, args: Args) -> Json:
    channel = _described(ws, args, "topic")
    channels.set_topic(ws, channel, args.maybe("topic"), ws.bot_user_id)
    return {"channel": channel_json(ws, channel)}


@method("conversations.setPurpose", *TOPIC_SCOPES, tier=2)
def set_purpose(ws: Workspace, args: Args) -> Json:
    channel = _described(ws, args, "purpose")
    channels.set_purpose(ws, channel, args.maybe("purpose"), ws.bot_user_id)
    return {"channel": channel_json(ws, channel), "purpose": channel.purpose}


def _described(ws: Workspace, args: Args, what: str) -> Channel:
    channel = _mine(ws, args, "write.topic")
    if len(args.maybe(what)) > TOPIC_MAX:
        raise SlackError("too_long")
    return channel


@method("conversations.join", "channels:join", tier=3)
def join(ws: Workspace, args: Args) -> Json:
    channel = access.real_channel(ws, args)
    if channel.kind == "private":
        raise SlackError("method_not_supported_for_channel_type")
    access.living(channel)
    if ws.in_channel(channel):
        metadata = {"warnings": ["already_in_channel"]}
        return {"channel": channel_json(ws, channel), "warning": "already_in_channel", "response_metadata": metadata}
    channels.join(ws, channel, ws.bot_user_id)
    return {"channel": channel_json(ws, channel)}


@method("conversations.leave", *access.MANAGE, tier=3)
def leave(ws: Workspace, args: Args) -> Json:
    channel = access.real_channel(ws, args)
    access.manage_scope(ws, channel.kind == "private")
    if channel.general:
        raise SlackError("cant_leave_general")
    if not ws.in_channel(channel):
        return {"not_in_channel": True}
    channels.leave(ws, channel, ws.bot_user_id)
    return {}


@method("conversations.kick", *access.MANAGE, tier=3)
def kick(ws: Workspace, args: Args) -> Json:
    channel = _mine(ws, args)
    user = ws.user(args.text("user"))
    if user.id == ws.bot_user_id:
        raise SlackError("cant_kick_self")
    if channel.general:
        raise SlackError("cant_kick_from_general")
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    channels.leave(ws, channel, user.id)
    return {"errors": {}}


INVITE_SCOPES = (*access.MANAGE, "channels:write.invites", "groups:write.invites")


@method("conversations.invite", *INVITE_SCOPES, tier=3)
def invite(ws: Workspace, args: Args) -> Json:
    """All or nothing, unless ``force``: then the invitable ones come in and the others are listed. Deactivated accounts
    stop nobody else, though the answer is their error (reference/methods/conversations.invite#partially-failed-calls).
    """
    channel = _mine(ws, args, "write.invites")
    users = list(dict.fromkeys(args.listed("users")))
    if not users:
        raise SlackError("no_user")
    if len(users) > ws.unconfirmed.invite_batch_limit:
        raise SlackError("invalid_arguments", [f"[ERROR] no more than {ws.unconfirmed.invite_batch_limit} users"])
    errors = [{"user": u, "ok": False, "error": e} for u in users if (e := _uninvitable(ws, channel, u))]
    refused = {str(error["user"]) for error in errors}
    silent = all(user in ws.users and ws.users[user].deleted for user in refused)
    if silent or args.flag("force"):
        for user in users:
            if user not in refused:
                channels.join(ws, channel, user, ws.bot_user_id)
    if errors and (not args.flag("force") or len(refused) == len(users)):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    return {"channel": channel_json(ws, channel)} | ({"errors": errors} if errors else {})


def _uninvitable(ws: Workspace, channel: Channel, user_id: str) -> str | None:
    user = ws.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user_id == ws.bot_user_id:
        return "cant_invite_self"
    if user_id in channel.members:
        return "already_in_channel"
    if code := ws.faults.uninvitable.get(user_id):
        return code
    if user.deleted:
        return "cant_invite"
    if user.stranger:
        return "no_external_invite_permission"
    if user.single_channel_guest and any(user_id in c.members for c in ws.channels.values() if c.kind != "im"):
        return "ura_max_channels"
    return None


@method("conversations.open", "im:write", "mpim:write", tier=3)
def open_conversation(ws: Workspace, args: Args) -> Json:
    if "channel" in args:
        channel = access.channel_arg(ws, args)
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    users = args.listed("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 8:
        raise SlackError("too_many_users")
    if len(users) > 1:
        raise SlackError("invalid_user_combination")
    ws.require("im:write")
    known = any(c.kind == "im" and users[0] in c.members for c in ws.channels.values())
    channel = channels.open_dm(ws, users[0], "user_not_found")
    body = channel_json(ws, channel) if args.flag("return_im") else {"id": channel.id}
    return {"channel": body} | ({"no_op": True, "already_open": True} if known else {})
