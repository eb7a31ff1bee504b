"""Clocks: every promise of the protocol as a due time, derived from the incident alone.

A clock says when something was promised, by which clause, and whether it was kept. It never looks at the present time:
`standing` is asked with a time. Reminders about clocks are in `asking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

from bot.domain import sheets
from bot.domain.incident import Incident, Snooze
from bot.domain.promises.terms import Term, of_checklist, of_grades, of_phase, of_updates
from bot.domain.protocol import Protocol

Standing = Literal["running", "kept", "late", "missed", "not applicable"]

REGRADE_GRACE = timedelta(minutes=15)
"""Raising the severity creates no miss: at least this long, or the new interval if shorter."""

MACHINE_TOLERANCE = timedelta(minutes=1)
"""What the bot itself does at a due time is on time within the minute that people see."""

CLOSE_BY = time(16, 0)
"""House rule: a resolved incident is closed by this local time of the next working day."""

TITLES = {
    "acknowledge": "acknowledgement",
    "triage": "triage",
    "first_notice": "first announcement",
    "impact": "impact",
    "checklist": "checklist",
    "update": "update",
    "escalate": "escalation to level 2",
    "management": "word to management",
    "phase": "end of the phase",
    "resolve": "resolution",
    "page": "answer to a page",
    "close": "closing",
    "postmortem": "postmortem",
    "action": "action item",
}
"""Every clock there is, and what it is called on screen."""

WITHIN = {
    "acknowledge": "acknowledge_within",
    "triage": "triage_within",
    "first_notice": "first_notice_within",
    "impact": "impact_within",
    "checklist": "checklists.<name>.within",
    "update": "update_every",
    "escalate": "escalate_after",
    "management": "management_after",
    "phase": "phases.<name>.within",
    "resolve": "resolve_within",
    "postmortem": "postmortem_within",
}
"""The protocol's key that promises each clock; `close` is a house rule."""


PAGE_WITHIN = timedelta(minutes=10)
"""House rule: a page that nobody answers this long goes back to whoever sent it."""


@dataclass(frozen=True)
class Clock:
    """One promise. `due` None: the severity in force promises nothing here.

    `stopped_at`: the incident ended before the promise was kept. `interval` is the promised length of time.
    """

    key: str
    occurrence: int
    start: datetime
    due: datetime | None
    interval: timedelta | None
    severity: str
    clause: str
    kept_at: datetime | None = None
    stopped_at: datetime | None = None
    tolerance: timedelta = timedelta(0)
    snoozed: Snooze | None = None
    """The reminders were snoozed when it fell due."""
    reminds: timedelta | None = None
    """How long after its start it is mentioned early, where the protocol says so."""

    @property
    def open(self) -> bool:
        return self.due is not None and self.kept_at is None and self.stopped_at is None

    @property
    def name(self) -> tuple[str, int]:
        return self.key, self.occurrence

    def standing(self, now: datetime) -> Standing:
        """How the promise stands at `now`; an open one that is past its due time is late, not yet missed."""
        if self.due is None:
            return "not applicable"
        last = self.due + self.tolerance
        if self.kept_at is not None:
            return "kept" if self.kept_at <= last else "late"
        if self.stopped_at is not None:
            return "not applicable" if self.stopped_at <= last else "missed"
        return "running" if now <= last else "late"

    def late_by(self, now: datetime) -> timedelta:
        """How far past its due time it was kept, or is at `now`; zero when it is not late."""
        if self.due is None:
            return timedelta(0)
        return max(timedelta(0), (self.kept_at or self.stopped_at or now) - self.due)


