"""The topic of who does what, and who is brought in: what is decided, how the incident changes by it, and what follows
outside (which is in `people_told`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import fact as f
from bot.domain import grading, permissions
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duration import spoken
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.grounds import responsible, running, said
from bot.domain.incident import Ask, Call, Cover, Hold, Incident, Question
from bot.domain.people_told import reacted
from bot.domain.promises.asking import passed_on
from bot.domain.promises.clocks import open_clocks
from bot.domain.promises.ladder import next_level
from bot.domain.protocol import Protocol
from bot.domain.roles import role_named

__all__ = ["applied", "decided", "reacted"]

COVER_MOST = timedelta(days=7)
COVER_LEAST = timedelta(minutes=5)
"""House rule: who is away longer hands over; who is away shorter snoozes."""

AT_ONCE = 100
"""People one invitation brings in. Source: Slack, conversations.invite (argument `users`)."""

BESIDE = (f.Followed, f.QuestionHeard, f.Joined)
"""Kinds by which nobody takes part: their author has not acted on the incident."""


def decided(
    incident: Incident, request: r.OfPeople, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case r.AssignRole():
            return _assigned(incident, request, protocol, roster, caller)
        case r.HandOff(to=to):
            return [_handed_off(incident, to, protocol, caller)]
        case r.Cover():
            return _cover(incident, request, caller, now)
        case r.AddPeople():
            return _added(incident, request, caller)
        case r.Page():
            return [_page(incident, request, protocol, caller)]
        case r.Escalate(help=needed, team=str(team)):
            return grading.team_called(incident, team, needed, protocol, roster, caller)
        case r.Escalate(help=needed):
            return [_escalated(incident, needed, protocol, roster)]
        case r.HoldEscalation(length=length, why=why):
            return [_held(incident, length, why, protocol, now)]
        case r.Follow(follows=follows):
            wanted = caller.person not in incident.followers if follows is None else follows
            return [f.Followed(follows=wanted)]
        case r.HearQuestion() | r.AnswerQuestion():
            return _asked_outside(incident, request)
        case _:
            return _from_slack(incident, request, protocol, roster, now)


def _kept_up(incident: Incident, so: str) -> None:
    """What is resolved is still worked on; what is closed or cancelled stands."""
    if incident.stage in ("closed", "cancelled"):
        running(incident, so)


# roles


def _assigned(
    incident: Incident, request: r.AssignRole, protocol: Protocol, roster: Roster, caller: Caller
) -> list[f.Fact]:
    """Whoever takes a role themselves before anybody has acknowledged it, has acknowledged it."""
    _kept_up(incident, "its roles stand")
    person = request.person or caller.person
    role = protocol.lead_role if request.role is None else role_named(request.role, protocol)
    before = incident.roles.get(role.name) or (incident.responder if role.responds else None)
    if person is None or before == person:
        return []
    assigned = f.RoleAssigned(role=role.name, person=person, before=before, responds=role.responds, chosen=True)
    unheard = incident.running and not incident.acknowledged_at and person == caller.person
    may = permissions.says("ack", incident, protocol, roster, person)
    implied = unheard and may and person not in responsible(incident, protocol, roster)
    return [assigned, *([f.Acknowledged(implied=True)] if implied else [])]


def _handed_off(incident: Incident, to: str, protocol: Protocol, caller: Caller) -> f.Fact:
    _kept_up(incident, "there is nothing to hand over")
    me = caller.person
    if to == me:
        raise BadInput("That is you. Hand over to somebody else: /incident handoff @bea.")
    roles = tuple(role for role, person in incident.roles.items() if person == me)
    asks = tuple(ask.seq for ask in _open_asks(incident, protocol) if me in ask.people)
    responds = incident.responder == me
    if not (roles or asks or responds):
        raise NotNow(
            f"You hold no role in {incident.number} and nothing is asked of you, so there is nothing to hand over."
        )
    return f.HandedOff(to=to, roles=roles, responds=responds, asks=asks)


def _open_asks(incident: Incident, protocol: Protocol) -> list[Ask]:
    """Asks whose promise is still owed; a page is its person's own."""
    owed = {clock.name for clock in open_clocks(incident, protocol) if clock.key != "page"}
    return [ask for ask in incident.asks if owed & {(c.key, c.occurrence) for c in ask.covers}]


def _cover(incident: Incident, request: r.Cover, caller: Caller, now: datetime) -> list[f.Fact]:
    _kept_up(incident, "nobody is asked who could be covered for")
    person = request.person or caller.person
    if person is None or request.stand_in == person:
        raise BadInput("Nobody covers for themselves. Name somebody else: /incident cover @bea 2h.")
    if request.length > COVER_MOST:
        raise BadInput(
            f"A cover lasts {spoken(COVER_MOST)} at most. Who is away longer hands over: /incident handoff @bea."
        )
    if request.length < COVER_LEAST:
        raise BadInput(f"A cover lasts {spoken(COVER_LEAST)} at least: /incident cover @bea 2h.")
    return [f.CoverSet(person=person, stand_in=request.stand_in, until=now + request.length)]


# bringing people in


