"""Asking: who is asked about a promise, when, how loudly, and who comes after them.

Each open clock has a chain of steps. What was asked is on the record (`Asked`); the next step follows from it, so a
restart forgets nothing and a late start asks once instead of catching up on every step.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain import advice
from bot.domain import fact as f
from bot.domain.duty.covers import stood_in
from bot.domain.duty.oncall import Roster
from bot.domain.incident import Ask, Incident
from bot.domain.promises.answering import answers_for, climbs_to, level
from bot.domain.promises.clocks import CLOSE_BY, Clock, open_clocks
from bot.domain.promises.early import DAY, lead_time
from bot.domain.promises.reach import nobody_answered, picked, silenced, unreached
from bot.domain.protocol import Protocol

How = Literal["page", "early", "due", "climb", "ladder", "direct", "act"]

SHARED = timedelta(minutes=10)
"""Promises that fall due this close together share one ask."""

LATE_START = timedelta(minutes=1)
"""A step that came later than this shifts the steps after it, so that people get the promised time to answer."""

ROUNDS = ("round 2", "round 3", "round 4", "round 5")
"""House rule: when everybody has been asked and nobody answers, the first in line is asked again, an interval apart.
After the fifth time the bot is silent: what nobody answers then is not helped by asking."""

UNANSWERED = "call unanswered"
"""The step that tells whoever paged somebody that they have not answered."""

PAGES = (("page", 0), ("again", 3), ("secondary", 5), ("once more", 6), ("level 2", 10))
"""House rule for ranks 1–2: whom an unacknowledged incident calls, minutes after it was declared."""


CALLS: tuple[tuple[str, int, How], ...] = (
    ("called again", 3, "climb"), ("called once more", 6, "climb"), (UNANSWERED, 10, "direct")
)  # fmt: skip
"""House rule for a page by a person: asked again and once more, then whoever paged is told; minutes after the page."""

AFTERWARDS = ("postmortem", "action")
"""Promises of one person for the time after the end: asked quietly, and in one message where they come together."""

ALONE = ("close", "page", *AFTERWARDS)
"""Promises that share no ask with others."""


@dataclass(frozen=True)
class Step:
    """One step of a chain. `must`: never skipped when the bot was down, however late."""

    name: str
    at: datetime
    how: How
    must: bool = False


@dataclass(frozen=True)
class NextStep:
    clock: Clock
    step: Step


def chain(clock: Clock, incident: Incident, protocol: Protocol) -> list[Step]:
    """All steps of an open clock in order, with their nominal times."""
    steps = _chain(clock, incident, protocol)
    if clock.key == "page":
        return steps  # a person calls, whatever the hour
    grades = (clock.severity, incident.severity)  # what was promised at a higher one is asked for as loudly as now
    waits = any(protocol.severity_in(name, incident.environment).hours == "business" for name in grades)
    return _in_hours(steps, protocol) if waits or _afterwards(clock, incident) else steps


def _afterwards(clock: Clock, incident: Incident) -> bool:
    """Whether it is a promise for the time after the end: nobody is called for that at night."""
    return clock.key in AFTERWARDS or (clock.key == "checklist" and not incident.running)


def _in_hours(steps: list[Step], protocol: Protocol) -> list[Step]:
    """What is promised in working hours is asked in working hours; after the due time the steps keep their distance."""
    moved: list[Step] = []
    pushed, after_due = timedelta(0), False
    for step in steps:
        at = step.at + pushed
        opened = at if step.how == "act" else protocol.calendar.next_opening(at)
        after_due = after_due or step.name == "due"
        pushed += opened - at if after_due else timedelta(0)
        moved.append(replace(step, at=opened))
    return moved


def _chain(clock: Clock, incident: Incident, protocol: Protocol) -> list[Step]:
    if clock.due is None or clock.interval is None or (clock.key == "management" and incident.management_called_at):
        return []
    if clock.key == "page":
        return [Step(name, clock.start + timedelta(minutes=m), how) for name, m, how in CALLS]
    if clock.key in ("escalate", "management"):
        return [Step(clock.key, _unheld(clock, incident), "act", must=True)]
    early = lead_time(clock, protocol)
    first = [Step("early", early, "early")] if early is not None and clock.key != "close" else []
    if clock.interval >= DAY or clock.key == "close" or _afterwards(clock, incident):
        return [*_calls(clock, incident, protocol), *first, *_quietly(clock.due, protocol)]
    half = clock.interval / 2
    calls = _calls(clock, incident, protocol)
    return [
        *(calls if any(call.how == "page" for call in calls) else [*calls, *first]),
        Step("due", clock.due, "due", must=True),
        Step("climb", clock.due + half, "climb"),
        Step("ladder", clock.due + 2 * half, "ladder"),
        *(Step(name, clock.due + turn * clock.interval, "climb") for turn, name in enumerate(ROUNDS, start=2)),
    ]


def _unheld(clock: Clock, incident: Incident) -> datetime:
    """When the bot acts on a due time: then, unless somebody holds the escalation; raising the severity ends a hold."""
    due, hold = clock.due or clock.start, incident.hold
    if clock.key != "escalate" or hold is None or any(g.raised and g.at > hold.at for g in incident.severities):
        return due
    return max(due, hold.until) if hold.at >= clock.start else due


def _calls(clock: Clock, incident: Incident, protocol: Protocol) -> list[Step]:
    """The pages of an unacknowledged incident; at a lower rank one person reads a direct message instead."""
    if clock.key != "acknowledge":
        return []
    if protocol.severity_in(incident.severity, incident.environment).rank > 2:
        asked_before = any(c.key == "acknowledge" for a in incident.asks for c in a.covers)
        return [] if asked_before else [Step("message", incident.declared_at, "direct", must=True)]
    begun = _called_since(incident, protocol)
    calls = [(name, begun + timedelta(minutes=minutes)) for name, minutes in PAGES]
    return [Step(n, at, "page", must=n == "page") for n, at in calls if n == "page" or at < (clock.due or at)]


def _called_since(incident: Incident, protocol: Protocol) -> datetime:
    """When the incident last rose to a rank that pages; until then nobody was called."""
    begun, paged = incident.declared_at, True
    for graded in incident.severities:
        pages = protocol.severity_in(graded.severity, graded.environment).rank <= 2
        begun = graded.at if pages and not paged else begun
        paged = pages
    return begun


def _quietly(due: datetime, protocol: Protocol) -> list[Step]:
    """Promises of a day or more go by direct message only and climb after one working day."""
    return [
        Step("due", due, "direct", must=True),
        Step("climb", protocol.calendar.next_working_day(due, CLOSE_BY), "direct"),
    ]


def next_step(clock: Clock, incident: Incident, protocol: Protocol) -> NextStep | None:
    """What a clock says next and when; None when its chain is at its end. What follows a late step comes as much
    later, but a due time is a due time."""
    steps = {step.name: step for step in chain(clock, incident, protocol)}
    asked = (a for a in reversed(incident.asks) if a.step in steps and _about(a, clock))
    last = next(asked, None)
    names = list(steps)
    left = names[names.index(last.step) + 1 :] if last else names
    if not left:
        return None
    step = steps[left[0]]
    late = last.at - steps[last.step].at if last else timedelta(0)
    if late > LATE_START and step.name != "due":
        step = replace(step, at=step.at + late)
    return NextStep(clock, _held(step, incident))


def _about(ask: Ask, clock: Clock) -> bool:
    return any((c.key, c.occurrence) == clock.name for c in ask.covers)


def _held(step: Step, incident: Incident) -> Step:
    """Snoozing pauses the asking, not the promise; what the bot itself must do is not paused."""
    until = incident.snoozed_until
    if until is None or step.how == "act" or step.at >= until:
        return step
    return replace(step, at=until)


def schedule(incident: Incident, protocol: Protocol) -> tuple[NextStep, ...]:
    """The next step of every open clock: the rows of the clock table."""
    found = (next_step(clock, incident, protocol) for clock in open_clocks(incident, protocol))
    shown = advice.unknown_at(incident, protocol)
    coming = [NextStep(shown, Step(shown.key, shown.due, "act", must=True))] if shown and shown.due else []
    return (*(step for step in found if step is not None), *coming)


def latest_due_step(coming: NextStep, incident: Incident, protocol: Protocol, now: datetime) -> NextStep:
    """After being down a clock asks once: the furthest step whose time has come, but never past one that must be."""
    steps = chain(coming.clock, incident, protocol)
    here = [s.name for s in steps].index(coming.step.name)
    late = coming.step.at - steps[here].at
    chosen = coming.step
    for step in steps[here + 1 :]:
        at = step.at if step.name == "due" else step.at + late
        if chosen.must or at > now:
            break
        chosen = step
    return NextStep(coming.clock, chosen)


def still_asked(incident: Incident, protocol: Protocol) -> frozenset[str]:
    """People with an open ask: asked about a promise that is still open, or called up the ladder, and not heard from
    since. An early word is no ask yet: when the promise falls due, the same person is asked."""
    names = {clock.name for clock in open_clocks(incident, protocol) if clock.key not in AFTERWARDS}
    asks = [
        (a.handed_at or a.at, a.people)
        for a in incident.asks
        if a.how != "early" and a.step != UNANSWERED and names & {(c.key, c.occurrence) for c in a.covers}
    ]
    pages = [(p.at, (p.person,)) for n, p in enumerate(incident.pages, start=1) if ("page", n) in names]
    calls = [*asks, *pages, *((e.at, e.people) for e in incident.escalations if not e.team)]
    heard = incident.last_acts
    return frozenset(p for at, people in calls for p in people if p not in heard or heard[p] < at)


def _declined(names: Container[tuple[str, int]], incident: Incident) -> frozenset[str]:
    """Who said `Not me` to one of these promises."""
    return frozenset(person for person, key, occurrence in incident.declined if (key, occurrence) in names)


def whom(coming: NextStep, incident: Incident, protocol: Protocol, roster: Roster, now: datetime) -> tuple[str, ...]:
    """Who is asked at this step, taken `now`; empty when everybody there is has been asked already."""
    if coming.clock.key == "page":
        page = incident.pages[coming.clock.occurrence - 1]
        back = page.by or incident.declared_by
        return (page.person,) if coming.step.name != UNANSWERED else (back,) if back else ()
    declined = _declined([coming.clock.name], incident)
    if coming.clock.key in AFTERWARDS:  # its owner's, whatever else they are asked; after them whoever led
        todo = incident.todo(coming.clock.occurrence) if coming.clock.key == "action" else None
        first = [todo.owner] if todo and todo.owner else []
        before = (a.people for a in incident.asks if a.how != "early" and _about(a, coming.clock))
        over = declined | {person for people in before for person in people}
        return picked((*first, *answers_for(coming.clock.key, incident, protocol, roster)), over)
    taken = still_asked(incident, protocol) | declined
    asleep = unreached(incident, now)
    match coming.step.name:
        case "page" | "again" | "once more":
            muted = silenced(incident, now)
            return picked(answers_for("acknowledge", incident, protocol, roster), declined, muted)
        case "secondary":
            return (roster.secondary,) if roster.secondary and roster.secondary not in taken else ()
        case "level 2":
            return tuple(p for p in level(2, incident, protocol, roster) if p not in taken)
        case name if name in ROUNDS:
            return picked(answers_for(coming.clock.key, incident, protocol, roster), declined, asleep)
        case "climb" | "ladder":
            left = answers_for(coming.clock.key, incident, protocol, roster)
            return _climb(taken, asleep, incident, protocol, roster) or picked(left, taken, asleep)
        case _:
            return picked(answers_for(coming.clock.key, incident, protocol, roster), taken, asleep)


def _climb(
    taken: frozenset[str], asleep: frozenset[str], incident: Incident, protocol: Protocol, roster: Roster
) -> tuple[str, ...]:
    """The first group with somebody who was not asked yet; those whose phone rings go before."""
    groups = [tuple(p for p in g if p not in taken) for g in climbs_to(incident, protocol, roster)]
    awake = (tuple(p for p in g if p not in asleep) for g in groups)
    return next((g for g in awake if g), ()) or next((g for g in groups if g), ())


def shares(
    coming: NextStep, people: tuple[str, ...], incident: Incident, protocol: Protocol, roster: Roster
) -> list[Clock]:
    """Other open promises that are due within ten minutes and at the same step: one ask serves them all, and so does
    one word that there is nobody to ask."""
    name, due = coming.step.name, coming.clock.due
    if coming.clock.key in AFTERWARDS:
        return _same_morning(coming, people, incident, protocol, roster)
    if name not in ("early", "due", "climb", "ladder", *ROUNDS) or due is None or coming.clock.key in ALONE:
        return []
    if name == "early" and coming.clock.reminds is not None:
        return []  # it comes long before it is due, and others may be due sooner
    others = (n for n in schedule(incident, protocol) if n.clock.name != coming.clock.name and n.step.how != "act")
    if name in ROUNDS:
        return [n.clock for n in others if n.clock.due and n.clock.due <= coming.step.at and n.clock.key not in ALONE]
    near = [
        n.clock for n in others if n.clock.due and n.clock.due - due <= SHARED and _reaches(n, name, incident, protocol)
    ]
    if name in ("climb", "ladder"):
        return near
    taken = still_asked(incident, protocol) | frozenset(people)
    return [clock for clock in near if _same_people(clock, people, taken, incident, protocol, roster)]


def _same_morning(
    coming: NextStep, people: tuple[str, ...], incident: Incident, protocol: Protocol, roster: Roster
) -> list[Clock]:
    """What else is asked of the same person by then for the time after the end."""
    until = coming.step.at + SHARED
    others = (
        n for n in schedule(incident, protocol) if n.clock.key in AFTERWARDS and n.clock.name != coming.clock.name
    )
    near = (n for n in others if n.step.at <= until and n.step.name == coming.step.name)
    return [n.clock for n in near if people and whom(n, incident, protocol, roster, until) == people]


def _same_people(
    clock: Clock,
    people: tuple[str, ...],
    taken: frozenset[str],
    incident: Incident,
    protocol: Protocol,
    roster: Roster,
) -> bool:
    """Whether a promise is this person's to answer too, or nobody else is left whom it could be asked of."""
    answering = list(answers_for(clock.key, incident, protocol, roster))
    left = picked(iter(answering), taken | _declined([clock.name], incident))
    return bool(set(people) & set(answering[:2])) or not left


