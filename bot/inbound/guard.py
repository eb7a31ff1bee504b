"""Who may: full members of the workspace act; private incidents are for those who are in them."""

from __future__ import annotations

from bot.domain import request as r
from bot.domain.incident import Incident
from bot.store.people import Person

UNCHECKED = (
    *(r.Declare, r.Acknowledge, r.PostUpdate, r.StateImpact, r.Assess, r.AddNote, r.MarkMessage, r.RetractMark),
    r.Speak,
)
"""What somebody may do whom Slack has not described to us yet: they are checked afterwards."""


SLOW = "Slack does not tell me who you are just now, and this needs a full member. Nothing was changed; try again."


def not_a_member(person: Person, team: str) -> str | None:
    """Why this person may use the bot for nothing, as a sentence; None for a full member of the workspace `team`."""
    if person.bot:
        return "Incidents are run by people; apps declare through an alert."
    if person.deactivated:
        return "This account is deactivated, so it cannot work on incidents."
    if person.team is not None and person.team != team:
        return "You belong to another workspace. Ask a member of this one to declare it or to post what you know."
    if person.guest:
        return "Guests cannot run incidents. Ask a full member to declare it or to post what you know."
    return None


def may_see(incident: Incident, person: str | None, channel: str | None) -> bool:
    """Whether a person in a channel may know of the incident. Who is in a private incident's own channel sees it:
    Slack lets nobody else act there."""
    if not incident.private or (channel is not None and channel == incident.channel):
        return True
    asked = {one for ask in incident.asks for one in ask.people}
    known = {incident.declared_by, incident.primary, incident.secondary, incident.responder, *incident.roles.values()}
    brought = {*incident.added, *incident.joined}
    return person is not None and person in {*known, *asked, *brought, *incident.participants}
