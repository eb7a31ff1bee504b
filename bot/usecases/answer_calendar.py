"""`answer`: what people press or write under what the calendar said, once, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.agenda import LOOK_BACK, Review, agenda, digests, handover_clause, leavers
from bot.domain.duty.oncall import Handoff, Rotation
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.store import calendar, people, seen
from bot.store.session import Session
from bot.usecases.calendar_figures import review
from bot.usecases.calendar_said import (
    HOW,
    claim_of,
    handover,
    passing_of,
    reviewed_of,
    reviewers,
    say,
    take_over,
    thanked,
    to,
    turn_of,
    zone_of,
)
from bot.usecases.permitted import SLOW, not_a_member
from bot.usecases.team import Team

NOT_YOURS = "Somebody else comes on call then, so it is for them to say that they have it."
OVER = "That turn on call is over, so there is nothing to take over any more. /incident oncall shows who has it."
ALREADY = "You have said so already. Nothing was changed."


@dataclass(frozen=True)
class Answered:
    """What an answer came to. `at`: from when it counts, where that is still to come; `numbers`: the incidents in which
    something moved; `where` the team reads it: at the `stand-up`, in the `channel`, or at the `review`."""

    asked: r.OfCalendar
    at: datetime | None = None
    goes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    where: str = "review"


def answer(
    session: Session, team: Team, asked: r.OfCalendar, caller: Caller, now: datetime, *, key: str | None = None
) -> Answered:
    """Do it and say what came of it. The same `key` (delivery id) again has no second effect and gives the same answer.
    Raises a DomainError whose text the caller reads."""
    person = _member(session, team, caller)
    if key and seen.seen(session, key) is not None and not isinstance(asked, r.HaveIt):
        return Answered(asked, where=_where(team))
    done = _answered(session, team, asked, person, caller, now)
    if key and seen.seen(session, key) is None:
        seen.remember(session, key, None, (1,))
    return done


def _answered(
    session: Session, team: Team, asked: r.OfCalendar, person: str, caller: Caller, now: datetime
) -> Answered:
    match asked:
        case r.HaveIt():
            return _claimed(session, team, asked, person, caller, now)
        case r.TellHow():
            return _told_how(session, team, asked, person, now)
        case r.Reviewed():
            return _reviewed(session, team, asked, person, now)
        case _:
            raise TypeError(f"nobody answers {type(asked).__name__}")


def _member(session: Session, team: Team, caller: Caller) -> str:
    """Raises NotYours for who is no full member, or is not known yet."""
    if caller.person is None or not caller.known:
        raise NotYours(SLOW)
    person = people.get(session, caller.person)
    why = not_a_member(person, team.workspace) if person else None
    if why is not None:
        raise NotYours(why)
    return caller.person


def handoff_at(team: Team, rotation: str, at: datetime) -> Handoff:
    """The handoff of this hour as it stands. Raises NotNow where there is none any more."""
    known = team.rotations.get(rotation)
    found = _around(known, at) if known else ()
    if not found:
        raise NotNow(OVER)
    return found[-1]


def _around(rotation: Rotation, at: datetime) -> tuple[Handoff, ...]:
    """The handoff of this second, if there is one."""
    second = at.replace(microsecond=0)
    return rotation.handoffs(second - timedelta(microseconds=1), second + timedelta(microseconds=999_999))


def _claimed(session: Session, team: Team, asked: r.HaveIt, person: str, caller: Caller, now: datetime) -> Answered:
    """From the handoff on, or at once where it is past."""
    handoff = handoff_at(team, asked.rotation, asked.at)
    if handoff.comes != person:
        raise NotYours(NOT_YOURS)
    later = team.rotations[asked.rotation].handoffs(asked.at, now) if now > asked.at else ()
    if later or now - asked.at > LOOK_BACK:
        raise NotNow(OVER)
    clause = handover_clause(team.protocol)
    calendar.hold(session, turn_of(asked.rotation))
    passed = now >= asked.at or calendar.of(session, passing_of(asked.rotation), asked.at) is not None
    new = calendar.enter(session, claim_of(asked.rotation, person), asked.at, now, by=person)
    numbers = take_over(session, team, handoff, clause, caller, now) if passed else []
    if new:
        taken = now.isoformat()
        shown = (handover(session, team, handoff, clause, taken=taken, begun=begun) for begun in (False, True))
        there = [one for messages in shown for one in messages if calendar.said(session, one.fills or "")]
        say(session, team, there)
    goes = leavers(team.rotations[asked.rotation], handoff)
    return Answered(asked, None if passed else asked.at, goes, tuple(numbers))


def _told_how(session: Session, team: Team, asked: r.TellHow, person: str, now: datetime) -> Answered:
    """Kept for the next stand-up and the next review; where there is no stand-up, said at once."""
    ended = ((one, found[-1]) for one in team.rotations.values() if (found := _around(one, asked.at)))
    mine = next((handoff for rotation, handoff in ended if leavers(rotation, handoff)[:1] == (person,)), None)
    if mine is None:
        raise NotYours("Whoever went is asked how it was, so it is for them to say.")
    handoff = mine.model_copy(update={"goes": person})
    text = asked.text.strip()
    if not calendar.enter(session, f"{HOW}{handoff.rotation}", handoff.at, now, by=person, body={"text": text}):
        raise NotNow(ALREADY)
    say(session, team, thanked(team, handoff, now))
    channel = team.audiences.team
    where = _where(team)
    if text and channel and where == "channel":
        key, hour = f"{HOW}{handoff.rotation}", handoff.at.isoformat()
        say(session, team, [to(channel, "how", f"{key}:{hour}", wishes=[(key, hour)], zone=zone_of(team))])
    return Answered(asked, where=where)


def _where(team: Team) -> str:
    """Where the team reads what somebody wishes."""
    if team.audiences.team is None:
        return "review"
    return "stand-up" if digests(team.protocol) else "channel"


def _reviewed(session: Session, team: Team, asked: r.Reviewed, person: str, now: datetime) -> Answered:
    """Kept with who and when."""
    protocol = next((one.protocol for one in team.choices if one.protocol.name == asked.protocol), None)
    if protocol is None:
        raise BadInput("That protocol is not in use here any more, so there is nothing to review.")
    whom, _ = reviewers(team, protocol, now)
    if whom and person not in whom:
        raise NotYours("Whoever reviews the protocol says that it was reviewed; you are not among them.")
    if not calendar.enter(session, reviewed_of(asked.protocol), asked.begins, now, by=person):
        raise NotNow("Somebody has said so already. Nothing was changed.")
    coming = agenda([protocol], {}, protocol.calendar, asked.begins, now)
    items = [one for one in coming if isinstance(one, Review) and one.begins == asked.begins]
    kept = ((one, calendar.of(session, one.key, one.at)) for one in items)
    asking = [(one, row.body) for one, row in kept if row and row.body]
    say(session, team, [said for one, body in asking for said in review(team, one, body, now, reviewed=person)])
    return Answered(asked)
