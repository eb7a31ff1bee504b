"""The parts of a protocol: severities with their promises, phases, roles, the ladder, categories, environments and the
rules for judging impact, approving changes and checking a repair.

Protocols of running incidents are stored as they were: whatever is added here needs a default.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.duration import Duration, OptionalDuration

PROMISE_KEYS = (
    "acknowledge_within",
    "triage_within",
    "first_notice_within",
    "impact_within",
    "update_every",
    "escalate_after",
    "management_after",
    "resolve_within",
    "postmortem_within",
)
"""The promises a severity makes, in the order in which people meet them."""

Stage = Literal["triage", "active", "monitoring"]
Proof = Literal["resolved", "cause", "service", "notified"]
Hours = Literal["always", "business"]
Announce = Literal["channel", "digest", "none"]
Audience = Literal["responders", "team", "stakeholders", "management"]
Occasion = Literal["initial", "update", "resolution", "postmortem"]
Way = Literal["direct", "mention", "channel", "invite"]
"""How somebody is told: by direct message; mentioned in the announcement; by `@channel` where they already are, which
is the channel that the directory names for them, else the announcement channel; brought into the incident's channel."""

ITEM_MOST = 75
"""Characters of an item: it is drawn as a tick. Source: Slack, option object (text)."""

COMMAND_MOST = 2_500
"""Characters of a command: it is shown whole, to be copied, beside its step in one block of 3,000."""

# Where a written protocol is silent, by severity rank 1, 2, 3 and 4+. Source: Sitrep's own house rules (README).
_HOUSE: dict[str, tuple[str, str, str, str]] = {
    "acknowledge_within": ("15m", "30m", "4h", "24h"),
    "triage_within": ("15m", "1h", "4h", "none"),
    "first_notice_within": ("15m", "15m", "4h", "none"),
    "impact_within": ("30m", "30m", "4h", "none"),
    "update_every": ("30m", "2h", "4h", "none"),
    "escalate_after": ("30m", "2h", "8h", "none"),
    "management_after": ("0s", "2h", "8h", "none"),
    "resolve_within": ("none", "none", "none", "none"),
    "postmortem_within": ("48h", "48h", "none", "none"),
    "hours": ("always", "always", "business", "business"),
    "announce": ("channel", "channel", "digest", "none"),
    "stakeholders": ("true", "true", "false", "false"),
    "snooze_up_to": ("30m", "1h", "4h", "24h"),
}
HOUSE_KEYS = frozenset(_HOUSE)
"""The keys of a severity that the house fills in."""


def house_defaults(rank: int) -> dict[str, str]:
    """What holds at a severity rank where the protocol is silent, as written in a protocol file."""
    return {key: by_rank[min(rank, 4) - 1] for key, by_rank in _HOUSE.items()}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(_Part):
    """A part that knows where it comes from: key → clause, with the part as a whole under the empty key."""

    clauses: dict[str, str] = {}

    def clause(self, key: str = "") -> str:
        """The clause of one of its values, else its own; empty where it was stored without."""
        return self.clauses.get(key) or self.clauses.get("", "")


class Telling(_Part):
    """Who is told of an incident of a severity as soon as it is one, how loudly, and by which clause."""

    who: str = Field(min_length=1)
    """A name of the directory, `on-call`, or `asset-owners` or `asset-consumers` of what is affected."""
    ways: tuple[Way, ...] = Field(min_length=1)
    clause: str = ""