def _reaches(other: NextStep, name: str, incident: Incident, protocol: Protocol) -> bool:
    """Whether another clock still has this step before it, and may take it now: calls are never skipped."""
    names = [s.name for s in chain(other.clock, incident, protocol)]
    before = names[names.index(other.step.name) : names.index(name) + 1] if name in names else []
    return name in before and set(before) <= {"early", "due", name} and "page" not in before


def due_fact(incident: Incident, protocol: Protocol, roster: Roster, now: datetime) -> f.Fact | None:
    """The first thing that is due at `now`, as a fact; call again with the incident evolved until None."""
    ready = (s for s in schedule(incident, protocol) if s.step.at <= now)
    coming = min(ready, key=lambda s: (s.step.at, s.step.how != "act"), default=None)
    if coming is None:
        return nobody_answered(incident, protocol, roster)
    seen_so, roster = stood_in(incident, roster, now)
    if coming.step.how == "act":
        return _act(coming.clock, incident, protocol, roster)
    return _ask(latest_due_step(coming, incident, protocol, now), seen_so, protocol, roster, now)


def _act(clock: Clock, incident: Incident, protocol: Protocol, roster: Roster) -> f.Fact:
    if clock.key == advice.CLOCK:
        return advice.of_unknown(incident, protocol)
    if clock.key == "escalate":
        return f.Escalated(level=2, people=level(2, incident, protocol, roster), by_clock=True, clause=clock.clause)
    people = roster.everyone(protocol.management)
    channels = dict.fromkeys(c for name in protocol.management for c in roster.channels.get(name, ()))
    return f.ManagementCalled(people=people, channels=tuple(channels), clause=clock.clause)


