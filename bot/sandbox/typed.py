"""What Slack's client makes of typed text: names picked from the list become control sequences."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.sandbox import mrkdwn
from bot.sandbox.manifest import Command
from bot.sandbox.model import User
from bot.sandbox.workspace import Workspace

BROADCAST = re.compile(r"(?<!\w)@(here|channel|everyone)\b")


def as_message(ws: Workspace, text: str) -> str:
    """Escaped, with @Name, @group, #channel and @here turned into mentions."""
    text = BROADCAST.sub(r"<!\1>", _people(ws, mrkdwn.escape(text), lambda user: f"<@{user.id}>"))
    return _channels(ws, _groups(ws, text))


def as_command_text(ws: Workspace, command: Command, text: str) -> str:
    """A command's arguments: plain, or with ``should_escape`` names as control sequences."""
    if not command.should_escape:
        return text
    if ws.unconfirmed.command_text_entities:
        text = mrkdwn.escape(text)
    named = ws.unconfirmed.escaped_mention_carries_name
    text = _people(ws, text, lambda user: f"<@{user.id}|{user.name}>" if named else f"<@{user.id}>")
    return _channels(ws, _groups(ws, text, labelled=named))


def _groups(ws: Workspace, text: str, labelled: bool = False) -> str:
    """User groups by handle; ``labelled``: with the handle beside the id."""
    for group in ws.subteams.values():
        label = f"|@{group.handle}" if labelled else ""
        text = re.sub(rf"(?<!\w)@{re.escape(group.handle)}(?![\w-])", f"<!subteam^{group.id}{label}>", text)
    return text


def _people(ws: Workspace, text: str, show: Callable[[User], str]) -> str:
    known = {name: user for user in ws.users.values() for name in (user.real_name, user.name)}
    if not known:
        return text
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<!\w)@({names})(?!\w)", lambda found: show(known[found[1]]), text)


def _channels(ws: Workspace, text: str) -> str:
    known = {channel.name: channel for channel in ws.channels.values() if channel.kind != "im"}

    def show(found: re.Match[str]) -> str:
        channel = known.get(found[1])
        if channel is None:
            return found[0]
        return f"<#{channel.id}|{channel.name if channel.kind == 'public' else ''}>"

    return re.sub(r"(?<![\w&])#([a-z0-9_-]+)", show, text)