def clocks(incident: Incident, protocol: Protocol, *, updated: bool = True) -> tuple[Clock, ...]:
    """Every promise of this incident so far, kept or not, in the order of `TITLES` and then of occurrence. Without
    those that an update kept, of which there are ever more, unless `updated`."""
    acknowledge = _once("acknowledge", incident, protocol, incident.detected_at, incident.acknowledged_at)
    triage = _once("triage", incident, protocol, incident.detected_at, incident.triaged_at)
    notice = _once("first_notice", incident, protocol, incident.detected_at, incident.first_notice_at)
    told = _once("management", incident, protocol, incident.declared_at, incident.management_informed_at)
    return (
        acknowledge,
        triage,
        *(() if incident.private else (notice,)),  # a private incident is announced to nobody
        *_impacts(incident, protocol),
        *_checklists(incident, protocol),
        *_updates(incident, protocol, updated=updated),
        *_escalations(incident, protocol),
        *(() if incident.drill else (told,)),
        *_phases(incident, protocol),
        *_resolutions(incident, protocol),
        *_pages(incident),
        *_closings(incident, protocol),
        *_postmortems(incident, protocol),
        *_actions(incident, protocol),
    )


def open_clocks(incident: Incident, protocol: Protocol) -> tuple[Clock, ...]:
    """The promises that still run or are overdue, the nearest due time first."""
    running = (c for c in clocks(incident, protocol, updated=False) if c.open)
    return tuple(sorted(running, key=lambda c: (c.due or c.start, list(TITLES).index(c.key), c.occurrence)))


def next_update_due(incident: Incident, protocol: Protocol) -> datetime | None:
    """When the next update is promised, or None where the severity promises none or the incident has ended."""
    return next((c.due for c in open_clocks(incident, protocol) if c.key == "update"), None)


def _grade_terms(incident: Incident, protocol: Protocol, key: str) -> list[Term]:
    return of_grades(incident, protocol, WITHIN[key])


def _judged(
    start: datetime, stop: datetime | None, terms: list[Term], protocol: Protocol
) -> tuple[datetime | None, Term]:
    """When a promise falls due, and the term in force then. A due time once passed is never moved again."""
    later = [t for t in terms if t.at > start and (stop is None or t.at <= stop)]
    judged = next((t for t in reversed(terms) if t.at <= start), terms[0])
    due = _due(start, judged, protocol, first=True)
    for term in later:
        if due is not None and term.at >= due:
            break
        judged = term
        new = _due(start, term, protocol, first=False)
        due = new if term.stricter or due is None or new is None else max(due, new)
    return due, judged


def _due(start: datetime, term: Term, protocol: Protocol, *, first: bool) -> datetime | None:
    if term.within is None:
        return None
    due = start + term.within
    if term.stricter and not first:
        due = max(due, term.at + min(term.within, REGRADE_GRACE))
    return protocol.at(term.at).calendar.next_opening(due) if term.severity.hours == "business" else due


def _first_end(incident: Incident, start: datetime) -> datetime | None:
    return next((p.start for p in incident.pauses if p.start >= start), None)


def _clock(
    key: str,
    occurrence: int,
    incident: Incident,
    protocol: Protocol,
    start: datetime,
    kept_at: datetime | None,
    stopped_at: datetime | None,
    terms: list[Term] | None = None,
) -> Clock:
    if terms is None:
        terms = _grade_terms(incident, protocol, key)
    if key == "update" and kept_at is not None:
        terms = [t for t in terms if t.at < kept_at] or terms[:1]  # what began with the update holds for the next one
    due, term = _judged(start, kept_at or stopped_at, terms, protocol)
    own = key in ("management", "escalate")  # what the bot does itself, which no snooze holds up
    return Clock(
        key=key,
        occurrence=occurrence,
        start=start,
        due=due,
        interval=term.within,
        severity=term.severity.name,
        clause=term.clause,
        kept_at=kept_at,
        stopped_at=None if kept_at else stopped_at,
        tolerance=MACHINE_TOLERANCE if own else timedelta(0),
        snoozed=None if own or due is None else next((s for s in incident.snoozes if s.at <= due < s.until), None),
    )


