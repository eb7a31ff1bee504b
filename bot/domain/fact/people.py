"""Who does what in an incident, and who was brought in."""

from __future__ import annotations

from datetime import datetime

from bot.domain.fact.base import Fact, Prose


class RoleAssigned(Fact):
    """`before` held it until then; `responds`: whoever holds it is the responder; `chosen`: the entry's author chose
    them, otherwise the protocol did."""

    kind = "role_assigned"
    role: str
    person: str
    before: str | None = None
    responds: bool = False
    chosen: bool = False


class OnCallNamed(Fact):
    """Who was on call at the time, written down so that the record does not change with the rota."""

    kind = "on_call_named"
    primary: str | None
    secondary: str | None


class Acknowledged(Fact):
    """`implied`: by another command, button or message of someone on call, on the ladder or in a role."""

    kind = "acknowledged"
    implied: bool = False


class OfPeople(Fact):
    """A fact of the topic `domain/people.py`."""


class HandedOff(OfPeople):
    """Roles and the asks that wait for an answer (seqs) went from the entry's author to another person."""

    kind = "handed_off"
    to: str
    roles: tuple[str, ...] = ()
    responds: bool = False
    asks: tuple[int, ...] = ()


class CoverSet(OfPeople):
    """Until then `stand_in` is asked whenever `person` would be."""

    kind = "cover_set"
    person: str
    stand_in: str
    until: datetime


class PeopleAdded(OfPeople):
    """Brought in with a brief; `groups` are the user groups they were named by."""

    kind = "people_added"
    people: tuple[str, ...]
    groups: tuple[str, ...] = ()
    why: Prose = ""


class InviteRefused(OfPeople):
    """Slack did not let these people into the channel; `errors` are its codes, in the same order. `asker` wanted them
    there, None where the protocol did."""

    kind = "invite_refused"
    people: tuple[str, ...]
    errors: tuple[str, ...]
    asker: str | None = None


class Paged(OfPeople):
    """Somebody is called for by a person: asked now and again, then the next is offered. `instead_of` is the page
    (entry seq) that stayed unanswered."""

    kind = "paged"
    person: str
    why: Prose
    instead_of: int | None = None


class EscalationHeld(OfPeople):
    """The escalation that the clock would make waits until then."""

    kind = "escalation_held"
    until: datetime
    why: Prose


class RolesAsked(OfPeople):
    """The channel was asked, once, who takes these required roles."""

    kind = "roles_asked"
    roles: tuple[str, ...]


class Joined(OfPeople):
    """Somebody came into the channel by themselves or was invited in Slack."""

    kind = "joined"
    person: str


class Followed(OfPeople):
    """The author reads the turning points by direct message from now on, or not any more."""

    kind = "followed"
    follows: bool = True


class QuestionHeard(OfPeople):
    """Somebody asked something in the announcement's thread; the entry's seq is the question's number."""

    kind = "question_heard"
    channel: str
    ts: str
    thread: str
    author: str
    text: Prose


class QuestionAnswered(OfPeople):
    kind = "question_answered"
    question: int
    text: Prose


class FoundMuted(OfPeople):
    """Slack holds notifications back from somebody who was to be asked (Do Not Disturb), so the next is asked."""

    kind = "found_muted"
    person: str
    until: datetime | None = None
