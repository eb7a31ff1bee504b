"""chat.*: posting, updating, deleting (reference/methods/chat.postMessage and neighbours)."""

from __future__ import annotations

from bot.sandbox import channels, messages
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message
from bot.sandbox.web import access
from bot.sandbox.web.call import Args, method
from bot.sandbox.web.payload import TEXT_MAX, attachments_arg, blocks_arg, content, metadata_arg, text_arg
from bot.sandbox.wire import message_json
from bot.sandbox.workspace import Workspace, drop_none

UPDATE_MAX = 4_000
"""Characters chat.update takes (reference/methods/chat.update)."""


class RateLimited(Exception):
    """The channel had a message less than a second ago; ``seconds`` until the next may come."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


def target(ws: Workspace, args: Args) -> Channel:
    """The channel to post to: an id, a person (their direct conversation) or the name of a visible channel."""
    wanted = args.text("channel", "channel_not_found")
    if wanted in ws.users:
        _messages_tab(ws)
        return channels.open_dm(ws, wanted, "channel_not_found")
    if wanted in ws.channels:
        channel = ws.visible(wanted)
    else:
        named = ws.named(wanted.removeprefix("#"))
        channel = ws.visible(named.id if named else "")
    if channel.kind == "im":
        _messages_tab(ws)
    return channel


def _messages_tab(ws: Workspace) -> None:
    if not ws.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")


def _may_post(ws: Workspace, channel: Channel) -> None:
    access.living(channel)
    if not ws.in_channel(channel) and "chat:write.public" not in ws.manifest.scopes:
        raise SlackError("not_in_channel")


def _thread(ws: Workspace, channel: Channel, args: Args) -> str | None:
    """The parent's ts. A reply's ts is refused: Slack says to use the parent's."""
    if "thread_ts" not in args:
        return None
    parent = ws.find(channel.id, args.text("thread_ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.is_reply or parent.is_system:
        raise SlackError("cannot_reply_to_message")
    return parent.ts


def _disguise(ws: Workspace, args: Args) -> Json:
    worn = {key: args.text(key) for key in ("username", "icon_emoji") if key in args}
    if worn or "icon_url" in args:
        ws.require("chat:write.customize")
    return worn


@method("chat.postMessage", "chat:write", tier=None)
def post_message(ws: Workspace, args: Args) -> Json:
    channel = target(ws, args)
    _may_post(ws, channel)
    limit = TEXT_MAX if ws.unconfirmed.chat_post_msg_too_long else None
    more = content(ws, args, limit) | _disguise(ws, args)
    metadata, thread = metadata_arg(ws, args), _thread(ws, channel, args)
    if (again := _duplicate(ws, channel, args)) is not None:
        return posted(ws, channel, again)
    if (seconds := ws.limits.check_post(channel.id)) is not None:
        raise RateLimited(seconds)
    message = messages.post(
        ws,
        channel,
        ws.bot_user_id,
        more.pop("text"),
        link_names=args.flag("link_names") or args.maybe("parse") == "full",
        metadata=metadata,
        thread_ts=thread,
        broadcast=args.flag("reply_broadcast"),
        subtype="thread_broadcast" if thread and args.flag("reply_broadcast") else None,
        bot_id=ws.bot_id,
        app_id=ws.app_id,
        client_msg_id=args.maybe("client_msg_id") or None,
        **more,
    )
    return posted(ws, channel, message)


def _duplicate(ws: Workspace, channel: Channel, args: Args) -> Message | None:
    if not ws.unconfirmed.duplicates_client_msg_id or "client_msg_id" not in args:
        return None
    wanted = args.text("client_msg_id")
    return next((m for m in ws.alive(channel.id) if m.client_msg_id == wanted), None)


def posted(ws: Workspace, channel: Channel, message: Message) -> Json:
    return {"channel": channel.id, "ts": message.ts, "message": message_json(ws, message, all_metadata=True)}


@method("chat.update", "chat:write", tier=3)
def update(ws: Workspace, args: Args) -> Json:
    """Omitted blocks go when text is given; omitted attachments and metadata stay (reference/methods/chat.update)."""
    channel = access.channel_arg(ws, args)
    message = access.message_arg(ws, channel, args.text("ts"))
    if message.bot_id != ws.bot_id:
        raise SlackError("cant_update_message")
    access.living(channel, "is_inactive")
    changes = drop_none(
        {
            "text": text_arg(ws, args, UPDATE_MAX) if "text" in args else None,
            "blocks": blocks_arg(ws, args),
            "attachments": attachments_arg(ws, args),
            "metadata": metadata_arg(ws, args),
        }
    )
    if not changes.keys() & {"text", "blocks", "attachments"}:
        raise SlackError("no_text")
    if "text" in changes:
        changes.setdefault("blocks", [])
    elif changes.get("blocks"):
        changes["text"] = ""
    if not (changes.get("text", message.text) or changes.get("blocks", message.blocks)):
        raise SlackError("no_text")
    _same_kind(message, changes)
    messages.edit(ws, message, ws.bot_user_id, changes)
    answer = posted(ws, channel, message)
    return answer | {"text": message.text}


def _same_kind(message: Message, changes: Json) -> None:
    """Rich text cannot become something else (``block_mismatch``)."""
    was = any(block["type"] == "rich_text" for block in message.blocks)
    stays = any(block["type"] == "rich_text" for block in changes.get("blocks", message.blocks))
    if was and not stays:
        raise SlackError("block_mismatch")


@method("chat.delete", "chat:write", tier=3)
def delete(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    message = access.message_arg(ws, channel, args.text("ts"))
    if message.bot_id != ws.bot_id:
        raise SlackError("cant_delete_message")
    messages.delete(ws, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write", tier=4)
def post_ephemeral(ws: Workspace, args: Args) -> Json:
    channel = target(ws, args)
    access.living(channel)
    access.member(ws, channel)
    user = args.text("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    thread = _thread(ws, channel, args)
    message = whisper(ws, channel.id, user, content(ws, args, TEXT_MAX), thread)
    return {"message_ts": message.ts}


def whisper(ws: Workspace, channel: str, user: str, said: Json, thread_ts: str | None = None) -> Message:
    """An ephemeral message: only ``user`` sees it, no history, no event, no later edit by ts."""
    message = Message(
        channel,
        ws.next_ts(),
        ws.bot_user_id,
        posted_at=0.0,
        bot_id=ws.bot_id,
        app_id=ws.app_id,
        thread_ts=thread_ts,
        ephemeral_to=user,
        **said,
    )
    ws.ephemerals.setdefault(user, []).append(message)
    ws.changed()
    return message


@method("chat.getPermalink", tier=None, takes_json=False)
def get_permalink(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    message = access.message_arg(ws, channel, args.text("message_ts"))
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    return {"channel": channel.id, "permalink": ws.permalink(channel.id, message.ts) + thread}
