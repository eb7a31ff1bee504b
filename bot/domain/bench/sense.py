"""Sense: what a protocol says that is possible and cannot be meant. Pure; each finding can be accepted with a reason.

A finding's id is the same for ever, because files name it under `accept`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

from bot.domain.bench.simulate import Plot, made_up_roster, simulated
from bot.domain.bench.timetable import noise
from bot.domain.calendar import instant
from bot.domain.duration import spoken
from bot.domain.protocol import PROMISE_KEYS, Protocol
from bot.domain.protocol.parts import Severity
from bot.domain.scribe import Audiences

NOISE_MOST = 12
"""How often one person's device may ring within an hour while nobody answers. A house choice: once in five minutes."""

NIGHT = date(2026, 11, 20)
"""When noise is measured: at three in the night to this Friday, when promises that wait for working hours wait."""

WORDS = {
    "acknowledge_within": ("acknowledgement", "the acknowledgement is due"),
    "triage_within": ("triage", "triage is due"),
    "first_notice_within": ("notice", "the first announcement is due"),
    "impact_within": ("impact", "the impact is due"),
    "update_every": ("update", "the first update is due"),
    "escalate_after": ("escalation", "it is escalated"),
    "management_after": ("management", "management is told"),
    "resolve_within": ("resolution", "it is to be resolved"),
    "postmortem_within": ("postmortem", "the postmortem is due"),
}
"""What each promise is called in a finding's id, and what happens when it falls due."""


@dataclass(frozen=True)
class Finding:
    """`path` is the place in the protocol's file, as far as it goes; `about` narrows the id: `accept` may name either
    the id or `id.about`."""

    id: str
    about: str
    path: tuple[str, ...]
    sentence: str
    suggestion: str
    beside: tuple[str, ...] = ()
    """The other place it is about, where it is about two."""

    def accepted_by(self, accept: Collection[str]) -> str | None:
        """The key under `accept` that means this finding."""
        return next((key for key in (f"{self.id}.{self.about}", self.id) if key in accept), None)


def findings(
    protocol: Protocol, answering: Collection[str] | None = None, most: int = NOISE_MOST
) -> tuple[Finding, ...]:
    """Everything that cannot be meant. `answering` are the names of the directory behind which somebody stands; None
    where there is no directory to compare with. `most`: how often one device may ring within an hour."""
    found = [
        *(one for severity in protocol.severities for one in _of_severity(severity, protocol)),
        *_stricter_below(protocol),
        *_empty_ladder(protocol),
        *_nobody(protocol, answering),
        *_unreachable(protocol),
        *_said_to_nobody(protocol),
        *_phases_too_long(protocol),
        *_alike(protocol),
        *_odd(protocol),
        *_noisy(protocol, most),
    ]
    return tuple(found)


def unmatched(protocol: Protocol, found: Iterable[Finding]) -> tuple[str, ...]:
    """Keys under `accept` that no finding is meant by any more."""
    used = {one.accepted_by(protocol.accept) for one in found}
    return tuple(key for key in protocol.accept if key not in used)


# one severity


def _of_severity(severity: Severity, protocol: Protocol) -> Iterator[Finding]:
    yield from _after_the_deadline(severity)
    yield from _before_the_first_word(severity)
    name, rank = severity.name, severity.rank
    if rank == 1 and severity.hours == "business":
        yield Finding(
            "asleep-at-the-top", name, ("severities", name, "hours"),
            f"{name} is the highest severity, and its due times wait for working hours: at night nobody is asked",
            "write hours: always",
        )  # fmt: skip
    if severity.announce == "none" and severity.first_notice_within is not None:
        yield Finding(
            "notice-without-announcement", name, ("severities", name, "announce"),
            f"{name} promises an announcement within {spoken(severity.first_notice_within)} and is announced nowhere",
            "write announce: channel, or first_notice_within: none",
        )  # fmt: skip
    if severity.management_after is not None and not protocol.management:
        yield Finding(
            "management-is-nobody", name, ("severities", name, "management_after"),
            f"{name} tells management, and management names nobody",
            "name somebody under management, or write management_after: none", ("management",),
        )  # fmt: skip
    every = severity.update_every
    written = "snooze_up_to" not in severity.house
    if written and every is not None and severity.snooze_up_to > every:
        yield Finding(
            "snooze-over-update", name, ("severities", name, "snooze_up_to"),
            f"one snooze of {name} may last {spoken(severity.snooze_up_to)}, and updates are due every {spoken(every)}",
            f"write snooze_up_to: {int(every.total_seconds() // 60)}m or less",
        )  # fmt: skip


def _after_the_deadline(severity: Severity) -> Iterator[Finding]:
    """What falls due when it is over already."""
    deadline = severity.resolve_within
    for key, (called, happens) in WORDS.items():
        within = severity.within(key)
        if deadline is None or within is None or within < deadline or key in ("resolve_within", "postmortem_within"):
            continue
        yield Finding(
            f"{called}-after-resolve", severity.name, ("severities", severity.name, key),
            f"{severity.name} is to be resolved within {spoken(deadline)}, and {happens} only after {spoken(within)}",
            f"make {key} shorter than resolve_within",
        )  # fmt: skip


