"""The effective protocol: what one team has promised to do, as a value. Everything inherited is already filled in."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.calendar import Calendar
from bot.domain.errors import BadInput
from bot.domain.protocol.around import STAND_INS, Around
from bot.domain.protocol.lists import Lists
from bot.domain.protocol.parts import (
    HOUSE_KEYS,
    PROMISE_KEYS,
    Approvals,
    Category,
    Check,
    Criterion,
    Dimension,
    Environment,
    Level,
    Phase,
    Role,
    Severity,
    Stage,
    Told,
    house_defaults,
)

__all__ = [
    "HOUSE",
    "PROMISE_KEYS",
    "Category",
    "Criterion",
    "Dimension",
    "Environment",
    "Level",
    "Phase",
    "Protocol",
    "Role",
    "Severity",
    "Stage",
    "UnknownPhase",
    "UnknownSeverity",
    "house_defaults",
]

_LIVE_STAGES: tuple[Stage, ...] = ("triage", "active", "monitoring")
_SEVERITY_WORDS = ("", "p", "prio", "priority", "s", "sev", "severity")
_SHORTEST = 3
"""Letters with which a name may be cut short."""
_Named = TypeVar("_Named", Category, Environment)
HOUSE = "house"
"""A clause that no document has: a rule of the house."""


class UnknownSeverity(BadInput):
    """A severity the protocol does not have."""


class UnknownPhase(BadInput):
    """A phase the protocol does not have."""


class Protocol(Lists, Around):
    """One team's protocol with its calendar: the version an incident is pinned to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    categories: tuple[Category, ...] = ()
    environments: tuple[Environment, ...] = ()
    """Where an incident may happen, the usual place first."""
    impact: tuple[Dimension, ...] = ()
    approvals: Approvals = Approvals()
    validation: tuple[Check, ...] = ()
    """What is looked at before a repair is believed."""
    messages: tuple[Told, ...] = ()
    """Who hears on which occasion; an occasion that is not named is told to everybody who is told of the incident."""
    calendar: Calendar = Calendar()
    earlier: tuple["Earlier", ...] = ()
    """What held before this one was adopted, where an incident adopted it while it ran; the earliest first."""

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

    def at(self, moment: datetime) -> "Protocol":
        """What held at a moment of the incident that is pinned to this one."""
        return next((one.protocol for one in self.earlier if moment < one.until), self)

    @property
    def bare(self) -> "Protocol":
        """The same without what held before: what the next incident is declared with."""
        return self.model_copy(update={"earlier": ()}) if self.earlier else self

    def followed_by(self, newer: "Protocol", moment: datetime) -> "Protocol":
        """What an incident runs on that adopts `newer` at a moment: what fell due before stays judged by what held."""
        before = Earlier(until=moment, protocol=self.bare)
        return newer.model_copy(update={"earlier": (*self.earlier, before)})

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
        return self.severity(severity_name).clause(key)

    def severity_in(self, name: str, environment: str) -> Severity:
        """The severity of this name as it holds in an environment: the one place where promises become softer there.

        It keeps its name and takes everything else, its rank too, from the lower severity that it counts as; each
        changed value names the environment in its clause. Raises UnknownSeverity.
        """
        severity = self.severity(name)
        place = self.environment(environment)
        if place is None or not place.softens:
            return severity
        return _softened(severity, self.of_rank(severity.rank + place.lowers_by), place)

    def counted_as(self, name: str, environment: str) -> str:
        """The name of the severity whose promises hold for one in an environment. Raises UnknownSeverity."""
        place = self.environment(environment)
        severity = self.severity(name)
        return self.of_rank(severity.rank + place.lowers_by).name if place else name

    def environment(self, name: str) -> Environment | None:
        """The environment of this exact name, if there is one."""
        return next((one for one in self.environments if one.name == name), None)

    def parse_environment(self, text: str) -> Environment | None:
        """The environment somebody meant by its name, its title or its beginning (`prod`); None when it is none."""
        return _meant(text, self.environments)

    def category(self, name: str) -> Category | None:
        """The category of this exact name, if there is one."""
        return next((one for one in self.categories if one.name == name), None)

    def parse_category(self, text: str) -> Category | None:
        """The category somebody meant by its name, its title or its beginning (`infra`); None when it is none."""
        return _meant(text, self.categories)

    def team_for(self, category: str) -> str | None:
        """The directory name of those who are called for a category; None where the protocol names nobody."""
        found = self.category(category)
        return found.team if found else None

    def team_named(self, text: str) -> str | None:
        """The team somebody meant by its directory name or by a category it is called for; None when it is none."""
        plain = _plain(text)
        teams = (one.team for one in self.categories if one.team)
        named = next((team for team in teams if plain and plain in (_plain(team), _plain(f"{team} team"))), None)
        category = self.parse_category(text)
        return named or (category.team if category else None)

    def proposed(self, levels: Mapping[str, str]) -> Severity | None:
        """The highest severity that the judged impact points to; None where it points to none."""
        answers = (
            self.severity(level.severity)
            for dimension in self.impact
            for level in dimension.levels
            if level.severity and levels.get(dimension.name) == level.name
        )
        return min(answers, key=lambda severity: severity.rank, default=None)

    @property
    def approving_roles(self) -> tuple[Role, ...]:
        """The roles of which any may approve a change."""
        named = tuple(role for role in self.roles if role.name in self.approvals.by)
        return named or (self.lead_role,)

    def tells(self, occasion: str, audience: str) -> bool:
        """Whether an audience hears on an occasion; where the protocol does not say, it does."""
        told = next((one for one in self.messages if one.occasion == occasion), None)
        return told is None or audience in told.to

    def phase(self, name: str) -> Phase:
        """The phase of this exact name. Raises UnknownPhase, which names those there are."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        names = _listed(phase.name for phase in self.phases)
        raise UnknownPhase(f'"{name}" is no phase of {self.name}; it has {names}.', "phase")

    def phase_within(self, phase: str, severity: str, environment: str) -> tuple[timedelta | None, str]:
        """How long a phase may last at a severity in an environment, and by which clause. Raises UnknownPhase."""
        found, counted = self.phase(phase), self.counted_as(severity, environment)
        clause = found.clauses.get(f"within.{counted}") or found.clause("within")
        if counted != severity and (place := self.environment(environment)):
            clause = f"{clause}, {_where(place, 'lowers_by')}"
        return found.within.get(counted), clause

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
        names += [category.team for category in self.categories if category.team]
        names += [telling.who for severity in self.severities for telling in severity.tell]
        names += [contact.who for contact in self.contacts if contact.who]
        others = {role.name for role in self.roles}
        names += [one for one in (*self.postmortem.attendees, *self.review.by) if one not in others]
        return tuple(dict.fromkeys(one for one in (*names, *self.management) if one not in STAND_INS))

    def canonical_json(self) -> str:
        """The text that is stored and digested: keys sorted, no spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: two protocols that promise the same have the same digest."""
        return sha256(self.canonical_json().encode()).hexdigest()


class Earlier(BaseModel):
    """A protocol that held until another was adopted in its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: datetime
    protocol: Protocol


