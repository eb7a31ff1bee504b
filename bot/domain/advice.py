"""Advice for when it goes wrong: when it is shown by itself, once for each reason, and which earlier incident this one
is like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain import assets
from bot.domain import fact as f
from bot.domain.incident import Incident
from bot.domain.promises.clocks import Clock, open_clocks
from bot.domain.protocol import Protocol
from bot.domain.protocol.lists import Trigger, Trouble

LATELY = timedelta(days=30)
"""House rule: how long ago an incident may have been resolved that this one is a recurrence of."""

CLOCK = "advice"
"""The key in the clock table of the time at which advice is shown although nobody did anything."""


def meant_for(why: Trigger, incident: Incident, protocol: Protocol) -> Trouble | None:
    """The advice for this reason; None where the protocol has none, or the incident was given it already."""
    if why in incident.advised:
        return None
    return next((one for one in protocol.troubleshooting if why in one.when), None)


def beside(incident: Incident, facts: Sequence[f.Fact], protocol: Protocol) -> list[f.Fact]:
    """What is shown because of what somebody has just done: opened it again, or gone back to an earlier phase."""
    if any(isinstance(fact, f.Reopened) for fact in facts):
        return _shown("reopened", incident, protocol)
    back = any(isinstance(fact, f.PhaseMoved) and _goes_back(fact, protocol) for fact in facts)
    return _shown("fix-fails", incident, protocol) if back else []


def _shown(why: Trigger, incident: Incident, protocol: Protocol) -> list[f.Fact]:
    found = meant_for(why, incident, protocol)
    return [f.AdviceShown(advice=found.name, why=why)] if found else []


def _goes_back(moved: f.PhaseMoved, protocol: Protocol) -> bool:
    names = [phase.name for phase in protocol.phases]
    return moved.old in names and moved.new in names and names.index(moved.new) < names.index(moved.old)


# half-way to the escalation the cause is not known


def unknown_at(incident: Incident, protocol: Protocol) -> Clock | None:
    """When nobody will have known the cause for half of the time until the escalation; None where that is no matter:
    the cause is known, the repair is being watched, nothing escalates, or the advice was shown."""
    if incident.cause or incident.stage == "monitoring" or meant_for("cause-unknown", incident, protocol) is None:
        return None
    coming = next((c for c in open_clocks(incident, protocol) if c.key == "escalate"), None)
    if coming is None or coming.due is None:
        return None
    half = coming.start + (coming.due - coming.start) / 2
    severity = protocol.severity_in(incident.severity, incident.environment)
    at = protocol.calendar.next_opening(half) if severity.hours == "business" else half
    return Clock(CLOCK, coming.occurrence, coming.start, at, at - coming.start, coming.severity, coming.clause)


def of_unknown(incident: Incident, protocol: Protocol) -> f.AdviceShown:
    """What is shown then. Raises LookupError where nothing is to be."""
    found = meant_for("cause-unknown", incident, protocol)
    if found is None:
        raise LookupError("there is no advice for a cause that is not known")
    return f.AdviceShown(advice=found.name, why="cause-unknown")


# it was here before


def compares(incident: Incident, protocol: Protocol) -> bool:
    """Whether it matters that there was one like it."""
    return incident.running and not incident.drill and meant_for("recurrence", incident, protocol) is not None


def recurs(incident: Incident, others: Iterable[Incident], protocol: Protocol, now: datetime) -> list[f.Fact]:
    """The advice, where one of the others is of the same category or about the same thing and was resolved lately; it
    names the latest. Private ones and drills are for nobody to be told of."""
    found = meant_for("recurrence", incident, protocol)
    like = [one for one in others if _like(incident, one) and _lately(one, now)]
    if found is None or not like:
        return []
    last = max(like, key=lambda one: (one.resolved_at or now, one.id))
    named = {"like": last.id, "channel": last.channel, "resolved_at": last.resolved_at}
    return [f.AdviceShown.model_validate({"advice": found.name, "why": "recurrence", **named})]


def _like(incident: Incident, other: Incident) -> bool:
    if other.id == incident.id or other.private or other.drill:
        return False
    if any({incident.id, other.id} == {link.other, one.id} for one in (incident, other) for link in one.links):
        return False  # the same fault, or a part of it: everybody knows
    return bool(set(incident.categories) & set(other.categories) or _things(incident) & _things(other))


def _things(incident: Incident) -> set[str]:
    return {one.casefold() for one in assets.things(incident.affected)}


def _lately(other: Incident, now: datetime) -> bool:
    return other.resolved_at is not None and not other.running and now - LATELY <= other.resolved_at <= now
