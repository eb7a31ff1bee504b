"""What an incident is: a value, the fold of its facts (`evolve`).

The incident's row is a copy of this value. `STATE_VERSION` rises whenever a field changes its meaning or is added, so
that rows of an older shape are folded anew from their facts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain import fact as f

STATE_VERSION = 2

Stage = Literal["triage", "active", "monitoring", "resolved", "closed", "cancelled"]


class DataState(StrEnum):
    """What can be said of the data (product §8); the value is the word on screen."""

    NOT_CHECKED = "not checked"
    UNAFFECTED = "unaffected"
    LATE = "late"
    SUSPECT = "suspect"
    QUARANTINED = "quarantined"
    BACKFILLING = "backfilling"
    REPAIRED = "repaired"
    LOST = "lost"


UNSETTLED_DATA = frozenset({DataState.LATE, DataState.SUSPECT, DataState.QUARANTINED, DataState.BACKFILLING})
"""Data states in which an incident cannot be called resolved (product §8)."""

UNSAFE_DATA = frozenset({*UNSETTLED_DATA, DataState.LOST})
"""Data states in which figures are not safe to use."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Graded(_Value):
    """A severity and since when it has been in force; `raised` is False for the first."""

    at: datetime
    severity: str
    raised: bool = False


class Step(_Value):
    """A phase and since when."""

    at: datetime
    phase: str
    stage: Literal["triage", "active", "monitoring"]


class News(_Value):
    """One update: any door counts, `No change` too."""

    at: datetime
    by: str | None
    text: str
    seq: int
    no_change: bool = False


class Ask(_Value):
    """One time the bot asked about promises: what, which step, whom. `seq` is the fact's."""

    seq: int
    at: datetime
    covers: tuple[f.Covered, ...]
    step: str
    how: str
    people: tuple[str, ...]
    due: datetime
    clause: str


class Snooze(_Value):
    at: datetime
    until: datetime
    by: str | None
    why: str


class Pause(_Value):
    """Time that counts on no clock: from resolved, closed or cancelled until reopened."""

    start: datetime
    end: datetime | None = None
    resolved: bool = False  # it began by resolving, which was the last news


class Escalation(_Value):
    at: datetime
    level: int
    people: tuple[str, ...]


class Mark(_Value):
    channel: str
    ts: str
    seq: int
    by: str | None


class Backfill(_Value):
    """One line of the backfill ledger; `seq` is the number people name it by."""

    seq: int
    what: str
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None
    ended_at: datetime | None = None
    done: bool = False


class Incident(_Value):
    """Everything the rules and the views need to know of one incident. Times are aware UTC."""

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
    marks: tuple[Mark, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()  # (message kind, Slack's error): each is told once

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
    def snoozed_until(self) -> datetime | None:
        return self.snooze.until if self.snooze else None

    def mark_of(self, channel: str, ts: str) -> Mark | None:
        return next((m for m in self.marks if (m.channel, m.ts) == (channel, ts)), None)


def data_became(incident: Incident, data: DataState, seq: int) -> Incident:
    """The incident once its data is in this state; it remembers which entry made figures unsafe, or safe again."""
    turned = (data in UNSAFE_DATA) != (incident.data in UNSAFE_DATA)
    return incident.model_copy(update={"data": data, "data_turned": seq if turned else incident.data_turned})
