"""Who may: full members of the workspace act; private incidents are for those who are in them."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.incident import Incident
from bot.domain.people import let_in
from bot.usecases.permitted import SLOW, not_a_member

__all__ = ["SLOW", "UNCHECKED", "may_answer", "may_see", "not_a_member", "outside"]

UNCHECKED = (
    *(r.Declare, r.Acknowledge, r.PostUpdate, r.StateImpact, r.Assess, r.AddNote, r.MarkMessage, r.RetractMark),
    r.Speak,
)
"""What somebody may do whom Slack has not described to us yet: they are checked afterwards."""


def may_see(incident: Incident, person: str | None, channel: str | None) -> bool:
    """Whether a person in a channel may know of the incident. Who is in a private incident's own channel sees it:
    Slack lets nobody else act there."""
    if not incident.private or (channel is not None and channel == incident.channel):
        return True
    return person in let_in(incident)


def may_answer(incident: Incident, person: str, via: f.Door) -> bool:
    """Whether somebody outside a private incident may answer what the bot put to them: who is asked, or was given
    something to do, by the message's own buttons or by writing back. They learn nothing of it by that."""
    asked = {one for ask in incident.asks for one in ask.people}
    given = {todo.owner for todo in incident.todos}
    return via in ("button", "message") and person in asked | given


def outside(incident: Incident) -> str:
    """What somebody reads who was asked about a private incident and is not in it."""
    return f"{incident.number} is private, and you are not in it. Somebody who is can bring you in."
