"""What an incident is: a value, the fold of its facts (`evolve`).

The incident's row is a copy of this value. `STATE_VERSION` rises whenever a field changes its meaning or is added, so
that rows of an older shape are folded anew from their facts.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain import fact as f

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


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Graded(_Value):
    """A severity in an environment and since when it has been in force; `raised` (its promises became stricter) is
    False for the first."""

    at: datetime
    severity: str
    raised: bool = False
    environment: str = "production"


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
    told_at: int = 0  # seq of the entry whose post tells it: its own, or that of the impact said with it
    source: tuple[str, str] | None = None  # channel and ts of the message that was sent as this update


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
    handed_at: datetime | None = None  # when it went to other people


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


class Cover(_Value):
    """Until then `stand_in` is asked whenever `person` would be."""

    at: datetime
    until: datetime
    person: str
    stand_in: str


class Call(_Value):
    """Somebody was paged by a person (`by`); `answered_at` is when they first did anything here afterwards."""

    seq: int
    at: datetime
    by: str | None
    person: str
    why: str = ""
    instead_of: int | None = None
    answered_at: datetime | None = None
    answered: int = 0  # seq of that entry


class Hold(_Value):
    at: datetime
    until: datetime
    by: str | None
    why: str


class Question(_Value):
    """A question from the announcement's thread; `seq` is its number."""

    seq: int
    at: datetime
    author: str
    channel: str
    thread: str
    text: str
    answered_by: str | None = None
    answered_at: datetime | None = None


class Link(_Value):
    """Another incident, what this one is to it, and its channel where it had one."""

    other: int
    how: f.Tie
    channel: str | None = None


class Theory(_Value):
    """What may have caused it. `judged` is the seq of the entry that said so."""

    seq: int
    at: datetime
    by: str | None
    text: str
    verdict: Literal["proposed", "confirmed", "rejected"] = "proposed"
    part: Literal["primary", "contributing"] | None = None
    why: str = ""
    judged_by: str | None = None


class Todo(_Value):
    """Something to do: a `task` while it lasts, or an action item for afterwards. `source`: the channel and ts of the
    message it was made from."""

    seq: int
    at: datetime
    by: str | None
    text: str
    owner: str | None = None
    due: date | None = None
    task: bool = False
    source: tuple[str, str] | None = None
    ended_at: datetime | None = None
    done: bool = False
    why: str = ""

    @property
    def open(self) -> bool:
        return self.ended_at is None


class Mark(_Value):
    channel: str
    ts: str
    seq: int
    by: str | None


class Backfill(_Value):
    """One line of the backfill ledger; `seq` is the fact's. People name it by its place in the ledger, from 1."""

    seq: int
    what: str
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None
    ended_at: datetime | None = None
    done: bool = False


class SeverityRequest(_Value):
    """Somebody who may not re-grade asked for a severity. `answered` is the seq of the entry that answered it."""

    seq: int
    at: datetime
    by: str | None
    severity: str
    why: str = ""
    state: Literal["waiting", "accepted", "declined"] = "waiting"
    answered: int = 0
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""


class Proposal(_Value):
    """A planned change that needs approval; `seq` is the fact's, people name it by its place among the plans, from 1.
    `people` were asked to approve it, `replaces` is the plan it changes, `answered` the seq of the entry that decided
    it."""

    seq: int
    at: datetime
    by: str | None
    what: str
    why: str = ""
    risk: str = ""
    rollback: str = ""
    environment: str = "production"
    people: tuple[str, ...] = ()
    replaces: int | None = None
    state: Literal["waiting", "approved", "rejected", "replaced", "went ahead"] = "waiting"
    answered: int = 0
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""


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