def _added(incident: Incident, request: r.AddPeople, caller: Caller) -> list[f.Fact]:
    """Who is named comes in, even if they were here before: they may have left. Of a group only who is new."""
    _kept_up(incident, "nobody is brought in any more")
    if not (request.people or request.groups):
        raise BadInput("Bring in whom? /incident add @bea @data-team <why>.")
    new = (person for person in request.members if person not in inside(incident))
    people = tuple(p for p in dict.fromkeys((*request.people, *new)) if p != caller.person)
    if len(people) > AT_ONCE:
        raise BadInput(f"That is {len(people)} people, and one invitation brings {AT_ONCE}. Name those who are needed.")
    return [f.PeopleAdded(people=people, groups=request.groups, why=request.why.strip())] if people else []


def inside(incident: Incident) -> set[str | None]:
    """Everybody who was brought into the incident or took part in it."""
    asked = {p for a in incident.asks if a.how not in ("early", "direct") for p in a.people}
    called = {p for e in incident.escalations for p in e.people}
    held = {incident.declared_by, incident.responder, incident.primary, *incident.roles.values()}
    return {*held, *incident.participants, *incident.added, *incident.joined, *asked, *called}


def let_in(incident: Incident, before: int | None = None) -> frozenset[str]:
    """Who may know what a private incident is about: whoever declared it, holds a role, is on call, was brought or
    called into its channel (before the entry `before`) or came into it. Whom Slack refused to bring is not in it, who
    left it or was removed is not in it any more unless they hold a role or are needed again (`domain/access.py`), and
    nobody gets in by what they do from outside, as with a reminder in a direct message."""
    asks = (a for a in incident.asks if a.how not in ("early", "direct") and a.seq < (before or a.seq + 1))
    called = (person for ask in asks for person in ask.people)
    held = (incident.declared_by, incident.responder, incident.primary, *incident.roles.values())
    barred = {person for person, _ in incident.uninvited} - {*incident.joined, incident.declared_by}
    barred |= {*incident.left} - {incident.responder, *incident.roles.values()}
    return frozenset(p for p in (*held, *called, *incident.added, *incident.joined) if p and p not in barred)


def _page(incident: Incident, request: r.Page, protocol: Protocol, caller: Caller) -> f.Fact:
    running(incident, "nobody is paged for it")
    if request.person == caller.person:
        raise BadInput("That is you. Page somebody else: /incident page @tec <why>.", "person")
    waiting = {c.occurrence for c in open_clocks(incident, protocol) if c.key == "page"}
    if any(page.person == request.person for n, page in enumerate(incident.pages, start=1) if n in waiting):
        raise NotNow("They are being paged already, and have not answered yet. I tell whoever paged them after 10 min.")
    return f.Paged(person=request.person, why=request.why.strip(), instead_of=request.instead_of)


def _escalated(incident: Incident, needed: str, protocol: Protocol, roster: Roster) -> f.Fact:
    running(incident, "nobody is called for it")
    found = next_level(incident, protocol, roster)
    if found is None:
        raise NotNow(
            f"The ladder of {incident.number} is at its end: nobody else stands on it. "
            "Call somebody by name: /incident page @person <why>."
        )
    number, people = found
    clause = protocol.clause(incident.severity, "escalate_after")
    return f.Escalated(level=number, people=people, by_clock=False, clause=clause, help=needed.strip())


def _held(incident: Incident, length: timedelta, why: str, protocol: Protocol, now: datetime) -> f.Fact:
    """Holds back what the bot would do, for no longer than a reminder may be snoozed; the promise stays as it is."""
    running(incident, "nothing is escalated any more")
    reason = said(why, "Holding it stands on the record, so it needs a reason: /incident hold 15m <why>.", "why")
    if length <= timedelta(0):
        raise BadInput("Hold it for how long? For example: /incident hold 15m <why>.")
    due = next((c.due for c in open_clocks(incident, protocol) if c.key == "escalate"), None)
    if due is None:
        raise NotNow(f"No escalation of {incident.number} is about to come, so there is nothing to hold.")
    severity = protocol.severity_in(incident.severity, incident.environment)
    until = now + min(length, severity.snooze_up_to)
    if until <= due:
        raise NotNow(
            f"Level 2 is asked in {spoken(due - now)} at the earliest; a hold of {spoken(until - now)} ends before. "
            f"{incident.severity} allows {spoken(severity.snooze_up_to)} at most."
        )
    return f.EscalationHeld(until=until, why=reason)


# from outside the channel


def _asked_outside(incident: Incident, request: r.HearQuestion | r.AnswerQuestion) -> list[f.Fact]:
    if isinstance(request, r.HearQuestion):
        heard = f.QuestionHeard(
            channel=request.channel, ts=request.ts, thread=request.thread, author=request.author, text=request.text
        )
        at_work = {*incident.participants, *incident.roles.values(), incident.responder}
        return [] if incident.private or request.author in at_work else [heard]
    question = next((q for q in incident.questions if q.seq == request.question), None)
    if question is None:
        raise NotNow("That question is not on the record any more.")
    if question.answered_at:
        raise NotNow("Somebody has answered that question already; the answer stands in the announcement's thread.")
    return [f.QuestionAnswered(question=question.seq, text=said(request.text, "Write the answer.", "text"))]


