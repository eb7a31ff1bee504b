"""The effective protocol: what one team has promised to do, as a value. Everything inherited is already filled in."""

import json
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.calendar import Calendar
from bot.domain.duration import Duration, OptionalDuration
from bot.domain.errors import BadInput

PROMISE_KEYS = (
    "acknowledge_within",
    "triage_within",
    "first_notice_within",
    "impact_within",
    "update_every",
    "escalate_after",
    "management_after",
    "postmortem_within",
)
"""The promises a severity makes, in the order in which people meet them."""

Stage = Literal["triage", "active", "monitoring"]
Proof = Literal["resolved", "cause", "service", "notified"]
_LIVE_STAGES: tuple[Stage, ...] = ("triage", "active", "monitoring")
_SEVERITY_WORDS = ("", "p", "prio", "priority", "s", "sev", "severity")

# Where a written protocol is silent, by severity rank 1, 2, 3 and 4+. Source: Sitrep's own house rules (README).
_HOUSE: dict[str, tuple[str, str, str, str]] = {
    "acknowledge_within": ("15m", "30m", "4h", "24h"),
    "triage_within": ("15m", "1h", "4h", "none"),
    "first_notice_within": ("15m", "15m", "4h", "none"),
    "impact_within": ("30m", "30m", "4h", "none"),
    "update_every": ("30m", "2h", "4h", "none"),
    "escalate_after": ("30m", "2h", "8h", "none"),
    "management_after": ("0s", "2h", "8h", "none"),
    "postmortem_within": ("48h", "48h", "none", "none"),
    "hours": ("always", "always", "business", "business"),
    "announce": ("channel", "channel", "digest", "none"),
    "stakeholders": ("true", "true", "false", "false"),
    "snooze_up_to": ("30m", "1h", "4h", "24h"),
}


def house_defaults(rank: int) -> dict[str, str]:
    """What holds at a severity rank where the protocol is silent, as written in a protocol file."""
    return {key: by_rank[min(rank, 4) - 1] for key, by_rank in _HOUSE.items()}


class UnknownSeverity(BadInput):
    """A severity the protocol does not have."""


