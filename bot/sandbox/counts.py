"""How much the app said in a story, and to whom: what a night costs the people in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.sandbox.model import Channel, Message
from bot.sandbox.sandbox import Sandbox

Key = tuple[str, str]
"""Channel and time stamp of a message."""


@dataclass(frozen=True)
class Counted:
    """Of everybody in the workspace, by name.

    ``edited``: messages in channels that read differently later; an edit rings nobody. ``rings``: whose device a
    message in a channel rang, by mention, user group or @channel. ``direct``: direct messages, each of which rings too.
    ``private``: answers in channels that only this person saw; they ring nobody.
    """

    messages: int
    edited: int
    rings: dict[str, int]
    direct: dict[str, int]
    private: dict[str, int]

    def sentence(self, lasted: dt.timedelta) -> str:
        """``Counted in 7 h 2 min: 28 messages in channels (9 edited in place); Ana 4 rings · 2 direct messages, …``."""
        hours, minutes = divmod(int(lasted.total_seconds()) // 60, 60)
        posts = f"{_many(self.messages, 'message')} in channels ({self.edited} edited in place)"
        return f"Counted in {hours} h {minutes} min: {posts}; {', '.join(self._each())}."

    def _each(self) -> Iterator[str]:
        reached = [name for name in self.rings if self.rings[name] or self.direct[name]]
        for place, name in enumerate(reached):
            rings, direct = self.rings[name], self.direct[name]
            if place == 0:
                yield f"{name} {_many(rings, 'ring')} · {_many(direct, 'direct message')}"
            else:
                yield f"{name} {rings} · {direct}"
        yield "nobody else" if reached else "nobody was rung or written to"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def count(slack: Sandbox, edited: set[Key]) -> Counted:
    """What the app has said in this workspace so far; ``edited``: messages of anybody that were seen to change."""
    ws, people = slack.ws, slack.people
    posts = [message for channel in slack.channels for message in _posted(slack, channel)]
    rung = Counter(p.user for p in ws.pings if p.message.user == ws.bot_user_id and p.why != "dm")
    talks = [channel for channel in ws.channels.values() if channel.kind == "im"]
    direct = Counter(user for talk in talks for user in talk.members for _ in _posted(slack, talk))
    return Counted(
        messages=len(posts),
        edited=sum((message.channel, message.ts) in edited for message in posts),
        rings={person.name: rung[user] for user, person in people.items()},
        direct={person.name: direct[user] for user, person in people.items()},
        private={person.name: len(ws.ephemerals.get(user, [])) for user, person in people.items()},
    )


def _posted(slack: Sandbox, channel: Channel) -> list[Message]:
    """Everything the app ever posted there, what was deleted since too; not the lines Slack writes for it."""
    return [m for m in slack.ws.messages.get(channel.id, ()) if m.bot_id == slack.ws.bot_id]