def _from_slack(
    incident: Incident, request: r.OfPeople, protocol: Protocol, roster: Roster, now: datetime
) -> list[f.Fact]:
    match request:
        case r.Join(person=person):
            there = person in incident.joined and person not in incident.left
            return [] if there else [f.Joined(person=person)]
        case r.NotInvited(refused=refused, asker=asker):
            new = [(person, error) for person, error in refused if (person, error) not in incident.uninvited]
            people, errors = tuple(p for p, _ in new), tuple(e for _, e in new)
            return [f.InviteRefused(people=people, errors=errors, asker=asker)] if new else []
        case r.IsMuted(person=person, until=until):
            known = person in incident.muted and incident.muted[person] == until
            found = f.FoundMuted(person=person, until=until)
            return [] if known else [found, *_next(incident, person, protocol, roster, now)]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _next(incident: Incident, person: str, protocol: Protocol, roster: Roster, now: datetime) -> list[f.Fact]:
    """Whoever comes after somebody who cannot be reached is asked at once, where there is somebody."""
    found: list[f.Fact] = []
    for ask in _open_asks(incident, protocol):
        if person not in ask.people or ask.how in ("early", "direct"):
            continue
        asked = f.Asked(**ask.model_dump(include={"covers", "step", "how", "people", "due", "clause"}))
        passed = passed_on(asked, person, incident, protocol, roster, now, step="muted")
        found = [passed] if passed.people else found
    return found


# how the incident changes


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.HandedOff() as fact:
            return moved(incident, entry.at, entry.by, fact.to, fact)
        case f.CoverSet(person=person, stand_in=stand_in, until=until):
            others = tuple(cover for cover in incident.covers if cover.person != person)
            return _set(incident, covers=(*others, Cover(at=entry.at, until=until, person=person, stand_in=stand_in)))
        case f.PeopleAdded(people=people):
            return _set(incident, added=_more(incident.added, *people))
        case f.Paged(person=person, why=why, instead_of=instead):
            call = Call(seq=entry.seq, at=entry.at, by=entry.by, person=person, why=why, instead_of=instead)
            return _set(incident, pages=(*incident.pages, call), added=_more(incident.added, person))
        case f.EscalationHeld(until=until, why=why):
            return _set(incident, hold=Hold(at=entry.at, until=until, by=entry.by, why=why))
        case f.RolesAsked(roles=roles):
            return _set(incident, roles_asked=_more(incident.roles_asked, *roles))
        case f.InviteRefused(people=people, errors=errors):
            left = tuple(person for person in incident.added if person not in people)
            told = (*incident.uninvited, *zip(people, errors, strict=True))
            return _set(incident, added=left, uninvited=told)
        case f.FoundMuted(person=person, until=until):
            return _set(incident, muted={**incident.muted, person: until})
        case f.Joined(person=person):
            return _set(incident, joined=_more(incident.joined, person))
        case _:
            return _of_readers(incident, entry)


def _of_readers(incident: Incident, entry: f.Entry) -> Incident:
    match entry.fact:
        case f.Followed(follows=follows) if entry.by:
            others = tuple(person for person in incident.followers if person != entry.by)
            return _set(incident, followers=(*others, entry.by) if follows else others)
        case f.QuestionHeard() as fact:
            question = Question(seq=entry.seq, at=entry.at, **fact.model_dump(include=set(Question.model_fields)))
            return _set(incident, questions=(*incident.questions, question))
        case f.QuestionAnswered(question=seq):
            done = {"answered_by": entry.by, "answered_at": entry.at}
            return _set(
                incident,
                questions=tuple(q.model_copy(update=done) if q.seq == seq else q for q in incident.questions),
            )
        case _:
            return incident


def moved(incident: Incident, at: datetime, goes: str | None, comes: str, what: f.HandedOff | f.TakenOver) -> Incident:
    """The incident once somebody has what another had: these roles, and these asks."""

    def taken(ask: Ask) -> Ask:
        people = dict.fromkeys(comes if person == goes else person for person in ask.people)
        return ask.model_copy(update={"people": tuple(people), "handed_at": at})

    return _set(
        incident,
        roles={**incident.roles, **dict.fromkeys(what.roles, comes)},
        responder=comes if what.responds else incident.responder,
        asks=tuple(taken(ask) if ask.seq in what.asks else ask for ask in incident.asks),
        added=_more(incident.added, comes),
    )


def heard_from(incident: Incident, entry: f.Entry) -> Incident:
    """The incident once the author of an entry has done something: that answers whoever paged them."""
    if entry.by is None or not any(p.person == entry.by and p.answered_at is None for p in incident.pages):
        return incident
    done = {"answered_at": entry.at, "answered": entry.seq}
    return _set(
        incident,
        pages=tuple(
            p.model_copy(update=done) if p.person == entry.by and p.answered_at is None else p for p in incident.pages
        ),
    )


def _set(incident: Incident, **changes: object) -> Incident:
    return incident.model_copy(update=changes)


def _more(known: tuple[str, ...], *people: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *people)))
