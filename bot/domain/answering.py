"""Who answers: the people behind a promise, and whom an unanswered ask climbs to."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.incident import Incident
from bot.domain.oncall import Roster
from bot.domain.protocol import Protocol


def lead_of(incident: Incident, protocol: Protocol) -> str | None:
    return incident.roles.get(protocol.lead_role.name)


def communicator_of(incident: Incident, protocol: Protocol) -> str | None:
    return incident.roles.get(protocol.communications_role.name)


def level(number: int, protocol: Protocol, roster: Roster) -> tuple[str, ...]:
    """The people of one level of the ladder, in the order the directory names them."""
    rung = protocol.level(number)
    return roster.everyone(rung.names) if rung else ()


def answers_for(key: str, incident: Incident, protocol: Protocol, roster: Roster) -> Iterator[str]:
    """Who is asked about a promise, the right person first and then whoever stands in."""
    lead, comms = lead_of(incident, protocol), communicator_of(incident, protocol)
    primary = roster.primary or incident.primary
    standing_in = {
        "acknowledge": (primary, roster.secondary, lead, *level(2, protocol, roster)[:1]),
        "triage": (incident.responder, primary, lead),
        "impact": (lead, incident.responder, primary),
        "close": (lead, incident.responder, primary),
        "phase": (lead, incident.responder, primary),
        "resolve": (lead, incident.roles.get("incident-manager"), incident.responder, primary),
    }.get(key, (comms, lead, incident.responder, primary, incident.declared_by))
    configured = dict.fromkeys(p for p in standing_in if p)
    yield from configured or ([incident.declared_by] if incident.declared_by else [])


def climbs_to(incident: Incident, protocol: Protocol, roster: Roster) -> Iterator[tuple[str, ...]]:
    """Groups of people in the order an unanswered ask climbs: the lead, then the ladder from level 2 on."""
    lead = lead_of(incident, protocol)
    if lead:
        yield (lead,)
    yield from (people for one in protocol.ladder if one.number > 1 and (people := level(one.number, protocol, roster)))
