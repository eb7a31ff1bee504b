"""The topic of the postmortem: who owns it, when people meet for it and who, and that it is done. The document is not
kept here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain import assets
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.incident import Assembly, Incident
from bot.domain.message import Message
from bot.domain.people import let_in
from bot.domain.promises.answering import holder, lead_of
from bot.domain.protocol import Protocol
from bot.domain.protocol.around import ASSET_OWNERS, ASSET_READERS, CATEGORY_TEAM
from bot.domain.rules import is_person
from bot.domain.scribe import Scribe

AGENDA = ("What happened", "Why", "What helped", "What we change")
"""House rule: what is talked about where the protocol does not say."""


def owner_of(incident: Incident, protocol: Protocol) -> str | None:
    """Whose it is: whoever was named, else who leads, else who responded."""
    return incident.postmortem_owner or lead_of(incident, protocol) or incident.responder


def decided(
    incident: Incident, request: r.OfPostmortem, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    if incident.stage == "cancelled":
        raise NotNow(f"{incident.number} is cancelled, so it has no postmortem. Reopen it with /incident reopen <why>.")
    match request:
        case r.SchedulePostmortem():
            return _scheduled(incident, request, protocol, roster, now)
        case r.OwnPostmortem(person=person):
            return _owned(incident, person or caller.person, protocol)
        case r.EndPostmortem():
            if incident.running:
                raise NotNow(
                    f"{incident.number} is still open, so its postmortem cannot be done. Resolve it first with "
                    "/incident resolve."
                )
            return [] if done(incident) else [f.PostmortemDone()]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def done(incident: Incident) -> bool:
    """Whether it was done since the incident was resolved."""
    at, resolved = incident.postmortem_done_at, incident.resolved_at
    return at is not None and resolved is not None and at >= resolved


def _owned(incident: Incident, person: str | None, protocol: Protocol) -> list[f.Fact]:
    before = owner_of(incident, protocol)
    if person is None or person == before == incident.postmortem_owner:
        return []
    return [f.PostmortemOwned(person=person, before=before if before != person else None)]


def _scheduled(
    incident: Incident, request: r.SchedulePostmortem, protocol: Protocol, roster: Roster, now: datetime
) -> list[f.Fact]:
    if request.at is None:
        raise BadInput("When do you meet? /incident postmortem thu 14:00 <where>.", "at")
    if request.at <= now:
        raise BadInput("That time is over. Choose one that is still to come.", "at")
    owned = _owned(incident, request.owner, protocol) if request.owner else []
    people, nobody = attendees(incident, protocol, roster)
    whose = request.owner or owner_of(incident, protocol)
    before = incident.assembly
    meeting = f.PostmortemScheduled(
        at=request.at,
        where=request.where.strip(),
        attendees=tuple(dict.fromkeys([*([whose] if whose else []), *people])),
        nobody=nobody,
        clause=protocol.postmortem.clause("attendees"),
        again=before is not None and before.at > now,
    )
    same = before is not None and (before.at, before.where) == (meeting.at, meeting.where)
    return [*owned, *([] if same else [meeting])]


def attendees(incident: Incident, protocol: Protocol, roster: Roster) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who takes part by the protocol: (people, the directory's names behind which there is nobody). Where it does not
    say, everybody who holds a role or responded. Of a private incident only those who are in it."""
    outside = (ASSET_OWNERS, ASSET_READERS) if incident.drill else ()  # nobody outside hears of practice
    names = tuple(name for name in protocol.postmortem.attendees if name not in outside)
    if not names:
        held = (*(holder(role, incident) for role in protocol.roles), incident.responder)
        return tuple(dict.fromkeys(person for person in held if person)), ()
    found: dict[str, None] = {}
    nobody = []
    for name in names:
        people = tuple(_behind(name, incident, protocol, roster))
        found |= dict.fromkeys(people)
        varies = name in (ASSET_OWNERS, ASSET_READERS, CATEGORY_TEAM) or protocol.role(name) is not None
        if not people and not varies:
            nobody.append(name)
    if incident.private:  # whoever is not in it does not learn that there is one
        inside = let_in(incident)
        return tuple(person for person in found if person in inside), ()
    return tuple(found), tuple(nobody)


def _behind(name: str, incident: Incident, protocol: Protocol, roster: Roster) -> Iterator[str]:
    role = protocol.role(name)
    touched = assets.known(assets.things(incident.affected), roster.assets)
    if role is not None:
        held = holder(role, incident)
        yield from [held] if held else (roster.people(name) or roster.everyone(role.staffed_by))
    elif name == ASSET_OWNERS:
        yield from (one for asset in touched for one in asset.owners if is_person(one))
    elif name == ASSET_READERS:
        yield from (one for asset in touched for one in asset.consumers if is_person(one))
    elif name == CATEGORY_TEAM:
        teams = (protocol.team_for(kind) for kind in incident.categories)
        yield from roster.everyone(team for team in teams if team)
    else:
        yield from roster.people(name)


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.PostmortemOwned(person=person):
            return incident.model_copy(update={"postmortem_owner": person})
        case f.PostmortemScheduled(at=at, where=where, attendees=people, clause=clause):
            meeting = Assembly(at=at, where=where, attendees=people, clause=clause)
            return incident.model_copy(update={"assembly": meeting})
        case f.PostmortemDone():
            return incident.model_copy(update={"postmortem_done_at": entry.at, "postmortem_done_by": entry.by})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def reacted(s: Scribe, fact: f.OfPostmortem) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.PostmortemOwned(person=person):
            told = s.tell(person, what="postmortem_owned", needs=s.link) if person != s.entry.by else []
            return [*told, *s.reminders()]
        case f.PostmortemScheduled(attendees=people):
            others = [person for person in people if person != s.entry.by]
            outside = s.team("news") if s.protocol.tells("postmortem", "team") else []
            return [s.statement(), *s.tell(*others, what="postmortem", needs=s.link), *outside]
        case f.PostmortemDone():
            return [s.statement(), *s.reminders()]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")
