"""How an incident goes: declared, its channel, how bad it is, what was said of it, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.domain.fact.base import Fact, Prose


class Declared(Fact):
    kind = "declared"
    title: Prose
    severity: str
    protocol: str
    protocol_digest: str
    phase: str
    private: bool = False
    affected: Prose = ""
    environment: str = "production"
    detection: str = "user report"
    detected_at: datetime
    started_at: datetime | None = None
    origin: str | None = None  # the channel it was declared from
    drill: bool = False  # practice: marked everywhere, told to nobody outside, counted nowhere


class ChannelOpened(Fact):
    kind = "channel_opened"
    channel: str
    name: Prose  # it repeats the title


class ChannelRefused(Fact):
    kind = "channel_refused"
    error: str  # Slack's own error code


class ChannelRetried(Fact):
    kind = "channel_retried"


class SeverityConfirmed(Fact):
    kind = "severity_confirmed"
    severity: str


class SeverityChanged(Fact):
    kind = "severity_changed"
    old: str
    new: str
    raised: bool
    why: Prose = ""


class ImpactStated(Fact):
    kind = "impact_stated"
    sentence: Prose
    data: str | None = None
    eta: datetime | None = None
    with_update: bool = False  # said in the same breath as the update before it; one message tells both


class UpdatePosted(Fact):
    kind = "update_posted"
    text: Prose = ""
    no_change: bool = False
    with_impact: bool = False  # the impact follows in the same breath, and its message tells both
    author: str | None = None  # who wrote it, where another person sent their message as the update
    channel: str | None = None  # that message's place
    ts: str | None = None


class PhaseMoved(Fact):
    kind = "phase_moved"
    old: str
    new: str
    stage: Literal["triage", "active", "monitoring"]


class NoteAdded(Fact):
    """The entry's `at` is when it happened, which may be long before it was noted."""

    kind = "note_added"
    text: Prose


class Resolved(Fact):
    kind = "resolved"
    fix: Prose
    data: str
    cause: Prose = ""
    verified: Prose = ""
    postmortem_owner: str | None = None


class Closed(Fact):
    """`unmet`: ids of closure criteria that do not hold; `reason` says why it is closed all the same."""

    kind = "closed"
    severity: str
    met: tuple[str, ...]
    unmet: tuple[str, ...] = ()
    reason: Prose = ""
    automatable: bool | None = None


Outcome = Literal["false alarm", "expected", "duplicate"]


class Cancelled(Fact):
    kind = "cancelled"
    outcome: Outcome
    why: Prose = ""


class Reopened(Fact):
    kind = "reopened"
    why: Prose
