"""Whom a request puts to work: full members only, as far as Slack has described them."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.store import people
from bot.store.people import Person
from bot.store.session import Session


def admitted(session: Session, request: r.Request, workspace: str) -> r.Request:
    """The request, with only those members of a group who can work on incidents. Raises BadInput for somebody named
    who cannot. Whom Slack has not described yet may; the door looks afterwards."""
    engaged = people.many(session, request.engages) if request.engages else {}
    for person in engaged.values():
        if why := cannot(person, workspace):
            raise BadInput(f"{why} Choose somebody who works here.", request.engages[person.id])
    if not isinstance(request, r.AddPeople) or not request.members:
        return request
    known = people.many(session, request.members)
    able = tuple(p for p in request.members if p not in known or not cannot(known[p], workspace))
    return replace(request, members=able)


def cannot(person: Person, workspace: str) -> str | None:
    """Why this person takes no part in an incident, as a sentence; None for a full member of the `workspace` (empty:
    it is not known)."""
    if person.bot:
        return f"{person.name} is an app, and incidents are run by people."
    if person.deactivated:
        return f"{person.name}'s account is deactivated."
    if workspace and person.team is not None and person.team != workspace:
        return f"{person.name} belongs to another workspace."
    if person.guest:
        return f"{person.name} is a guest here, and guests take no part in incidents."
    return None
