"""Requests: what people and the clock ask of an incident, already parsed. `decide` answers each with facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Declare:
    title: str
    severity: str | None = None  # None: the protocol's second highest rank, to be confirmed
    affected: str = ""
    environment: str = "production"
    detection: str = "user report"
    detected_at: datetime | None = None
    started_at: datetime | None = None
    private: bool = False
    origin: str | None = None


@dataclass(frozen=True)
class Acknowledge:
    """`take`: the caller is not on call and takes it all the same (*I take it*)."""

    take: bool = False


@dataclass(frozen=True)
class Confirm:
    pass


@dataclass(frozen=True)
class PostUpdate:
    """An update; where the form also asks for the impact, one answer keeps that promise too. `ask` is the reminder it
    answers (fact seq), where it can answer no other."""

    text: str
    no_change: bool = False
    impact: str = ""
    data: str | None = None
    eta: datetime | None = None
    ask: int | None = None


@dataclass(frozen=True)
class StateImpact:
    sentence: str
    data: str | None = None
    eta: datetime | None = None


@dataclass(frozen=True)
class ChangeSeverity:
    severity: str
    why: str = ""


@dataclass(frozen=True)
class MovePhase:
    phase: str


@dataclass(frozen=True)
class AddNote:
    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class SnoozeAsking:
    length: timedelta
    why: str


@dataclass(frozen=True)
class DeclineAsk:
    """`Not me` on the reminder that fact `ask` posted."""

    ask: int


@dataclass(frozen=True)
class Resolve:
    fix: str
    data: str
    cause: str = ""
    verified: str = ""
    postmortem_owner: str | None = None


@dataclass(frozen=True)
class Close:
    met: tuple[str, ...]
    reason: str = ""
    severity: str | None = None
    automatable: bool | None = None


@dataclass(frozen=True)
class Cancel:
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Reopen:
    why: str


@dataclass(frozen=True)
class MarkMessage:
    channel: str
    ts: str
    author: str | None
    text: str
    marker: str
    permalink: str | None = None


@dataclass(frozen=True)
class RetractMark:
    channel: str
    ts: str


@dataclass(frozen=True)
class NoteEdit:
    """A marked message was edited in Slack (`text`), or deleted (None)."""

    channel: str
    ts: str
    text: str | None


@dataclass(frozen=True)
class Speak:
    """Somebody wrote in the incident's channel; counts only as an acknowledgement."""


@dataclass(frozen=True)
class RetryChannel:
    pass


@dataclass(frozen=True)
class ChannelIs:
    """What Slack answered to creating the channel: its id and name, or its refusal."""

    channel: str | None = None
    name: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Informed:
    recipient: str


@dataclass(frozen=True)
class Refused:
    message: str
    error: str


@dataclass(frozen=True)
class Tick:
    """Business time has come this far: record what is due."""


Request = (
    Declare | Acknowledge | Confirm | PostUpdate | StateImpact | ChangeSeverity | MovePhase | AddNote | SnoozeAsking
    | DeclineAsk | Resolve | Close | Cancel | Reopen | MarkMessage | RetractMark | NoteEdit | Speak | RetryChannel
    | ChannelIs | Informed | Refused | Tick
)  # fmt: skip
