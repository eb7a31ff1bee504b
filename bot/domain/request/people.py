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
    """`person` None: the caller. `role` None: the role that leads; else its name, as somebody said it."""

    person: str | None = None
    role: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.person: "person"} if self.person else {}


@dataclass(frozen=True)
class HandOff(OfPeople):
    """The caller's roles and pending asks go to somebody else; `everywhere`: those in every open incident."""

    to: str
    everywhere: bool = False

    @property
    def engages(self) -> dict[str, str]:
        return {self.to: "person"}


@dataclass(frozen=True)
class Cover(OfPeople):
    """Somebody stands in for `person` (None: the caller) for a while."""

    stand_in: str
    length: timedelta
    person: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.stand_in: "person"}


@dataclass(frozen=True)
class AddPeople(OfPeople):
    """`members` are those of the `groups`, once Slack has said who they are."""

    people: tuple[str, ...]
    groups: tuple[str, ...] = ()
    why: str = ""
    members: tuple[str, ...] = ()

    @property
    def engages(self) -> dict[str, str]:
        return dict.fromkeys(self.people, "person")


@dataclass(frozen=True)
class Page(OfPeople):
    """`instead_of`: the unanswered page (fact seq) that this one follows."""

    person: str
    why: str
    instead_of: int | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.person: "person"}


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
    """None: the other way round than it is now."""

    follows: bool | None = None


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


@dataclass(frozen=True)
class NotInvited(OfPeople):
    """Slack's answer to an invitation: whom it did not let in, with its error for each, and who wanted them there."""

    refused: tuple[tuple[str, str], ...]
    asker: str | None = None