def _before_the_first_word(severity: Severity) -> Iterator[Finding]:
    """Help that is called before the people who are asked had to say anything."""
    escalate = severity.escalate_after
    for key in ("acknowledge_within", "update_every"):
        within = severity.within(key)
        if escalate is not None and within is not None and within > escalate:
            called, happens = WORDS[key]
            yield Finding(
                f"{called}-after-escalation", severity.name, ("severities", severity.name, key),
                f"{severity.name} is escalated after {spoken(escalate)}, before {happens} ({spoken(within)})",
                f"make {key} no longer than escalate_after",
            )  # fmt: skip


# severities among each other


def _stricter_below(protocol: Protocol) -> Iterator[Finding]:
    for higher, lower in pairwise(protocol.severities):
        for key in PROMISE_KEYS:
            above, below = higher.within(key), lower.within(key)
            if below is not None and (above is None or below < above):
                how = "within" if key.endswith("_within") else "after"
                promised = f"{how} {spoken(above)}" if above is not None else "never"
                yield Finding(
                    "stricter-below", f"{lower.name}.{key}", ("severities", lower.name, key),
                    f"at {lower.name} {WORDS[key][1]} {how} {spoken(below)}, at {higher.name} {promised}: "
                    "the lower severity promises more",
                    f"compare {key} of {higher.name} and {lower.name}", ("severities", higher.name, key),
                )  # fmt: skip


def _empty_ladder(protocol: Protocol) -> Iterator[Finding]:
    if any(level.number > 1 for level in protocol.ladder):
        return
    for severity in protocol.severities[:2]:
        after = severity.escalate_after
        so = "that nobody answers goes nowhere" if after is None else f"is escalated after {spoken(after)} to nobody"
        yield Finding(
            "empty-ladder", severity.name, ("ladder",),
            f"a {severity.name} {so}: the ladder has no second level",
            "write a second level under ladder, with names of the directory",
        )  # fmt: skip


# people


def _nobody(protocol: Protocol, answering: Collection[str] | None) -> Iterator[Finding]:
    """Names behind which nobody stands, and roles that nobody can be asked to take."""
    for name in protocol.directory_names() if answering is not None else ():
        if name not in (answering or ()):
            yield Finding(
                "nobody-answers", name, _where_named(protocol, name),
                f'the protocol counts on "{name}", and nobody stands behind that name in the directory',
                f"write {name} under directory in sitrep.yml, or use a name that is there",
            )  # fmt: skip
    for role in protocol.roles:
        top = [one.name for one in protocol.severities[:2] if one.name in role.required_for]
        if top and not role.staffed_by:
            yield Finding(
                "role-without-people", role.name, ("roles", role.name),
                f"{role.title} must be filled at {' and '.join(top)}, and nobody is named to be asked for it",
                "write staffed_by with names of the directory",
            )  # fmt: skip


def _where_named(protocol: Protocol, name: str) -> tuple[str, ...]:
    places: list[tuple[str, ...]] = [
        *(("ladder", one.name) for one in protocol.ladder if name in one.names),
        *(("roles", one.name, "staffed_by") for one in protocol.roles if name in one.staffed_by),
        *(("categories", one.name, "team") for one in protocol.categories if one.team == name),
        *(("severities", one.name, "tell") for one in protocol.severities if name in [t.who for t in one.tell]),
        *(("contacts", one.name) for one in protocol.contacts if one.who == name),
        *([("management",)] if name in protocol.management else []),
    ]
    return next(iter(places), ())


# what nobody ever gets to


def _past(protocol: Protocol) -> Iterator[str]:
    """Names of phases of triage behind one of a later stage: once triage is over nobody gets back."""
    stages = [phase.stage for phase in protocol.phases]
    for place, phase in enumerate(protocol.phases):
        if phase.stage == "triage" and any(stage != "triage" for stage in stages[:place]):
            yield phase.name


def _disordered(protocol: Protocol) -> Iterator[Finding]:
    gone = set(_past(protocol))
    for before, after in pairwise(protocol.phases):
        if after.name in gone:
            yield Finding(
                "unreachable-phase", after.name, ("phases", after.name),
                f"the phase {after.title} is of the stage triage and stands behind the triage: nobody gets back there",
                "put it before the phases of the stage active, or change its stage",
            )  # fmt: skip
        elif before.stage == "monitoring" and after.stage == "active":
            yield Finding(
                "phase-order", after.name, ("phases", after.name),
                f"the phase {after.title} is of the stage active and stands after {before.title}, which watches what "
                "was done: going on reads as going back",
                "put the phases in the order in which they are gone through",
            )  # fmt: skip


