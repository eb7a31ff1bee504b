"""Incidents for the domain's tests, told line by line: what happened how long after it was declared.

Times in a story are written `h:mm` after the declaration; facts that depend on the incident so far (an old severity, a
phase's stage) are worked out while the story is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain import fact as f
from bot.domain.calendar import Calendar
from bot.domain.duty.oncall import Roster
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.promises.asking import due_fact, schedule
from bot.domain.promises.clocks import Clock, clocks
from bot.domain.protocol import Protocol
from bot.store.files import protocols

ANA, BEA, CAR, DEE, TEC, SME, DIR, EVE = "U0ANA", "U0BEA", "U0CAR", "U0DEE", "U0TEC", "U0SME", "U0DIR", "U0EVE"
"""Primary and secondary on call are Ana and Car; Bea leads, Dee speaks, Tec and Sme are level 2, Eve is nobody."""

ZONE = "Europe/Amsterdam"
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""10:00 in Amsterdam, on a working day."""

LEAD, COMMS, RESPONDER = "incident-manager", "communications-coordinator", "on-call-responder"

ROSTER = Roster(
    primary=ANA,
    secondary=CAR,
    directory={"incident-manager": (BEA,), "level-2": (TEC, SME), "level-3": (EVE,), "director": (DIR,)},
)
NOBODY = Roster()


@cache
def default() -> Protocol:
    return protocols.load("self-healing-pipeline", Calendar(timezone=ZONE))


@cache
def office() -> Protocol:
    """The default protocol with P3 promised in working hours only."""
    return graded_otherwise("P3", hours="business")


def graded_otherwise(severity: str, **changes: Any) -> Protocol:
    """The default protocol with one severity changed."""
    base = default()
    grades = tuple(s.model_copy(update=changes) if s.name == severity else s for s in base.severities)
    return base.model_copy(update={"severities": grades})


