"""The topic of how bad it is and of what kind: what is decided, how the incident changes by it, and what follows outside."""

from __future__ import annotations

from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.oncall import Roster
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe


def decided(
    incident: Incident, request: r.OfGrading, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def reacted(s: Scribe, fact: f.OfGrading) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")