def _unreachable(protocol: Protocol) -> Iterator[Finding]:
    yield from _disordered(protocol)
    for book in protocol.runbooks:
        if not (book.categories or book.alarms or book.symptoms):
            yield Finding(
                "unreachable-runbook", book.name, ("runbooks", book.name),
                f"the runbook {book.title} has no category, alarm or symptom, so it is never offered",
                "write the categories it is for",
            )  # fmt: skip
    gone = set(_past(protocol))
    for sheet in protocol.checklists:
        if sheet.opens in gone:
            yield Finding(
                "unreachable-checklist", sheet.name, ("checklists", sheet.name, "opens"),
                f"the checklist {sheet.title} opens at the phase {sheet.opens}, to which nobody gets",
                "let it open at another phase",
            )  # fmt: skip
        odd = [name for name in sheet.within if sheet.severities and name not in sheet.severities]
        if odd:
            yield Finding(
                "unreachable-checklist", sheet.name, ("checklists", sheet.name, "within"),
                f"the checklist {sheet.title} has a time at {' and '.join(odd)}, where it never opens",
                "take that time out, or add the severity to severities",
            )  # fmt: skip


def _said_to_nobody(protocol: Protocol) -> Iterator[Finding]:
    told = [one.name for one in protocol.severities if one.stakeholders]
    occasions = ("initial", "update", "resolution")
    if told and not any(protocol.tells(occasion, "stakeholders") for occasion in occasions):
        yield Finding(
            "stakeholders-never-told", told[0], ("messages",),
            f"stakeholders are told of {' and '.join(told)}, and no message goes to them",
            "add stakeholders to one of the messages, or write stakeholders: false",
        )  # fmt: skip
    if protocol.management and all(one.management_after is None for one in protocol.severities):
        yield Finding(
            "management-never-told", "management", ("management",),
            "management is named and told of no severity", "write management_after at one of them",
        )  # fmt: skip


def _phases_too_long(protocol: Protocol) -> Iterator[Finding]:
    for severity in protocol.severities:
        times = [phase.within.get(severity.name) for phase in protocol.phases]
        whole = sum((one for one in times if one is not None), timedelta(0))
        deadline = severity.resolve_within
        if deadline is not None and whole > deadline:
            yield Finding(
                "phases-over-resolve", severity.name, ("severities", severity.name, "resolve_within"),
                f"the phases of {severity.name} may last {spoken(whole)} together, and it is to be resolved within "
                f"{spoken(deadline)}",
                "make the phases shorter, or resolve_within longer",
            )  # fmt: skip


def _alike(protocol: Protocol) -> Iterator[Finding]:
    """Two of a kind with one title: whoever types or chooses it cannot tell them apart."""
    titled: Mapping[str, Iterable[tuple[str, str]]] = {
        "phases": [(one.name, one.title) for one in protocol.phases],
        "roles": [(one.name, one.title) for one in protocol.roles],
        "categories": [(one.name, one.title) for one in protocol.categories],
        "runbooks": [(one.name, one.title) for one in protocol.runbooks],
        "checklists": [(one.name, one.title) for one in protocol.checklists],
        "closure": [(one.id, one.text) for one in protocol.closure],
    }
    for section, members in titled.items():
        seen: dict[str, str] = {}
        for name, title in members:
            if title.casefold() in seen:
                yield Finding(
                    "same-title", f"{section}.{name}", (section, name),
                    f'{seen[title.casefold()]} and {name} in {section} are both called "{title}"',
                    "give one of them another title",
                )  # fmt: skip
            seen.setdefault(title.casefold(), name)


def _odd(protocol: Protocol) -> Iterator[Finding]:
    ranks = {one.name: one.rank for one in protocol.severities}
    for kind in protocol.categories:
        if kind.severity and kind.down_to and ranks[kind.down_to] < ranks[kind.severity]:
            yield Finding(
                "range-turned-round", kind.name, ("categories", kind.name, "down_to"),
                f"{kind.title} is typically {kind.severity} down to {kind.down_to}, which is higher",
                f"write {kind.down_to} to {kind.severity}",
            )  # fmt: skip
    if protocol.review.every != "none" and not protocol.review.by:
        yield Finding(
            "review-without-people", "review", ("review",),
            f"the protocol is to be reviewed every {protocol.review.every}, and nobody is named to do it",
            "write by: with roles or names of the directory",
        )  # fmt: skip
    if protocol.ticket is not None and "#" not in protocol.ticket.pattern:
        yield Finding(
            "ticket-without-number", "ticket", ("ticket", "pattern"),
            f'the ticket pattern "{protocol.ticket.pattern}" has no #, so every incident has the same ticket',
            "write # for each digit, like DFG-INC-###",
        )  # fmt: skip


# noise


def _noisy(protocol: Protocol, most: int) -> Iterator[Finding]:
    roster, night = made_up_roster(protocol), instant(NIGHT, time(3), protocol.calendar.timezone)
    for severity in protocol.severities:
        found = noise(simulated(Plot(severity.name, night), protocol, roster, Audiences("incidents", "stakeholders")))
        if found.hits > most:
            yield Finding(
                "noise", severity.name, ("severities", severity.name),
                f"a {severity.name} at 03:00 that nobody answers rings {found.hit} {found.hits} times within an hour, "
                f"more than {most}",
                "make the promises less dense, or ask different people; sitrep protocol simulate shows each ring",
            )  # fmt: skip