class Severity(_Part):
    """One severity and its promises. A promise of None is not made."""

    name: str = Field(min_length=1, max_length=20)
    rank: int = Field(ge=1)
    title: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()
    acknowledge_within: OptionalDuration
    """From detection until somebody responsible reacts."""
    triage_within: OptionalDuration
    """From detection until the severity is confirmed."""
    first_notice_within: OptionalDuration
    """From detection until a person has confirmed what the announcement says."""
    impact_within: OptionalDuration
    """From detection until the impact on data users is written down."""
    update_every: OptionalDuration
    """From one update to the next; doubled while monitoring."""
    escalate_after: OptionalDuration
    """From declaring, while unresolved, until level 2 is asked."""
    management_after: OptionalDuration
    """From declaring until management is told; 0s is at once."""
    resolve_within: OptionalDuration = None
    """From declaring until it is resolved."""
    postmortem_within: OptionalDuration
    """From resolving until the postmortem is done; its owner is warned at half time."""
    hours: Hours
    """Whether due times may fall outside working hours."""
    announce: Announce
    """Where the team reads of it: at once, in a daily digest, or nowhere."""
    stakeholders: bool
    """Whether stakeholders are told."""
    snooze_up_to: Duration
    """The longest a reminder may be snoozed at once."""
    tell: tuple[Telling, ...] = ()
    """Who is told at once, besides those on call."""
    clauses: dict[str, str] = {}
    """Key → the clause its value comes from, e.g. `self-healing-pipeline § updates.P1`."""
    house: tuple[str, ...] = ()
    """The keys where the protocol is silent and the house default holds."""

    @field_validator(
        "acknowledge_within", "triage_within", "first_notice_within", "impact_within", "update_every", "resolve_within"
    )
    @classmethod
    def _takessome_time(cls, promise: timedelta | None) -> timedelta | None:
        return some_time(promise)

    def within(self, key: str) -> timedelta | None:
        """The promised length of time of one of PROMISE_KEYS; None when the promise is not made."""
        if key not in PROMISE_KEYS:
            raise KeyError(key)
        promise: timedelta | None = getattr(self, key)
        return promise

    def clause(self, key: str) -> str:
        """Where one of its values comes from; a key that no severity has is a house rule."""
        if key in self.clauses:
            return self.clauses[key]
        return f"house default for {self.name}" if key in HOUSE_KEYS else f"house rule ({key})"

    @property
    def label(self) -> str:
        """`P1 (Critical)`, or just the name where there is no title."""
        return f"{self.name} ({self.title})" if self.title else self.name


def some_time(promise: timedelta | None) -> timedelta | None:
    """A promise that can be kept. Raises ValueError for no time at all."""
    if promise == timedelta(0):
        raise ValueError("0s would be missed the moment it starts; write none to drop the promise")
    return promise


def in_order(early: Mapping[str, timedelta | None], late: Mapping[str, timedelta | None]) -> None:
    """Ranges that begin before they end. Raises ValueError."""
    for severity, begins in early.items():
        ends = late.get(severity)
        if begins is None or ends is None or not timedelta(0) < begins < ends:
            raise ValueError("a range is written with the earlier time first, like 15m to 30m")


Known = Literal["acknowledged", "severity", "impact", "assessed", "announced", "management", "resolved"]
"""What the record itself proves, with the time when: somebody acknowledged, the severity is confirmed, the impact was
stated, judged by the form, the first announcement is complete, management was reached, it is resolved."""


class Item(Sourced):
    """One thing to do or to look at. It is ticked by a person, and the tick is on the record."""

    id: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1, max_length=ITEM_MOST)
    note: str = Field(default="", max_length=ITEM_MOST)
    """Said below it, smaller."""
    command: str = Field(default="", max_length=COMMAND_MOST)
    """What to type for it, to be copied."""
    approval: bool = False
    """Whether somebody who approves changes must agree before it is done."""
    proof: Known | None = None
    """What on the record proves it, so that nobody is asked to tick what is known."""