def _once(key: str, incident: Incident, protocol: Protocol, start: datetime, kept_at: datetime | None) -> Clock:
    end = _first_end(incident, incident.declared_at)
    in_time = kept_at if kept_at and (end is None or kept_at <= end or key == "management") else None
    return _clock(key, 1, incident, protocol, start, in_time, end)


def _impacts(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """The first impact, and again after each re-grading that comes after the impact was known."""
    end = _first_end(incident, incident.declared_at)
    start, occurrence = incident.detected_at, 1
    while True:
        stated = (at for at in incident.impacts if at >= start and (occurrence == 1 or at > start))
        kept = next((at for at in stated if end is None or at <= end), None)
        yield _clock("impact", occurrence, incident, protocol, start, kept, end)
        again = next((at for at in incident.regraded_at if kept is not None and at > kept), None)
        if again is None or (end is not None and again >= end):
            return
        start, occurrence = again, occurrence + 1


def _lives(incident: Incident) -> Iterator[tuple[datetime, datetime | None, bool]]:
    """The stretches of time in which promises run: from declared or reopened until ended, and whether by resolving."""
    start = incident.declared_at
    for pause in incident.pauses:
        yield start, pause.start, pause.resolved
        if pause.end is None:
            return
        start = pause.end
    yield start, None, False


def _updates(incident: Incident, protocol: Protocol, *, updated: bool) -> Iterator[Clock]:
    """One occurrence at a time: every update keeps the open one and starts the next. Resolving is the last news."""
    terms, occurrence = of_updates(incident, protocol), 0
    for start, end, resolved in _lives(incident):
        since = start
        for news in (n.at for n in incident.updates if n.at >= start and (end is None or n.at <= end)):
            occurrence += 1
            if updated:
                yield _clock("update", occurrence, incident, protocol, since, news, None, terms)
            since = news
        occurrence += 1
        yield _clock("update", occurrence, incident, protocol, since, end if resolved else None, end, terms)


def _escalations(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """Kept by resolving in time, or by escalating when the time has come; cancelling ends it. Acknowledging does not
    stop it."""
    for occurrence, (start, end, resolved) in enumerate(_lives(incident), start=1):
        raised = next((e.at for e in incident.escalations if e.level >= 2 and e.at >= start), None)
        raised = raised if raised is None or end is None or raised <= end else None
        done = min((at for at in (raised, end if resolved else None) if at is not None), default=None)
        yield _clock("escalate", occurrence, incident, protocol, start, done, end)


def _phases(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """How long each phase may last, as far as the protocol says; leaving it keeps the promise, and so does resolving.

    The occurrence is the phase's place in `incident.phases`.
    """
    for occurrence, step in enumerate(incident.phases, start=1):
        terms = of_phase(incident, protocol, step.phase)
        if all(term.within is None for term in terms):
            continue
        left = next((later.at for later in incident.phases[occurrence:]), None)
        pause = next((p for p in incident.pauses if p.start >= step.at), None)
        if pause is not None and (left is None or pause.start < left):
            left = pause.start if pause.resolved else None
        stopped = pause.start if pause else None
        clock = _clock("phase", occurrence, incident, protocol, step.at, left, stopped, terms)
        known = next((phase for phase in protocol.phases if phase.name == step.phase), None)
        yield _mentioned(clock, known.reminds if known else {}, incident, protocol)


def _checklists(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """How long a checklist may take from its opening (or from detection), as far as the protocol says; ticking all of
    it keeps the promise. The occurrence is its place among all that ever held."""
    for occurrence, (one, went) in enumerate(sheets.ever(protocol), start=1):
        timed = protocol.earlier or any(one.within.values())
        began = sheets.first_began(incident, protocol, one) if timed else None
        terms = of_checklist(incident, protocol, one) if began else []
        if began is None or all(term.within is None for term in terms):
            continue
        start = incident.detected_at if one.counts_from == "detected" and one.opens not in sheets.AFTER else began
        ends = {"resolved": incident.closed_at, "closed": None}
        ended = ends[one.opens] if one.opens in ends else _first_end(incident, began)
        end = min((at for at in (ended, went) if at is not None), default=None)
        done = sheets.done_at(incident, sheets.of_checklist(one))
        kept = done if done is None or end is None or done <= end else None
        clock = _clock("checklist", occurrence, incident, protocol, start, kept, end, terms)
        yield _mentioned(clock, one.reminds, incident, protocol)


def _mentioned(clock: Clock, early: Mapping[str, timedelta | None], incident: Incident, protocol: Protocol) -> Clock:
    """The clock with the earlier time of its range, where the protocol gives one."""
    return replace(clock, reminds=early.get(protocol.counted_as(clock.severity, incident.environment)))


def _resolutions(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """When it is to be resolved, where a severity it had promises that."""
    if any(term.within is not None for term in _grade_terms(incident, protocol, "resolve")):
        first = next(iter(incident.pauses), None)
        kept = first.start if first and first.resolved else None
        start, end = incident.declared_at, first.start if first else None
        yield _clock("resolve", 1, incident, protocol, start, kept, end)


def _pages(incident: Incident) -> Iterator[Clock]:
    """Somebody was paged by a person; answered by whatever they do here. Paging the next in their place ends it."""
    for occurrence, page in enumerate(incident.pages, start=1):
        ends = [_first_end(incident, page.at), *(p.at for p in incident.pages if p.instead_of == page.seq)]
        end = min((at for at in ends if at is not None), default=None)
        answered = page.answered_at
        yield Clock(
            key="page",
            occurrence=occurrence,
            start=page.at,
            due=page.at + PAGE_WITHIN,
            interval=PAGE_WITHIN,
            severity=incident.severity,
            clause="house rule: a page is answered within 10 minutes",
            kept_at=answered if answered and (end is None or answered <= end) else None,
            stopped_at=end,
        )


def _closings(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    if incident.resolved_at is None:
        return
    due = protocol.calendar.next_working_day(incident.resolved_at, CLOSE_BY)
    resolved = incident.resolved_at
    yield Clock(
        key="close",
        occurrence=len(incident.pauses),
        start=resolved,
        due=due,
        interval=due - resolved,
        severity=incident.severity,
        clause="house rule: closed by 16:00 of the next working day",
        kept_at=incident.closed_at,
    )


def _postmortems(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """How long after resolving the postmortem may take; closing does not stop it. A drill owes none."""
    severity = protocol.severity_in(incident.severity, incident.environment)
    within, resolved = severity.postmortem_within, incident.resolved_at
    if within is None or resolved is None or incident.drill:
        return
    due, done = resolved + within, incident.postmortem_done_at
    yield Clock(
        key="postmortem",
        occurrence=len(incident.pauses),
        start=resolved,
        due=protocol.calendar.next_opening(due) if severity.hours == "business" else due,
        interval=within,
        severity=incident.severity,
        clause=severity.clause("postmortem_within"),
        kept_at=done if done is not None and done >= resolved else None,
    )


def _actions(incident: Incident, protocol: Protocol) -> Iterator[Clock]:
    """What somebody took on for a day, until the end of work on it; what is dropped is owed no more. The occurrence is
    the entry's seq."""
    calendar = protocol.calendar
    for todo in incident.todos if incident.stage != "cancelled" and not incident.drill else ():
        if todo.task or todo.due is None:
            continue
        due = max(calendar.end_of(todo.due), calendar.next_opening(todo.at))
        yield Clock(
            key="action",
            occurrence=todo.seq,
            start=todo.at,
            due=due,
            interval=due - todo.at,
            severity=incident.severity,
            clause="house rule (action items)",
            kept_at=todo.ended_at if todo.done else None,
            stopped_at=None if todo.done else todo.ended_at,
        )
