"""What people press and write under what the calendar said: done, and answered privately."""

from __future__ import annotations

from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound import letters
from bot.inbound.call import Call
from bot.inbound.intents import Fill
from bot.inbound.verbs.verb import OLD
from bot.store import people
from bot.store.session import Session
from bot.usecases.answer_calendar import Answered, answer
from bot.usecases.team import Team
from bot.views import calendar
from bot.views.scene import Post
from bot.views.words import escaped, listed, moment


def answered(session: Session, team: Team, call: Call, asked: r.OfCalendar) -> Post:
    """Do it, and say what came of it. Raises DomainErrors, whose text the caller reads."""
    done = answer(session, team, asked, call.caller, call.now, key=call.key)
    known = [people.get(session, one) for one in done.goes]
    goes = listed(escaped(one.name if one else "whoever went") for one in known)
    at = moment(done.at, team.protocol.calendar.timezone) if done.at else None
    return calendar.answered(_word(done), at=at, goes=goes, numbers=done.numbers, where=done.where)


def _word(done: Answered) -> str:
    match done.asked:
        case r.HaveIt():
            return "claimed_ahead" if done.at else "claimed"
        case r.TellHow(text=text):
            return "told_how" if text.strip() else "all_well"
        case _:
            return "review_noted"


def form(call: Call, fill: Fill) -> dict[str, Any]:
    """The form about a turn on call; it carries the hour of the handoff."""
    if fill.ask is None:
        raise BadInput(OLD)
    return calendar.how_form(metadata=letters.sealed(call.back(None, fill.ask)))
