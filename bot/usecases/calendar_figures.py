"""What the calendar tells of the time that is over: figures, what people wished, and the review of the protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.domain.agenda import Review
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.scorecard import judged, tallies, verdict
from bot.store import calendar, incidents, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.calendar_said import HOW, public, reviewed_of, reviewers, to, zone_of
from bot.usecases.team import Team

CLAUSES_MOST = 8
"""Promises told one by one in a review: those that were broken most often."""


def told(session: Session, since: datetime, until: datetime) -> list[tuple[str, str]]:
    """Where it is kept what those who went off call said should change: keys and hours, because words stay in one
    place."""
    answers = calendar.all_of(session, HOW, since, until)
    return [(one.key, one.at.isoformat()) for one in answers if one.body.get("text")]


def since_then(session: Session, since: datetime) -> list[Incident]:
    """Public incidents that were declared since then or still run, without drills."""
    found = [*incidents.listing(session, Wanted(private=False, since=since)), *public(session, running=True)]
    return [one for one in {one.id: one for one in found}.values() if not one.drill and one.stage != "cancelled"]


def kept(session: Session, found: Iterable[Incident], since: datetime, until: datetime, now: datetime) -> Counter[str]:
    """How the promises were kept that fell due in this time, as the scorecard judges them."""
    clocks = (clock for one in found for clock in judged(one, protocol_of(session, one)))
    return Counter(verdict(clock, now) for clock in clocks if clock.due is not None and since <= clock.due < until)


def review(
    session: Session, team: Team, item: Review, now: datetime, late: str = "", reviewed: str = ""
) -> list[Message]:
    """The question whether the protocol still is right, where those are who review it; `reviewed`: who said so."""
    found = [one for one in since_then(session, item.since) if item.since <= one.declared_at < item.begins]
    mine = [one for one in found if protocol_of(session, one).name == item.protocol.name]
    counts = tallies([(one, protocol_of(session, one)) for one in mine], now)
    before = calendar.latest(session, reviewed_of(item.protocol.name), item.begins)
    args: dict[str, Any] = {
        "protocol": item.protocol.name,
        "since": item.since.isoformat(),
        "begins": item.begins.isoformat(),
        "count": len(mine),
        "kept": sum(tally.kept for tally in counts),
        "judged": sum(tally.count for tally in counts),
        "broken": [asdict(tally) for tally in counts if tally.broken][:CLAUSES_MOST],
        "wishes": told(session, item.since, now),
        "before": [before.by, before.done_at.isoformat()] if before else [],
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
