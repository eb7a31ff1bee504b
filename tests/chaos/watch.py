"""What is noted while chaos reigns, because it cannot be seen afterwards: the first post of every message, the buttons
of messages as they were, and what was delivered to the bot with the answer it got."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import Message, Sandbox
from bot.sandbox.delivery import Reply

ROOM = re.compile(r"inc-(\d+)(?:-|$)")


@dataclass(frozen=True)
class Posted:
    """A message of the bot's as it was first posted; `id` is its place in the outbox."""

    order: int
    channel: str
    ts: str
    id: str | None
    text: str


@dataclass
class Asked:
    """Something a person did that the bot answers, and how the delivery went."""

    person: str
    payload: dict[str, Any]
    reply: Reply | None = None

    @property
    def key(self) -> str:
        """The key under which it is remembered."""
        kind = self.payload.get("type")
        if kind == "view_submission":
            return f"view:{self.payload['view']['id']}"
        word = {"block_actions": "click", "message_action": "shortcut", "shortcut": "shortcut"}.get(
            str(kind), "command"
        )
        return f"{word}:{self.payload['trigger_id']}"

    @property
    def text(self) -> str:
        """What the acknowledgement said."""
        body = (self.reply.payload if self.reply else None) or {}
        return f"{body.get('text', '')} {' '.join(body.get('errors', {}).values())}".strip()


@dataclass
class Watch:
    slack: Sandbox
    posted: list[Posted] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    rooms: dict[str, int] = field(default_factory=dict)
    """Channels that the bot made, and of which incident."""
    old: dict[tuple[str, str], list[Message]] = field(default_factory=lambda: defaultdict(list))
    """Messages of the bot's as they stood before they were edited, oldest first."""
    _seen: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        workspace, dispatcher = self.slack.ws, self.slack.dispatcher
        changed, ask = workspace.changed, dispatcher.ask

        def look() -> None:
            self._look()
            changed()

        async def noted(kind: Any, payload: dict[str, Any], accepts_response: bool = True) -> Reply:
            person = payload.get("user_id") or payload["user"]["id"]
            self.asked.append(one := Asked(person, payload))
            one.reply = await ask(kind, payload, accepts_response)
            return one.reply

        workspace.changed = look  # type: ignore[method-assign]
        dispatcher.ask = noted  # type: ignore[method-assign]

    def _look(self) -> None:
        bot = self.slack.bot_user_id
        for channel in list(self.slack.ws.channels.values()):
            if channel.kind != "im" and channel.creator == bot and channel.id not in self.rooms:
                found = ROOM.match(channel.name)
                self.rooms[channel.id] = int(found[1]) if found else 0
            there = self.slack.ws.messages[channel.id]
            for message in there[self._seen.get(channel.id, 0) :]:
                if message.user == bot and not message.is_system:
                    self._first(message)
            self._seen[channel.id] = len(there)

    def _first(self, message: Message) -> None:
        payload = (message.metadata or {}).get("event_payload") or {}
        said = message.text + str(message.blocks) + str(message.attachments)
        self.posted.append(Posted(len(self.posted), message.channel, message.ts, payload.get("id"), said))
        self.old[message.channel, message.ts].append(copy.copy(message))

    def remember(self) -> None:
        """Keep what stands now, where it differs from what stood before."""
        for (channel, ts), versions in self.old.items():
            message = self.slack.ws.find(channel, ts)
            if message is not None and message.blocks != versions[-1].blocks:
                versions.append(copy.copy(message))

    def room(self, number: int) -> str | None:
        """The id of the incident's channel."""
        return next((channel for channel, incident in self.rooms.items() if incident == number), None)
