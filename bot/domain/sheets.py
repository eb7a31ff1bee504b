"""Sheets: every list that can be ticked (the steps of a phase, checklists, runbooks, what is validated and what closing
asks for), which of them are open, and how far they are.

Everything follows from the protocol and from the ticks on the record; nothing here looks at the present time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.incident import Incident
from bot.domain.incident_parts import Tick
from bot.domain.protocol import Protocol
from bot.domain.protocol.lists import Checklist
from bot.domain.protocol.parts import Item

PHASE, CHECKLIST, RUNBOOK = "phase", "checklist", "runbook"
VALIDATION, CLOSURE = "validation", "closure"
AFTER = ("resolved", "closed")
"""Where a checklist opens that belongs to the time after the end."""


@dataclass(frozen=True)
class Sheet:
    """One list. `key` names it on the record (`phase/fixing`, `checklist/impact`, `validation`); `any_of`: one tick is
    enough, the items are a choice; `after`: it belongs to the end, so it begins anew when the incident is reopened."""

    key: str
    title: str
    items: tuple[Item, ...]
    any_of: bool = False
    clause: str = ""
    after: bool = False

    def item(self, name: str) -> Item | None:
        """The item of this exact id, if there is one."""
        return next((one for one in self.items if one.id == name), None)

    def place(self, item: Item) -> str:
        """Where the item stands, for what refers to it from elsewhere."""
        return f"{self.key}/{item.id}"


@dataclass(frozen=True)
class Opened:
    """A list that is open, and since when."""

    sheet: Sheet
    since: datetime


def sheet(key: str, protocol: Protocol) -> Sheet | None:
    """The list of this key; None where the protocol has none."""
    kind, _, name = key.partition("/")
    match kind:
        case "phase":
            return next((of_phase(name, protocol) for one in protocol.phases if one.name == name and one.steps), None)
        case "checklist":
            found = protocol.checklist(name)
            return of_checklist(found) if found else None
        case "runbook":
            return _of_section(name, protocol)
        case "validation" if protocol.validation:
            checks = ((one.id, one.text, one.clauses) for one in protocol.validation)
            return Sheet(VALIDATION, "Validation", tuple(_item(*one) for one in checks), after=True)
        case "closure" if protocol.closure:
            criteria = ((one.id, one.text, one.clauses) for one in protocol.closure)
            return Sheet(CLOSURE, "Before closing", tuple(_item(*one) for one in criteria), after=True)
        case _:
            return None


def of_phase(name: str, protocol: Protocol) -> Sheet:
    """The steps of a phase. Raises UnknownPhase."""
    phase = protocol.phase(name)
    return Sheet(f"{PHASE}/{name}", phase.title, phase.steps, clause=phase.clause("steps"))


def of_checklist(one: Checklist) -> Sheet:
    """A checklist as a list to tick."""
    key = f"{CHECKLIST}/{one.name}"
    return Sheet(key, one.title, one.items, one.any_of, one.clause(), after=one.opens in AFTER)


def _of_section(name: str, protocol: Protocol) -> Sheet | None:
    book, _, part = name.partition("/")
    found = protocol.runbook(book)
    section = next((one for one in found.sections if one.name == part), None) if found else None
    return Sheet(f"{RUNBOOK}/{name}", section.title, section.steps, clause=section.clause()) if section else None


def _item(name: str, text: str, clauses: dict[str, str]) -> Item:
    """What a form asks for, as an item; its text may be longer than an item's, and is cut where it is drawn."""
    return Item.model_construct(id=name, text=text, clauses=clauses)


def named(protocol: Protocol) -> tuple[Sheet, ...]:
    """The lists that can be asked for by name: the phases' steps, the checklists, and what the forms ask for."""
    phases = (of_phase(one.name, protocol) for one in protocol.phases if one.steps)
    forms = (found for key in (VALIDATION, CLOSURE) if (found := sheet(key, protocol)))
    return (*(of_checklist(one) for one in protocol.checklists), *phases, *forms)


# what is ticked


def ticks(incident: Incident, of: Sheet) -> dict[str, Tick]:
    """The ticks that count, by item: those people made, and what the record proves (`seq` 0). What belongs to the end
    is done anew after reopening."""
    anew = max((pause.end for pause in incident.pauses if pause.end), default=None) if of.after else None
    known = {item.id for item in of.items}
    mine = (one for one in incident.ticks if one.sheet == of.key and one.item in known)
    made = {one.item: one for one in mine if anew is None or one.at >= anew}
    proofs = ((item.id, proven_at(incident, item)) for item in of.items if item.proof)
    return {name: Tick(sheet=of.key, item=name, at=at, by=None, seq=0) for name, at in proofs if at} | made


def proven_at(incident: Incident, item: Item) -> datetime | None:
    """Since when the record proves an item; None where it does not."""
    match item.proof:
        case "acknowledged":
            return incident.acknowledged_at
        case "severity":
            return incident.triaged_at
        case "impact":
            return next(iter(incident.impacts), None)
        case "assessed":
            return incident.assessed_at
        case "announced":
            return incident.first_notice_at
        case "management":
            return incident.management_informed_at
        case "resolved":
            return incident.resolved_at
        case _:
            return None


def done_at(incident: Incident, of: Sheet) -> datetime | None:
    """When the last tick was made that it needed; None while it needs more."""
    made = ticks(incident, of)
    if of.any_of:
        return min((one.at for one in made.values()), default=None)
    return max(one.at for one in made.values()) if len(made) == len(of.items) else None


