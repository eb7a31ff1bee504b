"""Requests about who does what, and who is brought in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfPeople(Request):
    """For `domain/people.py`."""


@dataclass(frozen=True)
class AssignRole(OfPeople):
    """`role` None: the role that leads."""

    person: str
    role: str | None = None


@dataclass(frozen=True)
class HandOff(OfPeople):
    """The caller's roles and pending asks go to somebody else."""

    to: str


@dataclass(frozen=True)
class Cover(OfPeople):
    """Somebody stands in for `person` (None: the caller) for a while."""

    stand_in: str
    length: timedelta
    person: str | None = None


@dataclass(frozen=True)
class AddPeople(OfPeople):
    people: tuple[str, ...]
    groups: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Page(OfPeople):
    """`instead_of`: the unanswered page (fact seq) that this one follows."""

    person: str
    why: str
    instead_of: int | None = None


@dataclass(frozen=True)
class Escalate(OfPeople):
    """The next level of the ladder, or with `team` that team of the protocol's functional escalation."""

    help: str = ""
    team: str | None = None


@dataclass(frozen=True)
class HoldEscalation(OfPeople):
    length: timedelta
    why: str


@dataclass(frozen=True)
class Follow(OfPeople):
    follows: bool = True


@dataclass(frozen=True)
class HearQuestion(OfPeople):
    """Somebody wrote in the announcement's thread."""

    channel: str
    ts: str
    thread: str
    author: str
    text: str


@dataclass(frozen=True)
class AnswerQuestion(OfPeople):
    """`question` is the fact's seq."""

    question: int
    text: str


@dataclass(frozen=True)
class Join(OfPeople):
    person: str


@dataclass(frozen=True)
class IsMuted(OfPeople):
    """Slack says that somebody's notifications are held back until then."""

    person: str
    until: datetime | None = None
