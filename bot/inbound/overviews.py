"""Pages over several incidents, or over none, from the database and the rotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.incident import Incident
from bot.domain.measures import measured
from bot.domain.oncall import Rotation
from bot.inbound.grammar import length_in
from bot.store import incidents, people, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.team import Team
from bot.views import overviews
from bot.views.scene import Post, Scene

COMPARED = 1000
"""How many incidents are compared with one, the latest."""

MONTH = timedelta(days=30)
"""How far `metrics` looks back unless somebody says how far."""


def on_call(session: Session, team: Team, now: datetime) -> Post:
    """Who is on call now and next, as the rotations say."""
    members = {one for rotation in team.rotations.values() for one in rotation.members}
    names = {one.id: one.name for one in people.many(session, members).values()}
    shifts = [_shift(name, rotation, names, now) for name, rotation in team.rotations.items()]
    return overviews.on_call(shifts, team.protocol.calendar.timezone)


def _shift(name: str, rotation: Rotation, names: Mapping[str, str], now: datetime) -> overviews.Shift:
    until = rotation.next_handoff(now)
    present, following = rotation.at(now), rotation.at(until)
    return overviews.Shift(name, names.get(present or "", present), until, names.get(following or "", following))


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