# what is open


def began(incident: Incident, protocol: Protocol, one: Checklist) -> datetime | None:
    """When a checklist opened, at a severity that has it; None where it has not."""
    trigger = _trigger(incident, one.opens)
    if trigger is None or not one.severities:
        return trigger
    fits = (g.at for g in incident.severities if protocol.counted_as(g.severity, g.environment) in one.severities)
    first = next(fits, None)
    return max(trigger, first) if first else None


def first_began(incident: Incident, protocol: Protocol, one: Checklist) -> datetime | None:
    """The same by what held then, whatever was adopted since."""
    for earlier in protocol.earlier:
        held = earlier.protocol.checklist(one.name)
        since = began(incident, earlier.protocol, held) if held else None
        if since is not None and since < earlier.until:
            return since
    return began(incident, protocol, one)


def _trigger(incident: Incident, opens: str) -> datetime | None:
    match opens:
        case "declared":
            return incident.declared_at
        case "resolved":
            return incident.resolved_at
        case "closed":
            return incident.closed_at
        case _:
            return next((step.at for step in incident.phases if step.phase == opens), None)


def opened(incident: Incident, protocol: Protocol) -> tuple[Opened, ...]:
    """The lists that are open now: the steps of the present phase, in triage those of every phase of it (the first sign
    that somebody knows what it is ends them all), then the checklists in the protocol's order. A checklist goes when
    the severity is none of its own any more, unless somebody has begun with it."""
    return (*_steps(incident, protocol), *_checklists(incident, protocol))


def _steps(incident: Incident, protocol: Protocol) -> Iterator[Opened]:
    if not incident.running:
        return
    present = protocol.phase(incident.phase)
    in_triage = incident.stage == "triage" and present.stage == "triage"
    for phase in protocol.phases_of("triage") if in_triage else (present,):
        entered = (step.at for step in reversed(incident.phases) if step.phase == phase.name)
        if phase.steps:
            yield Opened(of_phase(phase.name, protocol), next(entered, incident.declared_at))


def _checklists(incident: Incident, protocol: Protocol) -> Iterator[Opened]:
    counted = protocol.counted_as(incident.severity, incident.environment)
    for one in protocol.checklists:
        since, drawn = began(incident, protocol, one), of_checklist(one)
        ended = {"cancelled": True, "closed": one.opens != "closed", "resolved": not drawn.after}
        over = ended.get(incident.stage, False)
        fits = not one.severities or counted in one.severities
        if since is not None and not over and (fits or ticks(incident, drawn)):
            yield Opened(drawn, since)


def ever_opened(incident: Incident, protocol: Protocol) -> bool:
    """Whether anything to tick was open at any time."""
    visited = {*(step.phase for step in incident.phases), *(one.name for one in protocol.phases_of("triage"))}
    steps = any(one.steps for one in protocol.phases if one.name in visited)
    return steps or any(began(incident, protocol, one) for one in protocol.checklists)


def unfinished(incident: Incident, protocol: Protocol) -> tuple[Opened, ...]:
    """The open lists that need more ticks."""
    return tuple(one for one in opened(incident, protocol) if done_at(incident, one.sheet) is None)


# how long it may take


def within(one: Checklist, severity: str) -> tuple[timedelta | None, str]:
    """How long a checklist may take at the severity that counts, and by which clause."""
    held = not one.severities or severity in one.severities
    return (one.within.get(severity) if held else None), one.clauses.get(f"within.{severity}") or one.clause("within")


def occurrence(of: Sheet, protocol: Protocol) -> int | None:
    """The occurrence of the promise about a checklist: its place among all that ever held, from 1."""
    keys = [f"{CHECKLIST}/{one.name}" for one, _ in ever(protocol)]
    return keys.index(of.key) + 1 if of.key in keys else None


def of_occurrence(number: int, protocol: Protocol) -> Sheet | None:
    """The checklist that a promise of this occurrence is about."""
    known = ever(protocol)
    return of_checklist(known[number - 1][0]) if 1 <= number <= len(known) else None


def ever(protocol: Protocol) -> tuple[tuple[Checklist, datetime | None], ...]:
    """Every checklist as it is, or last was, and when it went with a protocol that was adopted. In the order in which
    they came, so that what was asked about one is never taken for another's."""
    found: dict[str, Checklist] = {}
    for held in (*(one.protocol for one in protocol.earlier), protocol):
        found |= {one.name: one for one in held.checklists}
    went = {one.name: earlier.until for earlier in protocol.earlier for one in earlier.protocol.checklists}
    return tuple((one, None if protocol.checklist(name) else went[name]) for name, one in found.items())


# the first questions

KNOWN: Mapping[str, tuple[str, ...]] = {
    "what": ("affected",),
    "when": ("started_at", "data_since"),
    "impact": ("impact",),
}
"""First questions that the incident itself answers: their id in a protocol → what is known then. Only these ids mean
something to the bot; every other answer is kept as it was given."""


def unanswered(incident: Incident, protocol: Protocol) -> tuple[Item, ...]:
    """The first questions that nobody has answered and that nothing else tells."""
    return tuple(
        one
        for one in protocol.questions
        if one.id not in incident.first_answers and not any(getattr(incident, known) for known in KNOWN.get(one.id, ()))
    )
