"""What the calendar tells of the time that is over: figures, what people wished, and the review of the protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.domain.agenda import Review
from bot.domain.clocks import clocks
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.store import calendar, incidents, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.calendar_said import HOW, public, reviewed_of, reviewers, to, zone_of
from bot.usecases.team import Team

CLAUSES_MOST = 8
"""Promises told one by one in a review: those that were broken most often."""


def told(session: Session, since: datetime, until: datetime) -> list[tuple[str | None, str]]:
    """Who said what should change, of those who went off call."""
    answers = calendar.all_of(session, HOW, since, until)
    return [(one.by, one.body["text"]) for one in answers if one.body.get("text")]


def since_then(session: Session, since: datetime) -> list[Incident]:
    """Public incidents that were declared since then or still run, without drills."""
    found = [*incidents.listing(session, Wanted(private=False, since=since)), *public(session, running=True)]
    return [one for one in {one.id: one for one in found}.values() if not one.drill and one.stage != "cancelled"]


def kept(
    session: Session, found: Iterable[Incident], since: datetime, until: datetime, now: datetime
) -> dict[str, Counter[str]]:
    """How the promises stand that fell due in this time, by clause."""
    counts: dict[str, Counter[str]] = {}
    for incident in found:
        for clock in clocks(incident, protocol_of(session, incident)):
            if clock.due is not None and since <= clock.due < until and clock.key != "page":
                counts.setdefault(clock.clause, Counter())[clock.standing(now)] += 1
    return counts


def review(
    session: Session, team: Team, item: Review, now: datetime, late: str = "", reviewed: str = ""
) -> list[Message]:
    """The question whether the protocol still is right, where those are who review it; `reviewed`: who said so."""
    found = [one for one in since_then(session, item.since) if item.since <= one.declared_at < item.begins]
    mine = [one for one in found if protocol_of(session, one).name == item.protocol.name]
    counts = kept(session, mine, item.since, item.begins, now)
    broken = sorted(counts.items(), key=lambda pair: (-(pair[1]["late"] + pair[1]["missed"]), pair[0]))
    before = calendar.latest(session, reviewed_of(item.protocol.name), item.begins)
    args: dict[str, Any] = {
        "protocol": item.protocol.name,
        "since": item.since.isoformat(),
        "begins": item.begins.isoformat(),
        "count": len(mine),
        "clauses": [(clause, dict(count)) for clause, count in broken[:CLAUSES_MOST]],
        "told": told(session, item.since, now),
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
    return pinned.get(session, incident.protocol_digest)
