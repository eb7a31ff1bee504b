"""Requests about how an incident goes, and what Slack and the clock say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.request.base import Request


@dataclass(frozen=True)
class Declare(Request):
    title: str
    severity: str | None = None  # None: the protocol's second highest rank, to be confirmed
    affected: str = ""
    environment: str = "production"
    detection: str = "user report"
    detected_at: datetime | None = None
    started_at: datetime | None = None
    private: bool = False
    origin: str | None = None
    drill: bool = False
    categories: tuple[str, ...] = ()
    another: bool = False  # the caller has said that it is no part of the incident in whose channel they are
    separate: bool = False  # the caller has seen what looks alike
    protocol: str | None = None  # the name of the protocol somebody chose; None: that of the channel it is said in


@dataclass(frozen=True)
class Acknowledge(Request):
    """`take`: the caller is not on call and takes it all the same (*I take it*)."""

    take: bool = False


@dataclass(frozen=True)
class Confirm(Request):
    pass


@dataclass(frozen=True)
class PostUpdate(Request):
    """An update; where the form also asks for the impact, one answer keeps that promise too. `ask` is the reminder it
    answers (fact seq), where it can answer no other. `author`, `channel` and `ts` are those of the message that was
    sent as the update, where it was one."""

    text: str
    no_change: bool = False
    impact: str = ""
    data: str | None = None
    eta: datetime | None = None
    ask: int | None = None
    author: str | None = None
    channel: str | None = None
    ts: str | None = None


@dataclass(frozen=True)
class StateImpact(Request):
    sentence: str
    data: str | None = None
    eta: datetime | None = None


@dataclass(frozen=True)
class ChangeSeverity(Request):
    severity: str
    why: str = ""


@dataclass(frozen=True)
class MovePhase(Request):
    phase: str


@dataclass(frozen=True)
class AddNote(Request):
    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class SnoozeAsking(Request):
    length: timedelta
    why: str


@dataclass(frozen=True)
class DeclineAsk(Request):
    """`Not me` on the reminder that fact `ask` posted."""

    ask: int


@dataclass(frozen=True)
class Resolve(Request):
    fix: str
    data: str
    cause: str = ""
    verified: str = ""
    postmortem_owner: str | None = None

    @property
    def engages(self) -> dict[str, str]:
        return {self.postmortem_owner: "postmortem_owner"} if self.postmortem_owner else {}


@dataclass(frozen=True)
class Close(Request):
    met: tuple[str, ...]
    reason: str = ""
    severity: str | None = None
    automatable: bool | None = None


@dataclass(frozen=True)
class Cancel(Request):
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Reopen(Request):
    why: str


@dataclass(frozen=True)
class MarkMessage(Request):
    channel: str
    ts: str
    author: str | None
    text: str
    marker: str
    permalink: str | None = None


@dataclass(frozen=True)
class RetractMark(Request):
    channel: str
    ts: str


@dataclass(frozen=True)
class NoteEdit(Request):
    """A marked message was edited in Slack (`text`), or deleted (None)."""

    channel: str
    ts: str
    text: str | None


@dataclass(frozen=True)
class Speak(Request):
    """Somebody wrote in the incident's channel; counts only as an acknowledgement."""


@dataclass(frozen=True)
class RetryChannel(Request):
    pass


@dataclass(frozen=True)
class ChannelIs(Request):
    """What Slack answered to creating the channel: its id and name, or its refusal."""

    channel: str | None = None
    name: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Informed(Request):
    recipient: str


@dataclass(frozen=True)
class Refused(Request):
    message: str
    error: str


@dataclass(frozen=True)
class Tick(Request):
    """Business time has come this far: record what is due."""
