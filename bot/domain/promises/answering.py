"""Who answers: the people behind a promise, and whom an unanswered ask climbs to."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.assets import things
from bot.domain.duty.oncall import Roster
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol, Role


def holder(role: Role, incident: Incident) -> str | None:
    """Who has a role; being responder is the responding role."""
    return incident.roles.get(role.name) or (incident.responder if role.responds else None)


def lead_of(incident: Incident, protocol: Protocol) -> str | None:
    return holder(protocol.lead_role, incident)


def communicator_of(incident: Incident, protocol: Protocol) -> str | None:
    return holder(protocol.communications_role, incident)


def level(number: int, incident: Incident, protocol: Protocol, roster: Roster) -> tuple[str, ...]:
    """The people of one level of the ladder, in the order the directory names them. On level 2 whoever is on call as a
    specialist for what the incident is about stands before them."""
    rung = protocol.level(number)
    named = roster.everyone(rung.names) if rung else ()
    known = specialists(incident, roster) if number == SPECIALISTS else ()
    return tuple(dict.fromkeys((*known, *named)))


SPECIALISTS = 2
"""House rule: the level of the ladder on which specialists are called."""


def specialists(incident: Incident, roster: Roster) -> tuple[str, ...]:
    """Who is on call for something that the incident is about: a category of it, or a thing it affects."""
    affected = things(incident.affected)
    found = (one.person for one in roster.specialists if one.knows(incident.categories, affected))
    return tuple(dict.fromkeys(found))


def answers_for(key: str, incident: Incident, protocol: Protocol, roster: Roster) -> Iterator[str]:
    """Who is asked about a promise, the right person first and then whoever stands in."""
    lead, comms = lead_of(incident, protocol), communicator_of(incident, protocol)
    primary = roster.primary or incident.primary
    second = roster.secondary
    standing_in = {
        "acknowledge": (primary, second, lead, *level(2, incident, protocol, roster)[:1]),
        "triage": (incident.responder, primary, lead, second),
        "impact": (lead, incident.responder, primary, second),
        "checklist": (lead, incident.responder, primary, second),
        "close": (lead, incident.responder, primary),
        "phase": (lead, incident.responder, primary, second),
        "action": (lead, incident.responder, incident.declared_by),
        "postmortem": (incident.postmortem_owner, lead, incident.responder, incident.declared_by),
        "resolve": (lead, incident.roles.get("incident-manager"), incident.responder, primary, second),
    }.get(key, (comms, lead, incident.responder, primary, second, incident.declared_by))
    configured = dict.fromkeys(p for p in standing_in if p)
    yield from configured or ([incident.declared_by] if incident.declared_by else [])


def climbs_to(incident: Incident, protocol: Protocol, roster: Roster) -> Iterator[tuple[str, ...]]:
    """Groups of people in the order an unanswered ask climbs: the lead, then the ladder from level 2 on."""
    lead = lead_of(incident, protocol)
    if lead:
        yield (lead,)
    above = (level(one.number, incident, protocol, roster) for one in protocol.ladder if one.number > 1)
    yield from (people for people in above if people)
