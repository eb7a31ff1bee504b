"""What an incident is: a value, the fold of its facts (`evolve`).

The incident's row is a copy of this value. `STATE_VERSION` rises whenever a field changes its meaning or is added, so
that rows of an older shape are folded anew from their facts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain.incident_parts import (
    Ask,
    Assembly,
    Backfill,
    BookRun,
    Call,
    Cover,
    Escalation,
    Exploration,
    Graded,
    Hold,
    Link,
    Mark,
    News,
    Offer,
    Pause,
    Proposal,
    Question,
    SeverityRequest,
    Snooze,
    Step,
    Theory,
    Tick,
    Todo,
    Told,
)

__all__ = [
    "SETTLED_DATA",
    "STATE_VERSION",
    "UNSAFE_DATA",
    "UNSETTLED_DATA",
    "Ask",
    "Assembly",
    "Backfill",
    "BookRun",
    "Call",
    "Cover",
    "DataState",
    "Escalation",
    "Exploration",
    "Graded",
    "Hold",
    "Incident",
    "Link",
    "Mark",
    "News",
    "Offer",
    "Pause",
    "Proposal",
    "Question",
    "SeverityRequest",
    "Snooze",
    "Stage",
    "Step",
    "Theory",
    "Tick",
    "Todo",
    "Told",
    "data_became",
]

STATE_VERSION = 4

Stage = Literal["triage", "active", "monitoring", "resolved", "closed", "cancelled"]


class DataState(StrEnum):
    """What can be said of the data; the value is the word on screen."""

    NOT_CHECKED = "not checked"
    UNAFFECTED = "unaffected"
    LATE = "late"
    SUSPECT = "suspect"
    QUARANTINED = "quarantined"
    BACKFILLING = "backfilling"
    REPAIRED = "repaired"
    LOST = "lost"


UNSETTLED_DATA = frozenset({DataState.LATE, DataState.SUSPECT, DataState.QUARANTINED, DataState.BACKFILLING})
"""Data states in which an incident cannot be called resolved."""

SETTLED_DATA = frozenset({DataState.UNAFFECTED, DataState.REPAIRED, DataState.LOST})
"""Data states after which nothing more is expected of the data."""

UNSAFE_DATA = frozenset({*UNSETTLED_DATA, DataState.LOST})
"""Data states in which figures are not safe to use."""


class Incident(BaseModel):
    """Everything the rules and the views need to know of one incident. Times are aware UTC."""

    model_config = ConfigDict(frozen=True)

    id: int
    seq: int
    title: str
    severity: str
    protocol: str
    protocol_digest: str
    private: bool
    affected: str
    environment: str
    detection: str
    origin: str | None
    declared_by: str | None
    declared_at: datetime
    detected_at: datetime
    started_at: datetime | None
    recorded_at: datetime
    phase: str
    stage: Stage = "triage"
    channel: str | None = None
    channel_name: str | None = None
    channel_error: str | None = None
    roles: dict[str, str] = {}
    responder: str | None = None
    primary: str | None = None
    secondary: str | None = None
    participants: tuple[str, ...] = ()
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    triaged_at: datetime | None = None
    severities: tuple[Graded, ...] = ()
    phases: tuple[Step, ...] = ()
    updates: tuple[News, ...] = ()
    impacts: tuple[datetime, ...] = ()
    impact: str = ""
    impact_by: str | None = None
    first_notice_at: datetime | None = None
    data: DataState = DataState.NOT_CHECKED
    data_turned: int = 0  # seq of the last entry that made figures unsafe, or safe again
    data_since: datetime | None = None  # the corrupt window; for late data, up to when it is right
    data_until: datetime | None = None
    partitions: str = ""
    trusted_from: datetime | None = None
    loss_accepted_by: str | None = None
    backfills: tuple[Backfill, ...] = ()
    owners_told: tuple[str, ...] = ()  # patterns of affected assets whose owners were told
    consumers: tuple[str, ...] = ()  # channels and people who read what stakeholders read, because of an asset
    eta: datetime | None = None
    snooze: Snooze | None = None
    snoozes: tuple[Snooze, ...] = ()  # all there were, each with the time at which it really ended
    asks: tuple[Ask, ...] = ()
    declined: tuple[tuple[str, str, int], ...] = ()  # (person, promise key, occurrence)
    last_acts: dict[str, datetime] = {}  # person → when they last did anything here
    escalations: tuple[Escalation, ...] = ()
    management_called_at: datetime | None = None
    management_to: tuple[str, ...] = ()
    management_informed_at: datetime | None = None
    management_told: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    fix: str = ""
    cause: str = ""
    verified: str = ""
    postmortem_owner: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    criteria_met: tuple[str, ...] = ()
    criteria_unmet: tuple[str, ...] = ()
    closing_reason: str = ""
    automatable: bool | None = None
    outcome: str | None = None
    theories: tuple[Theory, ...] = ()
    todos: tuple[Todo, ...] = ()
    call: str = ""  # where people talk
    drill: bool = False
    categories: tuple[str, ...] = ()  # of the protocol, the primary one first
    assessed: dict[str, str] = {}  # impact dimension → level, as last judged
    assessed_at: datetime | None = None
    severity_requests: tuple[SeverityRequest, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    marks: tuple[Mark, ...] = ()
    covers: tuple[Cover, ...] = ()
    pages: tuple[Call, ...] = ()
    hold: Hold | None = None
    roles_asked: tuple[str, ...] = ()
    added: tuple[str, ...] = ()  # people who were brought in by name, or came by themselves
    joined: tuple[str, ...] = ()  # those whom Slack has seen come in without the bot
    left: tuple[str, ...] = ()  # those who went out of a private incident, or were removed, and were not brought back
    uninvited: tuple[tuple[str, str], ...] = ()  # (person, Slack's error): each is told once
    followers: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    muted: dict[str, datetime | None] = {}  # person → until when Slack holds notifications back
    refusals: tuple[tuple[str, str], ...] = ()  # (message kind, Slack's error): each is told once
    links: tuple[Link, ...] = ()
    forgotten_at: datetime | None = None  # when everything people wrote was deleted
    forgotten_after: int | None = None  # so many days after it was over; None: somebody asked for it
    undone: tuple[int, ...] = ()  # seqs of entries that were taken back
    offers: tuple[Offer, ...] = ()  # newer protocols that could be adopted
    ticks: tuple[Tick, ...] = ()  # what is ticked now, on any list
    first_answers: dict[str, str] = {}  # first question of the protocol → what was answered

    runbooks: tuple[BookRun, ...] = ()
    explored: tuple[Exploration, ...] = ()
    advised: tuple[str, ...] = ()  # why advice was shown: once for each reason
    ticket: str = ""
    tellings: tuple[Told, ...] = ()
    nobody_behind: tuple[str, ...] = ()  # names of the protocol behind which there was no one to tell
    unanswered_at: datetime | None = None  # when everybody had been called and nobody answered
    unanswered_by: tuple[str, ...] = ()  # those who were called
    assembly: Assembly | None = None  # when people meet for the postmortem
    postmortem_done_at: datetime | None = None
    postmortem_done_by: str | None = None

    typical_kept: tuple[str, ...] = ()  # severity and categories for which it was decided to keep it

    @property
    def number(self) -> str:
        return f"INC-{self.id}"

    @property
    def running(self) -> bool:
        """True while promises run: not yet resolved, closed or cancelled."""
        return self.stage in ("triage", "active", "monitoring")

    @property
    def last_update(self) -> News | None:
        return self.updates[-1] if self.updates else None

    @property
    def regraded_at(self) -> tuple[datetime, ...]:
        """When the severity changed; that it holds in another environment is no re-grading."""
        changes = pairwise(self.severities)
        return tuple(after.at for before, after in changes if after.severity != before.severity)

    @property
    def snoozed_until(self) -> datetime | None:
        return self.snooze.until if self.snooze else None

    def todo(self, seq: int | None = None, source: tuple[str | None, str | None] | None = None) -> Todo | None:
        """The task or action item of this seq, or made from the message at this place."""
        return next((one for one in self.todos if seq == one.seq or (source and one.source == source)), None)

    def mark_of(self, channel: str, ts: str) -> Mark | None:
        return next((m for m in self.marks if (m.channel, m.ts) == (channel, ts)), None)


def data_became(incident: Incident, data: DataState, seq: int) -> Incident:
    """The incident once its data is in this state; it remembers which entry made figures unsafe, or safe again."""
    turned = (data in UNSAFE_DATA) != (incident.data in UNSAFE_DATA)
    return incident.model_copy(update={"data": data, "data_turned": seq if turned else incident.data_turned})