def _ask(coming: NextStep, incident: Incident, protocol: Protocol, roster: Roster, now: datetime) -> f.Asked:
    people = whom(coming, incident, protocol, roster, now)
    clocks = (coming.clock, *shares(coming, people, incident, protocol, roster))
    covers = tuple(f.Covered(key=c.key, occurrence=c.occurrence) for c in clocks)
    how = "direct" if coming.step.how == "act" else coming.step.how
    asked = f.Asked(
        covers=covers,
        step=coming.step.name,
        how=how,
        people=people,
        due=coming.clock.due or now,
        clause=coming.clock.clause,
    )
    if people:
        return asked
    return asked.model_copy(update={"again_at": _again(asked, coming.clock, incident, protocol, now)})


def _again(asked: f.Asked, clock: Clock, incident: Incident, protocol: Protocol, now: datetime) -> datetime | None:
    """When the bot tries again, were it to ask nobody now; None when the chain is at its end."""
    ask = Ask(seq=incident.seq + 1, at=now, **asked.model_dump(include=set(Ask.model_fields) - {"seq", "at"}))
    coming = next_step(clock, incident.model_copy(update={"asks": (*incident.asks, ask)}), protocol)
    return coming.step.at if coming else None


def passed_on(
    ask: f.Asked,
    asker: str,
    incident: Incident,
    protocol: Protocol,
    roster: Roster,
    now: datetime,
    step: str = "passed on",
) -> f.Asked:
    """After `Not me`, or where nobody can be reached: the same ask to the next in the chain, then up the ladder. A
    direct message goes on as one."""
    incident, roster = stood_in(incident, roster, now)
    names = [(c.key, c.occurrence) for c in ask.covers]
    taken = still_asked(incident, protocol) | {asker} | _declined(names, incident)
    asleep = unreached(incident, now)
    people = picked(answers_for(ask.covers[0].key, incident, protocol, roster), taken, asleep)
    people = people if {*people} - asleep else _climb(taken, asleep, incident, protocol, roster) or people
    how = "direct" if ask.how in ("early", "direct") else "climb"
    passed = ask.model_copy(update={"step": step, "how": how, "people": people, "again_at": None})
    clock = next((c for c in open_clocks(incident, protocol) if c.name in names), None)
    if people or clock is None:
        return passed
    return passed.model_copy(update={"again_at": _again(passed, clock, incident, protocol, now)})
