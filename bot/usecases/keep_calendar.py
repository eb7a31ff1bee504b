"""`happen`: what the agenda has for an hour, once, in one transaction with the messages that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain import request as r
from bot.domain.caller import BOT
from bot.domain.duty import agenda as on
from bot.domain.duty.agenda import LATE, SHOWN, Item, leavers
from bot.domain.duty.handover import holds
from bot.domain.duty.oncall import SECONDARY, groups_at
from bot.domain.incident import Incident
from bot.domain.message import AFTER_INCIDENTS, Message
from bot.store import calendar, incidents
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.calendar_figures import protocol_of, review, told
from bot.usecases.calendar_said import (
    EVER,
    claim_of,
    feedback,
    handover,
    in_one,
    reviewed_of,
    running,
    say,
    take_over,
    to,
    turn_of,
    zone_of,
)
from bot.usecases.team import Team

BEGAN = "began"
"""The key under which it is kept since when somebody has been looking."""


def begun(session: Session, now: datetime) -> datetime:
    """Since when somebody has been looking: what was to happen before is nobody's to make up for."""
    if calendar.enter(session, BEGAN, EVER, now):
        return now
    kept = calendar.of(session, BEGAN, EVER)
    return max(kept.done_at if kept else now, now - on.LOOK_BACK)


def happen(session: Session, team: Team, item: Item, now: datetime, figures: Mapping[str, Any]) -> bool:
    """Let one thing happen, with its figures (`calendar_figures.figures`); False when it has, or a later one of its
    kind has."""
    if calendar.overtaken(session, item.key, item.at):
        return False
    if not calendar.enter(session, item.key, item.at, now, body=dict(figures)):
        return False
    say(session, team, _said(session, team, item, now, figures))
    return True


def groups(session: Session, team: Team, now: datetime, *, anew: bool = False) -> bool:
    """Let Slack's user groups hold who has the rotations that name them; `anew` also where nothing has changed since
    we said so: somebody may have changed a group by hand. Whether anything is to be done."""
    wanted = groups_at(now, team.rotations)
    changed = [
        group
        for group, members in wanted.items()
        if calendar.became(session, f"group:{group}", ",".join(sorted(members))) or anew
    ]
    say(session, team, [_group(group, wanted[group]) for group in changed])
    return bool(changed)


def _group(group: str, members: Sequence[str]) -> Message:
    lane = f"calendar:group:{group}"
    args = {"group": group, "people": sorted(members)}
    return Message(kind="group", lane=lane, seq=0, args=args, fills=lane, standing=True, rank=AFTER_INCIDENTS)


def _said(session: Session, team: Team, item: Item, now: datetime, figures: Mapping[str, Any]) -> list[Message]:
    late = item.at.isoformat() if now - item.at > LATE else ""
    match item:
        case on.Standup():
            return _standup(session, team, item, now, late)
        case on.Handover(handoff=handoff):
            return handover(session, team, handoff, item.clause)
        case on.Passing():
            return _passing(session, team, item, now)
        case on.HowItWas():
            return feedback(item.handoff, item.clause, zone_of(team), **figures)
        case on.Month():
            return _month(team, item, late)
        case on.Review():
            return _review(session, team, item, now, figures, late)
        case _:
            raise TypeError(f"nobody knows what {type(item).__name__} is")


# the stand-up


def _standup(session: Session, team: Team, item: on.Standup, now: datetime, late: str) -> list[Message]:
    """What was declared since the last one, and what of before is still open; nothing where there is neither."""
    channel = team.audiences_of(item.protocol).team
    last = calendar.latest(session, item.key, item.at) or calendar.of(session, BEGAN, EVER)
    since = last.done_at if last else item.at
    wishes = told(session, since, now) if item.protocol.name == team.protocol.name else []
    mine = [one for one in _digested(session, since) if protocol_of(session, one).name == item.protocol.name]
    new = [one.id for one in mine if one.declared_at >= since and one.stage != "cancelled"]
    older = [one.id for one in mine if one.declared_at < since and one.running]
    if channel is None or not (new or older or wishes):
        return []
    more = {"new": len(new[SHOWN:]), "older": len(older[SHOWN:])}
    lists = {"incidents": [*new[:SHOWN], *older[:SHOWN]], "new": new[:SHOWN], "more": more, "wishes": wishes}
    about = {"protocol": item.protocol.name, "clause": item.clause, "late": late, "zone": zone_of(team)}
    return [to(channel, "standup", f"{item.key}:{item.at.isoformat()}", **lists, **about)]


def _digested(session: Session, since: datetime) -> list[Incident]:
    """Incidents that nobody reads of but in the digest: those of this time, and those that still run."""
    found = [
        *incidents.listing(session, Wanted(private=False, since=since)),
        *incidents.listing(session, Wanted(private=False, running=True)),
    ]
    by_number = {one.id: one for one in found if not one.drill}
    return [by_number[number] for number in sorted(by_number) if _announce(session, by_number[number]) == "digest"]


def _announce(session: Session, incident: Incident) -> str:
    return protocol_of(session, incident).severity_in(incident.severity, incident.environment).announce


# being on call


def _passing(session: Session, team: Team, item: on.Passing, now: datetime) -> list[Message]:
    """The incidents learn who is on call. Whoever has said that they have it gets what the other had; else the
    channels say that nobody did, and they are asked once more, where anything is open."""
    handoff = item.handoff
    calendar.hold(session, turn_of(handoff.rotation))
    asked = not item.quiet and handoff.rotation != SECONDARY and team.protocol.duty.handover is not None
    claimed = calendar.of(session, claim_of(handoff.rotation, handoff.comes), handoff.at) if handoff.comes else None
    has = claimed is not None
    if has:
        take_over(session, team, handoff, item.clause, BOT, now)
    went = leavers(team.rotations[handoff.rotation], handoff)
    found = sorted(running(session), key=lambda one: one.id)
    for one in found:
        protocol = protocol_of(session, one)
        goes = next((person for person in went if holds(one, person, protocol)), handoff.goes)
        changed = r.ChangeShift(handoff.rotation, goes, handoff.comes, has if asked else None, item.clause)
        in_one(session, team, one.id, changed, BOT, now)
    if has or not (asked and found and handoff.comes):
        return []
    return handover(session, team, handoff, item.clause, begun=True)


# the month, and the review


def _month(team: Team, item: on.Month, late: str) -> list[Message]:
    """The schedule, where it tells anything: that the same person has it all month everybody knows."""
    channel = team.audiences.team
    told = [one for rotation in team.rotations.values() for one in rotation.shifts(item.begins, item.ends)]
    if channel is None or all(len({one.person for one in told if one.rotation == name}) < 2 for name in team.rotations):
        return []
    lines = [one.model_dump(mode="json") for one in told]
    month = {"shifts": lines, "begins": item.begins.isoformat(), "ends": item.ends.isoformat()}
    more = {"clause": item.clause, "late": late, "zone": zone_of(team)}
    return [to(channel, "month", f"month:{item.at.isoformat()}", **month, **more)]


def _review(
    session: Session, team: Team, item: on.Review, now: datetime, figures: Mapping[str, Any], late: str
) -> list[Message]:
    """To those who review it, where they are: with what happened, and *Reviewed*. Once somebody has, not again."""
    if calendar.of(session, reviewed_of(item.protocol.name), item.begins) is not None:
        return []
    return review(team, item, figures, now, late)
