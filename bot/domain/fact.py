"""Facts: what happened, once and for ever.

A fact's kind is never renamed and never given a second meaning; a changed shape gets a higher `v` and an upcaster in
`UPCASTERS`. `tests/domain/golden/facts.jsonl` holds one of every released kind and is replayed by the tests.
Fields of type `Prose` are people's own words (an empty string where they said nothing): the store keeps them apart
from the fact, so that they can be deleted while the chain of digests stays verifiable.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Door = Literal["slash", "form", "button", "shortcut", "reaction", "message", "clock", "courier", "cli"]


class _Prose:
    """Marks a field as people's own words (architecture rule 8)."""


Prose = Annotated[str, _Prose()]


class Fact(BaseModel):
    """The body of one timeline entry. Subclasses are the kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    v: int = 1

    @classmethod
    def prose_fields(cls) -> tuple[str, ...]:
        """Names of the fields that hold people's own words."""
        return tuple(n for n, f in cls.model_fields.items() if any(isinstance(m, _Prose) for m in f.metadata))


class Covered(BaseModel):
    """One promise an ask is about: the clock's key and its occurrence (1 = first)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    occurrence: int


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


class RoleAssigned(Fact):
    kind = "role_assigned"
    role: str
    person: str


class OnCallNamed(Fact):
    """Who was on call at the time, written down so that the record does not change with the rota."""

    kind = "on_call_named"
    primary: str | None
    secondary: str | None


class ChannelOpened(Fact):
    kind = "channel_opened"
    channel: str
    name: str


class ChannelRefused(Fact):
    kind = "channel_refused"
    error: str  # Slack's own error code


class ChannelRetried(Fact):
    kind = "channel_retried"


class Acknowledged(Fact):
    """`implied`: by another command, button or message of someone on call, on the ladder or in a role (product §4)."""

    kind = "acknowledged"
    implied: bool = False


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


class PhaseMoved(Fact):
    kind = "phase_moved"
    old: str
    new: str
    stage: Literal["triage", "active", "monitoring"]


class NoteAdded(Fact):
    """The entry's `at` is when it happened, which may be long before it was noted."""

    kind = "note_added"
    text: Prose


class Snoozed(Fact):
    kind = "snoozed"
    until: datetime
    why: Prose


class Asked(Fact):
    """The bot asked people about promises. Says "asked", never "woken": Slack alone cannot promise that.

    `how`: page (channel mention and direct message), early (direct message), due (channel, with buttons),
    climb (reply in the due message's thread), ladder (the same, to the next level), direct (direct message only).
    `people` empty: there was nobody else to ask; `again_at` is when the bot tries next, None for never.
    """

    kind = "asked"
    covers: tuple[Covered, ...]
    step: str
    how: Literal["page", "early", "due", "climb", "ladder", "direct"]
    people: tuple[str, ...]
    due: datetime
    clause: str
    again_at: datetime | None = None


class AskDeclined(Fact):
    """`Not me`: the ask goes to the next in the chain."""

    kind = "ask_declined"
    covers: tuple[Covered, ...]


class Heard(Fact):
    """Somebody who had been asked wrote in the channel: they are there, so a later step may ask them again."""

    kind = "heard"


class Escalated(Fact):
    kind = "escalated"
    level: int
    people: tuple[str, ...]
    by_clock: bool
    clause: str


class ManagementCalled(Fact):
    """Management is to be told now; kept when the message is delivered (`ManagementInformed`)."""

    kind = "management_called"
    people: tuple[str, ...]
    channels: tuple[str, ...]
    clause: str


class ManagementInformed(Fact):
    kind = "management_informed"
    recipient: str


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


class MessageMarked(Fact):
    """A message kept on the record: `at` of the entry is the message's time, `by` the person who marked it."""

    kind = "message_marked"
    channel: str
    ts: str
    author: str | None
    text: Prose
    permalink: str | None = None
    marker: str  # the emoji's name, or "shortcut"


class MarkRetracted(Fact):
    kind = "mark_retracted"
    channel: str
    ts: str


class MarkedMessageEdited(Fact):
    kind = "marked_message_edited"
    channel: str
    ts: str
    text: Prose


class MarkedMessageDeleted(Fact):
    kind = "marked_message_deleted"
    channel: str
    ts: str


class DeliveryRefused(Fact):
    """Slack refused something for good; a person was told once what to do."""

    kind = "delivery_refused"
    message: str  # the outbox message's kind
    error: str


AnyFact = (
    Declared | RoleAssigned | OnCallNamed | ChannelOpened | ChannelRefused | ChannelRetried | Acknowledged
    | SeverityConfirmed | SeverityChanged | ImpactStated | UpdatePosted | PhaseMoved | NoteAdded | Snoozed | Asked
    | AskDeclined | Heard | Escalated | ManagementCalled | ManagementInformed | Resolved | Closed | Cancelled | Reopened
    | MessageMarked | MarkRetracted | MarkedMessageEdited | MarkedMessageDeleted | DeliveryRefused
)  # fmt: skip
KINDS: dict[str, type[Fact]] = {kind.kind: kind for kind in AnyFact.__args__}

UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


def revive(kind: str, data: dict[str, Any]) -> Fact:
    """The fact stored as `data`, lifted to the newest shape of its kind. Raises KeyError for a kind this version
    does not know: kinds are read one release before they are written."""
    while (kind, data["v"]) in UPCASTERS:
        data = UPCASTERS[kind, data["v"]](data)
    return KINDS[kind].model_validate(data)


class Entry(BaseModel):
    """A fact on an incident's timeline: when it happened, when it was recorded, who did it, through which door.

    `by` is a Slack user id, or None for the bot itself. `seq` starts at 1 and is the order; times never are.
    """

    model_config = ConfigDict(frozen=True)
    incident: int
    seq: int
    at: datetime
    recorded_at: datetime
    by: str | None
    via: Door
    fact: Fact
