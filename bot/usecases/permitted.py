"""Whether a caller may: asked inside the transaction of everything that is done, so that no door can forget it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import fact as f
from bot.domain import permissions
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import NotAllowed, NotYours
from bot.domain.incident import Incident
from bot.domain.permissions import Lacking
from bot.domain.protocol import Protocol
from bot.store import people
from bot.store.people import Person
from bot.store.session import Session
from bot.usecases.team import Team

SLOW = "Slack does not tell me who you are just now, and this needs a full member. Nothing was changed; try again."

OVERHEARD = (r.HearQuestion, r.NoteEdit)
"""What anybody's words may lead to: a question that members answer, and what became of a message they marked."""


def not_a_member(person: Person, team: str) -> str | None:
    """Why this person may use the bot for nothing, as a sentence; None for a full member of the workspace `team`
    (empty: it is not known)."""
    if person.bot:
        return "Incidents are run by people; apps declare through an alert."
    if person.deactivated:
        return "This account is deactivated, so it cannot work on incidents."
    if team and person.team is not None and person.team != team:
        return "You belong to another workspace. Ask a member of this one to declare it or to post what you know."
    if person.guest:
        return "Guests cannot run incidents. Ask a full member to declare it or to post what you know."
    return None


def permitted(
    session: Session,
    team: Team,
    incident: Incident | None,
    protocol: Protocol,
    asked: r.Request,
    caller: Caller,
    roster: Roster,
) -> tuple[Caller, list[f.Fact]]:
    """The caller with what the rules say of them, and what goes on the record before the act when an admin goes round
    one. Raises NotYours for who is no full member, for who is not known where a rule must be kept, and NotAllowed."""
    if caller.person is None:
        return caller, []
    if not isinstance(asked, OVERHEARD):
        _member(session, team, caller.person)
    private = incident is not None and incident.private and not isinstance(asked, r.Speak)
    if not caller.known and (private or permissions.restricted(asked, incident, protocol, roster, caller)):
        raise NotYours(SLOW)
    found = permissions.lacking(asked, incident, protocol, roster, caller)
    if isinstance(asked, r.ChangeSeverity) and found and not caller.admin:
        return replace(caller, may=False), []  # it becomes a request
    if found and not caller.admin:
        raise refusal(session, found[0], incident, protocol, roster)
    overrode = [f.AdminOverrode(verb=one.verb, rule=tuple(named.called for named in one.rule.named)) for one in found]
    return replace(caller, may=permissions.grants(asked, roster)), [*overrode]


def permitted_anywhere(
    session: Session,
    team: Team,
    verb: str,
    protocol: Protocol,
    caller: Caller,
    now: datetime,
    about: Incident | None = None,
) -> None:
    """Whether the caller may say a verb that needs no incident, or reads one. Raises NotYours; an admin's right is for
    what goes on an incident's record."""
    roster = team.roster(now)
    found = permissions.reads(verb, protocol, roster, caller, about)
    if found is not None:
        raise NotYours(str(refusal(session, found, about, protocol, roster)) if caller.known else SLOW)


def _member(session: Session, team: Team, person_id: str) -> None:
    person = people.get(session, person_id)
    why = not_a_member(person, team.workspace) if person else None
    if why is not None:
        raise NotYours(why)


def refusal(
    session: Session, found: Lacking, incident: Incident | None, protocol: Protocol, roster: Roster
) -> NotAllowed | NotYours:
    """The refusal in words: who may, by name."""
    if permissions.unheard(found.rule):
        return NotYours(
            f"Slack has not told me yet who may {permissions.DOES[found.verb]} here, so I cannot tell whether you may. "
            "Nothing was changed; try again in a minute."
        )
    those = permissions.everybody(found.rule, incident, protocol, roster)
    names = {one.id: one.name for one in people.many(session, those).values()} if those else {}
    return NotAllowed(permissions.sentence(found, incident, protocol, roster, names))