class UnknownPhase(BadInput):
    """A phase the protocol does not have."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    postmortem_within: OptionalDuration
    """From resolving until the postmortem is done; its owner is warned at half time."""
    hours: Literal["always", "business"]
    """Whether due times may fall outside working hours."""
    announce: Literal["channel", "digest", "none"]
    """Where the team reads of it: at once, in a daily digest, or nowhere."""
    stakeholders: bool
    """Whether stakeholders are told."""
    snooze_up_to: Duration
    """The longest a reminder may be snoozed at once."""
    clauses: dict[str, str] = {}
    """Key → the clause its value comes from, e.g. `self-healing-pipeline § updates.P1`."""
    house: tuple[str, ...] = ()
    """The keys where the protocol is silent and the house default holds."""

    @field_validator("acknowledge_within", "triage_within", "first_notice_within", "impact_within", "update_every")
    @classmethod
    def _takes_some_time(cls, promise: timedelta | None) -> timedelta | None:
        if promise == timedelta(0):
            raise ValueError("0s would be missed the moment it starts; write none to drop the promise")
        return promise

    def within(self, key: str) -> timedelta | None:
        """The promised length of time of one of PROMISE_KEYS; None when the promise is not made."""
        if key not in PROMISE_KEYS:
            raise KeyError(key)
        promise: timedelta | None = getattr(self, key)
        return promise

    @property
    def label(self) -> str:
        """`P1 (Critical)`, or just the name where there is no title."""
        return f"{self.name} ({self.title})" if self.title else self.name


class Phase(_Part):
    """One step of the protocol inside a stage."""

    name: str = Field(min_length=1)
    title: str
    stage: Stage
    description: str = ""


class Role(_Part):
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


class Level(_Part):
    """One rung of the technical ladder; level 1 is whoever is on call."""

    number: int = Field(ge=1)
    name: str
    title: str
    names: tuple[str, ...]
    """Directory names; `on-call` is whoever is primary on call."""


class Criterion(_Part):
    """One thing that must hold before an incident is closed."""

    id: str = Field(min_length=1)
    text: str
    proof: Proof | None = None
    """What on the record proves it without a person: resolved, a root cause written down (cause), data and service
    right again (service), the resolution told to everybody who was told of the incident (notified)."""


class Protocol(_Part):
    """One team's protocol with its calendar: the version an incident is pinned to."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[^§\n]+$")
    title: str
    severities: tuple[Severity, ...] = Field(min_length=1)
    """By rank, the highest first."""
    phases: tuple[Phase, ...]
    roles: tuple[Role, ...]
    ladder: tuple[Level, ...]
    """By number; empty when nobody stands behind the people on call."""
    closure: tuple[Criterion, ...]
    management: tuple[str, ...] = ()
    """Directory names of those told by `management_after`."""
    calendar: Calendar = Calendar()

    @field_validator("phases")
    @classmethod
    def _every_stage_has_a_phase(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        for stage in _LIVE_STAGES:
            if all(phase.stage != stage for phase in phases):
                raise ValueError(f"phases needs at least one phase of the stage {stage}")
        return phases

    @field_validator("roles")
    @classmethod
    def _one_role_leads(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        for flag in ("leads", "communicates", "responds"):
            bearers = [role.name for role in roles if getattr(role, flag)]
            if len(bearers) != 1:
                named = ", ".join(bearers) or "none does"
                raise ValueError(f"exactly one of the roles needs {flag}: true; here: {named}")
        return roles

    @model_validator(mode="after")
    def _ranks_follow_the_order(self) -> Self:
        if [severity.rank for severity in self.severities] != list(range(1, len(self.severities) + 1)):
            raise ValueError("severities stand in the order of their rank, the highest first")
        return self

    def severity(self, name: str) -> Severity:
        """The severity of this exact name. Raises UnknownSeverity, which names those there are."""
        for severity in self.severities:
            if severity.name == name:
                return severity
        names = _listed(self.severity_names)
        raise UnknownSeverity(f'"{name}" is no severity of {self.name}; it has {names}.', "severity")

    @property
    def severity_names(self) -> tuple[str, ...]:
        """The names of all severities, the highest first."""
        return tuple(severity.name for severity in self.severities)

    def of_rank(self, rank: int) -> Severity:
        """The severity of a rank, 1 being the highest; a rank below the lowest is the lowest."""
        return self.severities[min(max(rank, 1), len(self.severities)) - 1]

    def parse_severity(self, text: str) -> Severity | None:
        """The severity somebody meant by one word: `P1`, `p-1`, `sev1`, `P1:`, `critical`; None when it is none.

        A bare number is no severity. A number means the one in the names (P0 … P3); where names have none, the rank.
        """
        meant = _plain(text)
        for severity in self.severities:
            name, title = _plain(severity.name), _plain(severity.title)
            if meant and meant in (name, title, name + title, title + name):
                return severity
        word, number = meant.rstrip("0123456789"), meant[len(meant.rstrip("0123456789")) :]
        if not word or word not in _SEVERITY_WORDS or not number:
            return None
        return next((severity for severity in self.severities if self._number(severity) == int(number[:9])), None)

    def _number(self, severity: Severity) -> int:
        numbers = ["".join(filter(str.isdecimal, _plain(each.name))) for each in self.severities]
        return int(numbers[severity.rank - 1]) if all(numbers) else severity.rank

    def clause(self, severity_name: str, key: str) -> str:
        """Where a value comes from: `self-healing-pipeline § updates.P1` or `house default for P1`.

        A key no severity has (the closing promise, for one) is a house rule. Raises UnknownSeverity.
        """
        severity = self.severity(severity_name)
        if key in severity.clauses:
            return severity.clauses[key]
        return f"house default for {severity.name}" if key in _HOUSE else f"house rule ({key})"

    def phase(self, name: str) -> Phase:
        """The phase of this exact name. Raises UnknownPhase, which names those there are."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        names = _listed(phase.name for phase in self.phases)
        raise UnknownPhase(f'"{name}" is no phase of {self.name}; it has {names}.', "phase")

    def parse_phase(self, text: str) -> Phase | None:
        """The phase somebody meant by its name or title, whatever the case and punctuation; None when it is none."""
        meant = _plain(text)
        named = (phase for phase in self.phases if meant and meant in (_plain(phase.name), _plain(phase.title)))
        return next(named, None)

    def phases_of(self, stage: str) -> tuple[Phase, ...]:
        """The phases of a stage in the protocol's order; the first is the one the stage begins with."""
        return tuple(phase for phase in self.phases if phase.stage == stage)

    def role(self, name: str) -> Role | None:
        """The role of this exact name, if there is one."""
        return next((role for role in self.roles if role.name == name), None)

    @property
    def lead_role(self) -> Role:
        """The role that leads an incident."""
        return next(role for role in self.roles if role.leads)

    @property
    def communications_role(self) -> Role:
        """The role that speaks for an incident."""
        return next(role for role in self.roles if role.communicates)

    @property
    def responder_role(self) -> Role:
        """The role whoever acknowledges takes."""
        return next(role for role in self.roles if role.responds)

    def required_roles(self, severity_name: str) -> tuple[Role, ...]:
        """The roles that must be filled at a severity."""
        return tuple(role for role in self.roles if severity_name in role.required_for)

    def level(self, number: int) -> Level | None:
        """The rung of this number; None above the top of the ladder."""
        return next((level for level in self.ladder if level.number == number), None)

    def directory_names(self) -> tuple[str, ...]:
        """Every name the protocol uses for someone, each once."""
        names = [name for part in self.ladder for name in part.names]
        names += [name for role in self.roles for name in role.staffed_by]
        return tuple(dict.fromkeys([*names, *self.management]))

    def canonical_json(self) -> str:
        """The text that is stored and digested: keys sorted, no spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: two protocols that promise the same have the same digest."""
        return sha256(self.canonical_json().encode()).hexdigest()


def _plain(text: str) -> str:
    """Letters and digits only, in one case: what is left of a word when typing habits are taken away."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
