"""Pages over several incidents, or over none, from the database and the rotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain import permissions
from bot.domain import request as r
from bot.domain.duty.rotation import month_of
from bot.domain.errors import NotYours
from bot.domain.incident import Incident
from bot.domain.measures import measured
from bot.domain.protocol import Protocol
from bot.inbound.call import Call
from bot.inbound.grammar import length_in
from bot.store import incidents, people, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.oncall import change_shifts, send_shifts
from bot.usecases.permitted import refusal
from bot.usecases.team import Team
from bot.views import overviews, protocol_page, rota
from bot.views.scene import Post, Scene

COMPARED = 1000
"""How many incidents are compared with one, the latest."""

MONTH = timedelta(days=30)
"""How far `metrics` looks back unless somebody says how far."""


def on_call(session: Session, team: Team, which: str, now: datetime, reader: str | None = None) -> Post:
    """Who is on call now and next, as the rotations say; or for a month (`month 2026-12`)."""
    what, _, rest = which.partition(" ")
    if what == "month":
        return month(session, team, rest, now)
    rotations = list(team.rotations.values())
    who = {person for one in rotations for person in one.everyone} | {p for c in team.changes for p in c.people}
    return rota.on_call(rotations, team.changes, company(session, team, who), now, reader)


def month(session: Session, team: Team, which: str, now: datetime) -> Post:
    """Who has it in a month (`2026-12`; without one, the month it is)."""
    first, told = month_of(team.rotations, which, team.protocol.calendar.timezone, now)
    who = {one.person for own in told.values() for one in own if one.person}
    return rota.month(told, first, company(session, team, who))


def company(session: Session, team: Team, who: Iterable[str]) -> rota.Company:
    """Who may be named, as Slack last described them."""
    known = people.many(session, who)
    named = {one: rota.Known(people.shown(person, team.workspace), person.tz) for one, person in known.items()}
    return rota.Company(named, team.protocol.calendar.timezone)


def shifts_changed(session: Session, team: Team, call: Call, asked: r.OfShifts) -> Post:
    """Do what is asked about shifts, and say what came of it. Raises DomainErrors, whose text the caller reads."""
    lacking = permissions.reads("oncall", team.protocol, team.roster(call.now), call.caller, None)
    if lacking is not None:
        raise NotYours(str(refusal(session, lacking, None, team.protocol, team.roster(call.now))))
    if isinstance(asked, r.SendShifts):
        send_shifts(session, team, call.caller, call.now, key=call.key)
        return rota.file()
    done = change_shifts(session, team, asked, call.caller, call.now, key=call.key)
    return rota.answered(done.change, done.what, company(session, team, done.change.people), call.person)


def protocol(session: Session, team: Team, held: Protocol, now: datetime) -> Post:
    """What a protocol says apart from any incident."""
    roster = team.roster(now)
    behind = {one.name: roster.people(one.who or one.name) for one in held.contacts}
    known = company(session, team, {person for found in behind.values() for person in found})
    return protocol_page.told(held, {name: [known.name(one) for one in found] for name, found in behind.items()})


def metrics(session: Session, which: str, now: datetime) -> Post:
    """How it went lately. Private ones and drills are not counted."""
    length, _ = length_in(which)
    length = length or MONTH
    counted = _open_to_all(incidents.listing(session, Wanted(private=False, since=now - length)))
    pairs = [(one, pinned.get(session, one.protocol_digest)) for one in counted]
    return overviews.measures(measured(pairs, now), length)


def others(session: Session, now: datetime) -> list[Scene]:
    """Incidents that may be named as like another one: never private ones, whoever asks. Nobody is named with them."""
    found = incidents.newest(session, Wanted(private=False), COMPARED)
    return [Scene(one, pinned.get(session, one.protocol_digest), now) for one in _open_to_all(found)]


def _open_to_all(found: Sequence[Incident]) -> list[Incident]:
    return [one for one in found if not one.drill]
