"""pins.*, reactions.*, bookmarks.*: what is stuck to messages and channels."""

from __future__ import annotations

import re

from bot.sandbox import messages
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Bookmark, Channel, Json, Message
from bot.sandbox.web import access
from bot.sandbox.web.call import Args, method
from bot.sandbox.wire import bookmark_json, message_json
from bot.sandbox.workspace import Workspace

BOOKMARKS_MAX = 100
"""Per channel (reference/methods/bookmarks.add)."""


def _timestamp(args: Args) -> str:
    ts = args.text("timestamp", "no_item_specified")
    if not re.fullmatch(r"\d+\.\d{6}", ts):
        raise SlackError("bad_timestamp")
    return ts


def _marked(ws: Workspace, args: Args, needs_membership: bool) -> tuple[Channel, Message]:
    channel = access.channel_arg(ws, args)
    if needs_membership:
        access.member(ws, channel)
    access.living(channel)
    return channel, access.message_arg(ws, channel, _timestamp(args))


@method("pins.add", "pins:write", tier=2)
def add_pin(ws: Workspace, args: Args) -> Json:
    channel, message = _marked(ws, args, ws.unconfirmed.pin_needs_membership)
    if message.is_system:
        raise SlackError("not_pinnable")
    if message.pinned:
        raise SlackError("already_pinned")
    if len(channel.pins) >= ws.unconfirmed.pins_per_channel:
        raise SlackError("too_many_pins")
    messages.pin(ws, channel, message, ws.bot_user_id)
    return {}


@method("pins.remove", "pins:write", tier=2)
def remove_pin(ws: Workspace, args: Args) -> Json:
    channel, message = _marked(ws, args, ws.unconfirmed.pin_needs_membership)
    if not message.pinned:
        raise SlackError("no_pin")
    messages.unpin(ws, channel, message, ws.bot_user_id)
    return {}


@method("pins.list", "pins:read", tier=2, takes_json=False)
def list_pins(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    access.member(ws, channel)
    found = [m for ts in reversed(channel.pins) if (m := ws.find(channel.id, ts))]
    items = [
        {"type": "message", "channel": channel.id, "created_by": m.pinned_by, "message": message_json(ws, m)}
        for m in found
    ]
    return {"items": items}


def _emoji(args: Args) -> str:
    name = args.text("name", "invalid_name").strip(":")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    return name


@method("reactions.add", "reactions:write", tier=3)
def add_reaction(ws: Workspace, args: Args) -> Json:
    emoji = _emoji(args)
    _, message = _marked(ws, args, ws.unconfirmed.reaction_needs_membership)
    if ws.bot_user_id in message.reactions.get(emoji, ()):
        raise SlackError("already_reacted")
    if emoji not in message.reactions and len(message.reactions) >= ws.unconfirmed.reactions_per_message:
        raise SlackError("too_many_reactions")
    messages.react(ws, message, ws.bot_user_id, emoji)
    return {}


@method("reactions.remove", "reactions:write", tier=2)
def remove_reaction(ws: Workspace, args: Args) -> Json:
    emoji = _emoji(args)
    _, message = _marked(ws, args, ws.unconfirmed.reaction_needs_membership)
    if ws.bot_user_id not in message.reactions.get(emoji, ()):
        raise SlackError("no_reaction")
    messages.unreact(ws, message, ws.bot_user_id, emoji)
    return {}


@method("reactions.get", "reactions:read", tier=3, takes_json=False)
def get_reactions(ws: Workspace, args: Args) -> Json:
    channel = access.channel_arg(ws, args)
    message = access.message_arg(ws, channel, _timestamp(args))
    return {"type": "message", "channel": channel.id, "message": message_json(ws, message)}


def _shelf(ws: Workspace, args: Args) -> Channel:
    channel = ws.visible(args.text("channel_id"))
    if ws.unconfirmed.bookmark_needs_membership:
        access.member(ws, channel)
    return channel


def _link(args: Args) -> str:
    link = args.text("link", "invalid_link")
    if not re.match(r"https?://\S+$", link):
        raise SlackError("invalid_link")
    return link


@method("bookmarks.add", "bookmarks:write", tier=2)
def add_bookmark(ws: Workspace, args: Args) -> Json:
    channel = _shelf(ws, args)
    access.living(channel)
    title = args.text("title")
    if args.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    link = _link(args)
    for known in channel.bookmarks:
        if known.link == link and not ws.unconfirmed.bookmarks_allow_duplicates:
            return {"bookmark": bookmark_json(known)}
    if len(channel.bookmarks) >= BOOKMARKS_MAX:
        raise SlackError("too_many_bookmarks")
    made = Bookmark(ws.next_id("Bk"), channel.id, title, link, _bookmark_emoji(args), ws.now())
    channel.bookmarks.append(made)
    ws.changed()
    return {"bookmark": bookmark_json(made)}


def _bookmark_emoji(args: Args) -> str | None:
    emoji = args.maybe("emoji")
    if emoji and not re.fullmatch(r":[a-z0-9_+'-]+:", emoji):
        raise SlackError("invalid_emoji")
    return emoji or None


def _bookmark(ws: Workspace, args: Args) -> tuple[Channel, Bookmark]:
    channel = _shelf(ws, args)
    wanted = args.text("bookmark_id")
    for bookmark in channel.bookmarks:
        if bookmark.id == wanted:
            return channel, bookmark
    raise SlackError("not_found")


@method("bookmarks.edit", "bookmarks:write", tier=2)
def edit_bookmark(ws: Workspace, args: Args) -> Json:
    _, bookmark = _bookmark(ws, args)
    bookmark.title = args.maybe("title", bookmark.title)
    if "link" in args:
        bookmark.link = _link(args)
    bookmark.emoji = _bookmark_emoji(args) or bookmark.emoji
    ws.changed()
    return {"bookmark": bookmark_json(bookmark)}


@method("bookmarks.remove", "bookmarks:write", tier=2)
def remove_bookmark(ws: Workspace, args: Args) -> Json:
    channel, bookmark = _bookmark(ws, args)
    channel.bookmarks.remove(bookmark)
    ws.changed()
    return {}


@method("bookmarks.list", "bookmarks:read", tier=3, takes_json=False)
def list_bookmarks(ws: Workspace, args: Args) -> Json:
    return {"bookmarks": [bookmark_json(one) for one in _shelf(ws, args).bookmarks]}
