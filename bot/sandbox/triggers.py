"""trigger_ids and response_urls: short-lived permissions in payloads (interactivity/handling-user-interaction)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Message
from bot.sandbox.timing import Timing
from bot.sandbox.unconfirmed import Unconfirmed

UrlKind = Literal["commands", "actions", "app-actions"]


@dataclass
class Trigger:
    user: str
    issued: float
    view_id: str | None
    used: bool = False


@dataclass
class ResponseUrl:
    kind: UrlKind
    user: str
    channel: str
    issued: float
    message: Message | None
    uses: int = 0
    last: Message | None = None
    """The last message this URL made."""


class Triggers:
    def __init__(self, team_id: str, timing: Timing, unconfirmed: Unconfirmed) -> None:
        self.team_id = team_id
        self.timing = timing
        self.unconfirmed = unconfirmed
        self._triggers: dict[str, Trigger] = {}
        self.urls: dict[str, ResponseUrl] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        number = len(self._triggers) + 1
        trigger_id = f"{number}.{self.team_id}.{number:032x}"
        self._triggers[trigger_id] = Trigger(user, time.monotonic(), view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger up. Raises invalid_trigger_id, or expired / exchanged in the configured spelling."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if time.monotonic() - trigger.issued > self.timing.trigger:
            raise SlackError(self._spell("expired"))
        if trigger.used:
            raise SlackError(self._spell("exchanged"))
        trigger.used = True
        return trigger

    def _spell(self, what: str) -> str:
        guide = self.unconfirmed.trigger_error_names == "trigger_expired"
        return f"trigger_{what}" if guide else f"{what}_trigger_id"

    def url_path(self, kind: UrlKind, user: str, channel: str, message: Message | None = None) -> str:
        """The path of a fresh response_url, below the workspace's address."""
        key = f"{kind}/{self.team_id}/{len(self.urls) + 1:04d}/secret"
        self.urls[key] = ResponseUrl(kind, user, channel, time.monotonic(), message)
        return key

    def use_url(self, key: str) -> ResponseUrl | None:
        """The URL's target with one use counted, or None when it is unknown, too old or used up."""
        url = self.urls.get(key)
        if url is None or url.uses >= self.timing.response_url_uses:
            return None
        if time.monotonic() - url.issued > self.timing.response_url:
            return None
        url.uses += 1
        return url