Protocol.model_rebuild()


def _softened(severity: Severity, like: Severity, place: Environment) -> Severity:
    """`severity` with the promises of `like` and the exceptions of the place."""
    written = {"hours": place.hours, "announce": place.announce, "stakeholders": place.stakeholders}
    changes: dict[str, object] = {key: value for key, value in written.items() if value is not None}
    if not place.management:
        changes["management_after"] = None
    lower = HOUSE_KEYS if like is not severity else frozenset[str]()
    clauses = {**like.clauses, **{key: f"{like.clause(key)}, {_where(place, 'lowers_by')}" for key in lower}}
    clauses |= {key: _where(place, "management" if key == "management_after" else key) for key in changes}
    same = {"name": severity.name, "title": severity.title, "description": severity.description}
    return like.model_copy(update={**same, "examples": severity.examples, **changes, "clauses": clauses})


def _where(place: Environment, key: str) -> str:
    """`environment staging (house)`: by whose rule it is softer there."""
    return f"environment {place.name} ({place.clause(key) or HOUSE})"


def _meant(text: str, known: Iterable[_Named]) -> _Named | None:
    """The one whose name or title it is, or the only one whose name or title begins with it."""
    meant, choices = _plain(text), list(known)
    same = [one for one in choices if meant in (_plain(one.name), _plain(one.title))]
    near = [one for one in choices if any(_plain(word).startswith(meant) for word in (one.name, one.title))]
    if not meant:
        return None
    return same[0] if same else near[0] if len(near) == 1 and len(meant) >= _SHORTEST else None


def _plain(text: str) -> str:
    """Letters and digits only, in one case: what is left of a word when typing habits are taken away."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
