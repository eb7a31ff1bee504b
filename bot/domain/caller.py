"""Who asks something of an incident, and through which door."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import fact as f


@dataclass(frozen=True)
class Caller:
    """`person` None is the bot itself."""

    person: str | None
    via: f.Door


BOT = Caller(None, "clock")
