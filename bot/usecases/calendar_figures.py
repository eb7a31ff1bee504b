"""What the calendar tells of the time that is over: figures, what people wished, and the review of the protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.duty.agenda import HowItWas, Item, Review
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.promises.scorecard import judged, tallies, verdict
from bot.domain.protocol import Protocol
from bot.store import calendar, incidents, people, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.calendar_said import HOW, reviewed_of, reviewers, running, to, zone_of
from bot.usecases.team import Team

NIGHT = (22, 7)
"""From and to which hour of somebody's own day an ask counts as one by night. A house choice."""

CLAUSES_MOST = 8
"""Promises told one by one in a review: those that were broken most often."""


def figures(session: Session, team: Team, item: Item, now: datetime) -> dict[str, Any]:
    """What an hour tells of the time that is over; empty where it tells none, or has happened. It is read before the
    hour is recorded, and apart from it: many incidents take long, and whoever writes keeps everybody else waiting."""
    if calendar.of(session, item.key, item.at) is not None:
        return {}
    match item:
        case HowItWas():
            return _of_turn(session, team, item, now)
        case Review() if calendar.of(session, reviewed_of(item.protocol.name), item.begins) is None:
            return _of_period(session, item, now)
        case _:
            return {}


def told(session: Session, since: datetime, until: datetime) -> list[tuple[str, str]]:
    """Where it is kept what those who went off call said should change: keys and hours, because words stay in one
    place."""
    answers = calendar.all_of(session, HOW, since, until)
    return [(one.key, one.at.isoformat()) for one in answers if one.body.get("text")]


def since_then(session: Session, since: datetime) -> list[Incident]:
    """Public incidents that were declared since then or still run, without drills."""
    found = [*incidents.listing(session, Wanted(private=False, since=since)), *running(session)]
    return [one for one in {one.id: one for one in found}.values() if not one.drill and one.stage != "cancelled"]


def kept(session: Session, found: Iterable[Incident], since: datetime, until: datetime, now: datetime) -> Counter[str]:
    """How the promises were kept that fell due in this time, as the scorecard judges them."""
    clocks = (clock for one in found for clock in judged(one, protocol_of(session, one)))
    return Counter(verdict(clock, now) for clock in clocks if clock.due is not None and since <= clock.due < until)


def _of_turn(session: Session, team: Team, item: HowItWas, now: datetime) -> dict[str, Any]:
    """How the turn of whoever went was."""
    person, since, until = item.handoff.goes or "", item.since, item.handoff.at
    known = people.get(session, person)
    zone = ZoneInfo(known.tz if known else zone_of(team))
    found = [one for one in since_then(session, since) if one.declared_at < until]
    asks = [ask.at for one in found for ask in one.asks if person in ask.people and since <= ask.at < until]
    nightly = [at for at in asks if not NIGHT[1] <= at.astimezone(zone).hour < NIGHT[0]]
    promises = dict(kept(session, found, since, until, now))
    return {"incidents_count": len(found), "asks": len(asks), "nightly": len(nightly), "promises": promises}


def _of_period(session: Session, item: Review, now: datetime) -> dict[str, Any]:
    """What happened under a protocol since it was to be reviewed before."""
    found = [one for one in since_then(session, item.since) if item.since <= one.declared_at < item.begins]
    mine = [one for one in found if protocol_of(session, one).name == item.protocol.name]
    counts = tallies([(one, protocol_of(session, one)) for one in mine], now)
    before = calendar.latest(session, reviewed_of(item.protocol.name), item.begins)
    return {
        "count": len(mine),
        "kept": sum(tally.kept for tally in counts),
        "judged": sum(tally.count for tally in counts),
        "broken": [asdict(tally) for tally in counts if tally.broken][:CLAUSES_MOST],
        "wishes": told(session, item.since, now),
        "before": [before.by, before.done_at.isoformat()] if before else [],
    }


def review(
    team: Team, item: Review, figures: Mapping[str, Any], now: datetime, late: str = "", reviewed: str = ""
) -> list[Message]:
    """The question whether the protocol still is right, where those are who review it; `reviewed`: who said so."""
    args: dict[str, Any] = {
        **figures,
        "protocol": item.protocol.name,
        "since": item.since.isoformat(),
        "begins": item.begins.isoformat(),
        "again": item.again,
        "reviewed": reviewed,
        "clause": item.clause,
        "late": late,
        "zone": zone_of(team),
    }
    whom, places = reviewers(team, item.protocol, now)
    there = places or [place for place in (team.audiences_of(item.protocol).team,) if place] or list(whom)
    name = f"review:{item.protocol.name}:{item.at.isoformat()}"
    return [to(place, "review", name, people=list(whom), **args) for place in there]


def protocol_of(session: Session, incident: Incident) -> Protocol:
    """The protocol an incident is pinned to."""
    return pinned.get(session, incident.protocol_digest)
