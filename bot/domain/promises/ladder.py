"""The ladder: whom an incident calls next, level by level, and whom somebody who paged in vain may page next."""

from __future__ import annotations

from bot.domain.duty.oncall import Roster
from bot.domain.incident import Incident
from bot.domain.promises.answering import level
from bot.domain.promises.asking import still_asked
from bot.domain.protocol import Protocol


def next_level(incident: Incident, protocol: Protocol, roster: Roster) -> tuple[int, tuple[str, ...]] | None:
    """The lowest level above the people on call that was not called since the incident last began, and who stands
    there; levels where nobody is configured are passed by. None when the ladder is at its end."""
    since = max((p.end for p in incident.pauses if p.end is not None), default=incident.declared_at)
    called = {e.level for e in incident.escalations if e.at >= since}
    above = (rung.number for rung in protocol.ladder if rung.number > max({1, *called}))
    staffed = ((number, level(number, incident, protocol, roster)) for number in sorted(above))
    return next(((number, people) for number, people in staffed if people), None)


def next_person(incident: Incident, protocol: Protocol, roster: Roster, asker: str | None = None) -> str | None:
    """The first on the ladder, from the people on call up, whom nobody has called yet and who is not at work on it
    already; never whoever asks."""
    called = {
        *(asker, incident.responder, incident.acknowledged_by),
        *still_asked(incident, protocol),
        *(page.person for page in incident.pages),
        *(person for one in incident.escalations for person in one.people),
    }
    rungs = (level(rung.number, incident, protocol, roster) for rung in protocol.ladder)
    on_call = tuple(p for p in (roster.primary, roster.secondary) if p)
    everyone = (*on_call, *(person for people in rungs for person in people))
    return next((person for person in everyone if person not in called and person not in incident.muted), None)