class Phase(Sourced):
    """One step of the protocol inside a stage."""

    name: str = Field(min_length=1)
    title: str
    stage: Stage
    description: str = ""
    within: dict[str, OptionalDuration] = {}
    """Severity → how long the phase may last; where there is none, as long as it takes."""
    reminds: dict[str, OptionalDuration] = {}
    """Severity → when whoever leads is reminded of it, where the document gives a range; else shortly before."""
    steps: tuple[Item, ...] = ()
    """What is done in it, in order."""

    @field_validator("within")
    @classmethod
    def _takessome_time(cls, within: dict[str, timedelta | None]) -> dict[str, timedelta | None]:
        for promise in within.values():
            some_time(promise)
        return within

    @model_validator(mode="after")
    def _triage_has_its_own_promise(self) -> Self:
        if self.stage == "triage" and any(within is not None for within in self.within.values()):
            raise ValueError("a phase of the stage triage gets its time from triage_within; take within out")
        return self

    @model_validator(mode="after")
    def _reminds_before_it_is_due(self) -> Self:
        in_order(self.reminds, self.within)
        return self


class Role(Sourced):
    """A part somebody plays in an incident, and by which directory names it is staffed."""

    name: str = Field(min_length=1)
    title: str
    leads: bool = False
    communicates: bool = False
    responds: bool = False
    """Whoever acknowledges takes this role."""
    required_for: tuple[str, ...] = ()
    """Names of the severities at which the role must be filled."""
    staffed_by: tuple[str, ...] = ()
    """Directory names, tried in order; `on-call` is whoever is primary on call."""
    duties: tuple[str, ...] = ()


class Level(Sourced):
    """One rung of the technical ladder; level 1 is whoever is on call."""

    number: int = Field(ge=1)
    name: str
    title: str
    names: tuple[str, ...]
    """Directory names; `on-call` is whoever is primary on call."""


class Criterion(Sourced):
    """One thing that must hold before an incident is closed."""

    id: str = Field(min_length=1)
    text: str
    proof: Proof | None = None
    """What on the record proves it without a person: resolved, a root cause written down (cause), data and service
    right again (service), the resolution told to everybody who was told of the incident (notified)."""


class Category(Sourced):
    """A kind of incident. One incident may be of several; the first is its primary one."""

    name: str = Field(min_length=1, max_length=60)
    title: str
    description: str = ""
    examples: tuple[str, ...] = ()
    severity: str | None = None
    """The severity such an incident typically has; people are told when theirs differs."""
    down_to: str | None = None
    """Where the document gives a range, its lower end; the higher one is proposed."""
    team: str | None = None
    """The directory name of those who are called for it."""


class Environment(Sourced):
    """Where it happens, and how much softer the promises are there than in production."""

    name: str = Field(min_length=1, max_length=40)
    title: str
    description: str = ""
    lowers_by: int = Field(default=0, ge=0, le=9)
    """By how many ranks: at 1, a P1 there gets the promises of a P2."""
    hours: Hours | None = None
    announce: Announce | None = None
    stakeholders: bool | None = None
    management: bool = True
    """Whether management is told at all."""

    @property
    def softens(self) -> bool:
        """Whether anything is different here from where the protocol holds as it is written."""
        changed = (self.hours, self.announce, self.stakeholders)
        return self.lowers_by > 0 or not self.management or any(one is not None for one in changed)


class ImpactLevel(_Part):
    """One answer to an impact dimension, and the severity it points to, if to any."""

    name: str = Field(min_length=1, max_length=40)
    severity: str | None = None


class Dimension(Sourced):
    """One side of the impact that people judge. Of several the highest severity is proposed."""

    name: str = Field(min_length=1, max_length=40)
    title: str
    questions: tuple[str, ...] = ()
    """What to think of, shown beside the answers."""
    levels: tuple[ImpactLevel, ...] = Field(min_length=1, max_length=10)
    """The worst first."""


class Approvals(Sourced):
    """Who approves a high-impact change, and which changes that are."""

    by: tuple[str, ...] = ()
    """Names of roles, any of which may approve; none written: the role that leads."""
    counts: tuple[str, ...] = ()
    """What makes a change one that needs approval."""


class Check(Sourced):
    """One thing to look at before a repair is believed."""

    id: str = Field(min_length=1)
    text: str = Field(min_length=1, max_length=75)


class Told(Sourced):
    """Who hears on an occasion, and what they must read."""

    occasion: Occasion
    to: tuple[Audience, ...] = ()
    says: tuple[str, ...] = ()
