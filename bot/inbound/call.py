"""A call at a door, and what the caller gets for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain import fact as f
from bot.domain.caller import Caller
from bot.inbound import letters
from bot.usecases.declare import ReplyTo
from bot.views.scene import Post


@dataclass(frozen=True)
class Call:
    """Who asks, when (business time), where (channel, and thread in it) and through which door. `key` is the delivery's
    id, by which a second one is known; `known` is False while Slack has not told us who the person is; `reply` is
    where an answer can go; `shared`: people of other workspaces speak there too, so whoever is not known may be one;
    `admin`: an admin who pressed that they do it all the same."""

    person: str
    via: f.Door
    now: datetime
    channel: str | None = None
    key: str | None = None
    known: bool = True
    reply: ReplyTo = field(default_factory=ReplyTo)
    thread: str | None = None
    shared: bool = False
    admin: bool = False

    @property
    def direct(self) -> bool:
        """Whether it was said in the conversation with the bot."""
        return self.channel is not None and self.channel.startswith("D")

    @property
    def caller(self) -> Caller:
        return Caller(self.person, self.via, self.known, self.admin)

    def back(self, incident: int | None = None, ask: int | None = None) -> letters.Return:
        """Where an answer goes that comes later, and what it will be about."""
        return letters.Return(self.reply.url, self.reply.at, self.channel, incident, ask, self.thread, self.admin)


@dataclass(frozen=True)
class Reply:
    """What the caller gets: a private message, or a form to fill in. `refused`: nothing was done, so what was offered
    before stays offered. `quiet`: what was clicked shows it by itself, so only a private page is drawn anew."""

    post: Post | None = None
    view: dict[str, Any] | None = None
    refused: bool = False
    quiet: bool = False
