"""Shifts that people change: one transaction each, which every replica sees at its next tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty import swaps
from bot.domain.duty.rotation import Rotation
from bot.domain.duty.swaps import Change, Reply
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.domain.message import AFTER_INCIDENTS, Message
from bot.store import outbox, people, seen, shifts
from bot.store.session import Session
from bot.usecases.able import cannot
from bot.usecases.permitted import SLOW, not_a_member, permitted_anywhere
from bot.usecases.team import Team

VERB = "oncall"
"""What rules call reading and changing who is on call."""


@dataclass(frozen=True)
class Changed:
    """What a request came to: the change as it stands, and what happened (`views.rota` has the words)."""

    change: Change
    what: str


def refresh(session: Session, team: Team) -> None:
    """Let the team know how shifts stand: cheap while nothing has changed."""
    heard, gone = shifts.standing(session), _gone(session, team)
    if (heard, gone) != (team.heard, team.gone):
        team.learn(heard, shifts.latest(session), gone)


def _gone(session: Session, team: Team) -> frozenset[str]:
    everyone = {one for rotation in team.configured.values() for one in rotation.everyone}
    return people.deactivated(session, everyone | {one for change in team.changes for one in change.people})


def change_shifts(
    session: Session, team: Team, asked: r.OfShifts, caller: Caller, now: datetime, *, key: str | None = None
) -> Changed:
    """Do what somebody asks about shifts. The same `key` (delivery id) again has no second effect and gives the same
    answer. Raises a DomainError whose text the caller reads."""
    number = shifts.next_number(session)
    before = seen.seen(session, key) if key else None
    if before is not None:
        _, told = before
        if not told:
            raise NotNow("Slack sent me this twice. Nothing was changed the first time; say it again if it is to be.")
        return Changed(_change(session, told[0]), _what(asked))
    person = _member(session, team, asked, caller)
    if not isinstance(asked, r.AnswerSwap | r.TakeBack):  # these are for who was asked, and for who it concerns
        permitted_anywhere(session, team, VERB, team.protocol, caller, now)
    changes = shifts.latest(session)
    current = swaps.in_force(team.configured, changes, _gone(session, team))
    done = _done(session, number, asked, current, changes, person, now)
    if key:
        seen.remember(session, key, None, (done.change.id,))
    outbox.put(session, None, _messages(done))
    heard, after, gone = number, shifts.latest(session), _gone(session, team)
    session.after_commit(partial(team.learn, heard, after, gone))
    session.after_commit(team.wake)
    return done


def send_shifts(session: Session, team: Team, caller: Caller, now: datetime, *, key: str | None = None) -> None:
    """Send whoever asks the coming shifts as a file, once for each delivery. Raises a DomainError they read."""
    number = shifts.next_number(session)
    if key and seen.seen(session, key) is not None:
        return
    person = _member(session, team, r.SendShifts(), caller)
    permitted_anywhere(session, team, VERB, team.protocol, caller, now)
    if not team.rotations:
        raise NotNow(NO_ROTATION)
    if key:
        seen.remember(session, key, None, (number,))
    args = {"person": person, "number": number}
    file = Message(kind="shift_file", lane=f"shifts:{person}", seq=0, args=args, rank=AFTER_INCIDENTS)
    outbox.put(session, None, [file])
    session.after_commit(team.wake)


NO_ROTATION = "No rotation is configured, so there are no shifts. Whoever runs me sets it under oncall."


def _what(asked: r.OfShifts) -> str:
    match asked:
        case r.Swap():
            return "asked"
        case r.CoverShift():
            return "covered"
        case r.TakeShift():
            return "taken"
        case r.AnswerSwap(agrees=agrees):
            return "accepted" if agrees else "declined"
        case _:
            return "withdrawn"


def _member(session: Session, team: Team, asked: r.OfShifts, caller: Caller) -> str:
    """Who asks. Raises NotYours for who is no full member, and BadInput where they name somebody who is none."""
    if caller.person is None or not caller.known:
        raise NotYours(SLOW)
    known = people.many(session, {caller.person, *asked.engages})
    why = not_a_member(known[caller.person], team.workspace) if caller.person in known else None
    if why is not None:
        raise NotYours(why)
    for one in asked.engages:
        if one in known and (why := cannot(known[one], team.workspace)):
            raise BadInput(f"{why} Choose somebody who works here.")
    return caller.person


def _done(
    session: Session,
    number: int,
    asked: r.OfShifts,
    rotations: dict[str, Rotation],
    changes: Sequence[Change],
    person: str,
    now: datetime,
) -> Changed:
    if not rotations:
        raise NotNow(NO_ROTATION)
    match asked:
        case r.Swap():
            new = swaps.swapped(asked, rotations, changes, person, now)
        case r.CoverShift():
            new = swaps.covered(asked, rotations, person, now)
        case r.TakeShift():
            new = swaps.taken(asked, rotations, person, now)
        case r.AnswerSwap(change=of, agrees=agrees):
            answer = swaps.answered(_change(session, of), agrees, rotations, person, now)
            return _replied(session, number, of, Reply(answer=answer, by=person, at=now))
        case r.TakeBack(change=of):
            swaps.taken_back(_change(session, of), changes, person, now)
            return _replied(session, number, of, Reply(answer="withdrawn", by=person, at=now))
        case _:
            raise TypeError(f"nothing is decided about {type(asked).__name__}")
    new = new.model_copy(update={"id": number})
    shifts.add(session, new)
    return Changed(new, _what(asked))


def _replied(session: Session, number: int, of: int, reply: Reply) -> Changed:
    shifts.answer(session, number, of, reply)
    return Changed(_change(session, of), reply.answer)


def _change(session: Session, number: int) -> Change:
    found = shifts.get(session, number)
    if found is None:
        raise NotNow("I do not know this swap any more. /incident oncall shows how it stands.")
    return found


# what follows outside


def _messages(done: Changed) -> list[Message]:
    """Whoever was asked has the question before them, as it stands; whoever else it concerns is told, once."""
    change, what = done.change, done.what
    last = change.replies[-1].by if change.replies else change.by
    told = [one for one in change.people if one != last]
    question = [_question(change)] if change.kind == "swap" else []
    if what == "asked" or (change.kind == "swap" and change.reply("accepted") is None and what == "withdrawn"):
        return question
    return [*question, *(_tell(change, person, what) for person in told)]


def _question(change: Change) -> Message:
    return Message(
        kind="swap",
        lane=f"shifts:{change.other}",
        seq=0,
        args={"person": change.other, "change": change.id},
        fills=f"swap-{change.id}",
        standing=True,
        rank=AFTER_INCIDENTS,
    )


def _tell(change: Change, person: str, what: str) -> Message:
    args = {"person": person, "change": change.id, "what": what}
    return Message(kind="shift_told", lane=f"shifts:{person}", seq=0, args=args, rank=AFTER_INCIDENTS)
