"""What rules mean before anything is done: no form opens that could not be sent, and no page is shown that a rule keeps
for others. That nothing is done against a rule is seen to in the transaction (`usecases.permitted`)."""

from __future__ import annotations

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.inbound.call import Call
from bot.inbound.intents import Show
from bot.inbound.understanding import Understood
from bot.inbound.verbs.verb import FormDoor
from bot.store import pinned
from bot.store.session import Session
from bot.usecases.act import act
from bot.usecases.declare import chosen
from bot.usecases.permitted import permitted, permitted_anywhere
from bot.usecases.team import Team


def may_fill(
    session: Session, team: Team, call: Call, incident: Incident, protocol: Protocol, door: FormDoor
) -> Caller:
    """The caller as the rules see them. Raises NotYours for a form that they could not send."""
    asks = door.like or (door.probe(protocol) if door.probe else None)
    if asks is None:
        return call.caller
    return permitted(session, team, incident, protocol, asks, call.caller, team.roster(call.now))[0]


def may_declare(session: Session, team: Team, call: Call, request: r.Declare) -> None:
    """Raises NotYours before anything else is asked of somebody who may not declare."""
    protocol = chosen(team, request).protocol
    permitted(session, team, None, protocol, request, call.caller, team.roster(call.now))


def may_read(session: Session, team: Team, call: Call, wanted: Understood, incident: Incident | None = None) -> None:
    """Raises NotYours for a page whose verb is left to others; an admin's right is for what goes on the record."""
    if not isinstance(wanted.intent, Show):
        return
    verb = wanted.verb.name if wanted.verb else wanted.intent.page
    protocol = pinned.get(session, incident.protocol_digest) if incident else team.protocol
    permitted_anywhere(session, team, verb, protocol, call.caller, call.now, incident)


def looked_in(session: Session, team: Team, call: Call, incident: Incident) -> Incident:
    """The incident, once it is on its record that an admin looked in who is none of its people."""
    if not (call.admin and incident.private):
        return incident
    key = f"{call.key}:in" if call.key else None
    return act(session, team, incident.id, r.LookIn(), call.caller, call.now, key=key).incident
