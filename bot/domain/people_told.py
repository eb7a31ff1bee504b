"""What must be said and done outside because of who does what, and who was brought in."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain import sheets
from bot.domain.incident import Ask, Incident
from bot.domain.message import CARD, NEXT, Message
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe, posts

NEXT_CHANGES = (
    *(f.Declared, f.RolesAsked, f.RoleAssigned, f.HandedOff, f.Acknowledged, f.SeverityConfirmed, f.SeverityChanged),
    *(f.ImpactStated, f.DataStated, f.PhaseMoved, f.Resolved, f.Cancelled, f.Reopened),
    *(f.CategoriesSet, f.ImpactAssessed, f.EnvironmentSet, f.AffectedChanged, f.TimesCorrected),
    *(f.OfChecklist, f.RunbookStarted, f.TypicalKept, f.OfProposal, f.Closed, f.ManagementInformed),
)
"""Kinds after which something else is to be found out, or nothing any more."""


def reacted(s: Scribe, fact: f.OfPeople) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.HandedOff():
            return _handed_off(s, fact)
        case f.CoverSet(stand_in=stand_in):
            return [*s.bring(stand_in), *s.tell(stand_in, what="cover"), s.card()]
        case f.PeopleAdded(people=people):
            return [*s.bring(*people), *s.tell(*people, what="added", needs=s.link)]
        case f.Paged(person=person):
            return [*s.bring(person), s.statement(), *s.tell(person, what="paged", needs=s.link), s.card()]
        case f.InviteRefused(asker=asker):
            whom = asker or s.incident.declared_by
            return s.tell(whom, what="uninvited") if whom else []
        case f.EscalationHeld():
            return [s.card()]
        case f.FoundMuted(person=person):
            pages = [p for p in s.incident.pages if p.person == person and p.answered_at is None and p.by]
            return [s.card(), *s.tell(*(p.by for p in pages[-1:] if p.by), what="muted")]
        case f.QuestionHeard():
            return [s.matter(s.entry.seq)]
        case f.QuestionAnswered(question=seq):
            answer = s.message("answer", f"inc-{s.incident.id}:team", args={"question": seq}, fills=f"answer-{seq}")
            return [answer, s.matter(seq)]
        case _:
            return []  # that somebody joined or follows is nobody else's news; asking for roles is `beside`'s matter


def _handed_off(s: Scribe, fact: f.HandedOff) -> list[Message]:
    """One message for whoever takes over; the reminders name them from now on, and whoever was asked reads that."""
    moved = [ask for ask in s.incident.asks if ask.seq in fact.asks]
    shown = [s.reminder(ask) for ask in moved if posts(ask)]
    over = [s.asked_of(s.entry.by, ask) for ask in moved if s.entry.by]
    told = s.tell(fact.to, what="handed", needs=s.link)
    return [*s.bring(fact.to), s.statement(), *told, *shown, *over, s.card(), *s.team("notice")]


def assigned(s: Scribe, fact: f.RoleAssigned) -> list[Message]:
    """The duties by direct message to whom a person chose, and a line for whoever held the role before. Who took it
    themselves reads them in the answer; whom the protocol chose stands on the card and is told with the first ask that
    is theirs: nobody is rung at night to read a list."""
    told = s.tell(fact.person, what="assigned", needs=s.link) if fact.chosen and fact.person != s.entry.by else []
    relieved = s.tell(fact.before, what="relieved") if fact.before and fact.before != s.entry.by else []
    return [*told, *relieved]


def called_again(s: Scribe, asked: f.Asked, ask: Ask) -> list[Message]:
    """A page that is not answered yet is repeated in its thread and directly; at the end whoever paged reads so."""
    page = s.incident.pages[asked.covers[0].occurrence - 1]
    if asked.how == "direct":
        return [*s.tell(*asked.people, what="unanswered"), s.card()]
    slot = f"say-{page.seq}"
    climb = s.inside("climb", needs=(slot,), args={"ask": s.entry.seq, "parent": None, "slot": slot})
    return [*s.ask_directly(ask), climb]


def beside(s: Scribe) -> list[Message]:
    """What follows from many kinds of fact: the list of what is to be found out next, the answer to a page, and the
    turning points for those who follow."""
    changes = _changes_next(s.entry.fact) and wants_next(s.incident, s.protocol)
    answered = [n for n, page in enumerate(s.incident.pages, start=1) if page.answered == s.entry.seq]
    covers = {f.Covered(key="page", occurrence=n) for n in answered}
    shrunk = [
        m for ask in s.incident.asks if covers & set(ask.covers) for m in s.ask_directly(ask) if ask.how == "climb"
    ]
    card = [s.card()] if answered else []
    return [*([_next(s)] if changes else []), *shrunk, *card, *_turning(s)]


def _changes_next(fact: f.Fact) -> bool:
    """A runbook's steps stand in a message of its own."""
    of_runbook = isinstance(fact, f.ItemTicked | f.ItemUnticked) and fact.sheet.startswith(f"{sheets.RUNBOOK}/")
    return isinstance(fact, NEXT_CHANGES) and not of_runbook


def wants_next(incident: Incident, protocol: Protocol) -> bool:
    """The first questions are asked of what pages people, wherever a required role is empty, and where the protocol has
    something to tick."""
    ranks = (protocol.severity_in(g.severity, incident.environment).rank for g in incident.severities)
    listed = sheets.ever_opened(incident, protocol)
    return bool(incident.roles_asked) or listed or any(rank <= 2 for rank in ranks)


def _next(s: Scribe) -> Message:
    return s.inside("next", "next", needs=(CARD,), fills=NEXT, standing=True)


def _turning(s: Scribe) -> list[Message]:
    """Raised to rank 1–2, figures unsafe or safe again, resolved, reopened: four points, to those who follow."""
    rank = s.protocol.severity_in(s.incident.severity, s.incident.environment).rank
    match s.entry.fact:
        case f.SeverityChanged(raised=True) if rank <= 2:
            turned = True
        case f.Resolved() | f.Reopened():
            turned = True
        case _:
            turned = s.incident.data_turned == s.entry.seq
    over = isinstance(s.entry.fact, f.Resolved | f.Reopened)
    twice = {s.entry.by, *(s.incident.management_to if over else ())}  # management reads these anew as it is
    others = [person for person in s.incident.followers if person not in twice]
    return s.tell(*others, what="turning") if turned else []