def span(text: str) -> timedelta:
    """A length of time: `0:15`, `26:00`, `0:15:30`."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def local(text: str) -> datetime:
    """An instant by the wall clock in Amsterdam: `2026-11-20 16:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


Say = Callable[[Incident, Protocol], f.Fact]


@dataclass(frozen=True)
class Line:
    """One line of a story: after how long, what, and who did it."""

    after: str
    say: Say = field(repr=False)
    by: str | None = ANA
    via: f.Door = "slash"


def did(after: str, fact: f.Fact, by: str | None = ANA, via: f.Door = "slash") -> Line:
    return Line(after, lambda incident, protocol: fact, by, via)


def acked(after: str, by: str = ANA) -> Line:
    return did(after, f.Acknowledged(), by)


def confirmed(after: str) -> Line:
    return Line(after, lambda incident, protocol: f.SeverityConfirmed(severity=incident.severity))


def graded(after: str, severity: str, by: str = ANA) -> Line:
    def say(incident: Incident, protocol: Protocol) -> f.Fact:
        raised = protocol.severity(severity).rank < protocol.severity(incident.severity).rank
        return f.SeverityChanged(old=incident.severity, new=severity, raised=raised)

    return Line(after, say, by)


def moved(after: str, phase: str) -> Line:
    return Line(
        after, lambda incident, protocol: f.PhaseMoved(old=incident.phase, new=phase, stage=protocol.phase(phase).stage)
    )


def updated(after: str, by: str = ANA) -> Line:
    return did(after, f.UpdatePosted(text="The loader runs again."), by)


def stated(after: str, by: str = ANA) -> Line:
    return did(after, f.ImpactStated(sentence="Revenue figures since 06:10 are not reliable."), by)


def leads(after: str, person: str = BEA) -> Line:
    return did(after, f.RoleAssigned(role=LEAD, person=person), None)


def speaks(after: str, person: str = DEE) -> Line:
    return did(after, f.RoleAssigned(role=COMMS, person=person), None)


def resolved(after: str) -> Line:
    return did(after, f.Resolved(fix="Reverted and backfilled.", data="repaired"))


def closed(after: str) -> Line:
    return Line(after, lambda incident, protocol: f.Closed(severity=incident.severity, met=()))


def cancelled(after: str) -> Line:
    return did(after, f.Cancelled(outcome="false alarm"))


def reopened(after: str) -> Line:
    return did(after, f.Reopened(why="It is back."))


def snoozed(after: str, until: str) -> Line:
    return Line(after, lambda incident, protocol: f.Snoozed(until=incident.declared_at + span(until), why="Lunch."))


def told(after: str, recipient: str = DIR) -> Line:
    return did(after, f.ManagementInformed(recipient=recipient), None, "courier")


def called_up(after: str, by: str | None = None) -> Line:
    return did(after, f.Escalated(level=2, people=(TEC, SME), by_clock=by is None, clause="escalation"), by, "clock")


def declaration(severity: str = "P1", protocol: Protocol | None = None, **changes: Any) -> f.Declared:
    chosen = protocol or default()
    first = {
        "title": "Orders mart is stale",
        "severity": severity,
        "protocol": chosen.name,
        "protocol_digest": chosen.digest(),
        "phase": "detecting",
        "detected_at": MONDAY,
    }
    return f.Declared.model_validate({**first, **changes})


def entry(incident: Incident | None, fact: f.Fact, at: datetime, by: str | None, via: f.Door = "slash") -> f.Entry:
    """The next entry of an incident."""
    seq = incident.seq + 1 if incident else 1
    return f.Entry(incident=12, seq=seq, at=at, recorded_at=at, by=by, via=via, fact=fact)


def tell(
    *lines: Line, severity: str = "P1", protocol: Protocol | None = None, at: datetime = MONDAY, **declared: Any
) -> list[f.Entry]:
    """The entries of a story that Ana began; what the clock does by itself stands in the story as well."""
    chosen = protocol or default()
    first = declaration(severity, chosen, **{"detected_at": at, **declared})
    entries = [entry(None, first, at, ANA, "form")]
    incident = evolve(None, entries[0])
    for line in lines:
        entries.append(entry(incident, line.say(incident, chosen), at + span(line.after), line.by, line.via))
        incident = evolve(incident, entries[-1])
    return entries


def incident_of(*lines: Line, **story: Any) -> Incident:
    incident: Incident | None = None
    for each in tell(*lines, **story):
        incident = evolve(incident, each)
    assert incident is not None
    return incident


def clock_of(incident: Incident, protocol: Protocol, key: str, occurrence: int = 1) -> Clock:
    (found,) = (c for c in clocks(incident, protocol) if c.name == (key, occurrence))
    return found


def tick(incident: Incident, protocol: Protocol, roster: Roster, now: datetime) -> tuple[Incident, list[f.Entry]]:
    """Everything that is due at `now`, recorded."""
    entries: list[f.Entry] = []
    while (due := due_fact(incident, protocol, roster, now)) is not None:
        assert len(entries) < 100, "the same things stay due for ever"
        entries.append(entry(incident, due, now, None, "clock"))
        incident = evolve(incident, entries[-1])
    return incident, entries


NAMES = {ANA: "Ana", BEA: "Bea", CAR: "Car", DEE: "Dee", TEC: "Tec", SME: "Sme", DIR: "Dir", EVE: "Eve"}


def clock_face(length: timedelta) -> str:
    """`0:15`, or `0:11:15` where the seconds matter."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def log_line(at: datetime, start: datetime, fact: f.Fact) -> str:
    """What the bot did by itself, as one readable line: `0:15 due acknowledge, triage → Ana`."""
    match fact:
        case f.Asked(step=step, covers=covers, people=people):
            what = f"{step} {', '.join(c.key for c in covers)}"
        case f.Escalated(people=people):
            what = "escalate"
        case f.ManagementCalled(people=people):
            what = "management"
        case f.NobodyAnswered(people=people):
            what = "nobody answered"
        case _:
            raise AssertionError(f"the clock does not say {fact.kind}")
    return f"{clock_face(at - start)} {what} → {', '.join(NAMES[p] for p in people) or 'nobody'}"


@dataclass(frozen=True)
class Watched:
    """An incident that was watched for a while: how it stands, and what the bot did by itself, line by line."""

    incident: Incident
    entries: list[f.Entry]
    log: list[str]
    facts: list[f.Fact]

    def about(self, *keys: str) -> list[str]:
        """The lines of the asks about these promises."""
        return [line for line in self.log if any(key in line.split(" → ")[0] for key in keys)]


def watch(
    *lines: Line,
    until: str,
    down: tuple[str, str] | None = None,
    severity: str = "P1",
    protocol: Protocol | None = None,
    roster: Roster = ROSTER,
    at: datetime = MONDAY,
    **declared: Any,
) -> Watched:
    """Let the story happen with the bot's clock running (but for while it is `down`), to the second."""
    chosen, start = protocol or default(), at
    entries = tell(severity=severity, protocol=chosen, at=at, **declared)
    incident = evolve(None, entries[0])
    todo, now, did_itself = list(lines), at, []
    while now <= at + span(until):
        while todo and at + span(todo[0].after) <= now:
            line = todo.pop(0)
            entries.append(entry(incident, line.say(incident, chosen), now, line.by, line.via))
            incident = evolve(incident, entries[-1])
        if down is None or not span(down[0]) < now - start < span(down[1]):
            incident, due = tick(incident, chosen, roster, now)
            entries += due
            did_itself += due
        coming = [max(s.step.at, now + timedelta(seconds=1)) for s in schedule(incident, chosen)]
        if down is not None:
            coming = [at + span(down[1]) if span(down[0]) < c - start < span(down[1]) else c for c in coming]
        now = min([*coming, *(at + span(line.after) for line in todo[:1])], default=at + span("9999:00"))
    log = [log_line(each.at, start, each.fact) for each in did_itself]
    return Watched(incident, entries, log, [each.fact for each in did_itself])
