"""The postmortem: who owns it, when people meet for it, and that it is done."""

from __future__ import annotations

from datetime import datetime

from bot.domain.fact.base import Fact, Prose


class OfPostmortem(Fact):
    """A fact of the topic `domain/postmortem.py`."""


class PostmortemOwned(OfPostmortem):
    """Somebody else has it from now on; `before` had it."""

    kind = "postmortem_owned"
    person: str
    before: str | None = None


class PostmortemScheduled(OfPostmortem):
    """People meet for it. `attendees` are those whom the protocol wants there, as far as somebody stood behind its
    names; behind `nobody` there was no one. `again`: it was to be at another time before."""

    kind = "postmortem_scheduled"
    at: datetime
    where: Prose = ""
    attendees: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    clause: str = ""
    again: bool = False


class PostmortemDone(OfPostmortem):
    kind = "postmortem_done"
