"""Terms: what each clause asked for, and since when. A severity begins one, and so does a protocol that is adopted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import sheets
from bot.domain.incident import Graded, Incident
from bot.domain.protocol import Protocol, Severity
from bot.domain.protocol.lists import Checklist


@dataclass(frozen=True)
class Term:
    """What one clause asks for from `at` on; `stricter` when it began by raising the severity or leaving monitoring."""

    at: datetime
    severity: Severity
    within: timedelta | None
    stricter: bool
    clause: str


_Promised = Callable[[Protocol, Graded], tuple[timedelta | None, str]]
"""How long a promise is, and by which clause, in a protocol and at a severity in its place."""


def of_grades(incident: Incident, protocol: Protocol, key: str) -> list[Term]:
    """Of a promise that a severity makes, by its key there."""

    def promised(held: Protocol, grade: Graded) -> tuple[timedelta | None, str]:
        severity = held.severity_in(grade.severity, grade.environment)
        return severity.within(key), severity.clause(key)

    return _terms(incident, protocol, promised)


def of_updates(incident: Incident, protocol: Protocol) -> list[Term]:
    """Updates come half as often in monitoring: phases are terms as much as severities are, and so is what was adopted
    in between."""
    grades = {g.at: g for g in incident.severities}
    adopted = {one.until for one in protocol.earlier if one.until > incident.declared_at}
    stages = {s.at: s.stage for s in incident.phases}
    terms: list[Term] = []
    grade, stage, before = incident.severities[0], "triage", "triage"
    for at in sorted({*grades, *stages, *adopted}):
        grade = grades.get(at, grade)
        before, stage = stage, stages.get(at, stage)
        severity = protocol.at(at).severity_in(grade.severity, grade.environment)
        every, clause = severity.within("update_every"), severity.clause("update_every")
        within = every * (2 if stage == "monitoring" else 1) if every is not None else None
        stricter = (at in grades and grade.raised) or (before == "monitoring" and stage != "monitoring")
        stricter = stricter or (at in adopted and _tighter(terms[-1].within, within))
        terms.append(Term(at, severity, within, stricter, clause))
    return terms


def of_checklist(incident: Incident, protocol: Protocol, one: Checklist) -> list[Term]:
    """Of the time in which a checklist is to be ticked."""

    def promised(held: Protocol, grade: Graded) -> tuple[timedelta | None, str]:
        known = held.checklist(one.name)
        return sheets.within(known, held.counted_as(grade.severity, grade.environment)) if known else (None, "")

    return _terms(incident, protocol, promised)


def of_phase(incident: Incident, protocol: Protocol, phase: str) -> list[Term]:
    """Of the time that a phase may last."""

    def promised(held: Protocol, grade: Graded) -> tuple[timedelta | None, str]:
        known = any(one.name == phase for one in held.phases)
        return held.phase_within(phase, grade.severity, grade.environment) if known else (None, "")

    return _terms(incident, protocol, promised)


def _terms(incident: Incident, protocol: Protocol, promised: _Promised) -> list[Term]:
    """One for each severity there was, by what held then; adopting another protocol begins one too."""
    grade, terms = incident.severities[0], list[Term]()
    anew = [(one.until, None) for one in protocol.earlier if one.until > grade.at]
    for at, graded in sorted([*((g.at, g) for g in incident.severities), *anew], key=lambda one: one[0]):
        grade, held = graded or grade, protocol.at(at)
        within, clause = promised(held, grade)
        stricter = graded.raised if graded else _tighter(terms[-1].within, within)
        terms.append(Term(at, held.severity_in(grade.severity, grade.environment), within, stricter, clause))
    return terms


def _tighter(before: timedelta | None, within: timedelta | None) -> bool:
    return within is not None and (before is None or within < before)
