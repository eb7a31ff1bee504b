"""Who asks something of an incident, and through which door."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import fact as f


@dataclass(frozen=True)
class Caller:
    """`person` None is the bot itself. `known` is False while Slack has not said who they are; `admin`: an admin of the
    workspace who does it although a rule leaves it to others; `may` is what the rule of the verb says of them, None
    where nothing is configured for it."""

    person: str | None
    via: f.Door
    known: bool = True
    admin: bool = False
    may: bool | None = None


BOT = Caller(None, "clock")
