"""What the record of other incidents tells about this one: that there was one like it not long ago."""

from __future__ import annotations

from datetime import datetime

from bot.domain import advice
from bot.domain import fact as f
from bot.domain.caller import BOT
from bot.store import incidents
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.record import Done, case_of, record
from bot.usecases.team import Team

LONGEST = advice.LATELY
"""House rule: an incident that took longer than this to resolve is compared with nothing."""

COMPARED = 200
"""House rule: how many incidents are compared with one, the latest. More would keep whoever declares waiting, and so
would those that an older version wrote: they are compared with nothing."""

TELLS = (f.Declared, f.CategoriesSet, f.AffectedChanged)
"""After these an incident may turn out to be like an earlier one."""


def noticed(session: Session, team: Team, done: Done, now: datetime) -> Done:
    """The same, with the advice of the protocol where this one is a recurrence. Other incidents are looked at only
    where the protocol has something to say about it."""
    new = any(isinstance(entry.fact, TELLS) for entry in done.entries)
    if not new or not advice.compares(done.incident, done.protocol):
        return done
    lately = Wanted(private=False, since=now - advice.LATELY - LONGEST, at_hand=True)
    others = incidents.newest(session, lately, COMPARED)
    shown = advice.recurs(done.incident, others, done.protocol, now)
    if not shown:
        return done
    more = record(session, team, case_of(done), shown, BOT, now)
    return Done(more.incident, done.protocol, (*done.entries, *more.entries))
