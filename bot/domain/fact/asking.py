"""Who was asked for what: promises falling due, calls up the ladder, word to management."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain.fact.base import Fact, Prose


class Covered(BaseModel):
    """One promise an ask is about: the clock's key and its occurrence (1 = first)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    occurrence: int


class Snoozed(Fact):
    kind = "snoozed"
    until: datetime
    why: Prose


class Asked(Fact):
    """The bot asked people about promises. Says "asked", never "woken": Slack alone cannot promise that.

    `how`: page (channel mention and direct message), early (direct message), due (channel, with buttons),
    climb (reply in the due message's thread), ladder (the same, to the next level), direct (direct message only).
    `people` empty: there was nobody else to ask; `again_at` is when the bot tries next, None for never.
    """

    kind = "asked"
    covers: tuple[Covered, ...]
    step: str
    how: Literal["page", "early", "due", "climb", "ladder", "direct"]
    people: tuple[str, ...]
    due: datetime
    clause: str
    again_at: datetime | None = None


class AskDeclined(Fact):
    """`Not me`: the ask goes to the next in the chain."""

    kind = "ask_declined"
    covers: tuple[Covered, ...]


class Heard(Fact):
    """Somebody who had been asked wrote in the channel: they are there, so a later step may ask them again."""

    kind = "heard"


class Escalated(Fact):
    """`help` is what is needed, where a person says so; `team` is the directory name of a team that is called beside
    the ladder, for the kind of incident it is (then `level` is 0)."""

    kind = "escalated"
    level: int
    people: tuple[str, ...]
    by_clock: bool
    clause: str
    help: Prose = ""
    team: str | None = None


class ManagementCalled(Fact):
    """Management is to be told now; kept when the message is delivered (`ManagementInformed`)."""

    kind = "management_called"
    people: tuple[str, ...]
    channels: tuple[str, ...]
    clause: str


class ManagementInformed(Fact):
    kind = "management_informed"
    recipient: str
